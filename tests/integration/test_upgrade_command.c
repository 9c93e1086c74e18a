/* `upgrade_command`: an Alembic project is applied by its own command, under our lock, and what became of it is verified. */
#include "alembic_project.h"
#include "base/text.h"
#include "serving.h"
#include "site.h"
#include "support/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *upgrade_command_suite(void);

static struct site site;

static void use_command(const char *command)
{
    site_set(&site, "MIGRATED_UPGRADE_COMMAND=%s", command);
}

static void use_alembic(void)
{
    char *command = alembic_project_upgrade(site.folder);
    use_command(command);
    free(command);
}

static void setup(void)
{
    site_open(&site);
    site_set(&site, "MIGRATED_ENGINE=alembic");
    alembic_project_create(site.folder);
    alembic_project_revision(site.folder, "one", NULL, "CREATE TABLE one (id int)");
    alembic_project_revision(site.folder, "two", "one", "CREATE TABLE two (id int)");
    alembic_project_revision(site.folder, "three", "two", "CREATE TABLE three (id int)");
}

static void teardown(void)
{
    site_close(&site);
}

/* Written by a command when it is at work. */
static bool has_pid(void *context)
{
    (void)context;
    return access(folder_file(site.folder, "pid"), F_OK) == 0;
}

static pid_t pid_of_command(void)
{
    ck_assert(wait_until(has_pid, NULL, SITE_DEADLINE_MS));
    char *text = folder_read(site.folder, "pid");
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    free(text);
    ck_assert_int_gt(pid, 0);
    return pid;
}

static bool is_gone(void *context)
{
    const pid_t *pid = context;
    return kill(*pid, 0) != 0 && errno == ESRCH;
}

/* Says its pid, then sleeps until it is ended. */
static char *sleeping_command(const char *before)
{
    struct text command = {0};
    const char *path = folder_path(site.folder);
    text_addf(&command, "%secho $$ >%s/pid.new; mv %s/pid.new %s/pid; exec sleep 600", before, path, path, path);
    return command.bytes;
}

static void use_sleeping_command(const char *before)
{
    char *command = sleeping_command(before);
    use_command(command);
    free(command);
}

/* ---- well ---- */

START_TEST(applies_and_remembers)
{
    use_alembic();
    site_run(&site, 0, "upgrade");
    site_printed(&site, "one applied\ntwo applied\nthree applied\nJob completed successfully: 3 revisions\n");
    site_says(&site, "the project\n");
    site_at(&site, "three");
    site_history(&site, "one upgrade applied,two upgrade applied,three upgrade applied");
    site_holds(&site, "SELECT DISTINCT message FROM migrated.history", "by upgrade_command");
    site_holds(&site, "SELECT revision || down_revisions::text FROM migrated.revision ORDER BY revision",
               "one{},three{two},two{one}");
    site_run(&site, 0, "upgrade", "head");
    site_printed(&site, "Job completed successfully: 0 revisions\n");
    ck_assert_ptr_null(strstr(site.result.err, "the project"));
    site_run(&site, 0, "check");
}
END_TEST

START_TEST(tells_the_command_where_the_database_is)
{
    char *command = alembic_project_upgrade(site.folder);
    site_use_url(&site, "%s", "");
    site_set(&site, "MIGRATED_DATABASE_URL=%s", site.url);
    site_set(&site, "MIGRATED_UPGRADE_COMMAND=echo to $DATABASE_URL of $MIGRATED_TARGET as $PGAPPNAME; %s", command);
    site_run(&site, 0, "upgrade");
    site_says(&site, "to postgresql://postgres@127.0.0.1:");
    site_says(&site, " of main as migrated command ");
    site_at(&site, "three");
    free(command);
}
END_TEST

START_TEST(tells_its_own_target_s_database)
{
    char *url = strdup(site.url);
    site_use_url(&site, "%s", "postgresql://elsewhere/another");
    site_set(&site, "MIGRATED_DATABASE_URL=%s", url);
    use_command("echo to $DATABASE_URL");
    site_run(&site, 1, "upgrade");
    site_says(&site, "to postgresql://postgres@127.0.0.1:");
    free(url);
}
END_TEST

START_TEST(leaves_the_address_as_it_was_set)
{
    site_use_url(&site, "postgresql+psycopg://postgres@127.0.0.1:%d/%s", cluster_port(cluster_shared()),
                 site.database);
    use_command("echo to $DATABASE_URL");
    site_run(&site, 1, "upgrade");
    site_says(&site, "to postgresql+psycopg://postgres@127.0.0.1:");
}
END_TEST

START_TEST(an_older_program_knows_that_the_database_is_ahead)
{
    use_alembic();
    site_run(&site, 0, "upgrade");
    folder_remove(site.folder, "alembic/versions/three.py");
    site_run(&site, 0, "check");
    site_prints(&site, "the database is ahead of the revision files here by three");
    site_run(&site, 0, "upgrade");
    site_printed(&site, "Job completed successfully: 0 revisions\n");
    site_says(&site, "ahead of the revision files");
}
END_TEST

START_TEST(runs_without_books_where_it_may_not_make_them)
{
    sql_exec(site.conn, "CREATE ROLE nobooks LOGIN; GRANT ALL ON SCHEMA public TO nobooks");
    site_use_url(&site, "postgresql://nobooks@127.0.0.1:%d/%s", cluster_port(cluster_shared()), site.database);
    use_alembic();
    site_run(&site, 0, "upgrade");
    site_says(&site, "warning: history and known revisions are not kept: permission denied for database");
    site_at(&site, "three");
    sql_exec(site.conn, "DROP OWNED BY nobooks; DROP ROLE nobooks");
}
END_TEST

/* ---- not well ---- */

START_TEST(tells_what_failed)
{
    alembic_project_revision(site.folder, "two", "one", "CREATE TABLE two (id integr)");
    use_alembic();
    site_run(&site, 1, "upgrade");
    site_says(&site,
              "error: the upgrade command ended with exit status 1: none of 3 pending revisions was applied\n");
    site_says(&site, "type \"integr\" does not exist");
    site_says(&site, "next: mend what it tells, then run `migrated upgrade`");
    site_history(&site, "heads upgrade failed");
    site_run(&site, 1, "upgrade", "--json");
    site_prints(&site, "\"ok\":false");
}
END_TEST

START_TEST(tells_a_status_from_a_signal)
{
    use_command("exit 255");
    site_run(&site, 1, "upgrade");
    site_says(&site, "the upgrade command ended with exit status 255: ");
    use_command("kill -s KILL $$");
    site_run(&site, 1, "upgrade");
    site_says(&site, "the upgrade command was ended by signal 9: ");
}
END_TEST

START_TEST(tells_what_was_applied_all_the_same)
{
    struct text command = {0};
    text_addf(&command, "alembic -c %s upgrade two; exit 7", folder_file(site.folder, "alembic.ini"));
    use_command(text_string(&command));
    site_run(&site, 1, "upgrade");
    site_says(&site, "ended with exit status 7: 2 of 3 pending revisions were applied: one, two\n");
    site_printed(&site, "one applied\ntwo applied\n");
    site_history(&site, "one upgrade applied,two upgrade applied,heads upgrade failed");
    text_finish(&command);
}
END_TEST

START_TEST(a_good_end_is_not_believed)
{
    use_command("echo all is well");
    site_run(&site, 1, "upgrade");
    site_says(&site, "the upgrade command ended well, but 3 revisions are still missing: one, three, two");
    site_says(&site, "all is well");
    site_says(&site, "see that it upgrades to `heads`, in the database 127.0.0.1:");
}
END_TEST

START_TEST(ends_what_takes_too_long)
{
    use_sleeping_command("");
    site_set(&site, "MIGRATED_UPGRADE_TIMEOUT=300ms");
    site_run(&site, 1, "upgrade");
    site_says(&site, "the upgrade command was ended after upgrade_timeout (300 ms): none of 3");
    pid_t pid = pid_of_command();
    ck_assert(is_gone(&pid));
}
END_TEST

START_TEST(kills_what_does_not_end)
{
    use_sleeping_command("trap '' TERM; ");
    site_set(&site, "MIGRATED_UPGRADE_TIMEOUT=100ms");
    site_set(&site, "MIGRATED_STOP_TIMEOUT=400ms");
    site_run(&site, 1, "upgrade");
    pid_t pid = pid_of_command();
    ck_assert(wait_until(is_gone, &pid, SITE_DEADLINE_MS));
}
END_TEST

/* The shell of a list of commands ends when it is told to; a command of it may not. */
START_TEST(kills_what_outlives_its_shell)
{
    struct text command = {0};
    const char *path = folder_path(site.folder);
    text_addf(&command,
              "cd / && sh -c \"trap '' TERM; echo \\$\\$ >%s/pid.new; mv %s/pid.new %s/pid; sleep 600; :\"; true",
              path, path, path);
    use_command(text_string(&command));
    site_set(&site, "MIGRATED_UPGRADE_TIMEOUT=300ms");
    site_set(&site, "MIGRATED_STOP_TIMEOUT=400ms");
    site_run(&site, 1, "upgrade");
    site_says(&site, "the upgrade command was ended after upgrade_timeout (300 ms)");
    pid_t pid = pid_of_command();
    bool gone = wait_until(is_gone, &pid, SITE_DEADLINE_MS);
    if (!gone)
        kill(pid, SIGKILL);
    ck_assert(gone);
    text_finish(&command);
}
END_TEST

START_TEST(tries_again_as_often_as_it_is_told)
{
    struct text command = {0};
    char *alembic = alembic_project_upgrade(site.folder);
    text_addf(&command, "echo try >>%s; test $(wc -l <%s) -ge 3 && %s", folder_file(site.folder, "tries"),
              folder_file(site.folder, "tries"), alembic);
    use_command(text_string(&command));
    site_set(&site, "MIGRATED_UPGRADE_RETRIES=2");
    site_run(&site, 1, "upgrade", "--max-retries", "0");
    site_run(&site, 0, "upgrade");
    site_says(&site,
              "warning: the upgrade command ended with exit status 1: none of 3 pending revisions was applied; "
              "it is run again (1 of 2)");
    site_at(&site, "three");
    text_finish(&command);
    free(alembic);
}
END_TEST

START_TEST(shows_no_password)
{
    site_use_url(&site, "postgresql://postgres:s%%3Acret@127.0.0.1:%d/%s", cluster_port(cluster_shared()),
                 site.database);
    use_command("echo $DATABASE_URL s:cret $(printf 'a\\033[31mred\\001'); exit 1");
    site_run(&site, 1, "upgrade");
    site_says(&site, "postgresql://postgres:***@127.0.0.1:");
    site_says(&site, " *** ared\n");
    ck_assert_ptr_null(strstr(site.result.err, "cret"));
    site_holds(&site, "SELECT count(*) FROM migrated.history WHERE message ~ 'cret'", "0");
}
END_TEST

/* ---- together, and broken off ---- */

START_TEST(runs_once_for_two)
{
    struct text command = {0};
    char *alembic = alembic_project_upgrade(site.folder);
    text_addf(&command, "echo once >>%s; %s", folder_file(site.folder, "tries"), alembic);
    use_command(text_string(&command));
    struct program *one = program_start(&site.options, "upgrade", NULL),
                   *two = program_start(&site.options, "upgrade", NULL);
    site_ends(one, 0);
    site_ends(two, 0);
    char *tries = folder_read(site.folder, "tries");
    ck_assert_str_eq(tries, "once\n");
    site_history(&site, "one upgrade applied,two upgrade applied,three upgrade applied");
    free(tries);
    free(alembic);
    text_finish(&command);
}
END_TEST

START_TEST(a_stop_ends_the_command)
{
    char *alembic = alembic_project_upgrade(site.folder);
    struct text before = {0};
    text_addf(&before, "%.*s two; ", (int)(strstr(alembic, " heads") - alembic), alembic);
    use_sleeping_command(text_string(&before));
    struct program *program = program_start(&site.options, "upgrade", NULL);
    pid_t pid = pid_of_command();
    program_signal(program, SIGTERM);
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 143);
    ck_assert(is_gone(&pid));
    ck_assert_ptr_nonnull(strstr(program_err(program),
                                 "next: the upgrade command was ended, 2 of 3 pending revisions "
                                 "were applied: one, two; run the command again"));
    site_history(&site, "one upgrade applied,two upgrade applied,heads upgrade cancelled");
    program_stop(program);
    text_finish(&before);
    free(alembic);
}
END_TEST

START_TEST(does_not_outlive_us)
{
    use_sleeping_command("trap '' TERM; ");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    pid_t pid = pid_of_command();
    program_signal(program, SIGKILL);
    ck_assert(wait_until(is_gone, &pid, SITE_DEADLINE_MS));
    program_stop(program);
}
END_TEST

START_TEST(waits_for_a_command_that_is_still_at_work)
{
    use_alembic();
    PGconn *conn = sql_connect(site.url);
    sql_exec(conn, "SET application_name = 'migrated command %lld'", site_lock_key(&site));
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, "waiting for the lock: migrated command ", SITE_DEADLINE_MS);
    ck_assert_ptr_null(strstr(program_err(program), "the project"));
    PQfinish(conn);
    site_ends(program, 0);
    site_at(&site, "three");
}
END_TEST

START_TEST(is_not_credited_with_what_another_applied)
{
    use_alembic();
    PGconn *conn = sql_connect(site.url);
    sql_exec(conn, "SET application_name = 'migrated command %lld'", site_lock_key(&site));
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, "waiting for the lock: migrated command ", SITE_DEADLINE_MS);
    site_run_alembic(&site, "upgrade", "heads");
    PQfinish(conn);
    site_ends(program, 0);
    site_at(&site, "three");
    site_history(&site, "");
}
END_TEST

START_TEST(comes_back_after_a_lost_connection)
{
    struct text command = {0};
    char *alembic = alembic_project_upgrade(site.folder);
    const char *path = folder_path(site.folder);
    text_addf(&command, "echo $$ >%s/pid.new; mv %s/pid.new %s/pid; until test -e %s/go; do sleep 0.05; done; %s",
              path, path, path, path, alembic);
    use_command(text_string(&command));
    struct program *program = program_start(&site.options, "upgrade", NULL);
    pid_of_command();
    sql_exec(site.conn,
             "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
             "database = (SELECT oid FROM pg_database WHERE datname = '%s')",
             site.database);
    program_wait_line(program, "the connection that holds the lock was lost", SITE_DEADLINE_MS);
    program_wait_line(program, "connected again, and the lock is held again", SITE_DEADLINE_MS);
    folder_write(site.folder, "go", "");
    site_ends(program, 0);
    site_at(&site, "three");
    site_history(&site, "one upgrade applied,two upgrade applied,three upgrade applied");
    free(alembic);
    text_finish(&command);
}
END_TEST

START_TEST(gives_way_to_who_has_the_lock_now)
{
    PGconn *other = sql_connect(site.url);
    struct text lock = {0};
    use_sleeping_command("");
    struct program *program = program_start(&site.options, "upgrade", NULL);
    pid_t pid = pid_of_command();
    text_addf(&lock, "SELECT pg_advisory_lock(%lld)", site_lock_key(&site));
    ck_assert_int_eq(PQsendQuery(other, text_string(&lock)), 1);
    site_wait(&site, "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND "
                     "database = (SELECT oid FROM pg_database WHERE datname = current_database())");
    sql_exec(site.conn,
             "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
             "database = (SELECT oid FROM pg_database WHERE datname = '%s')",
             site.database);
    program_wait_line(program, "has the lock now: the upgrade command is ended", SITE_DEADLINE_MS);
    ck_assert(wait_until(is_gone, &pid, SITE_DEADLINE_MS));
    PQfinish(other);
    site_ends(program, 1);
    site_history(&site, "heads upgrade failed");
    site_holds(&site,
               "SELECT message ~ 'as the connection was lost and somebody else took the lock' FROM migrated.history",
               "t");
    text_finish(&lock);
}
END_TEST

START_TEST(goes_to_the_heads_only)
{
    use_alembic();
    site_run(&site, 64, "upgrade", "two");
    site_says(&site, "upgrade_command is run as it stands, up to the heads: not up to two");
    site_run(&site, 64, "upgrade", "--sql");
    site_says(&site, "next: type `alembic upgrade REV`, or `alembic upgrade REV --sql`");
}
END_TEST

/* ---- the daemon ---- */

static struct serving server;

static void start_server(const char *command)
{
    struct text variable = {0};
    text_addf(&variable, "MIGRATED_UPGRADE_COMMAND=%s", command);
    server = (struct serving){.files = site.folder, .url = site.url};
    serving_start(&server, "MIGRATED_ENGINE=alembic", "MIGRATED_CACHE_TTL=5s", text_string(&variable), NULL);
    text_finish(&variable);
}

START_TEST(the_daemon_applies)
{
    char *alembic = alembic_project_upgrade(site.folder);
    start_server(alembic);
    serving_wait_state(&server, "ready", SERVING_MS);
    site_at(&site, "three");
    serving_wait_value(&server, "/status", "targets.0.applied", "3", SERVING_MS);
    ck_assert_ptr_nonnull(strstr(program_err(server.program), "upgrade_command: the project\n"));
    serving_stop(&server);
    free(alembic);
}
END_TEST

START_TEST(the_daemon_shows_what_the_command_prints_and_ends_it)
{
    char *command = sleeping_command("echo halfway; ");
    start_server(command);
    pid_t pid = pid_of_command();
    serving_wait_value(&server, "/status", "targets.0.running.output.0", "halfway", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.running.command", "upgrade_command");
    serving_check_value(&server, "/readyz", "state", "migrating");
    serving_stop(&server);
    ck_assert(is_gone(&pid));
    site_history(&site, "heads upgrade cancelled");
    free(command);
}
END_TEST

START_TEST(the_daemon_leaves_a_failed_command_alone)
{
    struct text command = {0};
    text_addf(&command, "echo try >>%s/tries; alembic -c %s/alembic.ini upgrade one; exit 1",
              folder_path(site.folder), folder_path(site.folder));
    start_server(text_string(&command));
    serving_wait_state(&server, "failed", SERVING_MS);
    serving_check_value(&server, "/health", "next_command", "migrated upgrade");
    serving_let_readings_pass(&server);
    char *tries = folder_read(site.folder, "tries");
    ck_assert_str_eq(tries, "try\n");
    alembic_project_revision(site.folder, "four", "three", "SELECT 4");
    serving_wait_value(&server, "/status", "targets.0.pending.0", "four", SERVING_MS);
    free(tries);
    serving_stop(&server);
    text_finish(&command);
}
END_TEST

Suite *upgrade_command_suite(void)
{
    Suite *suite = suite_create("upgrade_command");
    TCase *tests = tcase_create("upgrade_command");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, applies_and_remembers);
    tcase_add_test(tests, tells_the_command_where_the_database_is);
    tcase_add_test(tests, tells_its_own_target_s_database);
    tcase_add_test(tests, leaves_the_address_as_it_was_set);
    tcase_add_test(tests, an_older_program_knows_that_the_database_is_ahead);
    tcase_add_test(tests, runs_without_books_where_it_may_not_make_them);
    tcase_add_test(tests, tells_what_failed);
    tcase_add_test(tests, tells_a_status_from_a_signal);
    tcase_add_test(tests, tells_what_was_applied_all_the_same);
    tcase_add_test(tests, a_good_end_is_not_believed);
    tcase_add_test(tests, ends_what_takes_too_long);
    tcase_add_test(tests, kills_what_does_not_end);
    tcase_add_test(tests, kills_what_outlives_its_shell);
    tcase_add_test(tests, tries_again_as_often_as_it_is_told);
    tcase_add_test(tests, shows_no_password);
    tcase_add_test(tests, runs_once_for_two);
    tcase_add_test(tests, a_stop_ends_the_command);
    tcase_add_test(tests, does_not_outlive_us);
    tcase_add_test(tests, waits_for_a_command_that_is_still_at_work);
    tcase_add_test(tests, is_not_credited_with_what_another_applied);
    tcase_add_test(tests, comes_back_after_a_lost_connection);
    tcase_add_test(tests, gives_way_to_who_has_the_lock_now);
    tcase_add_test(tests, goes_to_the_heads_only);
    tcase_add_test(tests, the_daemon_applies);
    tcase_add_test(tests, the_daemon_shows_what_the_command_prints_and_ends_it);
    tcase_add_test(tests, the_daemon_leaves_a_failed_command_alone);
    suite_add_tcase(suite, tests);
    return suite;
}
