#include "diagnosis_case.h"

Suite *diagnosis_activity_suite(void);

static const struct diagnosis_facts to_apply = {.display = "db:5432/app as app", .role = "app"};

#define LOCK        "key is_held pid usename application_name seconds"
#define TABLE_LOCKS "table mode pid usename application_name seconds"
#define BLOCKED     "pid usename application_name blockers seconds"
#define LONG        "pid usename application_name state is_hidden seconds snapshot_age query"
#define PREPARED    "gid owner database is_here seconds remedy"
#define WRAPAROUND  "age most pid query is_hidden"
#define CONNECTIONS "of used most"

static const struct diagnosis_case cases[] = {
    {"a free lock", diagnose_lock, &to_apply, LOCK, "42|~|~|~|~|~\n", "ok: nobody holds the lock, key 42\n"},
    {"a held lock", diagnose_lock, &to_apply, LOCK, "42|t|7|bob|psql|192.5\n",
     "warn: pid 7 (psql, bob) holds the lock, key 42; its session is there for 3 min 12 s: runs wait for it -> "
     "SELECT pg_terminate_backend(7)\n"},
    {"a runner at work", diagnose_lock, &to_apply, LOCK, "42|t|7|app|migrated web-1 12|2\n",
     "warn: pid 7 (migrated web-1 12, app) holds the lock, key 42; its session is there for 2.0 s: runs wait for "
     "it -> `migrated wait`; it is at work\n"},
    {"a table lock of a prepared transaction", diagnose_table_locks, &to_apply, TABLE_LOCKS,
     "public.alembic_version|RowExclusiveLock|~|~|~|~\n",
     "warn: a prepared transaction holds RowExclusiveLock on public.alembic_version -> SELECT * FROM "
     "pg_prepared_xacts\n"},
    {"somebody waits", diagnose_blocked, &to_apply, BLOCKED,
     "7|bob||8, 9|60\n"
     "9|eve|psql|0|~\n",
     "warn: pid 7 (bob) waits for 1 min 0 s for a lock that pid 8, 9 holds -> SELECT pid, state, query FROM "
     "pg_stat_activity WHERE pid IN (8, 9)\n"
     "warn: pid 9 (psql, eve) waits for a lock that a prepared transaction holds -> SELECT * FROM "
     "pg_prepared_xacts\n"},
    {"no long transaction", diagnose_long_transactions, &to_apply, LONG, "",
     "ok: no transaction in this database is open for long\n"},
    {"long transactions, and a hidden one", diagnose_long_transactions, &to_apply, LONG,
     "7|bob|psql|idle in transaction|f|720|15|SELECT 1\n"
     "8|eve|pg_dump|active|f|60|0|COPY t\n"
     "9|root||~|t|~|~|<insufficient privilege>\n",
     "warn: pid 7 (psql, bob) idle in transaction, in its transaction for 12 min 0 s: holds back CREATE INDEX "
     "CONCURRENTLY, VACUUM and whoever waits for its locks; its snapshot is 15 transactions old -> SELECT "
     "pg_terminate_backend(7); its last query is: SELECT 1\n"
     "warn: pid 8 (pg_dump, eve) active, in its transaction for 1 min 0 s: holds back CREATE INDEX CONCURRENTLY, "
     "VACUUM and whoever waits for its locks -> SELECT pg_cancel_backend(8); its query is: COPY t\n"
     "skip: 1 session of other roles may not be looked at -> GRANT pg_read_all_stats TO \"app\"\n"},
    {"a prepared transaction elsewhere", diagnose_prepared_transactions, &to_apply, PREPARED,
     "x|bob|other|f|5|ROLLBACK PREPARED 'x'\n",
     "warn: x of bob in database other is prepared for 5.0 s: it keeps its locks there, and old rows of shared "
     "tables, until it is ended -> ROLLBACK PREPARED 'x', or COMMIT PREPARED, in database other\n"},
    {"young rows", diagnose_wraparound, &to_apply, WRAPAROUND, "9|200|~|~|~\n",
     "ok: the oldest row is 9 transactions old, autovacuum steps in at 200\n"},
    {"a worker at work, and a hidden one", diagnose_wraparound, &to_apply, WRAPAROUND,
     "9|200|7|autovacuum: VACUUM public.t (to prevent wraparound)|f\n"
     "9|200|8||t\n",
     "warn: pid 7, autovacuum: VACUUM public.t (to prevent wraparound): does not give way to a revision that wants "
     "the table -> wait for it: SELECT * FROM pg_stat_progress_vacuum WHERE pid = 7\n"
     "skip: autovacuum is at work, pid 8; whether against wraparound may not be looked at -> GRANT "
     "pg_read_all_stats TO \"app\"\n"},
    {"old rows", diagnose_wraparound, &to_apply, WRAPAROUND, "401|200|~|~|~\n",
     "warn: the oldest row is 401 transactions old: autovacuum (from 200) does not keep up -> VACUUM (FREEZE, "
     "VERBOSE), and see what holds it back\n"},
    {"room for connections", diagnose_connections, &to_apply, CONNECTIONS, "server|80|97\n",
     "ok: 80 of 97 are in use\n"},
    {"no room for connections", diagnose_connections, &to_apply, CONNECTIONS,
     "server|80|97\n"
     "role app|2|2\n",
     "warn: 2 of 2 connections of the role app are in use: a run needs two -> SELECT usename, application_name, "
     "count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC\n"},
};

START_TEST(judges)
{
    case_judge(&cases[_i]);
}
END_TEST

Suite *diagnosis_activity_suite(void)
{
    Suite *suite = suite_create("diagnosis_activity");
    TCase *tests = tcase_create("diagnosis_activity");
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return suite;
}
