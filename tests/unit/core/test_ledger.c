#include "core/ledger.h"

#include <check.h>

Suite *ledger_suite(void);

static const struct ledger ledger = {
    .target = "main",
    .version_schema = "public",
    .version_table = "it's",
    .bookkeeping = "migrated",
    .host = "h",
    .program = "p",
    .lock_key = -5,
};

/* The key is a promise to other versions of the program: it must never change. */
START_TEST(the_lock_key_is_fixed)
{
    ck_assert_int_eq(ledger_lock_key("shop", "public", "alembic_version"), INT64_C(7017513473279440793));
    ck_assert_int_ne(ledger_lock_key("shop", "public", "alembic_version"),
                     ledger_lock_key("shop", "publi", "calembic_version"));
}
END_TEST

START_TEST(names_its_tables)
{
    struct text text = {0};
    ledger_add_version_table(&ledger, &text);
    text_add_char(&text, ' ');
    ledger_add_table(&ledger, &text, "history");
    text_add_char(&text, ' ');
    ledger_add_key(&ledger, &text);
    ck_assert_str_eq(text_string(&text), "\"public\".\"it's\" \"migrated\".\"history\" 'main', 'public.it''s'");
    text_finish(&text);
}
END_TEST

START_TEST(expands_templates)
{
    struct text text = {0};
    ledger_expand(&ledger, &text,
                  ":'target' :\"version_schema\" :\"version_table\" :'version_table_name' :'version_table_quoted' "
                  ":\"version_constraint\" :\"bookkeeping\" :'lock_key' :'host' :'program' :'more'",
                  &(struct sql_value){"more", "!"}, 1);
    ck_assert_str_eq(text_string(&text), "'main' \"public\" \"it's\" 'public.it''s' '\"public\".\"it''s\"' "
                                         "\"it's_pkc\" \"migrated\" '-5' 'h' 'p' '!'");
    text_finish(&text);
}
END_TEST

Suite *ledger_suite(void)
{
    Suite *suite = suite_create("ledger");
    TCase *tests = tcase_create("ledger");
    tcase_add_test(tests, the_lock_key_is_fixed);
    tcase_add_test(tests, names_its_tables);
    tcase_add_test(tests, expands_templates);
    suite_add_tcase(suite, tests);
    return suite;
}
