#include "base/text.h"
#include "core/sql_scan.h"

#include <check.h>
#include <string.h>

Suite *sql_scan_suite(void);

/*
 * Pieces are written as one line of text, each as KIND line:column{piece}. Kinds: S statement with semicolon,
 * s statement without, D data of COPY, M backslash command, K marker. An error ends it: !line:column and its text.
 */
static void render(struct text *text, struct sql_scan *scan)
{
    struct sql_piece piece;
    while (sql_scan_next(scan, &piece)) {
        char kind = "SDMK"[piece.kind];
        if (kind == 'S' && !piece.terminated)
            kind = 's';
        text_addf(text, "%s%c%u:%u{%.*s}", text->length > 0 ? " " : "", kind, piece.place.line, piece.place.column,
                  (int)piece.length, scan->text + piece.offset);
    }
    if (scan->error != SQL_SCAN_OK)
        text_addf(text, "%s!%u:%u %s", text->length > 0 ? " " : "", scan->error_place.line, scan->error_place.column,
                  sql_scan_error_text(scan->error));
}

static const struct {
    const char *name, *sql, *pieces;
} cases[] = {
    {"empty text", "", ""},
    {"blanks only", " \t\r\n\f\v", ""},
    {"comments only", "-- a\n/* b */ -- c", ""},
    {"one statement", "SELECT 1;", "S1:1{SELECT 1;}"},
    {"no final semicolon", "SELECT 1;\nSELECT 2\n", "S1:1{SELECT 1;} s2:1{SELECT 2}"},
    {"comment behind the last statement", "SELECT 1 -- one;\n/* two; */\n", "s1:1{SELECT 1}"},
    {"block comment behind a semicolon", "SELECT 1; /* done */", "S1:1{SELECT 1;}"},
    {"comments before are not part", "-- a\n /* b\n */ SELECT 1;", "S3:5{SELECT 1;}"},
    {"comments inside are part", "SELECT /* ; */ 1 -- ;\n;", "S1:1{SELECT /* ; */ 1 -- ;\n;}"},
    {"empty statements", ";;SELECT 1;;", "S1:1{;} S1:2{;} S1:3{SELECT 1;} S1:12{;}"},
    {"two on a line", "SELECT 1; SELECT 2;", "S1:1{SELECT 1;} S1:11{SELECT 2;}"},
    {"byte order mark", "\xEF\xBB\xBFSELECT 1;", "S1:1{SELECT 1;}"},
    {"columns count characters", "SELECT '\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x98'; SELECT 2;",
     "S1:1{SELECT '\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x98';} S1:15{SELECT 2;}"},
    {"a tab is one column", "\tSELECT 1;\t;", "S1:2{SELECT 1;} S1:12{;}"},
    {"CRLF ends at LF", "SELECT 1;\r\nSELECT\r\n2;\r\n ;", "S1:1{SELECT 1;} S2:1{SELECT\r\n2;} S4:2{;}"},

    {"semicolon in a string", "SELECT 'a;b';", "S1:1{SELECT 'a;b';}"},
    {"doubled quote", "SELECT 'it''s;'; SELECT ''''';';", "S1:1{SELECT 'it''s;';} S1:18{SELECT ''''';';}"},
    {"backslash is no escape", "SELECT '\\'; SELECT 2;", "S1:1{SELECT '\\';} S1:13{SELECT 2;}"},
    {"backslash escapes in E''", "SELECT E'\\';\\\\', e'\\''''; SELECT 2;",
     "S1:1{SELECT E'\\';\\\\', e'\\'''';} S1:27{SELECT 2;}"},
    {"E'' goes on on the next line", "SELECT E'a' -- c\n 'b\\';'; SELECT 2;",
     "S1:1{SELECT E'a' -- c\n 'b\\';';} S2:10{SELECT 2;}"},
    {"E'' does not go on on its line", "SELECT E'a' '\\'; SELECT 2;", "S1:1{SELECT E'a' '\\';} S1:18{SELECT 2;}"},
    {"E'' does not go on behind a block comment", "SELECT E'a' /* */\n'\\'; SELECT 2;",
     "S1:1{SELECT E'a' /* */\n'\\';} S2:6{SELECT 2;}"},
    {"E at a word's end opens nothing", "SELECT name'\\'; SELECT 2;", "S1:1{SELECT name'\\';} S1:17{SELECT 2;}"},
    {"a word with e opens nothing", "SELECT ee'\\'; SELECT 2;", "S1:1{SELECT ee'\\';} S1:15{SELECT 2;}"},
    {"a number's e opens nothing", "SELECT 1e'\\'; SELECT 2;", "S1:1{SELECT 1e'\\';} S1:15{SELECT 2;}"},
    {"dollars that touch a number's letters open nothing", "SELECT 1e5$$;1$$;$$; ;",
     "S1:1{SELECT 1e5$$;} S1:14{1$$;$$;} S1:22{;}"},
    {"string over lines", "SELECT 'a\n;\nb'; SELECT 2;", "S1:1{SELECT 'a\n;\nb';} S3:5{SELECT 2;}"},
    {"prefixes U& N B X", "SELECT U&'\\', N';', B'1', X';', U&\"d\\;\"; ;",
     "S1:1{SELECT U&'\\', N';', B'1', X';', U&\"d\\;\";} S1:42{;}"},
    {"quoted identifier", "SELECT \"a;\"\"b--\"; ;", "S1:1{SELECT \"a;\"\"b--\";} S1:19{;}"},
    {"quotes in comments", "/* ' */ SELECT 1 -- it's\n; /* \" $$ */ ;", "S1:9{SELECT 1 -- it's\n;} S2:14{;}"},
    {"comment marks in strings", "SELECT '--', '/*'; ;", "S1:1{SELECT '--', '/*';} S1:20{;}"},

    {"dollar quote", "DO $$ BEGIN x; END $$; ;", "S1:1{DO $$ BEGIN x; END $$;} S1:24{;}"},
    {"tagged dollar quotes nest", "DO $a$ $b$ ; $$ ; $b$ ; $a$; ;", "S1:1{DO $a$ $b$ ; $$ ; $b$ ; $a$;} S1:30{;}"},
    {"tags differ in case", "DO $a$ ; $A$ ; $a$; ;", "S1:1{DO $a$ ; $A$ ; $a$;} S1:21{;}"},
    {"tag of other letters", "DO $\xC3\xA4_1$ ; $\xC3\xA4_1$; ;", "S1:1{DO $\xC3\xA4_1$ ; $\xC3\xA4_1$;} S1:19{;}"},
    {"dollars inside", "DO $$ a$b ; $1 $x; $$; ;", "S1:1{DO $$ a$b ; $1 $x; $$;} S1:24{;}"},
    {"end tag overlaps", "DO $$ $a$$; ;", "S1:1{DO $$ $a$$;} S1:13{;}"},
    {"dollar inside a name", "SELECT a$$;$$b; ;", "S1:1{SELECT a$$;} !1:12 unterminated dollar-quoted string"},
    {"parameters are no quotes", "SELECT $1, $2; SELECT $1$;", "S1:1{SELECT $1, $2;} S1:16{SELECT $1$;}"},
    {"dollar quote behind a parameter", "SELECT $1$$;$$; ;", "S1:1{SELECT $1$$;$$;} S1:17{;}"},
    {"a digit begins no tag", "SELECT $1a$ ; ;", "S1:1{SELECT $1a$ ;} S1:15{;}"},

    {"nested comments", "/* a /* b; */ c; */ SELECT 1; ;", "S1:21{SELECT 1;} S1:31{;}"},
    {"comment in an operator", "SELECT 1--;\n+2; SELECT 3*/*;*/4;", "S1:1{SELECT 1--;\n+2;} S2:5{SELECT 3*/*;*/4;}"},
    {"a name may touch a comment", "SELECT a--b;\n; ;", "S1:1{SELECT a--b;\n;} S2:3{;}"},
    {"end of comment alone", "SELECT 1 */ 2; ;", "S1:1{SELECT 1 */ 2;} S1:16{;}"},
    {"slash star slash opens", "/*/ ; */ SELECT 1;", "S1:10{SELECT 1;}"},
    {"a carriage return ends a comment", "-- a\rSELECT 1;", "S1:6{SELECT 1;}"},

    {"CREATE RULE", "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2;); ;",
     "S1:1{CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2;);} S1:59{;}"},
    {"too many parentheses close", "SELECT 1)); SELECT 2;", "S1:1{SELECT 1));} S1:13{SELECT 2;}"},
    {"BEGIN is a statement elsewhere", "BEGIN; SELECT 1; END;", "S1:1{BEGIN;} S1:8{SELECT 1;} S1:18{END;}"},
    {"BEGIN ATOMIC", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; ;",
     "S1:1{CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;} S1:71{;}"},
    {"or replace procedure", "create or replace procedure p() begin\n-- x\natomic insert into t values (1); end; ;",
     "S1:1{create or replace procedure p() begin\n-- x\natomic insert into t values (1); end;} S3:39{;}"},
    {"empty body", "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC END; ;",
     "S1:1{CREATE FUNCTION f() RETURNS void BEGIN ATOMIC END;} S1:52{;}"},
    {"CASE in a body",
     "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; END; ;",
     "S1:1{CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; "
     "END;} "
     "S1:105{;}"},
    {"CASE in parentheses in a body", "CREATE FUNCTION f() BEGIN ATOMIC SELECT (CASE WHEN a THEN (1) END); END; ;",
     "S1:1{CREATE FUNCTION f() BEGIN ATOMIC SELECT (CASE WHEN a THEN (1) END); END;} S1:74{;}"},
    {"columns called end and case",
     "CREATE FUNCTION f() BEGIN ATOMIC SELECT a.end AS case, 1 end; SELECT t.case; END; ;",
     "S1:1{CREATE FUNCTION f() BEGIN ATOMIC SELECT a.end AS case, 1 end; SELECT t.case; END;} S1:83{;}"},
    {"atomic as part of a name", "CREATE FUNCTION begin_atomic() AS $$ x; $$; CREATE FUNCTION is_atomic(); ;",
     "S1:1{CREATE FUNCTION begin_atomic() AS $$ x; $$;} S1:45{CREATE FUNCTION is_atomic();} S1:74{;}"},
    {"atomic without begin", "CREATE FUNCTION f() RETURNS atomic RETURN 1; ;",
     "S1:1{CREATE FUNCTION f() RETURNS atomic RETURN 1;} S1:46{;}"},
    {"begin atomic as a parameter", "CREATE FUNCTION f(begin atomic) RETURN 1; ;",
     "S1:1{CREATE FUNCTION f(begin atomic) RETURN 1;} S1:43{;}"},
    {"begin without atomic", "CREATE FUNCTION begin() RETURNS int RETURN 1; ;",
     "S1:1{CREATE FUNCTION begin() RETURNS int RETURN 1;} S1:47{;}"},
    {"begin atomic elsewhere", "CREATE VIEW v AS SELECT begin atomic FROM t; ;",
     "S1:1{CREATE VIEW v AS SELECT begin atomic FROM t;} S1:46{;}"},
    {"body without end", "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2;",
     "s1:1{CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2;}"},

    {"COPY data", "COPY t FROM stdin;\n1\ta;b'\n\\N\t$$\n\\.\nSELECT 1;",
     "S1:1{COPY t FROM stdin;} D2:1{1\ta;b'\n\\N\t$$\n} S5:1{SELECT 1;}"},
    {"COPY with options", "copy public.t (a, \"b\") from STDIN with (format csv, delimiter ';');\n1;2\n\\.\n",
     "S1:1{copy public.t (a, \"b\") from STDIN with (format csv, delimiter ';');} D2:1{1;2\n}"},
    {"COPY without rows", "COPY t FROM stdin;\n\\.\n", "S1:1{COPY t FROM stdin;} D2:1{}"},
    {"COPY data with CRLF", "COPY t FROM stdin;\r\n1\r\n\\.\r\nSELECT 1;",
     "S1:1{COPY t FROM stdin;} D2:1{1\r\n} S4:1{SELECT 1;}"},
    {"data ends at the text's end", "COPY t FROM stdin;\n1\n\\.", "S1:1{COPY t FROM stdin;} D2:1{1\n}"},
    {"only a whole line ends data", "COPY t FROM stdin;\n\\.x\n \\.\n\\.\n",
     "S1:1{COPY t FROM stdin;} D2:1{\\.x\n \\.\n}"},
    {"comment behind COPY", "COPY t FROM stdin; -- rows\n1\n\\.\n", "S1:1{COPY t FROM stdin;} D2:1{1\n}"},
    {"COPY from a file", "COPY t FROM 'stdin'; SELECT 1;", "S1:1{COPY t FROM 'stdin';} S1:22{SELECT 1;}"},
    {"COPY of a query", "COPY (SELECT 1 FROM stdin) TO '/x'; SELECT 1;",
     "S1:1{COPY (SELECT 1 FROM stdin) TO '/x';} S1:37{SELECT 1;}"},
    {"COPY to stdout", "COPY t TO stdout;\nSELECT 1;", "S1:1{COPY t TO stdout;} S2:1{SELECT 1;}"},
    {"stdin in another statement", "SELECT 1 FROM stdin;\nSELECT 2;", "S1:1{SELECT 1 FROM stdin;} S2:1{SELECT 2;}"},
    {"comments in COPY", "/* x */ COPY /* from */ t FROM -- y\n stdin;\n1\n\\.\n",
     "S1:9{COPY /* from */ t FROM -- y\n stdin;} D3:1{1\n}"},
    {"two COPYs", "COPY a FROM stdin;\n1\n\\.\n\n\nCOPY b FROM stdin;\n2\n\\.\n",
     "S1:1{COPY a FROM stdin;} D2:1{1\n} S6:1{COPY b FROM stdin;} D7:1{2\n}"},
    {"COPY data without end", "COPY t FROM stdin;\n1\n",
     "S1:1{COPY t FROM stdin;} !2:1 COPY ... FROM stdin whose data has no end: a line that holds only \\. is "
     "missing"},
    {"COPY without semicolon", " COPY t FROM stdin\n",
     "s1:2{COPY t FROM stdin} !1:2 COPY ... FROM stdin whose data has no end: a line that holds only \\. is "
     "missing"},
    {"statement behind COPY", "COPY t FROM stdin; SELECT 1;\n\\.\n",
     "S1:1{COPY t FROM stdin;} !1:20 text behind COPY ... FROM stdin on the same line: its data begins on the "
     "next "
     "line"},

    {"restrict", "\\restrict abc\nSELECT 1;\n\\unrestrict abc\n",
     "M1:1{\\restrict abc} S2:1{SELECT 1;} M3:1{\\unrestrict abc}"},
    {"command with CRLF", "\\set a 'b;\r\nSELECT 1;", "M1:1{\\set a 'b;} S2:1{SELECT 1;}"},
    {"command behind a statement", "SELECT 1; \\echo x\n;", "S1:1{SELECT 1;} M1:11{\\echo x} S2:1{;}"},
    {"command in a statement", "SELECT 1 /* x */ \\gexec\nSELECT 2;",
     "s1:1{SELECT 1} M1:18{\\gexec} S2:1{SELECT 2;}"},
    {"command in parentheses", "SELECT (1\\g\n;", "s1:1{SELECT (1} M1:10{\\g} S2:1{;}"},

    {"unterminated string", "SELECT 1;\nSELECT 'a;\n b;\n", "S1:1{SELECT 1;} !2:8 unterminated quoted string"},
    {"unterminated string with quotes", "SELECT 'a''b;''", "!1:8 unterminated quoted string"},
    {"unterminated E''", "SELECT  E'a\\';", "!1:9 unterminated quoted string"},
    {"unterminated identifier", "SELECT \"a;", "!1:8 unterminated quoted identifier"},
    {"unterminated dollar quote", "\nDO $x$ ; $y$ ; $x", "!2:4 unterminated dollar-quoted string"},
    {"unterminated comment", "SELECT 1; /* a /* b */", "S1:1{SELECT 1;} !1:11 unterminated /* comment"},
    {"error behind other characters", "SELECT '\xC3\xA4', \"x", "!1:13 unterminated quoted identifier"},
};

START_TEST(pieces_of_a_text)
{
    struct text text = {0};
    struct sql_scan scan;
    sql_scan_init(&scan, cases[_i].sql, strlen(cases[_i].sql), (struct place){1, 1});
    render(&text, &scan);
    ck_assert_msg(strcmp(text_string(&text), cases[_i].pieces) == 0, "%s:\n  have %s\n  want %s", cases[_i].name,
                  text_string(&text), cases[_i].pieces);
    text_finish(&text);
}
END_TEST

START_TEST(a_nul_byte_is_an_error_at_its_place)
{
    static const char sql[] = "SELECT 1;\nSELECT \0 2;";
    struct text text = {0};
    struct sql_scan scan;
    sql_scan_init(&scan, sql, sizeof sql - 1, (struct place){1, 1});
    render(&text, &scan);
    ck_assert_str_eq(text_string(&text),
                     "!2:8 a NUL byte, which SQL text can't hold: is the file binary, or UTF-16?");
    text_finish(&text);
}
END_TEST

START_TEST(places_go_on_from_the_one_given)
{
    static const char sql[] = " SELECT 1;\nSELECT '";
    struct text text = {0};
    struct sql_scan scan;
    sql_scan_init(&scan, sql, sizeof sql - 1, (struct place){7, 5});
    render(&text, &scan);
    ck_assert_str_eq(text_string(&text), "S7:6{SELECT 1;} !8:8 unterminated quoted string");
    text_finish(&text);
}
END_TEST

static bool accepts_dashes(const char *comment, size_t length)
{
    return length == 3 && memcmp(comment, "---", 3) == 0;
}

START_TEST(a_marker_ends_the_statement_it_stands_in)
{
    static const char sql[] = "CREATE FUNCTION f() BEGIN ATOMIC (SELECT 1;\n---\nSELECT '\n---\n'; /*\n---\n*/\n---";
    struct text text = {0};
    struct sql_scan scan;
    sql_scan_init(&scan, sql, sizeof sql - 1, (struct place){1, 1});
    scan.is_marker = accepts_dashes;
    render(&text, &scan);
    ck_assert_str_eq(text_string(&text), "s1:1{CREATE FUNCTION f() BEGIN ATOMIC (SELECT 1;} K2:1{---} "
                                         "S3:1{SELECT '\n---\n';} K8:1{---}");
    text_finish(&text);
}
END_TEST

START_TEST(nothing_follows_the_end_or_an_error)
{
    struct sql_piece piece;
    struct sql_scan scan;
    sql_scan_init(&scan, "SELECT 1; '", 11, (struct place){1, 1});
    ck_assert(sql_scan_next(&scan, &piece));
    ck_assert(!sql_scan_next(&scan, &piece));
    ck_assert(!sql_scan_next(&scan, &piece));
    sql_scan_init(&scan, "", 0, (struct place){1, 1});
    ck_assert(!sql_scan_next(&scan, &piece));
    ck_assert(!sql_scan_next(&scan, &piece));
    ck_assert_int_eq(scan.error, SQL_SCAN_OK);
}
END_TEST

START_TEST(place_after_counts_lines_and_characters)
{
    struct place place = place_after((struct place){3, 4}, "a\xC3\xA4", 3);
    ck_assert_uint_eq(place.line, 3);
    ck_assert_uint_eq(place.column, 6);
    place = place_after((struct place){3, 4}, "a\r\n\n\xE2\x82\xAC", 7);
    ck_assert_uint_eq(place.line, 5);
    ck_assert_uint_eq(place.column, 2);
}
END_TEST

Suite *sql_scan_suite(void)
{
    Suite *suite = suite_create("sql_scan");
    TCase *tcase = tcase_create("sql_scan");
    tcase_add_loop_test(tcase, pieces_of_a_text, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, a_nul_byte_is_an_error_at_its_place);
    tcase_add_test(tcase, places_go_on_from_the_one_given);
    tcase_add_test(tcase, a_marker_ends_the_statement_it_stands_in);
    tcase_add_test(tcase, nothing_follows_the_end_or_an_error);
    tcase_add_test(tcase, place_after_counts_lines_and_characters);
    suite_add_tcase(suite, tcase);
    return suite;
}
