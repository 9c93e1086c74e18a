#include "core/layout.h"

#include "base/arena.h"
#include "core/revision_file.h"

#include <check.h>
#include <string.h>

Suite *layout_suite(void);

static struct arena *arena;
static struct faults faults;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* "a.sql|b/c.sql" as names, sorted. */
static struct names split(const char *text)
{
    struct names names = {0};
    size_t capacity = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, "|");
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = arena_copy(arena, text, length);
        text += length + (text[length] == '|');
    }
    names_sort(&names);
    return names;
}

/* Each entry as "id=up/down" ("-": none; one file for both sides once), with its settings and message. */
static const char *entries_text(const struct layout_listing *listing)
{
    const char *text = "";
    for (size_t i = 0; i < listing->count; i++) {
        const struct layout_entry *entry = &listing->entries[i];
        const char *files = entry->up == entry->down
                                ? entry->up
                                : arena_printf(arena, "%s,%s", entry->up == NULL ? "-" : entry->up,
                                               entry->down == NULL ? "-" : entry->down);
        text = arena_printf(arena, "%s%s%s=%s%s%s (%s)", text, i > 0 ? " " : "",
                            entry->id == NULL ? "(null)" : entry->id, files, entry->settings == NULL ? "" : "+",
                            entry->settings == NULL ? "" : entry->settings, entry->message);
    }
    return text;
}

/* "file:line:column message" a line. */
static const char *faults_text(void)
{
    const char *text = "";
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        text = arena_printf(arena, "%s%s%s:%u:%u %s", text, i > 0 ? "\n" : "", faults.items[i].file,
                            faults.items[i].line, faults.items[i].column, faults.items[i].message);
    return text;
}

/* ---- names ---- */

static const struct {
    const char *layout, *names, *entries, *faults;
} listings[] = {
    /* golang-migrate, morph */
    {"golang-migrate", "1_a.up.sql|1_a.down.sql|2_b.up.sql", "1=1_a.up.sql,1_a.down.sql (a) 2=2_b.up.sql,- (b)", ""},
    {"golang-migrate", "10_c.up.sql|9_b.up.sql|000008_a_b.up.sql|20170308100000_d.up.sql",
     "8=000008_a_b.up.sql,- (a b) 9=9_b.up.sql,- (b) 10=10_c.up.sql,- (c) "
     "20170308100000=20170308100000_d.up.sql,- (d)",
     ""},
    {"golang-migrate", "0_a.up.sql|1_make.up.sql|01_drop.down.sql|2_only.down.sql",
     "0=0_a.up.sql,- (a) 1=1_make.up.sql,01_drop.down.sql (make) 2=-,2_only.down.sql (only)", ""},
    {"golang-migrate", "1_a.down.up.sql|2_.up.sql|3_b.up.c.up.sql",
     "1=1_a.down.up.sql,- (a.down) 2=2_.up.sql,- () 3=3_b.up.c.up.sql,- (b.up.c)", ""},
    {"golang-migrate",
     "README.md|1_a.up.sql|main.go|squashed.sql|x_a.up.sql|testdata/|testdata/2_b.up.sql|4.up.sql|5_e.sql",
     "1=1_a.up.sql,- (a)", ""},
    {"golang-migrate", "1_a.up.sql|01_b.up.sql|1_a.down.sql", "1=01_b.up.sql,1_a.down.sql (b) 1=1_a.up.sql,- (a)",
     "m/1_a.up.sql:1:1 version 1 is that of 01_b.up.sql too: give one of them another"},
    {"golang-migrate", "1_a.up.sql|1_a.up.sql~|9223372036854775807_b.up.sql|9223372036854775808_c.up.sql",
     "1=1_a.up.sql,- (a) 9223372036854775807=9223372036854775807_b.up.sql,- (b)",
     "m/1_a.up.sql~:1:1 golang-migrate would run it, but its name does not end in .sql: move it away\n"
     "m/9223372036854775808_c.up.sql:1:1 version 9223372036854775808 is too large: the largest is "
     "9223372036854775807"},

    /* dbmate: the order is that of the names as text */
    {"dbmate",
     "20200102_b_c.sql|20200101120000_a.sql|20200103.sql|README.md|x_1.sql|20200104_d.sql.bak|20200105_e.go",
     "20200101120000=20200101120000_a.sql (a) 20200102=20200102_b_c.sql (b c) 20200103=20200103.sql ()", ""},
    {"dbmate", "10_b.sql|9_a.sql|09_c.sql", "09=09_c.sql (c) 10=10_b.sql (b) 9=9_a.sql (a)", ""},
    {"dbmate", "1-a.sql|10-b.sql|1_c.sql", "1=1-a.sql (a) 10=10-b.sql (b) 1=1_c.sql (c)",
     "m/1_c.sql:1:1 version 1 is that of 1-a.sql too: give one of them another"},

    /* diesel */
    {"diesel",
     "2017-09-23-100000_b_c/|2017-09-23-100000_b_c/up.sql|2017-09-23-100000_b_c/down.sql|"
     "20170308000000_a/|20170308000000_a/up.sql|20170308000000_a/metadata.toml|20170308000000_a/README|"
     "20180101000000/|20180101000000/up.sql|README.md|squashed.sql",
     "20170308000000=20170308000000_a/up.sql,-+20170308000000_a/metadata.toml (a) "
     "20170923100000=2017-09-23-100000_b_c/up.sql,2017-09-23-100000_b_c/down.sql (b c) "
     "20180101000000=20180101000000/up.sql,- ()",
     ""},
    {"diesel", "1_a/|1_a/up.sql|2_b/|2_b/down.sql|testdata/", "1=1_a/up.sql,- (a)",
     "m/2_b:1:1 holds no up.sql: diesel takes every folder for a revision\n"
     "m/testdata:1:1 holds no up.sql: diesel takes every folder for a revision"},
    {"diesel", "2020-01-01_a/|2020-01-01_a/up.sql|20200101_b/|20200101_b/up.sql",
     "20200101=2020-01-01_a/up.sql,- (a) 20200101=20200101_b/up.sql,- (b)",
     "m/20200101_b/up.sql:1:1 version 20200101 is that of 2020-01-01_a/up.sql too: give one of them another"},

    /* goose */
    {"goose", "00010_b.sql|9_a.sql|0_zero.sql|x.sql|README.md|helpers.go|11_c_test.go|1.sql",
     "9=9_a.sql (a) 10=00010_b.sql (b)", ""},
    {"goose", "1_a.sql|00002_b.go|3_c.sql|003_d.sql", "1=1_a.sql (a) 3=003_d.sql (d) 3=3_c.sql (c)",
     "m/00002_b.go:1:1 a step in Go can't be run here: let goose run it, or write it in SQL\n"
     "m/3_c.sql:1:1 version 3 is that of 003_d.sql too: give one of them another"},

    /* Flyway */
    {"flyway",
     "V1_10__c.sql|V1_9__b_d.sql|U1.9__b.sql|V1__a.sql|V4_99_1575367461__e.sql|V4.99__d.sql|README.md|Views.sql",
     "1=V1__a.sql,- (a) 1.9=V1_9__b_d.sql,U1.9__b.sql (b d) 1.10=V1_10__c.sql,- (c) 4.99=V4.99__d.sql,- (d) "
     "4.99.1575367461=V4_99_1575367461__e.sql,- (e)",
     ""},
    {"flyway", "V001__a.sql|V002.sql|V0__z.sql|more/|more/V3__c.sql|V2.1__b.sql|V2.1__b.sql.conf",
     "0=V0__z.sql,- (z) 001=V001__a.sql,- (a) 002=V002.sql,- () 2.1=V2.1__b.sql,-+V2.1__b.sql.conf (b) "
     "3=more/V3__c.sql,- (c)",
     ""},
    {"flyway", "V1__a.sql|V1.0__b.sql|U7__c.sql|more/|more/deep/",
     "1.0=V1.0__b.sql,- (b) 1=V1__a.sql,- (a) 7=-,U7__c.sql (c)",
     "m/U7__c.sql:1:1 undoes version 7, which is not there\n"
     "m/V1__a.sql:1:1 version 1 is that of V1.0__b.sql too: give one of them another\n"
     "m/more/deep/:1:1 folders in folders are not read here: name this one in migrations"},
    {"flyway", "V1__a.sql|R__views.sql|B1__all.sql|V2__b.java|afterMigrate.sql|U1__a.sql.conf", "1=V1__a.sql,- (a)",
     "m/B1__all.sql:1:1 a baseline migration, which Flyway would run: not in this version\n"
     "m/R__views.sql:1:1 a repeatable migration, which Flyway would run: not in this version; move it away, and run "
     "it as "
     "a target of its own with engine = script\n"
     "m/U1__a.sql.conf:1:1 settings of its own for this kind of file: not in this version\n"
     "m/V2__b.java:1:1 a step that is no SQL can't be run here: let Flyway run it, or write it in SQL\n"
     "m/afterMigrate.sql:1:1 a callback, which Flyway would run: not in this version"},

    /* Liquibase: its files say which revisions they hold */
    {"liquibase", "b.sql|a/|a/c.sql|a.sql|README.md|d.SQL", "(null)=a.sql () (null)=a/c.sql () (null)=b.sql ()", ""},
    {"liquibase", "a.sql|master.yaml|a/|a/deep/", "(null)=a.sql ()",
     "m/a/deep/:1:1 folders in folders are not read here: name this one in migrations\n"
     "m/master.yaml:1:1 is not read here, and may say which files run in which order: keep the formatted SQL in a "
     "directory of its own, where they run in the order of their names"},

    /* Prisma */
    {"prisma",
     "20200102000000_b/|20200102000000_b/migration.sql|20200101000000_a_c/|20200101000000_a_c/migration.sql|"
     "20200101000000_a_c/down.sql|migration_lock.toml",
     "20200101000000_a_c=20200101000000_a_c/migration.sql,- (a c) 20200102000000_b=20200102000000_b/migration.sql,- "
     "(b)",
     ""},
    {"prisma", "1_a/|1_a/migration.sql|2_b/|2_b/README.md", "1_a=1_a/migration.sql,- (a)",
     "m/2_b:1:1 holds no migration.sql: put it back, or take the folder away"},

    /* sqlx */
    {"sqlx", "10_c.sql|9_a_b.sql|011_d.up.sql|11_d.down.sql|README.md|main.rs|nothing.sql",
     "9=9_a_b.sql,- (a b) 10=10_c.sql,- (c) 11=011_d.up.sql,11_d.down.sql (d)", ""},
    {"sqlx", "1_a.sql|1_b.up.sql|2_c.down.sql|old_d.sql", "1=1_a.sql,- (a) 1=1_b.up.sql,- (b) 2=-,2_c.down.sql (c)",
     "m/1_b.up.sql:1:1 version 1 is that of 1_a.sql too: give one of them another\n"
     "m/2_c.down.sql:1:1 a way back, but there is no way up of version 2\n"
     "m/old_d.sql:1:1 its name has no number before the first '_': sqlx refuses it too"},

    /* node-pg-migrate: 17 digits are a time, and punctuation counts for nothing */
    {"node-pg-migrate",
     "20200513070724505_b.sql|1589353644504_a-z.sql|1589353644506_c.sql|0010_y.sql|9_x.sql|README.md",
     "9_x=9_x.sql (x) 0010_y=0010_y.sql (y) 1589353644504_a-z=1589353644504_a-z.sql (a-z) "
     "20200513070724505_b=20200513070724505_b.sql (b) 1589353644506_c=1589353644506_c.sql (c)",
     ""},
    {"node-pg-migrate", "1_a.sql|1_a_b.sql|01_B.sql|1_b10.sql|1_b9.sql|1_B9.sql",
     "1_a_b=1_a_b.sql (a b) 1_a=1_a.sql (a) 1_b9=1_b9.sql (b9) 1_B9=1_B9.sql (B9) 1_b10=1_b10.sql (b10) "
     "01_B=01_B.sql (B)",
     ""},
    {"node-pg-migrate", "1_ab.sql|1_a-b.sql|2_\xC3\xA9.sql|2_e.sql",
     "1_a-b=1_a-b.sql (a-b) 1_ab=1_ab.sql (ab) 2_e=2_e.sql (e) 2_\xC3\xA9=2_\xC3\xA9.sql (\xC3\xA9)",
     "m/1_ab.sql:1:1 version 1_ab is that of 1_a-b.sql too: give one of them another\n"
     "m/2_\xC3\xA9.sql:1:1 version 2_\xC3\xA9 is that of 2_e.sql too: give one of them another"},
    {"node-pg-migrate", "1_a.up.sql|1_a.down.sql|2_b.up.sql|3_c.sql",
     "1_a=1_a.up.sql,1_a.down.sql (a) 2_b=2_b.up.sql,- (b) 3_c=3_c.sql (c)", ""},
    {"node-pg-migrate", "1_a.sql|1_a.down.sql|2_b.down.sql|3_c.js|4_d.mts|helper.js|x_e.sql|20201301000000000_f.sql",
     "1_a=-,1_a.down.sql (a) 1_a=1_a.sql (a) 2_b=-,2_b.down.sql (b)",
     "m/1_a.down.sql:1:1 a way back, but there is no way up: node-pg-migrate refuses it too\n"
     "m/1_a.sql:1:1 version 1_a is that of 1_a.down.sql too: give one of them another\n"
     "m/20201301000000000_f.sql:1:1 its 17 digits are no time since 1970: node-pg-migrate takes them for one\n"
     "m/2_b.down.sql:1:1 a way back, but there is no way up: node-pg-migrate refuses it too\n"
     "m/3_c.js:1:1 a step in JavaScript can't be run here: let node-pg-migrate run it, or write it in SQL\n"
     "m/4_d.mts:1:1 a step in JavaScript can't be run here: let node-pg-migrate run it, or write it in SQL\n"
     "m/x_e.sql:1:1 its name has no number in front: node-pg-migrate refuses it too"},

    /* pop: versions are text, PostgreSQL's own file wins */
    {"pop", "10_b.up.sql|9_c_d.up.sql|010_a.up.sql|010_a.down.sql|README.md|11_e.sql|12.up.sql|x_1.up.sql",
     "010=010_a.up.sql,010_a.down.sql (a) 10=10_b.up.sql,- (b) 9=9_c_d.up.sql,- (c d)", ""},
    {"pop",
     "1_a.up.sql|1_a.pg.up.sql|1_a.mysql.up.sql|1_a.down.sql|1_a.sqlite3.down.sql|2_b.mysql.up.sql|2_b.down.sql|"
     "3_c.postgres.up.sql|3_c.postgresql.down.sql|3_c.down.sql|4_d.oracle.up.sql",
     "1=1_a.pg.up.sql,1_a.down.sql (a) 3=3_c.postgres.up.sql,3_c.postgresql.down.sql (c)", ""},
    {"pop",
     "1_a.autocommit.up.sql|2_b.postgres.autocommit.up.sql|2_b.autocommit.down.sql|3_c.b.pg.up.sql|more/|"
     "more/3_c.up.sql|more/deep/",
     "1=1_a.autocommit.up.sql,- (a) 2=2_b.postgres.autocommit.up.sql,2_b.autocommit.down.sql (b) "
     "3=more/3_c.up.sql,- (c)",
     "m/more/deep/:1:1 folders in folders are not read here: name this one in migrations"},
    {"pop", "1_a.up.fizz|1_a.down.fizz|2_b.up.sql|2_c.up.sql|3_d.down.sql|4_e.up.sql|4_e.mysql.up.fizz",
     "2=2_b.up.sql,- (b) 4=4_e.up.sql,- (e)",
     "m/1_a.down.fizz:1:1 a step in fizz can't be run here: let pop run it, or write it in SQL\n"
     "m/1_a.up.fizz:1:1 a step in fizz can't be run here: let pop run it, or write it in SQL\n"
     "m/2_c.up.sql:1:1 version 2 is that of 2_b.up.sql too: give one of them another"},

    /* graphile-migrate: in its folder, or in committed/ itself */
    {"graphile-migrate",
     "committed/|committed/000002-a_B-c.sql|committed/000001.sql|committed/3 "
     "d.sql|committed/4_e.sql|current.sql|5.sql|"
     "committed/6/",
     "000001=committed/000001.sql,- () 000002=committed/000002-a_B-c.sql,- ()", ""},
    {"graphile-migrate", "10.sql|9-b.sql|README.md", "10=10.sql,- () 9=9-b.sql,- ()", ""},
    /* Sourcegraph */
    {"sourcegraph",
     "1000000010/|1000000010/up.sql|1000000010/metadata.yaml|999_b_c/|999_b_c/up.sql|999_b_c/down.sql|"
     "999_b_c/metadata.yaml|squashed.sql|testdata/|testdata/up.sql|9-x/",
     "999=999_b_c/up.sql,999_b_c/down.sql+999_b_c/metadata.yaml () "
     "1000000010=1000000010/up.sql,-+1000000010/metadata.yaml ()",
     ""},
    {"sourcegraph", "1/|1/up.sql|2/|2/metadata.yaml|3/|3/up.sql|3/metadata.yaml|03_x/|03_x/up.sql|03_x/metadata.yaml",
     "3=03_x/up.sql,-+03_x/metadata.yaml () 3=3/up.sql,-+3/metadata.yaml ()",
     "m/1:1:1 holds no metadata.yaml: Sourcegraph takes every folder with a number for a revision\n"
     "m/2:1:1 holds no up.sql: Sourcegraph takes every folder with a number for a revision\n"
     "m/3/up.sql:1:1 version 3 is that of 03_x/up.sql too: give one of them another"},

    {"graphile-migrate", "01.sql|01-b.sql", "01=01-b.sql,- () 01=01.sql,- ()",
     "m/01.sql:1:1 version 01 is that of 01-b.sql too: give one of them another"},
};

START_TEST(the_names_make_entries)
{
    const struct layout *layout = layout_find(listings[_i].layout);
    struct layout_listing listing = {
        .arena = arena, .directory = "m", .names = split(listings[_i].names), .faults = &faults};
    layout->list(&listing);
    ck_assert_str_eq(entries_text(&listing), listings[_i].entries);
    ck_assert_str_eq(faults_text(), listings[_i].faults);
}
END_TEST

/* ---- which layout ---- */

static const struct {
    const char *names, *head, *layout, *other;
} recognised[] = {
    {"", "", "native", NULL},
    {"0001_a.sql|0002_b.sql", "CREATE TABLE t ();", "native", NULL},
    {"README.md|notes.txt", "", "native", NULL},
    {"1_a.up.sql", "CREATE TABLE t ();", "golang-migrate", NULL},
    {"1_a.down.sql|README.md", "", "golang-migrate", NULL},
    {"1_a.up.sql|1_a.down.sql", "-- a comment\n\n-- migrated:up\n", "native", "golang-migrate"},
    {"1_a.sql|2_b.sql", "-- about it\r\n-- migrate:up\r\n", "dbmate", NULL},
    {"1_a.sql", "SELECT 1; -- migrate:up", "native", NULL},
    {"1_a.sql", "\n\n-- +goose Up\n", "goose", NULL},
    {"1_a.sql", "--+goose StatementBegin\n", "goose", NULL},
    {"1_a.sql", "\xEF\xBB\xBF\n  --liquibase formatted sql logicalFilePath:x\n", "liquibase", NULL},
    {"1_a.sql", "-- words\n--liquibase formatted sql\n", "native", NULL},
    {"V1__a.sql", "-- Liquibase  Formatted SQL", "flyway", "liquibase"},
    {"1_a.sql", "-- down_revision: 2\n-- +goose Up\n", "native", "goose"},
    {"2017-09-23_a/|2017-09-23_a/up.sql|README.md", "", "diesel", NULL},
    {"1_a/|1_a/metadata.yaml|1_a/up.sql", "", "sourcegraph", NULL},
    {"a_1/|a_1/metadata.yaml|a_1/up.sql", "", "native", NULL},
    {"sql/|sql/up.sql|1_a.sql", "", "native", NULL},
    {"1_a/|1_a/migration.sql", "", "prisma", NULL},
    {"migration_lock.toml", "", "prisma", NULL},
    {"1_a/|1_a/migration.sql|2_b/|2_b/up.sql", "", "diesel", "prisma"},
    {"V1__a.sql|R__b.sql", "", "flyway", NULL},
    {"core/|core/V1.2__a.sql", "", "flyway", NULL},
    {"V1.sql|Vacuum__x.sql", "", "native", NULL},
    {"1_a.sql|2_b.up.sql|2_b.down.sql", "", "golang-migrate", "sqlx"},
    {"1_a.sql", "-- words\n---- up  MIGRATION\n", "node-pg-migrate", NULL},
    {"1_a.sql", "SELECT 1; -- Up Migration", "native", NULL},
    {"1_a.up.sql", "-- Up Migration", "golang-migrate", "node-pg-migrate"},
    {"1_a.up.sql|1_a.down.sql|2_b.mysql.up.sql", "", "pop", NULL},
    {"1_a.up.fizz", "", "pop", NULL},
    {"1_a.autocommit.up.sql", "", "pop", NULL},
    {"1_a.b.up.sql", "", "golang-migrate", NULL},
    {"committed/|committed/000001-a.sql|current.sql", "", "graphile-migrate", NULL},
    {"000001.sql", "--! Previous: -\n--! Hash: sha1:0\n", "graphile-migrate", NULL},
    {"committed/|committed/a.sql", "", "native", NULL},
};

START_TEST(a_directory_is_recognised)
{
    struct names names = split(recognised[_i].names);
    const struct layout *other;
    const struct layout *layout = layout_recognise(&names, recognised[_i].head, strlen(recognised[_i].head), &other);
    ck_assert_str_eq(layout->name, recognised[_i].layout);
    ck_assert_str_eq(other == NULL ? "" : other->name, recognised[_i].other == NULL ? "" : recognised[_i].other);
}
END_TEST

START_TEST(an_unknown_layout)
{
    ck_assert_ptr_null(layout_find("spiral"));
    ck_assert_ptr_eq(layout_find("native"), &layout_native);
}
END_TEST

/* ---- text ---- */

static struct revision revision;

static void begin(const char *layout, const struct layout_entry *entry, const char *parent)
{
    revision_begin(arena, layout_find(layout), "m", entry, parent, &revision, &faults);
}

static void read_part(enum revision_part part, const char *path, const char *text)
{
    revision_part_read(arena, path, part, text, strlen(text), &revision, &faults);
}

START_TEST(two_files_are_one_revision)
{
    const char *up = "\xEF\xBB\xBF"
                     "CREATE TABLE t ();\r\nCREATE TABLE u ();\r\n",
               *down = "DROP TABLE u, t";
    struct layout_entry entry = {.id = "7", .message = "a b", .up = "7_a.up.sql", .down = "7_z.down.sql"};
    begin("golang-migrate", &entry, "6");
    read_part(REVISION_UP, "m/7_a.up.sql", up);
    read_part(REVISION_DOWN, "m/7_z.down.sql", down);
    ck_assert_str_eq(faults_text(), "");
    ck_assert_str_eq(revision.id, "7");
    ck_assert_str_eq(revision.message, "a b");
    ck_assert_str_eq(revision.path, "m/7_a.up.sql");
    ck_assert_uint_eq(revision.down_revisions.count, 1);
    ck_assert_str_eq(revision.down_revisions.items[0], "6");
    ck_assert_str_eq(revision_path(&revision, DIRECTION_UPGRADE), "m/7_a.up.sql");
    ck_assert_str_eq(revision_path(&revision, DIRECTION_DOWNGRADE), "m/7_z.down.sql");
    ck_assert_uint_eq(revision.up.statements, 2);
    ck_assert_uint_eq(revision.up.offset, 3);
    ck_assert_uint_eq(revision.up.file_size, strlen(up));
    ck_assert_uint_eq(revision.down.statements, 1);
    ck_assert_uint_eq(revision.down.length, strlen(down));
    ck_assert_str_eq(revision.checksum, revision.up.checksum);
    ck_assert_str_ne(revision.down.checksum, revision.up.checksum);
    ck_assert(revision.up.transactional && revision_has_way_back(&revision));
}
END_TEST

START_TEST(a_way_back_alone)
{
    struct layout_entry entry = {.id = "2", .message = "", .down = "2_a.down.sql"};
    begin("golang-migrate", &entry, NULL);
    read_part(REVISION_DOWN, "m/2_a.down.sql", "SELECT 1;");
    ck_assert_str_eq(faults_text(), "");
    ck_assert_str_eq(revision.path, "m/2_a.down.sql");
    ck_assert(revision.up.present && revision.up.path == NULL && revision.up.statements == 0);
    ck_assert(revision.up.transactional);
    ck_assert_uint_eq(strlen(revision.checksum), 64);
    ck_assert_uint_eq(revision.down_revisions.count, 0);
}
END_TEST

/* What our own headers and markers are elsewhere: comments. */
START_TEST(our_own_words_mean_nothing_elsewhere)
{
    struct layout_entry entry = {.id = "2", .message = "", .up = "2_a.up.sql"};
    begin("golang-migrate", &entry, NULL);
    read_part(REVISION_UP, "m/2_a.up.sql",
              "-- revision: 9\n-- transactoin: off\n-- migrated:up\nSELECT 1;\n-- migrated:down\nSELECT 2;");
    ck_assert_str_eq(faults_text(), "");
    ck_assert_str_eq(revision.id, "2");
    ck_assert(revision.up.transactional && !revision.down.present);
    ck_assert_uint_eq(revision.up.statements, 2);
}
END_TEST

START_TEST(a_fault_has_its_own_file)
{
    struct layout_entry entry = {.id = "2,3", .message = "", .up = "2_a.up.sql", .down = "2_a.down.sql"};
    begin("golang-migrate", &entry, NULL);
    read_part(REVISION_UP, "m/2_a.up.sql", "SELECT 1;\nSELECT '");
    read_part(REVISION_DOWN, "m/2_a.down.sql", "\n\nCOMMIT;");
    ck_assert_str_eq(faults_text(),
                     "m/2_a.down.sql:3:1 COMMIT: transaction control of its own (only one BEGIN ... COMMIT around a "
                     "whole section is taken off)\n"
                     "m/2_a.up.sql:1:1 ',' is not allowed in a revision id or label ('2,3')\n"
                     "m/2_a.up.sql:2:8 unterminated quoted string");
}
END_TEST

/* One file: how each side runs, as "up|down", "+": in a transaction, "-WORDS LINE": not, "": there is none. */
static const struct {
    const char *layout, *text, *sides, *faults;
} texts[] = {
    {"golang-migrate", "-- morph:nontransactional\nSELECT 1;", "-morph:nontransactional 1|", ""},
    {"golang-migrate", "\n-- words\n--  morph:nontransactional \r\nSELECT 1;", "-morph:nontransactional 3|", ""},
    {"golang-migrate", "SELECT 1;\n-- morph:nontransactional", "+|", ""},
    {"golang-migrate", "-- morph:nontransactional\nBEGIN; SELECT 1; COMMIT;", "+|", ""},
    {"golang-migrate", "CREATE INDEX CONCURRENTLY i ON t (a)", "-CREATE INDEX CONCURRENTLY 1|", ""},
    {"golang-migrate", "", "+|", ""},

    {"dbmate", "-- migrate:up\nSELECT 1;\n\n-- migrate:down\nSELECT 2;", "+|+", ""},
    {"dbmate", "-- words\n--  migrate:up transaction:false\r\nSELECT 1;\n-- migrate:down\nSELECT 2;",
     "-transaction:false 2|+", ""},
    {"dbmate", "-- migrate:up foo:bar\nSELECT 1;\n-- migrate:down  a:b\ttransaction:false \nSELECT 2;",
     "+|-transaction:false 3", ""},
    {"dbmate", "-- migrate:up transaction:true", "+|", ""},
    {"dbmate", "-- migrate:up\nSELECT '\n-- migrate:down\n';", "+|", ""},
    {"dbmate", "SELECT 1;", "+|", "m/1_a.sql:1:1 no '-- migrate:up' stands in it: write it above the statements"},
    {"dbmate", "", "+|", "m/1_a.sql:1:1 no '-- migrate:up' stands in it: write it above the statements"},
    {"dbmate", "SELECT 1;\n-- migrate:up\nSELECT 1;", "+|",
     "m/1_a.sql:1:1 SQL before the first section marker: it belongs behind '-- migrate:up'"},
    {"dbmate", "-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 1;", "+|+",
     "m/1_a.sql:3:1 '-- migrate:up' behind '-- migrate:down' in line 1: the way up comes first"},
    {"dbmate", "-- migrate:up\n-- migrate:upp\n", "+|",
     "m/1_a.sql:2:1 '-- migrate:upp' is no section marker: there are '-- migrate:up' and '-- migrate:down'"},
    {"dbmate", "-- migrate:up\nSELECT 1; -- migrate:down", "+|",
     "m/1_a.sql:2:11 a section marker stands on a line of its own"},
    {"dbmate", "-- migrate:up\n-- migrate:up\n", "+|",
     "m/1_a.sql:2:1 a second '-- migrate:up', the first is in line 1"},

    {"goose",
     "-- +goose Up\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\n"
     "-- +goose StatementEnd\n-- +goose Down\nDROP FUNCTION f();",
     "+|+", ""},
    {"goose", "--+GOOSE up\n", "+|", "m/1_a.sql:1:1 no '-- +goose Up' stands in it: write it above the statements"},
    {"goose", "-- +goose up\n-- +goose DOWN", "+|+", ""},
    {"goose", "-- +goose Up\n-- +goose NO TRANSACTION\nSELECT 1;\n-- +goose Down\nSELECT 1;",
     "-NO TRANSACTION 2|-NO TRANSACTION 2", ""},
    {"goose", "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", "-NO TRANSACTION 1|", ""},
    {"goose", "-- +goose Up\n-- +goose ENVSUB OFF\n-- +goose ENVSUB ON\nSELECT '${HOME}';", "+|", ""},
    {"goose", "-- +goose Up\n-- +goose Upp\n", "+|", "m/1_a.sql:2:1 '-- +goose Upp' is none of goose's annotations"},
    {"goose", "-- +goose Down\n-- +goose Up\n", "+|+",
     "m/1_a.sql:2:1 '-- +goose Up' behind '-- +goose Down' in line 1: the way up comes first"},

    {"pop", "SELECT '{{ .a }}';\n-- {{{ b", "+|",
     "m/1_a.sql:1:9 a template, which pop would fill in: write out what it makes\n"
     "m/1_a.sql:2:4 a template, which pop would fill in: write out what it makes"},
    {"graphile-migrate", "--! Previous: -\n--! Hash: sha1:d30d858bf9fa5d8979af2d32c3be5e09b07da877\n\nSELECT 1;\n",
     "+|", ""},
    {"graphile-migrate",
     "--! Previous: sha1:d30d858bf9fa5d8979af2d32c3be5e09b07da877\n--! Hash: "
     "sha1:36d26d034e5ea0e30f2e8c93bdbf66399902b1ed\n--! Message: two\n\n\n\n SELECT 2;",
     "+|", ""},
    {"graphile-migrate",
     "--! Previous: -\n--! Hash: sha1:14e750447db2722051da7d22bc79b58c6b92eb33\n\n\n--! no-transaction\nSELECT 1;",
     "---! no-transaction 5|", ""},
    {"graphile-migrate",
     "--! Previous: sha1:d30d858bf9fa5d8979af2d32c3be5e09b07da877\n--! Hash: "
     "sha1:9aa275477e49510cd250cb537b0ca5ef71c70933\n",
     "+|", ""},
    {"graphile-migrate", "--! Previous: -\n--! Hash: sha1:36d26d034e5ea0e30f2e8c93bdbf66399902b1ed\n\nSELECT 1;",
     "+|",
     "m/1_a.sql:2:1 the text has the hash sha1:d30d858bf9fa5d8979af2d32c3be5e09b07da877: it was changed since it was "
     "committed; put it back, or say "
     "`--! AllowInvalidHash` if it is meant so"},
    {"graphile-migrate",
     "--! Previous: -\n--! Hash: sha1:36d26d034e5ea0e30f2e8c93bdbf66399902b1ed\n--! AllowInvalidHash\n\nSELECT 1;",
     "+|", ""},
    {"graphile-migrate",
     "--! Previous: -\n--! Hash: sha1:d30d858bf9fa5d8979af2d32c3be5e09b07da877\n--! AllowInvalidHash\n\nSELECT 1;",
     "+|", "m/1_a.sql:3:1 the hash is right: take this line out, as graphile-migrate demands it"},
    {"graphile-migrate", "SELECT 1;\n--! Hash: sha1:0\n", "+|",
     "m/1_a.sql:1:1 no `--! Hash:` stands at its top: graphile-migrate writes it\n"
     "m/1_a.sql:1:1 no `--! Previous:` stands at its top: graphile-migrate writes it"},
    {"graphile-migrate", "--! Previous: -\n--! Previous: -\n--! no: header\n", "+|",
     "m/1_a.sql:1:1 no `--! Hash:` stands at its top: graphile-migrate writes it\n"
     "m/1_a.sql:2:1 header 'Previous' is given twice, first in line 1\n"
     "m/1_a.sql:3:1 an empty line stands between the headers and the rest"},

    {"node-pg-migrate", "SELECT 1;", "+|", ""},
    {"node-pg-migrate", "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;", "+|+", ""},
    {"node-pg-migrate", "--- - down\tmigrations of it\nSELECT 2;\n --UP migration\r\nVACUUM;", "-VACUUM 4|+", ""},
    {"node-pg-migrate", "-- up the hill\n-- upmigration\n-- Downs Migration\nSELECT 1;", "+|", ""},
    {"node-pg-migrate", "SELECT 1;\n-- Up Migration\nSELECT 1;\n", "+|",
     "m/1_a.sql:1:1 SQL before the first section marker: it belongs behind '-- Up Migration'"},
    {"node-pg-migrate", "-- Down Migration\nSELECT 1;\n", "|+",
     "m/1_a.sql:1:1 a '-- Down Migration' section, but no '-- Up Migration'"},
    {"node-pg-migrate", "-- Up Migration\nSELECT 1; -- Down Migration", "+|",
     "m/1_a.sql:2:11 a section marker stands on a line of its own"},

    {"sqlx", "-- no-transaction\nSELECT 1;", "-no-transaction 1|", ""},
    {"sqlx", "\n-- no-transaction\nSELECT 1;", "+|", ""},
    {"flyway", "SELECT '${a}';\n-- ${flyway:user}\n$$ {", "+|", "m/1_a.sql:3:1 unterminated dollar-quoted string"},
    {"prisma", "SELECT 1;", "+|", ""},
    {"diesel", "SELECT 1;", "+|", ""},
};

static const char *side_text(const struct section *section)
{
    if (!section->present)
        return "";
    if (section->transactional)
        return "+";
    ck_assert_str_eq(section->why_path, "m/1_a.sql");
    return arena_printf(arena, "-%s %u", section->why_not, section->why_place.line);
}

START_TEST(the_marks_of_a_text)
{
    const struct layout *layout = layout_find(texts[_i].layout);
    struct layout_entry entry = {.id = "1", .message = "", .up = "1_a.sql"};
    begin(texts[_i].layout, &entry, NULL);
    read_part(layout_has_sections(layout) ? REVISION_WHOLE : REVISION_UP, "m/1_a.sql", texts[_i].text);
    ck_assert_str_eq(arena_printf(arena, "%s|%s", side_text(&revision.up), side_text(&revision.down)),
                     texts[_i].sides);
    ck_assert_str_eq(faults_text(), texts[_i].faults);
}
END_TEST

/* "PATH:LINE" where the settings say that nothing runs in a transaction; "": they do not. */
static const struct {
    const char *layout, *text, *outside, *faults;
} settings[] = {
    {"diesel", "run_in_transaction = false", "m/s:1", ""},
    {"diesel", "# why\r\n\r\n  run_in_transaction=false # so\r\n", "m/s:3", ""},
    {"diesel", "run_in_transaction = true\n", "", ""},
    {"diesel", "", "m/s:1", ""},
    {"diesel", "run_in_transaction = False\n[more]\n", "m/s:1",
     "m/s:1:1 is not understood: there is run_in_transaction = true or false\n"
     "m/s:2:1 is not understood: there is run_in_transaction = true or false"},
    {"flyway", "executeInTransaction=false", "m/s:1", ""},
    {"flyway", "executeInTransaction=true\n# false\n", "", ""},
    {"flyway", "\nencoding=UTF-8\nshouldExecute=true\nplaceholderReplacement=true", "", ""},
    {"flyway", "encoding=ISO-8859-1\nshouldExecute=${prod}==true\nexecuteInTransactions=false\n", "",
     "m/s:1:1 encoding is not UTF-8: save the script as UTF-8, and say encoding=UTF-8\n"
     "m/s:2:1 shouldExecute: a script runs everywhere or is not there: take the line out\n"
     "m/s:3:1 is not understood: there are executeInTransaction and placeholderReplacement (=true or false) and "
     "encoding=UTF-8"},
};

START_TEST(the_settings_beside_a_text)
{
    struct layout_entry entry = {.id = "1", .message = "", .up = "1_a.sql"};
    begin(settings[_i].layout, &entry, NULL);
    revision_settings_read(arena, "m/s", settings[_i].text, strlen(settings[_i].text), &revision, &faults);
    read_part(REVISION_UP, "m/1_a.sql", "SELECT 1;");
    const char *outside = revision.up.transactional
                              ? ""
                              : arena_printf(arena, "%s:%u", revision.up.why_path, revision.up.why_place.line);
    ck_assert_str_eq(outside, settings[_i].outside);
    ck_assert_str_eq(faults_text(), settings[_i].faults);
}
END_TEST

/* Parents with a blank behind each, the message, and the place of the parents. */
static const struct {
    const char *text, *told, *faults;
} metadata[] = {
    {"name: 'add it'\nparents: [1000000010, 999]\ncreateIndexConcurrently: true\nprivileged: true\n",
     "999 1000000010 (add it) 2:1", ""},
    {"name: x\nparent: 7\n", "7 (x) 2:1", ""},
    {"# base\nname: \"a: b\"\nparents: []\nnonIdempotent: true", "(a: b) 3:1", ""},
    {"parents:\n  - 8\n  - 7\n", "7 8 () 1:1", ""},
    {"parents:\nname: ~\n", "() 1:1", ""},
    {"", "() 1:1", ""},
    {"name: x\nparnets: [1]\nparents: 1\nname: [x]\n", "(x) 1:1",
     "m/s:2:1 'parnets' is not known, did you mean 'parents'?\n"
     "m/s:3:1 'parents' has a list of numbers: [1, 2]\n"
     "m/s:4:1 'name' has one value, not a list"},
    {"parents: [a, 01, -1, 2]", "2 () 1:1",
     "m/s:1:11 'a' is no number of a revision\n"
     "m/s:1:14 '01' is no number of a revision\n"
     "m/s:1:18 '-1' is no number of a revision"},
    {"name: {a: b}\n", "() 1:1", "m/s:1:7 only a value or a list of values may stand here"},
    {"parents: [[1]]\n", "() 1:1", "m/s:1:11 only a value or a list of values may stand here"},
    {"- a\n", "() 1:1", "m/s:1:1 keys with values are expected here"},
    {"name: 'x\n", "() 1:1", "m/s:2:1 found unexpected end of stream"},
};

START_TEST(the_metadata_of_a_graph)
{
    struct layout_entry entry = {.id = "1", .message = "", .up = "1/up.sql"};
    begin("sourcegraph", &entry, "0");
    revision_settings_read(arena, "m/s", metadata[_i].text, strlen(metadata[_i].text), &revision, &faults);
    const char *told = "";
    for (size_t i = 0; i < revision.down_revisions.count; i++)
        told = arena_printf(arena, "%s%s ", told, revision.down_revisions.items[i]);
    told = arena_printf(arena, "%s(%s) %u:%u", told, revision.message, revision.down_revision_place.line,
                        revision.down_revision_place.column);
    ck_assert_str_eq(told, metadata[_i].told);
    ck_assert_str_eq(faults_text(), metadata[_i].faults);
    ck_assert_str_eq(revision_link_path(&revision), "m/s");
}
END_TEST

/* Markers of other tools in a file of ours: to run it as it stands would run both ways. */
static const struct {
    const char *text, *faults;
} strange[] = {
    {"-- +goose Up\nSELECT 1;", "m/1.sql:1:1 '-- +goose Up' is a section marker of goose: set layout = goose"},
    {"-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;",
     "m/1.sql:1:1 '-- +migrate Up' is a section marker of sql-migrate, whose layout is not known here\n"
     "m/1.sql:3:1 '-- +migrate Down' is a section marker of sql-migrate, whose layout is not known here"},
    {"SELECT 1;\n---- create above / drop below ----\nSELECT 2;",
     "m/1.sql:1:1 SQL before the first section marker: it belongs behind '-- migrated:up'\n"
     "m/1.sql:2:1 '---- create above / drop below ----' is a section marker of tern, whose layout is not known here"},
    {"-- Down Migration\nSELECT 2;",
     "m/1.sql:1:1 '-- Down Migration' is a section marker of node-pg-migrate: set layout = node-pg-migrate"},
    {"SELECT 1; -- +migrate up and down\n", ""},
};

START_TEST(markers_of_others_in_our_files)
{
    revision_file_read(arena, "m/1.sql", strange[_i].text, strlen(strange[_i].text), &revision, &faults);
    ck_assert_str_eq(faults_text(), strange[_i].faults);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *layout_suite(void)
{
    Suite *suite = suite_create("layout");
    TCase *tcase = tcase_create("layout");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, the_names_make_entries, 0, ROWS(listings));
    tcase_add_loop_test(tcase, a_directory_is_recognised, 0, ROWS(recognised));
    tcase_add_test(tcase, an_unknown_layout);
    tcase_add_test(tcase, two_files_are_one_revision);
    tcase_add_test(tcase, a_way_back_alone);
    tcase_add_test(tcase, our_own_words_mean_nothing_elsewhere);
    tcase_add_test(tcase, a_fault_has_its_own_file);
    tcase_add_loop_test(tcase, the_marks_of_a_text, 0, ROWS(texts));
    tcase_add_loop_test(tcase, the_settings_beside_a_text, 0, ROWS(settings));
    tcase_add_loop_test(tcase, the_metadata_of_a_graph, 0, ROWS(metadata));
    tcase_add_loop_test(tcase, markers_of_others_in_our_files, 0, ROWS(strange));
    suite_add_tcase(suite, tcase);
    return suite;
}
