#include "core/sql_object.h"

#include <check.h>
#include <string.h>

Suite *sql_object_suite(void);

static const struct {
    const char *statement;
    enum sql_object_kind kind;
    const char *name, *table, *definition;
} statements[] = {
    {"CREATE INDEX CONCURRENTLY i ON t (a);", SQL_OBJECT_NEW_INDEX, "i", "t", "(a);"},
    {"create /* x */ unique index -- y\n concurrently if not exists \"I x\" on only s.\"T\" using gin (a) where b",
     SQL_OBJECT_NEW_INDEX, "\"I x\"", "s.\"T\"", "using gin (a) where b"},
    {"CREATE INDEX CONCURRENTLY ON s . t (a)", SQL_OBJECT_NEW_INDEX, "", "s . t", "(a)"},
    {"CREATE INDEX CONCURRENTLY U&\"d\\0061t\" ON t (a)", SQL_OBJECT_UNKNOWN, "", "", ""},
    {"DROP INDEX CONCURRENTLY IF EXISTS s.i CASCADE", SQL_OBJECT_OLD_INDEX, "s.i", "", ""},
    {"DROP INDEX CONCURRENTLY U&\"d\\0061t\"", SQL_OBJECT_UNKNOWN, "", "", ""},
    {"REINDEX INDEX CONCURRENTLY s.i", SQL_OBJECT_REINDEX, "s.i", "", ""},
    {"REINDEX (CONCURRENTLY, VERBOSE) TABLE t", SQL_OBJECT_REINDEX, "t", "", ""},
    {"REINDEX SCHEMA CONCURRENTLY s", SQL_OBJECT_REINDEX, "s", "", ""},
    {"REINDEX (CONCURRENTLY) DATABASE \"d-1\"", SQL_OBJECT_REINDEX, "\"d-1\"", "", ""},
    {"REINDEX (CONCURRENTLY) DATABASE", SQL_OBJECT_REINDEX, "", "", ""},
    {"REINDEX SCHEMA s", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"REINDEX (CONCURRENTLY off) SCHEMA s", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"REINDEX SYSTEM CONCURRENTLY d", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"ALTER TABLE IF EXISTS ONLY s.t DETACH PARTITION p CONCURRENTLY", SQL_OBJECT_PARTITION, "p", "s.t", ""},
    {"ALTER TABLE t * DETACH PARTITION s.p CONCURRENTLY", SQL_OBJECT_PARTITION, "s.p", "t", ""},
    {"ALTER SYSTEM SET work_mem = 1", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"ALTER SUBSCRIPTION s REFRESH PUBLICATION", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"VACUUM (FULL) t", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"CLUSTER", SQL_OBJECT_REPEATABLE, "", "", ""},
    {"CREATE DATABASE \"d-1\" OWNER o", SQL_OBJECT_NEW_DATABASE, "\"d-1\"", "", ""},
    {"DROP DATABASE IF EXISTS d (FORCE)", SQL_OBJECT_OLD_DATABASE, "d", "", ""},
    {"CREATE TABLESPACE x LOCATION '/x'", SQL_OBJECT_NEW_TABLESPACE, "x", "", ""},
    {"DROP TABLESPACE IF EXISTS x", SQL_OBJECT_OLD_TABLESPACE, "x", "", ""},
    {"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", SQL_OBJECT_NEW_SUBSCRIPTION, "s", "", ""},
    {"DROP SUBSCRIPTION s", SQL_OBJECT_OLD_SUBSCRIPTION, "s", "", ""},
    {"CALL p()", SQL_OBJECT_UNKNOWN, "", "", ""},
    {"CREATE INDEX CONCURRENTLY", SQL_OBJECT_UNKNOWN, "", "", ""},
    {"DROP INDEX CONCURRENTLY", SQL_OBJECT_UNKNOWN, "", "", ""},
    {"CREATE UNIQUE", SQL_OBJECT_UNKNOWN, "", "", ""},
    {"", SQL_OBJECT_UNKNOWN, "", "", ""},
};

static void check_span(const char *statement, struct sql_span span, const char *expected)
{
    ck_assert_uint_eq(span.length, strlen(expected));
    ck_assert(strncmp(statement + span.offset, expected, span.length) == 0);
}

START_TEST(names_what_a_statement_is_about)
{
    const char *statement = statements[_i].statement;
    struct sql_object object = sql_object_read(statement, strlen(statement));
    ck_assert_msg(object.kind == statements[_i].kind, "%s: kind %d", statement, (int)object.kind);
    check_span(statement, object.name, statements[_i].name);
    check_span(statement, object.table, statements[_i].table);
    if (object.kind == SQL_OBJECT_NEW_INDEX)
        ck_assert_str_eq(statement + object.definition, statements[_i].definition);
}
END_TEST

START_TEST(says_whether_an_index_is_unique)
{
    static const char unique[] = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
                      plain[] = "CREATE INDEX CONCURRENTLY i ON t (a)";
    ck_assert(sql_object_read(unique, strlen(unique)).unique);
    ck_assert(!sql_object_read(plain, strlen(plain)).unique);
}
END_TEST

static const struct {
    const char *statement;
    enum sql_reindex_scope scope;
} reindexed[] = {
    {"REINDEX INDEX CONCURRENTLY i", SQL_REINDEX_INDEX},
    {"REINDEX TABLE CONCURRENTLY t", SQL_REINDEX_TABLE},
    {"REINDEX (VERBOSE, CONCURRENTLY) SCHEMA s", SQL_REINDEX_SCHEMA},
    {"REINDEX DATABASE CONCURRENTLY d", SQL_REINDEX_DATABASE},
};

START_TEST(says_what_is_reindexed)
{
    const char *statement = reindexed[_i].statement;
    ck_assert_int_eq(sql_object_read(statement, strlen(statement)).scope, reindexed[_i].scope);
}
END_TEST

static const struct {
    const char *statement;
    bool setting;
} settings[] = {
    {"SET search_path = x", true},
    {"set session authorization bob", true},
    {"SET ROLE bob", true},
    {"RESET ALL", true},
    {"SELECT set_config('search_path', '', false);", true},
    {"SELECT pg_catalog.set_config('search_path', f((1)), false)", true},
    {"SET LOCAL search_path = x", false},
    {"SET CONSTRAINTS ALL DEFERRED", false},
    {"SET TRANSACTION READ ONLY", false},
    {"SELECT set_config('a.b', '1', false), drop_all()", false},
    {"SELECT set_config('a.b', '1', false) FROM t", false},
    {"SELECT 1", false},
    {"VACUUM", false},
};

START_TEST(knows_a_setting)
{
    const char *statement = settings[_i].statement;
    ck_assert_msg(sql_is_setting(statement, strlen(statement)) == settings[_i].setting, "%s", statement);
}
END_TEST

Suite *sql_object_suite(void)
{
    Suite *suite = suite_create("sql_object");
    TCase *tests = tcase_create("sql_object");
    tcase_add_loop_test(tests, names_what_a_statement_is_about, 0, sizeof statements / sizeof *statements);
    tcase_add_test(tests, says_whether_an_index_is_unique);
    tcase_add_loop_test(tests, says_what_is_reindexed, 0, sizeof reindexed / sizeof *reindexed);
    tcase_add_loop_test(tests, knows_a_setting, 0, sizeof settings / sizeof *settings);
    suite_add_tcase(suite, tests);
    return suite;
}
