#include "diagnosis_case.h"

Suite *diagnosis_replication_suite(void);

static const struct diagnosis_facts to_apply = {.display = "db:5432/app as app", .role = "app"};

#define SLOTS       "slot_name slot_type active wal_status bytes remedy"
#define REPLICAS    "pid application_name client_addr state is_hidden seconds bytes"
#define SYNCHRONOUS "synchronous_commit names standbys hidden waiting"

static const struct diagnosis_case cases[] = {
    {"no slots", diagnose_slots, &to_apply, SLOTS, "", "ok: none\n"},
    {"a good slot", diagnose_slots, &to_apply, SLOTS, "a|physical|t|reserved|100|\n", "ok: 1, all in use\n"},
    {"bad slots", diagnose_slots, &to_apply, SLOTS,
     "a|logical|f|extended|3221225472|drop a\n"
     "b|physical|f|lost|~|drop b\n"
     "c|physical|t|unreserved|1048576|drop c\n"
     "d|physical|t|reserved|1610612736|drop d\n",
     "warn: the logical slot a is used by nobody, and keeps 3.0 GB of WAL -> start its reader again; if it is gone "
     "for good: drop a\n"
     "warn: the physical slot b is lost: the WAL that it needs is gone -> start its reader again; if it is gone "
     "for good: drop b\n"
     "warn: the physical slot c is 1.0 MB behind, and loses its WAL at the next checkpoint -> wait until its "
     "reader has caught up\n"
     "warn: the physical slot d is 1.5 GB behind: a revision that writes much adds to it -> wait until its reader "
     "has caught up\n"},
    {"no replicas", diagnose_replicas, &to_apply, REPLICAS, "", "ok: none\n"},
    {"a replica that keeps up", diagnose_replicas, &to_apply, REPLICAS, "7|r1|10.0.0.2|streaming|f|1|5\n",
     "ok: 1, none far behind\n"},
    {"a replica behind, and a hidden one", diagnose_replicas, &to_apply, REPLICAS,
     "7|r1|10.0.0.2|catchup|f|11|2048\n"
     "8|r2|~|~|t|~|~\n",
     "warn: r1 at 10.0.0.2 (catchup) is 2.0 kB and 11.0 s behind: what is applied is seen there later -> SELECT * "
     "FROM pg_stat_replication WHERE pid = 7\n"
     "skip: 1 replica may not be looked at -> GRANT pg_read_all_stats TO \"app\"\n"},
    {"on a standby", diagnose_synchronous, &to_apply, SYNCHRONOUS, "", "ok: a standby does not commit\n"},
    {"nobody to wait for", diagnose_synchronous, &to_apply, SYNCHRONOUS, "on||0|0|0\n",
     "ok: a COMMIT waits for no standby (synchronous_commit = on)\n"},
    {"standbys that need not be waited for", diagnose_synchronous, &to_apply, SYNCHRONOUS, "local|r1|0|0|0\n",
     "ok: a COMMIT waits for no standby (synchronous_commit = local)\n"},
    {"a standby that is there", diagnose_synchronous, &to_apply, SYNCHRONOUS, "on|r1|1|0|2\n",
     "ok: a COMMIT waits for standbys (r1), and one is there; 2 wait now\n"},
    {"a standby that is not there", diagnose_synchronous, &to_apply, SYNCHRONOUS, "on|r1|0|0|0\n",
     "fail: a COMMIT waits for standbys (synchronous_standby_names = r1), and none is there: it never ends -> "
     "start the standby, or ALTER SYSTEM RESET synchronous_standby_names and SELECT pg_reload_conf()\n"},
    {"a standby that can't be seen", diagnose_synchronous, &to_apply, SYNCHRONOUS, "on|r1|0|1|0\n",
     "skip: a COMMIT waits for standbys (r1); whether they are there may not be looked at -> GRANT "
     "pg_read_all_stats TO \"app\"\n"},
};

START_TEST(judges)
{
    case_judge(&cases[_i]);
}
END_TEST

Suite *diagnosis_replication_suite(void)
{
    Suite *suite = suite_create("diagnosis_replication");
    TCase *tests = tcase_create("diagnosis_replication");
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return suite;
}
