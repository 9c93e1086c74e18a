/* Statements that wait for others by design: their own deadline, whatever holds for the rest. */
#include "site.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

Suite *online_suite(void);

static struct site site;
static PGconn *writer;

/* A writer of the table, which a concurrent build waits for until it ends. */
static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "CREATE TABLE stock (a int); INSERT INTO stock VALUES (1)");
    writer = sql_connect(site.url);
    sql_exec(writer, "BEGIN");
    sql_exec(writer, "UPDATE stock SET a = a");
}

static void teardown(void)
{
    PQfinish(writer);
    site_close(&site);
}

static const struct {
    const char *option, *value, *header;
    bool in_time;
} deadlines[] = {
    {"--online-timeout", "300ms", "", false},
    {"--online-timeout", "none", "-- online_timeout: 300ms\n", false},
    {"--online-timeout", "none", "-- statement_timeout: 300ms\n", false},
    {"--online-timeout", "10ms", "-- online_timeout: 1h\n", true},
    {"--statement-timeout", "10ms", "", true},
};

START_TEST(a_build_ends_at_its_deadline)
{
    struct text file = {0};
    text_addf(&file, "%sCREATE INDEX CONCURRENTLY built ON stock (a);\n", deadlines[_i].header);
    site_write(&site, "0001.sql", text_string(&file));
    text_finish(&file);
    struct program *program =
        program_start(&site.options, "upgrade", deadlines[_i].option, deadlines[_i].value, NULL);
    if (deadlines[_i].in_time) {
        site_wait(&site, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%CREATE INDEX CONCURRENTLY%' "
                         "AND pid <> pg_backend_pid() "
                         "AND datname = current_database() AND clock_timestamp() - query_start > '100ms')");
        sql_exec(writer, "COMMIT");
        ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
        site_at(&site, "0001");
    } else {
        program_wait_line(program, "statement timeout", SITE_DEADLINE_MS);
        sql_exec(writer, "COMMIT");
        ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 1);
        ck_assert_ptr_nonnull(strstr(program_err(program), "give it more time (online_timeout"));
        site_at(&site, "");
    }
    program_stop(program);
}
END_TEST

/* What is built anew waits for the writer whatever it names, and no lock_timeout ends that. */
static const struct {
    const char *statement, *before_14; /* which knows no CONCURRENTLY in parentheses */
} rebuilds[] = {
    {"REINDEX SCHEMA CONCURRENTLY public;\n", NULL},
    {"REINDEX (CONCURRENTLY) SCHEMA public;\n", "REINDEX (VERBOSE) SCHEMA CONCURRENTLY public;\n"},
    {"REINDEX (VERBOSE, CONCURRENTLY) DATABASE %s;\n", "REINDEX (VERBOSE) DATABASE CONCURRENTLY %s;\n"},
    {"REINDEX TABLE CONCURRENTLY aside;\n", NULL},
    {"DROP INDEX CONCURRENTLY U&\"k\\0065pt\";\n", NULL},
};

static void write_rebuild(const char *statement)
{
    struct text file = {0};
    const char *name = strstr(statement, "%s");
    text_addf(&file, "%.*s", name == NULL ? (int)strlen(statement) : (int)(name - statement), statement);
    if (name != NULL)
        text_addf(&file, "%s%s", site.database, name + 2);
    site_write(&site, "0001.sql", text_string(&file));
    text_finish(&file);
}

START_TEST(what_waits_by_design_has_no_lock_timeout)
{
    sql_exec(site.conn, "CREATE TABLE aside (a int); CREATE INDEX kept ON aside (a)");
    sql_exec(writer, "INSERT INTO aside VALUES (1)");
    bool old = PQserverVersion(site.conn) < 140000 && rebuilds[_i].before_14 != NULL;
    write_rebuild(old ? rebuilds[_i].before_14 : rebuilds[_i].statement);
    struct program *program = program_start(&site.options, "upgrade", "--lock-timeout", "50ms", NULL);
    site_wait(&site,
              "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^(REINDEX|DROP)' AND "
              "wait_event_type = 'Lock' AND datname = current_database() AND clock_timestamp() - query_start > "
              "'500ms')");
    sql_exec(writer, "COMMIT");
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    program_stop(program);
    site_holds(&site, "SELECT count(*) FROM pg_index WHERE NOT indisvalid", "0");
}
END_TEST

/* ---- online, in a transaction ---- */

static const struct {
    const char *option, *value, *header;
    bool in_time;
} validations[] = {
    {"--statement-timeout", "50ms", "", true},
    {"--online-timeout", "50ms", "", false},
    {"--online-timeout", "none", "-- statement_timeout: 50ms\n", false},
    {"--online-timeout", "50ms", "-- transaction: off\n", false},
    {"--statement-timeout", "50ms", "-- transaction: off\n", true},
};

START_TEST(a_validation_ends_at_the_online_deadline)
{
    struct text file = {0};
    sql_exec(writer, "COMMIT");
    sql_exec(site.conn, "CREATE FUNCTION slow(int) RETURNS bool LANGUAGE sql AS 'SELECT pg_sleep(0.3) IS NOT NULL'; "
                        "ALTER TABLE stock ADD CONSTRAINT checked CHECK (slow(a)) NOT VALID");
    text_addf(&file, "%sALTER TABLE stock VALIDATE CONSTRAINT checked;\n", validations[_i].header);
    site_write(&site, "0001.sql", text_string(&file));
    text_finish(&file);
    site_run(&site, validations[_i].in_time ? 0 : 1, "upgrade", validations[_i].option, validations[_i].value);
    if (!validations[_i].in_time)
        site_says(&site, "give it more time (online_timeout");
    site_at(&site, validations[_i].in_time ? "0001" : "");
}
END_TEST

/* ---- who holds it up ---- */

#define BUILD "CREATE INDEX CONCURRENTLY built ON stock (a);\n"

static void name_writer(char *words, size_t size)
{
    snprintf(words, size, "a statement that runs online waits for pid %d (", PQbackendPID(writer));
}

START_TEST(a_build_tells_whom_it_waits_for)
{
    char words[128];
    name_writer(words, sizeof words);
    site_write(&site, "0001.sql", BUILD);
    struct program *program = program_start(&site.options, "upgrade", NULL);
    program_wait_line(program, words, SITE_DEADLINE_MS);
    sql_exec(writer, "COMMIT");
    ck_assert_msg(program_wait(program, SITE_DEADLINE_MS) == 0, "%s", program_err(program));
    const char *told = strstr(program_err(program), words);
    ck_assert_msg(strstr(told + 1, words) == NULL, "told twice: %s", program_err(program));
    program_stop(program);
    site_at(&site, "0001");
}
END_TEST

START_TEST(a_build_that_ended_at_its_deadline_names_who_it_waited_for)
{
    char words[128], detail[64], next[64];
    int pid = PQbackendPID(writer);
    name_writer(words, sizeof words);
    snprintf(detail, sizeof detail, "waited for pid %d (", pid);
    snprintf(next, sizeof next, "or end it (SELECT pg_terminate_backend(%d)), and run", pid);
    site_write(&site, "0001.sql", BUILD);
    struct program *program = program_start(&site.options, "upgrade", "--online-timeout", "3s", NULL);
    program_wait_line(program, "statement timeout", SITE_DEADLINE_MS); /* what it left is dropped, and waits too */
    sql_exec(writer, "COMMIT");
    ck_assert_int_eq(program_wait(program, SITE_DEADLINE_MS), 1);
    const char *said = program_err(program);
    ck_assert_msg(strstr(said, words) != NULL, "%s", said);
    ck_assert_msg(strstr(said, detail) != NULL, "%s", said);
    ck_assert_msg(strstr(said, next) != NULL, "%s", said);
    ck_assert_msg(strstr(said, "more time") == NULL, "%s", said);
    program_stop(program);
}
END_TEST

Suite *online_suite(void)
{
    Suite *suite = suite_create("online");
    TCase *tests = tcase_create("online");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_build_ends_at_its_deadline, 0, sizeof deadlines / sizeof *deadlines);
    tcase_add_loop_test(tests, what_waits_by_design_has_no_lock_timeout, 0, sizeof rebuilds / sizeof *rebuilds);
    tcase_add_loop_test(tests, a_validation_ends_at_the_online_deadline, 0, sizeof validations / sizeof *validations);
    tcase_add_test(tests, a_build_tells_whom_it_waits_for);
    tcase_add_test(tests, a_build_that_ended_at_its_deadline_names_who_it_waited_for);
    suite_add_tcase(suite, tests);
    return suite;
}
