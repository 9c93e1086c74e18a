/* Revisions that fail: what a person is told, what is kept, and how it goes on once the file is mended. */
#include "site.h"

#include "base/text.h"

Suite *refusals_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

static void write_ten(const char *sixth)
{
    struct text name = {0}, parent = {0}, up = {0};
    text_add(&parent, "none");
    for (int i = 1; i <= 10; i++) {
        text_clear(&name);
        text_addf(&name, "r%02d", i);
        text_clear(&up);
        text_addf(&up, "CREATE TABLE t%d (id int);", i);
        site_revision(&site, text_string(&name), text_string(&parent), i == 6 ? sixth : text_string(&up), NULL);
        text_clear(&parent);
        text_add(&parent, text_string(&name));
    }
    text_finish(&name);
    text_finish(&parent);
    text_finish(&up);
}

/* The sixth of ten fails, with two lines of header and marker before it. `place` is "LINE:COLUMN". */
static const struct {
    const char *what, *up, *place, *sqlstate, *says, *caret;
} errors[] = {
    {"a syntax error", "CREATE TABLE t6 (id int);\nCREATE TABEL x ();", "4:8", "42601", "syntax error",
     "     4 | CREATE TABEL x ();\n       |        ^\n"},
    {"a name that is not there", "CREATE TABLE t6 (id int);\n  SELECT missing\n  FROM t6;", "4:10", "42703",
     "in statement 2", "     4 |   SELECT missing\n       |          ^\n"},
    {"characters of several bytes before it", "/* äöü 漢字 */ SELECT 'ä€𝄞', missing FROM t1;", "3:28", "42703",
     "in statement 1", "\n       |                            ^\n"},
    {"characters of several bytes in earlier statements", "SELECT 'ä€𝄞漢字';\n\tSELECT '漢', missing;", "4:14",
     "42703", "in statement 2", "\n       | \t            ^\n"},
    {"the third of five statements", "SELECT 1;\nSELECT 2;\nSELECT 1/0;\nSELECT 4;\nSELECT 5;", "5:1", "22012",
     "in statement 3", "     5 | SELECT 1/0;\n       | ^\n"},
    {"an error inside a function",
     "CREATE TABLE t6 (id int);\n\nDO $$\nBEGIN\n  RAISE EXCEPTION 'not today';\nEND $$;", "5:1", "P0001",
     "not today", "CONTEXT: PL/pgSQL function inline_code_block line 3 at RAISE"},
    {"a query inside a function", "DO $$ BEGIN\n  PERFORM missing FROM t1;\nEND $$;", "3:1", "42703", "missing",
     "QUERY: SELECT missing FROM t1"},
    {"a syntax error inside a function",
     "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 +;\nEND $$;", "5:13", "42601",
     "syntax error", "     5 |   RETURN 1 +;\n       |             ^\n"},
    {"a constraint", "CREATE TABLE t6 (id int PRIMARY KEY);\nINSERT INTO t6 VALUES (1);\nINSERT INTO t6 VALUES (1);",
     "5:1", "23505", "duplicate key", "DETAIL: Key (id)=(1) already exists."},
    {"an error at COMMIT",
     "CREATE TABLE t6 (id int PRIMARY KEY, up int REFERENCES t6 INITIALLY DEFERRED);\nINSERT INTO t6 VALUES (1, 2);",
     NULL, "23503", "failed at its end", "DETAIL: Key (up)=(2) is not present"},
    {"an error in COPY data", "CREATE TABLE t6 (id int);\nCOPY t6 FROM stdin;\n1\ntwo\n\\.\nSELECT 1;", "4:1",
     "22P02", "in statement 2", "CONTEXT: COPY t6, line 2, column id: \"two\""},
    {"a comment before the statement", "-- why\n/* because */ SELECT missing;", "4:22", "42703", "in statement 1",
     "^"},
    {"CRLF line ends", "CREATE TABLE t6 (id int);\r\nSELECT missing;\r\n", "4:8", "42703", "in statement 2",
     "     4 | SELECT missing;\n       |        ^\n"},
};

START_TEST(tells_where_and_keeps_nothing_of_it)
{
    struct text place = {0};
    write_ten(errors[_i].up);

    site_run(&site, 1, "upgrade");

    text_addf(&place, "r06.sql%s%s: error: revision r06 ", errors[_i].place ? ":" : "",
              errors[_i].place ? errors[_i].place : "");
    site_says(&site, text_string(&place));
    text_finish(&place);
    site_says(&site, errors[_i].sqlstate);
    site_says(&site, errors[_i].says);
    site_says(&site, errors[_i].caret);
    site_says(&site, "next: ");
    site_printed(&site, "r01 applied\nr02 applied\nr03 applied\nr04 applied\nr05 applied\n");
    site_at(&site, "r05");
    site_holds(&site, "SELECT sqlstate FROM migrated.history WHERE revision = 'r06' AND outcome = 'failed'",
               errors[_i].sqlstate);
    site_holds(&site, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 't_'", "5");

    site_revision(&site, "r06", "r05", "CREATE TABLE t6 (id int);", NULL);
    site_run(&site, 0, "upgrade");
    site_prints(&site, "Job completed successfully: 5 revisions\n");
    site_at(&site, "r10");
}
END_TEST

START_TEST(passes_notices_on)
{
    write_ten("DO $$ BEGIN RAISE WARNING 'mind the gap'; RAISE NOTICE 'by the way'; END $$;");

    site_run(&site, 0, "upgrade", "--verbose");

    site_says(&site, "mind the gap");
    site_says(&site, "by the way");
}
END_TEST

START_TEST(reports_faulty_files_at_once_and_runs_nothing)
{
    site_revision(&site, "a", "none", "CREATE TABLE t (id int);\nCOMMIT;", NULL);
    site_revision(&site, "b", "a", "SELECT 'open;", NULL);
    site_revision(&site, "c", "nobody", "SELECT 1;", NULL);

    site_run(&site, 65, "upgrade");

    site_says(&site, "a.sql:4:1: ");
    site_says(&site, "b.sql:3:8: ");
    site_holds(&site, "SELECT count(*) FROM pg_namespace WHERE nspname = 'migrated'", "0");
}
END_TEST

/* ---- COPY ---- */

static const char dump[] =
    "-- down_revision: none\n-- migrated:up\n"
    "--\n-- PostgreSQL database dump\n--\n\n\\restrict abcDEF123\n\n"
    "SET statement_timeout = 0;\nSET lock_timeout = 0;\n"
    "SET idle_in_transaction_session_timeout = 0;\nSET client_encoding = 'UTF8';\n"
    "SET standard_conforming_strings = on;\n"
    "SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n"
    "SET xmloption = content;\nSET client_min_messages = warning;\nSET row_security = off;\n\n"
    "CREATE TABLE public.guests (\n    id integer NOT NULL,\n    name text\n);\n"
    "CREATE TABLE public.rooms (id integer);\nCREATE TABLE public.empty (id integer);\n\n"
    "COPY public.guests (id, name) FROM stdin;\n1\tÄnne; -- not a comment\n2\t'it''s'\n3\t\\N\n\\.\n\n\n"
    "COPY public.empty (id) FROM stdin;\n\\.\n\n"
    "COPY public.rooms (id) FROM stdin;\n101\n102\n\\.\n\n"
    "ALTER TABLE ONLY public.guests ADD CONSTRAINT guests_pkey PRIMARY KEY (id);\n\n"
    "\\unrestrict abcDEF123\n";

START_TEST(runs_a_dump_as_it_is)
{
    site_write(&site, "a_dump.sql", dump);
    site_revision(&site, "b_more", "a_dump", "COPY rooms FROM stdin;\n103\n\\.\n", NULL);
    site_revision(&site, "c_plain", "b_more", "CREATE TABLE plain (id int)", NULL);

    site_run(&site, 0, "upgrade");

    site_at(&site, "c_plain");
    site_holds(&site, "SELECT id || name FROM guests WHERE name IS NOT NULL ORDER BY id",
               "1Änne; -- not a comment,2'it''s'");
    site_holds(&site, "SELECT id FROM rooms ORDER BY id", "101,102,103");
    site_holds(&site, "SELECT count(*) FROM empty", "0");
    site_holds(&site, "SELECT to_regclass('public.plain') IS NOT NULL", "t");
}
END_TEST

START_TEST(a_failing_copy_takes_its_revision_back)
{
    site_write(&site, "a_dump.sql", dump);
    site_revision(&site, "b_more", "a_dump",
                  "COPY rooms FROM stdin;\n103\n\\.\nCOPY guests FROM stdin;\n4\tno\tno\n\\.\n"
                  "COPY empty FROM stdin;\n1\n\\.\n",
                  NULL);

    site_run(&site, 1, "upgrade");

    site_says(&site, "b_more.sql:6:1: error: revision b_more failed in statement 2");
    site_says(&site, "22P04");
    site_at(&site, "a_dump");
    site_holds(&site, "SELECT count(*) FROM rooms", "2");
}
END_TEST

Suite *refusals_suite(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tests = tcase_create("refusals");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, tells_where_and_keeps_nothing_of_it, 0, sizeof errors / sizeof *errors);
    tcase_add_test(tests, passes_notices_on);
    tcase_add_test(tests, reports_faulty_files_at_once_and_runs_nothing);
    tcase_add_test(tests, runs_a_dump_as_it_is);
    tcase_add_test(tests, a_failing_copy_takes_its_revision_back);
    suite_add_tcase(suite, tests);
    return suite;
}
