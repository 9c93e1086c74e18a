/* Files of changesets: which revisions they make, what of them is run, where it stands, and what is refused. */
#include "core/liquibase_file.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/inclusion.h"
#include "core/sql_scan.h"

#include <check.h>
#include <string.h>

Suite *liquibase_file_suite(void);

#define HEADER "--liquibase formatted sql\n"

static struct arena *arena;
static struct faults faults;
static struct text out;
static struct revision *revisions;
static size_t count;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    text_finish(&out);
    arena_destroy(arena);
}

static void read_text(const char *text)
{
    count = liquibase_file_read(arena, "m/a.sql", "a.sql", text, strlen(text), &out, &revisions, &faults);
}

/* "SIDE LINE:COLUMN{statement} ..." */
static const char *side_text(const char *name, const struct section *section)
{
    struct sql_scan scan;
    struct sql_piece piece;
    if (!section->present)
        return "";
    const char *found = arena_printf(arena, " %s%s", name, section->transactional ? "" : "!");
    sql_scan_section(&scan, section, text_string(&out));
    while (sql_scan_next(&scan, &piece))
        found = arena_printf(arena, "%s %u:%u{%.*s}", found, piece.place.line, piece.place.column, (int)piece.length,
                             text_string(&out) + section->offset + piece.offset);
    return found;
}

static const char *revisions_text(void)
{
    const char *found = "";
    for (size_t i = 0; i < count; i++)
        found = arena_printf(arena, "%s%s%s%s%s%s%s", found, i > 0 ? "\n" : "", revisions[i].id,
                             revisions[i].message[0] == '\0' ? "" : " #", revisions[i].message,
                             side_text("up", &revisions[i].up), side_text("down", &revisions[i].down));
    return found;
}

static const char *faults_text(void)
{
    const char *text = "";
    for (size_t i = 0; i < faults.count; i++)
        text = arena_printf(arena, "%s%s%s:%u:%u %s", text, i > 0 ? "\n" : "", faults.items[i].file,
                            faults.items[i].line, faults.items[i].column, faults.items[i].message);
    return text;
}

static const struct {
    const char *text, *found;
} good[] = {
    {"", ""},
    {"\xEF\xBB\xBF\n \t\n  -- LIQUIBASE  Formatted SQL\n", ""},
    {HEADER "--changeset a:1\nA;\n  B", "a/a/1 up 3:1{A;} 4:3{B}"},
    {HEADER "-- words\n  -- ChangeSet a b:1 more words\nA;\n--changeset \"c:d\":\"x@y z\"\nB;",
     "a/a_b/1 up 4:1{A;}\na/c_d/x_y_z up 6:1{B;}"},
    {HEADER "--changeset a:1\n--comment: why\nA;\n--changeset a:2\n--comment why not \nB;",
     "a/a/1 #why up 4:1{A;}\na/a/2 #why not up 7:1{B;}"},
    /* the way back: a line, several, among the statements, in a comment */
    {HEADER "--changeset a:1\nA;\r\n--rollback U;\r\n  -- ROLLBACK   V;\nB;",
     "a/a/1 up 3:1{A;} 6:1{B;} down 4:12{U;} 5:17{V;}"},
    {HEADER "--changeset a:1\nA (\n--rollback DROP\n);\n--rollback  x;",
     "a/a/1 up 3:1{A (\n);} down 4:12{DROP\n x;}"},
    {HEADER "--changeset a:1\nA;\n/* liquibase  rollback \nU;\n  V;\n W; */\nB;",
     "a/a/1 up 3:1{A;} 8:1{B;} down 5:1{U;} 6:3{V;} 7:2{W;}"},
    {HEADER "--changeset a:1\nA;\n--rollback Not Required, so\n--changeset a:2\nA;\n--rollback empty\n"
            "--changeset a:3\nA;\n--rollback\n--rollbacks are no more\n",
     "a/a/1 up 3:1{A;} down\na/a/2 up 6:1{A;} down\na/a/3 up 9:1{A;}"},
    {HEADER "--changeset a:1 runInTransaction:FALSE splitStatements:false stripComments:false endDelimiter:; "
            "runOnChange:false\n"
            "A;\n--rollback U;",
     "a/a/1 up! 3:1{A;} down! 4:12{U;}"},
    /* not for this database, or for nobody */
    {HEADER
     "--changeset a:1 dbms:mysql\nA;\n--rollback U;\n--changeset a:2 dbms:\"mysql, postgresql\"\nB;\n"
     "--changeset a:3 dbms:!mysql\nC;\n--changeset a:4 dbms:!postgresql\nD;\n--changeset a:5 ignore:true\nE;\n",
     "a/a/2 up 6:1{B;}\na/a/3 up 8:1{C;}"},
    {HEADER "--changeset a:1 logicalFilePath:db/x.sql\nA;", "db/x.sql/a/1 up 3:1{A;}"},
    {"--liquibase formatted sql logicalFilePath:y\n--changeset a:1\nA;\n--changeset a:2 logicalFilePath:\"z z\"\nB;",
     "y/a/1 up 3:1{A;}\nz_z/a/2 up 5:1{B;}"},
    {HEADER "--changeset a:1\nA;\n--ignoreLines:2\n--changeset b:2\nB;\nC;\n--ignoreLines:start\n--changeset c:3\n"
            "--ignoreLines:END\nD;\n--validCheckSum: 1:any\n",
     "a/a/1 up 3:1{A;} 7:1{C;} 11:1{D;}"},
    {HEADER "--changeset a:1\nCREATE FUNCTION f() AS $$\n-- x; y\n;$$;",
     "a/a/1 up 3:1{CREATE FUNCTION f() AS $$\n-- x; y\n;$$;}"},
};

START_TEST(changesets_are_revisions)
{
    read_text(good[_i].text);
    ck_assert_str_eq(faults_text(), "");
    ck_assert_str_eq(revisions_text(), good[_i].found);
}
END_TEST

static const struct {
    const char *text, *faults;
} bad[] = {
    {"\nSELECT 1;\n" HEADER, "m/a.sql:2:1 no `--liquibase formatted sql` stands above it: Liquibase would run it as "
                             "one changeset without a name"},
    {HEADER "/* words */\n SELECT 1;\n", "m/a.sql:3:2 SQL before the first changeset, which Liquibase would pass "
                                         "over: write `--changeset AUTHOR:ID` above it"},
    {HEADER "--changeset\n--changeset a\n--changeset a:\n--changeset \"a:1\n",
     "m/a.sql:2:12 a changeset is written as `--changeset AUTHOR:ID`\n"
     "m/a.sql:3:13 a changeset is written as `--changeset AUTHOR:ID`\n"
     "m/a.sql:4:15 a changeset is written as `--changeset AUTHOR:ID`\n"
     "m/a.sql:5:13 a changeset is written as `--changeset AUTHOR:ID`"},
    {HEADER "--changeset a:1 context:x contextFilter:y labels:z runWith:psql runWithSpoolFile:s\n",
     "m/a.sql:2:17 context: which contexts are meant is not known here: take it out where it always runs\n"
     "m/a.sql:2:27 contextFilter: which contexts are meant is not known here: take it out where it always runs\n"
     "m/a.sql:2:43 labels: which labels are meant is not known here: take it out where it always runs\n"
     "m/a.sql:2:52 runWith: another program than the server would run it: not in this version\n"
     "m/a.sql:2:65 runWithSpoolFile: another program than the server would run it: not in this version"},
    {HEADER
     "--changeset a:1 runOnChange:true runAlways:true failOnError:false endDelimiter:// rollbackEndDelimiter:/\n",
     "m/a.sql:2:17 runOnChange: it would run again whenever it is edited: not in this version\n"
     "m/a.sql:2:34 runAlways: it would run again each time: not in this version\n"
     "m/a.sql:2:49 failOnError: what fails stops the run here: take it out, or write SQL that can't fail\n"
     "m/a.sql:2:67 endDelimiter: statements end with a semicolon here: write them so\n"
     "m/a.sql:2:83 rollbackEndDelimiter: statements end with a semicolon here: write them so"},
    {HEADER "--changeset a:1 runInTransction:false zebra:1\n",
     "m/a.sql:2:17 runInTransction: no attribute, did you mean runInTransaction?\n"
     "m/a.sql:2:39 zebra: Liquibase knows no such attribute of a changeset: take it out"},
    {HEADER "--property name:a value:b\n--changeset a:1\nSELECT '${a}';\n--rollback ${a};",
     "m/a.sql:2:1 a property is not read here: write its value where it is used\n"
     "m/a.sql:4:9 a parameter, which Liquibase would fill in: write the value where it is used\n"
     "m/a.sql:5:12 a parameter, which Liquibase would fill in: write the value where it is used"},
    {HEADER "--changeset a:1\n--preconditions onFail:HALT\n--precondition-sql-check expectedResult:0 SELECT 1\nA;",
     "m/a.sql:3:1 a precondition is not looked at here: write SQL that does nothing where it does not hold\n"
     "m/a.sql:4:1 a precondition is not looked at here: write SQL that does nothing where it does not hold"},
    {HEADER "--changeset a:1\nA;\n--rollback changeSetId:1 changesetAuthor:a",
     "m/a.sql:4:12 the way back is another changeset's: write its statements here"},
    {HEADER "--changeset a:1\nA;\n/* liquibase rollback\nU;\n--changeset a:2\nB;",
     "m/a.sql:5:1 the comment that holds the way back is not closed"},
    {HEADER "--changeset a:1\nA;\n/*liquibase rollback",
     "m/a.sql:2:1 the comment that holds the way back is not closed"},
    {HEADER "--changeset a:1\n'\n--changeset a:2\n--rollback $$;\n",
     "m/a.sql:3:1 unterminated quoted string\nm/a.sql:5:12 unterminated dollar-quoted string"},
    {HEADER "--changeset a:1\nA;\n--ignoreLines:some\n",
     "m/a.sql:4:1 is not understood: there is ignoreLines:start, :end or :COUNT"},
    {HEADER "--\xFF", "m/a.sql:2:3 byte 0xff is not UTF-8: save the file as UTF-8"},
};

START_TEST(what_is_not_done_is_refused)
{
    read_text(bad[_i].text);
    ck_assert_str_eq(faults_text(), bad[_i].faults);
}
END_TEST

/* Its checksum is of both sides, and of nothing beside them. */
START_TEST(a_changeset_has_its_own_checksum)
{
    static const char *const texts[] = {
        HEADER "--changeset a:1\nA;\n--rollback U;\n--changeset a:2\nB;\n--rollback V;\n",
        HEADER "--changeset a:1\nA ;\n--rollback U;\n--changeset a:2\nB;\n--rollback V;\n",
        HEADER "--changeset a:1\nA;\n--rollback U;\n--changeset a:2\nB;\n--rollback V ;\n",
    };
    const char *checksums[3][2];
    for (size_t i = 0; i < 3; i++) {
        read_text(texts[i]);
        for (size_t j = 0; j < 2; j++)
            checksums[i][j] = revisions[j].checksum;
    }
    ck_assert_str_ne(checksums[0][0], checksums[1][0]);
    ck_assert_str_eq(checksums[0][1], checksums[1][1]);
    ck_assert_str_eq(checksums[0][0], checksums[2][0]);
    ck_assert_str_ne(checksums[0][1], checksums[2][1]);
}
END_TEST

/* Read again before it is run. */
START_TEST(an_edit_is_seen)
{
    static const char first[] = HEADER "--changeset a:1\nA;\n--changeset a:2\nB;\n--rollback V;\n";
    static const char second[] = HEADER "--changeset a:1\nA;\n--changeset a:2\nC;\n--rollback V;\n";
    struct text again = {0};
    read_text(first);
    liquibase_file_text(first, strlen(first), &again);
    ck_assert(liquibase_file_is_same(&revisions[1].down, &revisions[1], &again));
    ck_assert_str_eq(text_string(&again), text_string(&out));
    liquibase_file_text(second, strlen(second), &again);
    ck_assert(liquibase_file_is_same(&revisions[0].up, &revisions[0], &again));
    ck_assert(!liquibase_file_is_same(&revisions[1].up, &revisions[1], &again));
    ck_assert(!liquibase_file_is_same(&revisions[1].down, &revisions[1], &again));
    liquibase_file_text(HEADER, strlen(HEADER), &again);
    ck_assert(!liquibase_file_is_same(&revisions[0].up, &revisions[0], &again));
    text_finish(&again);
}
END_TEST

Suite *liquibase_file_suite(void)
{
    Suite *suite = suite_create("liquibase_file");
    TCase *tcase = tcase_create("liquibase_file");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, changesets_are_revisions, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tcase, what_is_not_done_is_refused, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tcase, a_changeset_has_its_own_checksum);
    tcase_add_test(tcase, an_edit_is_seen);
    suite_add_tcase(suite, tcase);
    return suite;
}
