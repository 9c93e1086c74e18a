/* How far an index build has come stands in /status, and it keeps no probe waiting. */
#include "serving.h"
#include "support/wait.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *progress_suite(void);

#define PROBES 100

static struct serving server;
static PGconn *held;

/* In the middle of the table the build asks for a lock that the test holds, and so stays there. */
static void set_up(void)
{
    serving_create(&server);
    held = sql_connect(server.url);
    sql_exec(held, "CREATE TABLE numbers AS SELECT i AS id FROM generate_series(1, 20000) AS i;"
                   "CREATE FUNCTION waits(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN"
                   "  IF i = 10000 THEN PERFORM pg_advisory_xact_lock(4711); END IF; RETURN i; END $$;");
    sql_exec(held, "SELECT pg_advisory_lock(4711)");
}

static void tear_down(void)
{
    PQfinish(held);
    serving_destroy(&server);
    folder_destroy(server.files);
}

static bool is_half_way(void *context)
{
    (void)context;
    char *percent = serving_value(&server, "/status", "targets.0.running.progress.percent");
    double value = strcmp(percent, "null") == 0 ? 0 : strtod(percent, NULL);
    free(percent);
    return value > 30 && value < 70;
}

static const struct {
    const char *statement, *command;
} builds[] = {
    {"CREATE INDEX made ON numbers (waits(id));\n", "CREATE INDEX"},
    {"CREATE INDEX CONCURRENTLY made ON numbers (waits(id));\n", "CREATE INDEX CONCURRENTLY"},
};

START_TEST(status_tells_how_far_a_build_has_come)
{
    char text[256];
    snprintf(text, sizeof text, "-- lock_timeout: 1min\n-- migrated:up\n%s", builds[_i].statement);
    folder_write(server.files, "0001_build.sql", text);
    serving_start(&server, NULL);
    ck_assert_msg(wait_until(is_half_way, NULL, SERVING_MS), "%s", program_err(server.program));
    serving_check_value(&server, "/status", "targets.0.running.progress.command", builds[_i].command);
    serving_check_value(&server, "/status", "targets.0.running.revision", "0001_build");
    for (int i = 0; i < PROBES; i++)
        serving_check_value(&server, "/readyz", "state", "migrating");

    sql_exec(held, "SELECT pg_advisory_unlock(4711)");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.running", "null");
    serving_stop(&server);
}
END_TEST

Suite *progress_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *build = tcase_create("build");
    tcase_set_timeout(build, 60);
    tcase_add_checked_fixture(build, set_up, tear_down);
    tcase_add_loop_test(build, status_tells_how_far_a_build_has_come, 0, (int)(sizeof builds / sizeof builds[0]));
    suite_add_tcase(suite, build);
    return suite;
}
