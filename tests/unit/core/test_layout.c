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
        text = arena_printf(arena, "%s%s%s=%s%s%s (%s)", text, i > 0 ? " " : "", entry->id, files,
                            entry->settings == NULL ? "" : "+", entry->settings == NULL ? "" : entry->settings,
                            entry->message);
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

/* Markers of other tools in a file of ours: to run it as it stands would run both ways. */
static const struct {
    const char *text, *faults;
} strange[] = {
    {"-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;",
     "m/1.sql:1:1 '-- +migrate Up' is a section marker of sql-migrate, whose layout is not known here\n"
     "m/1.sql:3:1 '-- +migrate Down' is a section marker of sql-migrate, whose layout is not known here"},
    {"SELECT 1;\n---- create above / drop below ----\nSELECT 2;",
     "m/1.sql:1:1 SQL before the first section marker: it belongs behind '-- migrated:up'\n"
     "m/1.sql:2:1 '---- create above / drop below ----' is a section marker of tern, whose layout is not known here"},
    {"-- Down Migration\nSELECT 2;",
     "m/1.sql:1:1 '-- Down Migration' is a section marker of node-pg-migrate, whose layout is not known here"},
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
    tcase_add_loop_test(tcase, markers_of_others_in_our_files, 0, ROWS(strange));
    suite_add_tcase(suite, tcase);
    return suite;
}
