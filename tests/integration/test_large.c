/* Revisions that are larger than a message: in parts, one transaction all the same, with little memory on our side. */
#include "site.h"

#include <stdio.h>
#include <string.h>

Suite *large_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
    sql_exec(site.conn, "ALTER DATABASE %s SET idle_in_transaction_session_timeout = '500ms'", site.database);
    sql_exec(site.conn, "CREATE UNLOGGED TABLE t (id int, words text)");
}

static void teardown(void)
{
    site_close(&site);
}

#define MEGABYTE 1000000

static FILE *create(const char *name)
{
    site_write(&site, name, "");
    FILE *file = fopen(folder_file(site.folder, name), "we");
    ck_assert_ptr_nonnull(file);
    fputs("-- down_revision: none\n-- migrated:up\n", file);
    return file;
}

/* Statements of about 100 kB each, until the file is so large; the number of statements. */
static int add_statements(FILE *file, long megabytes)
{
    char words[100001];
    int count = 0;
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    while (ftell(file) < megabytes * MEGABYTE)
        fprintf(file, "INSERT INTO t VALUES (%d, left('%s', 9));\n", ++count, words);
    return count;
}

/* The memory of AddressSanitizer or valgrind is not the program's: there only a runaway would show. */
#if defined(__SANITIZE_ADDRESS__) || defined(UNDER_VALGRIND)
#define MEMORY_TIMES 4
#else
#define MEMORY_TIMES 1
#endif

static void memory_is_below(long megabytes)
{
    megabytes *= MEMORY_TIMES;
    ck_assert_msg(site.result.peak_kb < megabytes * MEGABYTE / 1024, "%ld kB at most", site.result.peak_kb);
}

START_TEST(sixty_megabytes_go_in_parts)
{
    FILE *file = create("a_large.sql");
    int count = add_statements(file, 60);
    fclose(file);

    site_run(&site, 0, "upgrade");

    memory_is_below(3 * 60 + 20);
    site_at(&site, "a_large");
    char expected[16];
    snprintf(expected, sizeof expected, "%d", count);
    site_holds(&site, "SELECT count(DISTINCT id) FROM t WHERE words = 'xxxxxxxxx'", expected);
    site_holds(&site, "SELECT statements FROM migrated.history", expected);
}
END_TEST

START_TEST(the_last_of_many_parts_takes_all_back)
{
    FILE *file = create("a_large.sql");
    int count = add_statements(file, 12);
    fputs("\n  SELECT 'ä', missing;\n", file);
    fclose(file);
    site_revision(&site, "b_small", "a_large", "SELECT 1;", NULL);

    site_run(&site, 1, "upgrade");

    char place[128];
    snprintf(place, sizeof place, "a_large.sql:%d:15: error: revision a_large failed in statement %d", count + 4,
             count + 1);
    site_says(&site, place);
    site_at(&site, "");
    site_holds(&site, "SELECT count(*) FROM t", "0");
    site_history(&site, "a_large upgrade failed");
}
END_TEST

/* An INSERT of so many megabytes, which begins on line 4. */
static void write_large_statement(long megabytes, const char *end)
{
    FILE *file = create("a_large.sql");
    fputs("SELECT 1;\nINSERT INTO t VALUES (1, left('", file);
    for (long i = 0; i < megabytes * MEGABYTE / 10; i++)
        fputs("0123456789", file);
    fprintf(file, "', 10)%s", end);
    fclose(file);
}

/* The file, and the two copies that libpq makes of what it sends. */
START_TEST(one_statement_of_sixty_megabytes)
{
    write_large_statement(60, "); INSERT INTO t VALUES (2, 'behind');\n");

    site_run(&site, 0, "upgrade");

    memory_is_below(3 * 60 + 20);
    site_holds(&site, "SELECT words FROM t ORDER BY id", "0123456789,behind");
    site_holds(&site, "SELECT statements FROM migrated.history", "3");
}
END_TEST

START_TEST(an_error_in_a_large_statement_has_its_place)
{
    write_large_statement(2, ",\n  'ä', missing); SELECT 3;\n");

    site_run(&site, 1, "upgrade");

    site_says(&site, "a_large.sql:5:8: error: revision a_large failed in statement 2");
    site_says(&site, "     5 |   'ä', missing);");
    site_holds(&site, "SELECT count(*) FROM t", "0");
}
END_TEST

START_TEST(copy_data_larger_than_a_message)
{
    FILE *file = create("a_large.sql");
    fputs("CREATE TABLE before (id int);\nCOPY t FROM stdin;\n", file);
    for (int i = 0; i < 800000; i++)
        fprintf(file, "%d\tline %d\n", i, i);
    fputs("\\.\nCOPY before FROM stdin;\n7\n\\.\nCREATE TABLE behind (id int);\n", file);
    fclose(file);

    site_run(&site, 0, "upgrade");

    site_holds(&site, "SELECT count(*) || ' ' || max(id) FROM t", "800000 799999");
    site_holds(&site, "SELECT id FROM before", "7");
}
END_TEST

Suite *large_suite(void)
{
    Suite *suite = suite_create("large");
    TCase *tests = tcase_create("large");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, sixty_megabytes_go_in_parts);
    tcase_add_test(tests, the_last_of_many_parts_takes_all_back);
    tcase_add_test(tests, one_statement_of_sixty_megabytes);
    tcase_add_test(tests, an_error_in_a_large_statement_has_its_place);
    tcase_add_test(tests, copy_data_larger_than_a_message);
    suite_add_tcase(suite, tests);
    return suite;
}
