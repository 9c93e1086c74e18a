#include "core/sql_quote.h"

#include <check.h>
#include <signal.h>

Suite *sql_quote_suite(void);

static struct text text;

static void setup(void)
{
    text = (struct text){0};
}

static void teardown(void)
{
    text_finish(&text);
}

static const struct {
    const char *value, *literal, *identifier;
} values[] = {
    {"plain", "'plain'", "\"plain\""}, {"", "''", "\"\""},
    {"it's", "'it''s'", "\"it's\""},   {"back\\slash", " E'back\\\\slash'", "\"back\\slash\""},
    {"a\"b", "'a\"b'", "\"a\"\"b\""},  {"\\'; --", " E'\\\\''; --'", "\"\\'; --\""},
};

START_TEST(quotes)
{
    sql_quote_literal(&text, values[_i].value);
    ck_assert_str_eq(text_string(&text), values[_i].literal);
    text_clear(&text);
    sql_quote_identifier(&text, values[_i].value);
    ck_assert_str_eq(text_string(&text), values[_i].identifier);
}
END_TEST

START_TEST(arrays)
{
    const char *items[] = {"a", "b'c"};
    sql_quote_array(&text, &(struct names){items, 2});
    ck_assert_str_eq(text_string(&text), "ARRAY['a', 'b''c']::pg_catalog.text[]");
    text_clear(&text);
    sql_quote_array(&text, &(struct names){0});
    ck_assert_str_eq(text_string(&text), "ARRAY[]::pg_catalog.text[]");
}
END_TEST

static const struct sql_value known[] = {{"name", "it's"}, {"none", NULL}};

static const struct {
    const char *source, *expanded;
} templates[] = {
    {"SELECT :'name', :\"name\"", "SELECT 'it''s', \"it's\""},
    {"SELECT :'none'", "SELECT NULL"},
    {":'name'", "'it''s'"},
    {"SELECT x::text, 'a:', ':b', \"c:\"", "SELECT x::text, 'a:', ':b', \"c:\""},
    {"SELECT 'it''s:', :'name'", "SELECT 'it''s:', 'it''s'"},
    {"-- Alembic's own: :'name'\nSELECT :'name'", "-- Alembic's own: :'name'\nSELECT 'it''s'"},
    {"SELECT 1 - -1, :'name'", "SELECT 1 - -1, 'it''s'"},
};

START_TEST(expands_as_psql_does)
{
    sql_expand(&text, templates[_i].source, known, 2);
    ck_assert_str_eq(text_string(&text), templates[_i].expanded);
}
END_TEST

START_TEST(a_name_that_was_not_given_aborts)
{
    sql_expand(&text, "SELECT :'nobody'", known, 2);
}
END_TEST

Suite *sql_quote_suite(void)
{
    Suite *suite = suite_create("sql_quote");
    TCase *tests = tcase_create("sql_quote");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, quotes, 0, sizeof values / sizeof *values);
    tcase_add_test(tests, arrays);
    tcase_add_loop_test(tests, expands_as_psql_does, 0, sizeof templates / sizeof *templates);
    tcase_add_test_raise_signal(tests, a_name_that_was_not_given_aborts, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite;
}
