/* Files that a revision's file names: what becomes of them, and where what is in them stands. */
#include "base/arena.h"
#include "base/text.h"
#include "core/inclusion.h"
#include "core/layout.h"
#include "core/revision_file.h"
#include "core/sql_scan.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *inclusion_suite(void);

struct file {
    const char *path, *text;
};

struct row {
    const char *name, *text;
    struct file files[4];
    const char *found; /* statements "PATH:LINE:COLUMN{...}" with their data "<...>", or faults */
};

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* The row's files are beside the revision's, which is m/1.sql. */
static bool read_file(void *context, const char *from, const char *name, size_t most, struct included *file,
                      const char **why)
{
    (void)most;
    const struct row *row = context;
    const char *slash = strrchr(from, '/');
    const char *path = arena_printf(arena, "%.*s/%s", (int)(slash - from), from, name);
    for (const struct file *known = row->files; known->path != NULL; known++)
        if (strcmp(known->path, path) == 0) {
            *file = (struct included){path, path, strdup(known->text), strlen(known->text)};
            return true;
        }
    *why = "is not there";
    return false;
}

static void add_section(struct text *found, const struct section *section, const char *text)
{
    struct sql_scan scan;
    struct sql_piece piece;
    sql_scan_section(&scan, section, text);
    while (sql_scan_next(&scan, &piece)) {
        const char *bytes = text + section->offset + piece.offset;
        const char *path = inclusion_path(section->inclusions, piece.place, section->path);
        if (piece.kind == SQL_COPY_DATA)
            text_addf(found, "<%.*s>", (int)piece.length, bytes);
        else
            text_addf(found, "%s%s:%u:%u{%.*s}", found->length > 0 ? " " : "", path, piece.place.line,
                      piece.place.column, (int)piece.length, bytes);
    }
}

/* What the row's text comes to. */
static const char *read_row(const struct row *row)
{
    struct faults faults = {.arena = arena};
    struct inclusion_reader reader = {.context = (void *)(uintptr_t)row, .read = read_file};
    struct text out = {0}, found = {0};
    struct revision revision;
    struct revision_script script = {.text = row->text, .length = strlen(row->text), .directory = "m"};
    script.inclusions =
        inclusions_read(arena, &layout_native, "m/1.sql", script.text, script.length, &reader, &out, &faults);
    if (script.inclusions != NULL) {
        script.text = text_string(&out);
        script.length = out.length;
    }
    revision_script_read(arena, &layout_native, "m/1.sql", REVISION_WHOLE, &script, &revision, &faults);
    for (size_t i = 0; i < faults.count; i++)
        text_addf(&found, "%s%s:%u:%u: %s", i > 0 ? "\n" : "", faults.items[i].file, faults.items[i].line,
                  faults.items[i].column, faults.items[i].message);
    if (faults.count == 0) {
        add_section(&found, &revision.up, script.text);
        if (revision.down.present)
            add_section(&found, &revision.down, script.text);
    }
    const char *result = arena_string(arena, text_string(&found));
    text_finish(&found);
    text_finish(&out);
    return result;
}

static const struct row rows[] = {
    {"none", "SELECT '\\i';", {{0}}, "m/1.sql:1:1{SELECT '\\i';}"},
    {"one",
     "A;\n\\i a.sql\nB;",
     {{"m/a.sql", "C;\n  D;\n"}},
     "m/1.sql:1:1{A;} m/a.sql:1:1{C;} m/a.sql:2:3{D;} m/1.sql:3:1{B;}"},
    {"behind a statement, its name in quotes",
     "A; \\include 'it''s.sql'\r\nB;",
     {{"m/it's.sql", "C;"}},
     "m/1.sql:1:1{A;} m/it's.sql:1:1{C;} m/1.sql:2:1{B;}"},
    {"a semicolon behind the name is psql's habit", "\\i a.sql;", {{"m/a.sql", "C;"}}, "m/a.sql:1:1{C;}"},
    {"a last statement ends with its file",
     "\\i a.sql\nB;",
     {{"m/a.sql", "C -- no end"}},
     "m/a.sql:1:1{C;} m/1.sql:2:1{B;}"},
    {"a byte order mark is no text",
     "\\i a.sql",
     {{"m/a.sql", "\xEF\xBB\xBF"
                  "C;"}},
     "m/a.sql:1:1{C;}"},
    {"relative to the file, and to the script",
     "\\ir d/a.sql\nB;",
     {{"m/d/a.sql", "\\ir b.sql\n\\i b.sql\nC;"}, {"m/d/b.sql", "D;"}, {"m/b.sql", "E;"}},
     "m/d/b.sql:1:1{D;} m/b.sql:1:1{E;} m/d/a.sql:3:1{C;} m/1.sql:2:1{B;}"},
    {"twice, but not in itself", "\\i a.sql\n\\i a.sql\n", {{"m/a.sql", "C;"}}, "m/a.sql:1:1{C;} m/a.sql:1:1{C;}"},
    {"on both sides",
     "-- migrated:up\n\\i a.sql\nA;\n-- migrated:down\n\\i b.sql\nB;\n",
     {{"m/a.sql", "C;\n\n"}, {"m/b.sql", "D;"}},
     "m/a.sql:1:1{C;} m/1.sql:3:1{A;} m/b.sql:1:1{D;} m/1.sql:6:1{B;}"},
    {"BEGIN and COMMIT of the one file",
     "\\i a.sql",
     {{"m/a.sql", "BEGIN;\nA;\nCOMMIT;"}},
     "m/a.sql:1:1{BEGIN;} m/a.sql:2:1{A;} m/a.sql:3:1{COMMIT;}"},
    {"data",
     "\\copy t (a, b) from 'd.csv' with (format csv)\nB;",
     {{"m/d.csv", "1,2\n3,4\n"}},
     "m/1.sql:1:2{COPY t (a, b) from STDIN   with (format csv)\n;}<1,2\n3,4\n> m/1.sql:2:1{B;}"},
    {"data without a last line end",
     "\\copy t FROM d.txt;\n",
     {{"m/d.txt", "1"}},
     "m/1.sql:1:2{COPY t FROM STDIN\n;}<1\n>"},
    {"data with its own end",
     "\\copy t from 'd' -- rows\n",
     {{"m/d", "1\n\\.\r\n"}},
     "m/1.sql:1:2{COPY t from STDIN -- rows\n;}<1\n>"},
    {"no data", "\\copy \"from\" from d\n", {{"m/d", ""}}, "m/1.sql:1:2{COPY \"from\" from STDIN\n;}<>"},

    {"what steers psql alone",
     "\\set ON_ERROR_STOP on\n\\set ON_ERROR_STOP 1\n\\set QUIET\n\\echo 'A;'\n\\pset pager off\n\\timing\n"
     "\\encoding UTF8\nA;",
     {{0}},
     "m/1.sql:1:1{\\set ON_ERROR_STOP on} m/1.sql:2:1{\\set ON_ERROR_STOP 1} m/1.sql:3:1{\\set QUIET} "
     "m/1.sql:4:1{\\echo 'A;'} m/1.sql:5:1{\\pset pager off} m/1.sql:6:1{\\timing} m/1.sql:7:1{\\encoding UTF8} "
     "m/1.sql:8:1{A;}"},
    {"what a revision would not do",
     "\\set ON_ERROR_STOP off\n\\echo `date`\n\\echo a \\\\ \\gexec\n\\encoding LATIN1\n",
     {{0}},
     "m/1.sql:1:1: psql command \\set is not supported: write the value where it is used\n"
     "m/1.sql:2:1: psql command \\echo is not supported: take it out, revisions are not run by psql\n"
     "m/1.sql:3:1: psql command \\echo is not supported: take it out, revisions are not run by psql\n"
     "m/1.sql:4:1: psql command \\encoding is not supported: save the file as UTF-8"},

    {"missing", "A;\n \\i a.sql\n", {{0}}, "m/1.sql:2:2: a.sql is not there"},
    {"itself",
     "\\i a.sql\n",
     {{"m/a.sql", "A;\n\\ir b.sql"}, {"m/b.sql", "\\i a.sql"}},
     "m/b.sql:1:1: a.sql is the file itself, or one that names it: this would have no end"},
    {"in the middle of a statement",
     "A\n\\i a.sql\n;",
     {{"m/a.sql", "C;"}},
     "m/1.sql:2:1: psql command in the middle of a statement: end that first"},
    {"no name", "\\i\n", {{0}}, "m/1.sql:1:1: no file is named"},
    {"more behind the name",
     "\\i a.sql b.sql\n",
     {{"m/a.sql", ""}},
     "m/1.sql:1:10: nothing may stand behind the file name"},
    {"a variable",
     "\\i :name\n",
     {{0}},
     "m/1.sql:1:4: a file name with a quote, a variable or a command in it: write the name itself, in single quotes"},
    {"an open quote", "\\i 'a.sql\n", {{0}}, "m/1.sql:1:4: the file name's quote has no end"},
    {"a marker in it",
     "-- migrated:up\n\\i a.sql\n",
     {{"m/a.sql", "A;\n-- migrated:down\nB;"}},
     "m/a.sql:2:1: a section marker: it belongs into the revision's own file"},
    {"an open quote in it",
     "A;\n\\i a.sql\nB;",
     {{"m/a.sql", "C;\n  'D"}},
     "m/a.sql:2:3: unterminated quoted string"},
    {"transaction control in it",
     "\\i a.sql\nB;",
     {{"m/a.sql", "C;\n ROLLBACK;"}},
     "m/a.sql:2:2: ROLLBACK: transaction control of its own (only one BEGIN ... COMMIT around a whole section is "
     "taken "
     "off)"},
    {"a setting with which it would be cut otherwise",
     "A;\n\\i a.sql\n",
     {{"m/a.sql", "C;\n SET standard_conforming_strings TO off;\nD;"}},
     "m/a.sql:2:2: SET standard_conforming_strings = off: where a statement ends is told with it on; take it out, "
     "and "
     "write E'...' where a backslash escapes"},
    {"what no transaction holds in it",
     "BEGIN;\n\\i a.sql\nCOMMIT;",
     {{"m/a.sql", "\n VACUUM;"}},
     "m/1.sql:1:1: BEGIN ... COMMIT around VACUUM in line 2 of m/a.sql, which can't run in a transaction"},
    {"another command in it",
     "\\i a.sql\n",
     {{"m/a.sql", "C;\n\\gexec"}},
     "m/a.sql:2:1: psql command \\gexec is not supported: use a DO block with EXECUTE"},
    {"what is no text",
     "\\i a.sql\n",
     {{"m/a.sql", "A;\n\xFF"}},
     "m/a.sql:2:1: byte 0xff is not UTF-8: save the file as UTF-8"},
    {"to a file",
     "\\copy (select 1 from t) to 'd'\n",
     {{0}},
     "m/1.sql:1:25: \\copy ... to writes a file: a revision only reads"},
    {"from a program",
     "\\copy t from program 'ls'\n",
     {{0}},
     "m/1.sql:1:14: \\copy ... from program: nothing is run beside the database, name a file"},
    {"from stdin",
     "\\copy t from stdin\n1\n\\.\n",
     {{0}},
     "m/1.sql:1:1: psql command \\copy is not supported: use COPY ... FROM stdin; with the data lines and \\. behind "
     "it\n"
     "m/1.sql:3:1: psql command \\. is not supported: it ends data only behind COPY ... FROM stdin;"},
    {"a statement behind it",
     "\\copy t from 'd' csv; DROP TABLE t;\n",
     {{"m/d", "1"}},
     "m/1.sql:1:23: a \\copy is the whole line: nothing may stand behind its semicolon"},
    {"lines behind the end of data",
     "\\copy t from 'd'\n",
     {{"m/d", "1\n\\.\nDROP TABLE t;\n"}},
     "m/d:2:1: \\. ends the data, but more lines stand behind it"},
};

START_TEST(what_becomes_of_a_text)
{
    ck_assert_msg(strcmp(read_row(&rows[_i]), rows[_i].found) == 0, "%s:\n%s\nwanted:\n%s", rows[_i].name,
                  read_row(&rows[_i]), rows[_i].found);
}
END_TEST

/* Files that name two others each: the thousandth is the last. */
static bool read_twice(void *context, const char *from, const char *name, size_t most, struct included *file,
                       const char **why)
{
    size_t *read = context;
    (void)from, (void)name, (void)most, (void)why;
    const char *path = arena_printf(arena, "%zu", ++*read);
    *file =
        (struct included){path, path, strdup(*read % 20 == 0 ? "A;" : "\\i a\n\\i b\n"), *read % 20 == 0 ? 2 : 10};
    return true;
}

START_TEST(an_end_is_put_to_what_has_none)
{
    size_t read = 0;
    struct faults faults = {.arena = arena};
    struct inclusion_reader reader = {.context = &read, .read = read_twice};
    struct text out = {0};
    inclusions_read(arena, &layout_native, "m/1.sql", "\\i a", 4, &reader, &out, &faults);
    text_finish(&out);
    ck_assert_uint_eq(read, 1000);
    ck_assert_uint_gt(faults.count, 0);
    ck_assert_str_eq(faults.items[0].message, "b is one file too many: 1000 are read into one revision at most");
}
END_TEST

static bool read_none(void *context, const char *from, const char *name, size_t most, struct included *file,
                      const char **why)
{
    (void)from, (void)name, (void)most, (void)file;
    ++*(size_t *)context;
    *why = "is not there";
    return false;
}

START_TEST(files_that_are_missing_count_too)
{
    size_t asked = 0;
    struct faults faults = {.arena = arena};
    struct inclusion_reader reader = {.context = &asked, .read = read_none};
    struct text text = {0}, out = {0};
    for (size_t i = 0; i < 2000; i++)
        text_add(&text, "\\i a\n");
    inclusions_read(arena, &layout_native, "m/1.sql", text_string(&text), text.length, &reader, &out, &faults);
    text_finish(&text);
    text_finish(&out);
    ck_assert_uint_eq(asked, 1000);
    ck_assert_uint_eq(faults.count, 1001);
    ck_assert_uint_eq(faults.items[1000].line, 1001);
    ck_assert_str_eq(faults.items[1000].message, "a is one file too many: 1000 are read into one revision at most");
}
END_TEST

/* Of the second file, which is one byte larger than what is left, there are no bytes. */
static bool read_large(void *context, const char *from, const char *name, size_t most, struct included *file,
                       const char **why)
{
    size_t *before = context;
    (void)from, (void)why;
    bool first = *before == 0;
    ck_assert(first ? most == ((size_t)256 << 20) - 12 : most == *before - 2);
    *file = (struct included){name, name, first ? strdup("A;") : NULL, first ? 2 : most + 1};
    *before = most;
    return true;
}

START_TEST(bytes_have_a_limit)
{
    size_t most = 0;
    struct faults faults = {.arena = arena};
    struct inclusion_reader reader = {.context = &most, .read = read_large};
    struct text out = {0};
    inclusions_read(arena, &layout_native, "m/1.sql", "\\i a\n\\i b\n\\i", 12, &reader, &out, &faults);
    text_finish(&out);
    ck_assert_uint_eq(faults.count, 1);
    ck_assert_str_eq(faults.items[0].message,
                     "b is too large: a revision and the files that are read into it are 256 MB at most");
}
END_TEST

Suite *inclusion_suite(void)
{
    Suite *suite = suite_create("inclusion");
    TCase *tcase = tcase_create("inclusion");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_becomes_of_a_text, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, an_end_is_put_to_what_has_none);
    tcase_add_test(tcase, files_that_are_missing_count_too);
    tcase_add_test(tcase, bytes_have_a_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
