/* Processes that are started together on an empty database: the books and each revision, once. */
#include "site.h"

Suite *together_suite(void);

#define PROCESSES 20
#define ROUNDS    3

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

static void end_well(struct program *program)
{
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    program_stop(program);
}

/* One of the revisions builds concurrently, and so waits for whoever waits inside pg_advisory_lock(): nobody may. */
START_TEST(twenty_start_on_an_empty_database)
{
    struct program *programs[PROCESSES];
    site_revision(&site, "0001", "none", "CREATE TABLE effects (what text); INSERT INTO effects VALUES ('made');",
                  NULL);
    site_revision(&site, "0002", "0001",
                  "INSERT INTO effects VALUES ('before');\nCREATE INDEX CONCURRENTLY made ON effects (what);\n"
                  "INSERT INTO effects VALUES ('behind');",
                  NULL);
    site_revision(&site, "0003", "0002", "INSERT INTO effects VALUES ('last');", NULL);
    for (int i = 0; i < PROCESSES; i++)
        programs[i] = program_start(&site.options, "upgrade", NULL);
    for (int i = 0; i < PROCESSES; i++)
        end_well(programs[i]);

    site_holds(&site, "SELECT what FROM effects ORDER BY ctid", "made,before,behind,last");
    site_at(&site, "0003");
    site_history(&site, "0001 upgrade applied,0002 upgrade applied,0003 upgrade applied");
    site_holds(&site, "SELECT ordinal || ' ' || state FROM migrated.journal ORDER BY id",
               "1 done,2 started,2 done,3 done,0 closed");
}
END_TEST

Suite *together_suite(void)
{
    Suite *suite = suite_create("together");
    TCase *tests = tcase_create("together");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, twenty_start_on_an_empty_database, 0, ROUNDS);
    suite_add_tcase(suite, tests);
    return suite;
}
