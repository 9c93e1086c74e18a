/* Files of applied revisions that were edited, and files that slipped in below applied ones. */
#include "serving.h"
#include "site.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

Suite *changed_suite(void);

static struct site site;

/* A linear directory, applied but for the last. */
static void setup(void)
{
    site_open(&site);
    site_write(&site, "0001.sql", "CREATE TABLE t1 (id int);\n");
    site_write(&site, "0002.sql", "CREATE TABLE t2 (id int);\n");
    site_run(&site, 0, "upgrade");
}

static void teardown(void)
{
    site_close(&site);
}

static void edit(void)
{
    site_write(&site, "0001.sql", "CREATE TABLE t1 (id bigint);\n");
}

/* "ID WAS IS", first 12 characters each, as the database and the message have it. */
static void check_both_hashes(const char *text)
{
    char *was = sql_value(site.conn, "SELECT \"left\"(checksum, 12) FROM migrated.history WHERE revision = '0001' "
                                     "AND outcome = 'applied'");
    ck_assert_msg(strstr(text, was) != NULL, "%s is not in %s", was, text);
    ck_assert_ptr_nonnull(strstr(text, "0001.sql is "));
    free(was);
}

START_TEST(an_upgrade_refuses_to_go_on_top_of_an_edited_revision)
{
    edit();
    site_run(&site, 0, "upgrade");
    site_printed(&site, "Job completed successfully: 0 revisions\n");

    site_write(&site, "0003.sql", "CREATE TABLE t3 (id int);\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "0001 was edited after it was applied");
    site_says(&site, "migrated repair --checksum 0001");
    check_both_hashes(site.result.err);
    site_at(&site, "0002");
    site_history(&site, "0001 upgrade applied,0002 upgrade applied");

    site_run(&site, 65, "upgrade"); /* what the first one told of its graph does not make it forget */
    site_run(&site, 0, "upgrade", "--on-changed", "warn");
    site_says(&site, "0001 was edited after it was applied");
    site_at(&site, "0003");
}
END_TEST

START_TEST(a_plan_tells_what_an_upgrade_would_refuse)
{
    static const char *const commands[][2] = {{"plan", "heads"}, {"upgrade", "--dry-run"}};
    const char *command = commands[_i][0], *argument = commands[_i][1];
    edit();
    site_run(&site, 0, command, argument); /* nothing is pending */
    site_write(&site, "0003.sql", "CREATE TABLE t3 (id int);\n");
    site_run(&site, 65, command, argument);
    site_prints(&site, "0003 upgrade\n");
    site_says(&site, "0001 was edited after it was applied");
    site_says(&site, "migrated repair --checksum 0001");
    check_both_hashes(site.result.err);
    site_run(&site, 65, command, argument, "--json");
    site_prints(&site, "\"error\":{");
    site_run(&site, 0, command, argument, "--on-changed", "warn");
    site_says(&site, "warning: 0001 was edited after it was applied");
    site_at(&site, "0002");
}
END_TEST

START_TEST(wait_follows_the_readiness)
{
    edit();
    site_run(&site, 0, "wait", "--for", "0");
    site_printed(&site, "migrations in sync\n");
    site_says(&site, "warning: 0001 was edited after it was applied");
    site_run(&site, 3, "wait", "--for", "0", "--on-changed", "fail");
    site_says(&site, "0001 was edited after it was applied");
    site_write(&site, "0001.sql", "CREATE TABLE t1 (id int);\n");
    site_run(&site, 0, "wait", "--for", "0", "--on-changed", "fail");
    site_write(&site, "0001b.sql", "CREATE TABLE t1b (id int);\n");
    site_run(&site, 3, "wait", "--for", "0");
    site_says(&site, "0001b stands before 0002, which is applied, and was never run");
}
END_TEST

START_TEST(wait_is_not_over_before_the_history_was_read)
{
    PGconn *locker = sql_connect(site.url);
    sql_exec(locker, "BEGIN; LOCK TABLE migrated.history IN ACCESS EXCLUSIVE MODE");
    site_run(&site, 0, "wait", "--for", "0");
    site_says(&site, "edited revisions are not seen");
    site_run(&site, 3, "wait", "--for", "0", "--on-changed", "fail");
    site_says(&site, "not in sync: ");
    site_printed(&site, "");
    site_run(&site, 3, "wait", "--for", "1s", "--on-changed", "fail");
    site_says(&site, "whether applied revisions were edited is not known yet");
    PQfinish(locker);
    site_run(&site, 0, "wait", "--for", "0", "--on-changed", "fail");
}
END_TEST

START_TEST(a_repair_accepts_the_file_as_it_is)
{
    site_run(&site, 64, "repair", "--checksum", "0001");
    site_says(&site, "0001 is as it was applied");
    edit();
    site_write(&site, "0003.sql", "CREATE TABLE t3 (id int);\n");
    site_run(&site, 64, "repair", "0001");
    site_run(&site, 64, "repair", "--checksum", "0003");
    site_says(&site, "0003 is not applied");
    site_run(&site, 64, "repair", "--checksum", "0001", "0002");
    site_run(&site, 65, "upgrade");

    site_run(&site, 0, "repair", "--checksum", "0001", "--reason", "a wider type, never used");
    site_prints(&site, "0001 repaired: the checksum was ");
    site_holds(&site, "SELECT concat_ws(' ', direction, outcome, reason) FROM migrated.history WHERE id = 3",
               "upgrade repaired a wider type, never used");
    site_holds(&site,
               "SELECT (new.message = 'the checksum was ' || old.checksum AND new.checksum <> old.checksum)::text "
               "FROM migrated.history old, migrated.history new WHERE old.id = 1 AND new.id = 3",
               "true");
    site_run(&site, 0, "upgrade");
    site_at(&site, "0003");
    site_write(&site, "0001.sql", "CREATE TABLE t1 (id int);\n");
    site_run(&site, 0, "check");
    site_prints(&site, "0001 was edited"); /* back, but that is not what was accepted last */
}
END_TEST

START_TEST(check_tells_of_an_edited_revision)
{
    site_write(&site, "0001.sql",
               "\xef\xbb\xbf"
               "CREATE TABLE t1 (id int);  \r\n");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");

    edit();
    site_run(&site, 0, "check");
    site_prints(&site, "migrations in sync\n0001 was edited after it was applied");
    check_both_hashes(site.result.out);
    site_run(&site, 0, "check", "--json");
    site_prints(&site, "\"changed\":[{\"revision\":\"0001\"");
    site_prints(&site, "\"applied_checksum\":\"");
    site_prints(&site, "\"slipped_in\":[]");
    site_run(&site, 3, "check", "--on-changed", "fail");
    site_prints(&site, "0001 was edited after it was applied");
}
END_TEST

START_TEST(a_revision_that_slipped_in_is_not_in_sync)
{
    site_write(&site, "0001b.sql", "CREATE TABLE t1b (id int);\n");
    site_run(&site, 3, "check");
    site_prints(&site, "0001b stands before 0002, which is applied, and was never run");
    site_run(&site, 3, "check", "--json");
    site_prints(&site, "\"slipped_in\":[{\"revision\":\"0001b\"");
    site_prints(&site, "\"migrations_current\":false");

    site_write(&site, "0003.sql", "CREATE TABLE t3 (id int);\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "0001b stands before 0002");
    site_run(&site, 3, "check"); /* a runner knows it now: still never run */
    site_prints(&site, "0001b stands before 0002");

    site_run(&site, 0, "stamp", "0002");
    site_run(&site, 0, "upgrade");
    site_at(&site, "0003");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
}
END_TEST

START_TEST(one_can_slip_in_by_its_header_too)
{
    site_write(&site, "0001.sql", "-- down_revision: none\nCREATE TABLE t1 (id int);\n");
    site_revision(&site, "0002", "x", "CREATE TABLE t2 (id int);", NULL);
    site_revision(&site, "x", "0001", "CREATE TABLE x (id int);", NULL);
    site_run(&site, 3, "check");
    site_prints(&site, "\n0002 was edited after it was applied");
    site_prints(&site, "x stands before 0002, which is applied, and was never run; next: give it a head as its "
                       "down_revision");
}
END_TEST

START_TEST(a_file_put_behind_is_pending)
{
    site_write(&site, "0001b.sql", "CREATE TABLE t1b (id int);\n");
    site_run(&site, 3, "check");
    folder_remove(site.folder, "0001b.sql");
    site_write(&site, "0002b.sql", "CREATE TABLE t1b (id int);\n");
    site_run(&site, 0, "upgrade");
    site_at(&site, "0002b");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
}
END_TEST

START_TEST(nothing_is_said_of_what_alembic_or_a_stamp_applied)
{
    sql_exec(site.conn, "DROP SCHEMA migrated CASCADE");
    edit();
    site_write(&site, "0001b.sql", "CREATE TABLE t1b (id int);\n");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_write(&site, "0003.sql", "CREATE TABLE t3 (id int);\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");

    site_write(&site, "0004.sql", "CREATE TABLE t4 (id int);\n");
    site_run(&site, 0, "stamp", "0004");
    site_write(&site, "0004.sql", "CREATE TABLE t4 (id bigint);\n");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_run(&site, 64, "repair", "--checksum", "0004");
    site_says(&site, "the history does not tell");
}
END_TEST

START_TEST(a_reader_without_the_history_still_gets_a_verdict)
{
    sql_exec(site.conn, "DO $$ BEGIN CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;"
                        "GRANT SELECT ON alembic_version TO looker; GRANT USAGE ON SCHEMA migrated TO looker;"
                        "REVOKE ALL ON migrated.history FROM looker, PUBLIC");
    edit();
    site_use_url(&site, "%s%suser=looker", site.url, strchr(site.url, '?') != NULL ? "&" : "?");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
    site_says(&site, "edited revisions are not seen");
}
END_TEST

/* ---- the daemon ---- */

static struct serving server;

static void start_applied(void)
{
    serving_create(&server);
    folder_write(server.files, "0001.sql", "CREATE TABLE t1 (id int);\n");
    folder_write(server.files, "0002.sql", "CREATE TABLE t2 (id int);\n");
    serving_run(&server, 0, "upgrade", NULL);
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
}

static void value_holds(const char *path, const char *place, const char *part)
{
    char *value = serving_value(&server, path, place);
    ck_assert_msg(strstr(value, part) != NULL, "%s: %s is %s, without %s", path, place, value, part);
    free(value);
}

/* What `upgrade` would refuse is not to be typed. */
static void advises(const char *next)
{
    value_holds("/health", "next", next);
    serving_check_value(&server, "/health", "next_command", "migrated check");
}

static void repair(void)
{
    serving_exec(&server,
                 "INSERT INTO migrated.history (attempt, target, version_table, revision, direction, outcome, "
                 "checksum, host, program) SELECT 'repair', target, version_table, revision, 'upgrade', "
                 "'repaired', checksum, '', '' FROM migrated.revision WHERE revision = '0001'");
}

START_TEST(the_daemon_warns_and_is_ready)
{
    folder_write(server.files, "0001.sql", "CREATE TABLE t1 (id bigint);\n");
    serving_start(&server, NULL);
    serving_wait_value(&server, "/status", "targets.0.changed.0.revision", "0001", SERVING_MS);
    program_wait_line(server.program, "0001 was edited after it was applied", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.slipped_in", "[]");
    serving_check_value(&server, "/readyz", "ok", "true");
    serving_check_value(&server, "/readyz", "checks.1.detail.message", "migrations in sync");
    serving_check_value(&server, "/health", "status", "warn");
    serving_check_value(&server, "/health", "checks.migrations.0.status", "warn");
    value_holds("/health", "checks.migrations.0.output", "0001 was edited after it was applied");
    value_holds("/health", "notes.0", "0001 was edited after it was applied");
    value_holds("/status", "targets.0.warning", "0001 was edited after it was applied");
    advises("put the file back as it was");
    serving_stop(&server);

    serving_start(&server, "MIGRATED_ON_CHANGED=fail", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.warning", "null"); /* its message says it */
    advises("put the file back as it was");
    serving_stop(&server);
}
END_TEST

START_TEST(the_daemon_applies_nothing_until_a_repair)
{
    folder_write(server.files, "0001.sql", "CREATE TABLE t1 (id bigint);\n");
    folder_write(server.files, "0003.sql", "CREATE TABLE t3 (id int);\n");
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    char *message = serving_value(&server, "/readyz", "checks.1.detail.message");
    ck_assert_msg(strstr(message, "0001 was edited after it was applied") != NULL, "%s", message);
    free(message);
    char *rows = serving_sql(&server, "SELECT version_num FROM alembic_version");
    ck_assert_str_eq(rows, "0002");
    free(rows);

    serving_wait_value(&server, "/status", "targets.0.changed.0.revision", "0001", SERVING_MS);
    advises("put the file back as it was");
    repair();
    serving_wait_state(&server, "ready", SERVING_MS); /* nobody announced it: seen by the next reading */
    serving_check_value(&server, "/status", "targets.0.changed", "[]");
    serving_stop(&server);
}
END_TEST

/* What failed before is over as soon as the next run is under way. */
START_TEST(a_repair_takes_the_failure_back)
{
    folder_write(server.files, "0001.sql", "CREATE TABLE t1 (id bigint);\n");
    folder_write(server.files, "0003.sql", "SELECT pg_sleep(3600);\n");
    serving_start(&server, NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    value_holds("/status", "targets.0.last_failure.message", "0001 was edited after it was applied");
    repair();
    serving_wait_value(&server, "/status", "targets.0.running.revision", "0003", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
    serving_check_value(&server, "/health", "last_failure", "null");
    serving_check_value(&server, "/health", "next", "null");
    serving_check_value(&server, "/health", "next_command", "null");
    serving_stop(&server);
}
END_TEST

/* Somebody else has brought in what failed here: the rest follows. */
START_TEST(a_failure_that_is_not_so_any_more)
{
    folder_write(server.files, "0003.sql", "SELECT * FROM nothing;\n");
    folder_write(server.files, "0004.sql", "CREATE TABLE t4 (id int);\n");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.last_failure.revision", "0003");
    serving_run(&server, 0, "stamp", "0003");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
    serving_check_value(&server, "/status", "targets.0.rows.0", "0004");
    serving_stop(&server);
}
END_TEST

START_TEST(the_daemon_is_not_ready_above_a_revision_that_slipped_in)
{
    serving_start(&server, NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "0001b.sql", "CREATE TABLE t1b (id int);\n");
    program_signal(server.program, SIGHUP);
    serving_wait_state(&server, "diverged", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.migrations_check", "diverged");
    serving_check_value(&server, "/status", "targets.0.slipped_in.0.before", "0002");
    advises("rename it so that it sorts behind");
    serving_check_value(&server, "/status", "targets.0.warning", "null");
    folder_remove(server.files, "0001b.sql");
    program_signal(server.program, SIGHUP);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

Suite *changed_suite(void)
{
    Suite *suite = suite_create("changed");
    TCase *commands = tcase_create("commands"), *daemon = tcase_create("daemon");
    tcase_set_timeout(commands, 120);
    tcase_add_checked_fixture(commands, setup, teardown);
    tcase_add_test(commands, an_upgrade_refuses_to_go_on_top_of_an_edited_revision);
    tcase_add_loop_test(commands, a_plan_tells_what_an_upgrade_would_refuse, 0, 2);
    tcase_add_test(commands, wait_follows_the_readiness);
    tcase_add_test(commands, wait_is_not_over_before_the_history_was_read);
    tcase_add_test(commands, a_repair_accepts_the_file_as_it_is);
    tcase_add_test(commands, check_tells_of_an_edited_revision);
    tcase_add_test(commands, a_revision_that_slipped_in_is_not_in_sync);
    tcase_add_test(commands, one_can_slip_in_by_its_header_too);
    tcase_add_test(commands, a_file_put_behind_is_pending);
    tcase_add_test(commands, nothing_is_said_of_what_alembic_or_a_stamp_applied);
    tcase_add_test(commands, a_reader_without_the_history_still_gets_a_verdict);
    suite_add_tcase(suite, commands);
    tcase_set_timeout(daemon, 120);
    tcase_add_checked_fixture(daemon, start_applied, tear_down);
    tcase_add_test(daemon, the_daemon_warns_and_is_ready);
    tcase_add_test(daemon, the_daemon_applies_nothing_until_a_repair);
    tcase_add_test(daemon, a_repair_takes_the_failure_back);
    tcase_add_test(daemon, a_failure_that_is_not_so_any_more);
    tcase_add_test(daemon, the_daemon_is_not_ready_above_a_revision_that_slipped_in);
    suite_add_tcase(suite, daemon);
    return suite;
}
