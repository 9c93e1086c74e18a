#include "base/arena.h"
#include "base/text.h"
#include "core/layout.h"
#include "files/revision_dir.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *revision_dir_suite(void);

static struct arena *arena;
static char *root; /* a directory of our own, gone after each test */
static struct revision_tree tree;
static struct error error;
static const char *layout; /* "auto", but where a test says so */
static struct parameters *parameters;

static const char *in_root(const char *name)
{
    return arena_printf(arena, "%s/%s", root, name);
}

static void write_file(const char *name, const char *text)
{
    int descriptor = open(in_root(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(descriptor), 0);
}

static void make_directory(const char *name)
{
    ck_assert_int_eq(mkdir(in_root(name), 0755), 0);
}

static void setup(void)
{
    arena = arena_create();
    layout = "auto";
    root = arena_string(arena, "/tmp/test_revision_dir.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    make_directory("m");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void teardown(void)
{
    nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_destroy(arena);
}

/* Read directories of the root; `second` may be NULL. */
static bool read_tree(const char *first, const char *second)
{
    const char *paths[] = {in_root(first), second == NULL ? NULL : in_root(second)};
    return revision_tree_read(arena, &(struct names){paths, second == NULL ? 1 : 2}, layout, parameters, &tree,
                              &error);
}

static const char *ids(void)
{
    const char *text = "";
    for (size_t i = 0; i < tree.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", tree.revisions[i].id);
    return text;
}

/* "name:line:column message" a line, names without the root. */
static const char *fault_lines(void)
{
    const char *text = "";
    for (size_t i = 0; i < tree.faults.count; i++) {
        const struct fault *fault = &tree.faults.items[i];
        text = arena_printf(arena, "%s%s%s:%u:%u %s", text, i > 0 ? "\n" : "", fault->file + strlen(root) + 1,
                            fault->line, fault->column, fault->message);
    }
    return text;
}

START_TEST(an_empty_directory)
{
    ck_assert(read_tree("m", NULL));
    ck_assert_uint_eq(tree.count, 0);
    ck_assert_uint_eq(tree.faults.count, 0);
    ck_assert_ptr_nonnull(tree.graph);
}
END_TEST

START_TEST(a_missing_directory)
{
    ck_assert(!read_tree("none", NULL));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(error.message, arena_printf(arena, "the migrations directory '%s/none' can't be read: %s", root,
                                                 strerror(ENOENT)));
    ck_assert_str_ne(error.next, "");
}
END_TEST

START_TEST(a_file_for_a_directory)
{
    write_file("m/1.sql", "");
    ck_assert(!read_tree("m/1.sql", NULL));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
}
END_TEST

START_TEST(what_is_passed_over)
{
    write_file("m/1.sql", "SELECT 1;");
    write_file("m/README.md", "'");
    write_file("m/.2.sql", "'");
    write_file("m/.sql", "'");
    write_file("m/3.sql~", "'");
    make_directory("m/4.SQL");
    make_directory("m/5.sql");
    make_directory("m/6");
    write_file("m/6/7.sql", "'");
    ck_assert_int_eq(mkfifo(in_root("m/8.sql"), 0644), 0);
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1");
}
END_TEST

START_TEST(a_name_in_capitals_is_a_fault)
{
    write_file("m/1.sql", "SELECT 1;");
    write_file("m/2.SQL", "SELECT 1;");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "m/2.SQL:1:1 its name ends in .SQL: give it one that ends in .sql");
}
END_TEST

START_TEST(folders_that_nobody_reads)
{
    struct names folders, two = {(const char *[]){in_root("m"), in_root("m/a")}, 2}, one = {two.items, 1};
    write_file("m/1.sql", "SELECT 1;");
    make_directory("m/a");
    make_directory("m/b");
    make_directory("m/c");
    make_directory("m/.d");
    write_file("m/a/2.sql", "SELECT 1;");
    write_file("m/b/3.SQL", "SELECT 1;");
    write_file("m/c/4.txt", "");
    write_file("m/.d/5.sql", "");
    ck_assert(revision_folders_overlooked(arena, &one, layout, &tree.folders, &folders, &error));
    ck_assert_uint_eq(folders.count, 2);
    ck_assert_str_eq(folders.items[0], in_root("m/a"));
    ck_assert_str_eq(folders.items[1], in_root("m/b"));
    ck_assert(revision_folders_overlooked(arena, &two, layout, &tree.folders, &folders, &error));
    ck_assert_uint_eq(folders.count, 1);
    ck_assert_str_eq(folders.items[0], in_root("m/b"));
}
END_TEST

START_TEST(symbolic_links_are_followed)
{
    make_directory("m/..data");
    write_file("m/..data/1.sql", "SELECT 1;");
    ck_assert_int_eq(symlink("..data/1.sql", in_root("m/1.sql")), 0);
    ck_assert_int_eq(symlink("m", in_root("link")), 0);
    ck_assert(read_tree("link", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1");
}
END_TEST

START_TEST(an_unreadable_file_is_a_fault)
{
    write_file("m/1.sql", "-- down_revision: 2\n'");
    ck_assert_int_eq(symlink("nowhere", in_root("m/2.sql")), 0);
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(),
                     arena_printf(arena, "m/1.sql:2:1 unterminated quoted string\nm/2.sql:1:1 can't be read: %s",
                                  strerror(ENOENT)));
    ck_assert_ptr_null(tree.graph);
}
END_TEST

START_TEST(files_are_read_and_linked)
{
    write_file("m/10_b.sql", "SELECT 2;\n");
    write_file("m/9_a.sql", "-- message: first\nSELECT 1;\n");
    ck_assert(read_tree("m/", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "9_a 10_b");
    ck_assert_str_eq(tree.revisions[0].path, in_root("m/9_a.sql"));
    ck_assert_str_eq(tree.revisions[0].message, "first");
    ck_assert_str_eq(tree.revisions[1].down_revisions.items[0], "9_a");
    ck_assert_uint_eq(graph_size(tree.graph), 2);
}
END_TEST

START_TEST(names_are_sorted_bytewise)
{
    static const char *const names[] = {"m/c.sql", "m/10.sql", "m/a.sql", "m/9.sql", "m/b.sql", "m/B.sql"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_file(names[i], "-- down_revision: none\n");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(ids(), "10 9 B a b c");
}
END_TEST

START_TEST(no_graph_of_faulty_files)
{
    write_file("m/1.sql", "'");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "m/1.sql:1:1 unterminated quoted string");
    ck_assert_ptr_null(tree.graph);
}
END_TEST

START_TEST(directories_come_in_their_order)
{
    make_directory("a");
    write_file("m/1.sql", "");
    write_file("a/2.sql", "");
    ck_assert(read_tree("m", "a"));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1 2");
    ck_assert_uint_eq(tree.revisions[1].down_revisions.count, 0);
}
END_TEST

START_TEST(faults_of_files_and_graph_come_together)
{
    make_directory("a");
    write_file("m/1.sql", "-- revision: x+y\n'");
    write_file("m/2.sql", "");
    write_file("a/2.sql", "-- down_revision: nowhere\n");
    ck_assert(read_tree("m", "a"));
    ck_assert_uint_eq(tree.faults.count, 4);
    ck_assert_str_eq(tree.faults.items[0].file, in_root("a/2.sql"));
    ck_assert_uint_eq(tree.faults.items[0].line, 1); /* its id, from its name, is taken */
    ck_assert_ptr_nonnull(strstr(tree.faults.items[1].message, "nowhere"));
    ck_assert_ptr_nonnull(strstr(tree.faults.items[2].message, "'+' is not allowed")); /* once, not twice */
    ck_assert_str_eq(tree.faults.items[3].message, "unterminated quoted string");
    ck_assert_ptr_null(tree.graph);
}
END_TEST

START_TEST(a_large_file_is_read_whole)
{
    struct text text = {0};
    for (int i = 0; i < 20000; i++)
        text_addf(&text, "INSERT INTO t VALUES (%d);\n", i);
    write_file("m/1.sql", text_string(&text));
    write_file("m/2.sql", "SELECT 1;");
    ck_assert(read_tree("m", NULL));
    ck_assert_uint_eq(tree.revisions[0].up.statements, 20000);
    ck_assert_uint_eq(tree.revisions[0].up.file_size, text.length);
    ck_assert_uint_eq(tree.revisions[1].up.statements, 1);
    text_finish(&text);
}
END_TEST

/* Some hundred files in "m" and "a", each with a fault, and other things among them. */
static void write_many(void)
{
    make_directory("a");
    make_directory("m/0150_x.sql");
    make_directory("a/0250_x.sql");
    ck_assert_int_eq(symlink("nowhere", in_root("m/0160_x.sql")), 0);
    for (int i = 100; i < 400; i++)
        write_file(arena_printf(arena, "%s/%04d.sql", i < 200 ? "m" : "a", i),
                   arena_printf(arena, "%.*s'", i % 7, "\n\n\n\n\n\n\n"));
}

static const char *many_faults(void)
{
    struct text text = {0};
    for (int i = 200; i < 400; i++)
        text_addf(&text, "a/%04d.sql:%d:1 unterminated quoted string\n", i, i % 7 + 1);
    for (int i = 100; i < 200; i++) {
        text_addf(&text, "m/%04d.sql:%d:1 unterminated quoted string\n", i, i % 7 + 1);
        if (i == 160)
            text_addf(&text, "m/0160_x.sql:1:1 can't be read: %s\n", strerror(ENOENT));
    }
    const char *all = arena_copy(arena, text_string(&text), text.length - 1);
    text_finish(&text);
    return all;
}

START_TEST(many_files_come_in_the_order_of_their_names)
{
    char fingerprint[DIGEST_HEX_SIZE];
    write_many();
    const char *paths[] = {in_root("m"), in_root("a")}, *faults = many_faults();
    ck_assert(revision_tree_fingerprint(&(struct names){paths, 2}, layout, &tree.included, fingerprint, &error));
    for (int again = 0; again < 8; again++) { /* which thread reads which is another matter each time */
        ck_assert(read_tree("m", "a"));
        ck_assert_uint_eq(tree.count, 300);
        for (int i = 0; i < 300; i++)
            ck_assert_str_eq(tree.revisions[i].id, arena_printf(arena, "%04d", 100 + i));
        ck_assert_msg(strcmp(fault_lines(), faults) == 0, "reading %d: %zu faults", again, tree.faults.count);
        ck_assert_str_eq(tree.fingerprint, fingerprint);
        ck_assert_ptr_null(tree.graph);
    }
}
END_TEST

START_TEST(many_files_make_a_graph)
{
    for (int i = 0; i < 200; i++)
        write_file(arena_printf(arena, "m/%04d.sql", i), arena_printf(arena, "SELECT %d;", i));
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_uint_eq(graph_size(tree.graph), 200);
    for (int i = 1; i < 200; i++)
        ck_assert_str_eq(tree.revisions[i].down_revisions.items[0], tree.revisions[i - 1].id);
}
END_TEST

START_TEST(an_unreadable_one_of_many_is_the_only_fault)
{
    for (int i = 0; i < 200; i++)
        write_file(arena_printf(arena, "m/%04d.sql", i),
                   i == 0 ? "-- down_revision: none\n" : arena_printf(arena, "-- down_revision: %04d\n", i - 1));
    ck_assert_int_eq(unlink(in_root("m/0150.sql")), 0);
    ck_assert_int_eq(symlink("nowhere", in_root("m/0150.sql")), 0);
    for (int again = 0; again < 8; again++) {
        ck_assert(read_tree("m", NULL));
        ck_assert_str_eq(fault_lines(), arena_printf(arena, "m/0150.sql:1:1 can't be read: %s", strerror(ENOENT)));
        ck_assert_uint_eq(tree.count, 199);
    }
}
END_TEST

static const char *fingerprint(void)
{
    static char result[DIGEST_HEX_SIZE];
    const char *paths[] = {in_root("m")};
    ck_assert(revision_tree_fingerprint(&(struct names){paths, 1}, layout, &tree.included, result, &error));
    return result;
}

static void set_time(const char *name, time_t seconds, long nanoseconds)
{
    const struct timespec times[] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    ck_assert_int_eq(utimensat(AT_FDCWD, in_root(name), times, 0), 0);
}

START_TEST(the_fingerprint_sees_changes)
{
    write_file("m/1.sql", "SELECT 1;");
    set_time("m/1.sql", 1000, 1);
    ck_assert_int_eq(symlink("nowhere", in_root("m/3.sql")), 0);
    make_directory("m/4.sql");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fingerprint(), tree.fingerprint);

    const char *before = arena_string(arena, fingerprint());
    write_file("m/README", "x");
    ck_assert_str_eq(fingerprint(), before);

    set_time("m/1.sql", 1000, 2);
    ck_assert_str_ne(fingerprint(), before);
    set_time("m/1.sql", 1000, 1);
    ck_assert_str_eq(fingerprint(), before);

    write_file("m/1.sql", "SELECT 12;");
    set_time("m/1.sql", 1000, 1);
    ck_assert_str_ne(fingerprint(), before);

    write_file("m/1.sql", "SELECT 1;");
    write_file("m/2.sql", "");
    set_time("m/1.sql", 1000, 1);
    ck_assert_str_ne(fingerprint(), before);
    ck_assert_int_eq(unlink(in_root("m/2.sql")), 0);
    ck_assert_str_eq(fingerprint(), before);

    ck_assert_int_eq(rename(in_root("m/1.sql"), in_root("m/2.sql")), 0);
    ck_assert_str_ne(fingerprint(), before);
}
END_TEST

/* A change whose scripts lie in folders of folders, a plan, and a configuration above it. */
START_TEST(the_fingerprint_sees_a_plan)
{
    static const char *const folders[] = {"m/deploy", "m/deploy/x", "m/deploy/x/y",
                                          "m/revert", "m/revert/x", "m/revert/x/y"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_directory(folders[i]);
    write_file("m/sqitch.plan", "%project=p\n\nx/y/a 2026-01-06T12:00:00Z Ann <a@b>\n");
    write_file("sqitch.conf", "[core]\ntop_dir = m\n");
    write_file("m/deploy/x/y/a.sql", "SELECT 1;\n");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "x/y/a");
    ck_assert_str_eq(fingerprint(), tree.fingerprint);

    write_file("m/sqitch.plan", "%project=p\n\nx/y/a 2026-01-06T12:00:00Z Ann <a@b> # more\n");
    ck_assert_str_ne(fingerprint(), tree.fingerprint);
    const char *before = arena_string(arena, fingerprint());
    write_file("sqitch.conf", "[core]\ntop_dir = m\nextension = ddl\n");
    ck_assert_str_ne(fingerprint(), before);
    write_file("sqitch.conf", "[core]\ntop_dir = m\n");
    before = arena_string(arena, fingerprint());
    write_file("m/revert/x/y/a.sql", "SELECT 2;\n");
    ck_assert_str_ne(fingerprint(), before);
    ck_assert(names_contain(&tree.folders, in_root("m/deploy/x/y")));
}
END_TEST

START_TEST(the_fingerprint_of_a_missing_directory)
{
    const char *paths[] = {in_root("none")};
    char result[DIGEST_HEX_SIZE];
    ck_assert(!revision_tree_fingerprint(&(struct names){paths, 1}, layout, &tree.included, result, &error));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
}
END_TEST

/* Read "1.sql" with `before` in it, change it to `after` (NULL: remove it), and read its text again. */
static bool read_again(const char *before, const char *after, char **text, size_t *length)
{
    write_file("m/1.sql", before);
    ck_assert(read_tree("m", NULL));
    ck_assert_uint_eq(tree.count, 1);
    if (after == NULL)
        ck_assert_int_eq(unlink(in_root("m/1.sql")), 0);
    else
        write_file("m/1.sql", after);
    return revision_text_read(&tree.revisions[0], DIRECTION_UPGRADE, text, length, &error);
}

START_TEST(a_text_is_read_again)
{
    char *text;
    size_t length;
    ck_assert(read_again("SELECT 1;\n", "SELECT 1;\n", &text, &length));
    ck_assert_uint_eq(length, 10);
    ck_assert_str_eq(text, "SELECT 1;\n");
    free(text);
    ck_assert(read_again("", "", &text, &length));
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

static const struct {
    const char *name, *before, *after;
} changes[] = {
    {"other text", "SELECT 1;\n", "SELECT 2;\n"},
    {"same checksum, sections moved", "-- a\n-- migrated:up\nA;\n", "-- a \n-- migrated:up\nA;\n"},
    {"same checksum and size, sections moved", "-- a\n-- migrated:up\nA; \n", "-- a \n-- migrated:up\nA;\n"},
    {"gone", "SELECT 1;\n", NULL},
};

START_TEST(a_changed_text_is_refused)
{
    char *text;
    size_t length;
    ck_assert_msg(!read_again(changes[_i].before, changes[_i].after, &text, &length), "%s", changes[_i].name);
    ck_assert_int_eq(error.code, ERROR_FILES);
    ck_assert_str_eq(error.file, in_root("m/1.sql"));
    ck_assert_str_ne(error.next, "");
}
END_TEST

/* ---- layouts of other tools ---- */

static void write_folder(const char *folder, const char *up)
{
    make_directory(arena_printf(arena, "m/%s", folder));
    write_file(arena_printf(arena, "m/%s/up.sql", folder), up);
}

START_TEST(pairs_are_read_and_linked)
{
    write_file("m/9_a.up.sql", "SELECT 1;");
    write_file("m/10_b.up.sql", "SELECT 2;");
    write_file("m/010_c.down.sql", "SELECT '");
    write_file("m/readme.sql", "'");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "m/010_c.down.sql:1:8 unterminated quoted string");
    write_file("m/010_c.down.sql", "SELECT 3;");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "9 10");
    ck_assert_str_eq(tree.revisions[1].down_revisions.items[0], "9");
    ck_assert_str_eq(tree.foreign->name, "golang-migrate");
    ck_assert_uint_eq(graph_size(tree.graph), 2);
}
END_TEST

START_TEST(the_order_is_that_of_the_tool)
{
    write_file("m/9_a.sql", "-- migrate:up\n");
    write_file("m/10_b.sql", "-- migrate:up\n");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(ids(), "10 9"); /* to dbmate names are text */
    ck_assert_uint_eq(tree.revisions[0].down_revisions.count, 0);
    ck_assert_str_eq(tree.revisions[1].down_revisions.items[0], "10");
}
END_TEST

START_TEST(what_is_no_file_is_a_fault_of_its_layout)
{
    write_file("m/1_a.up.sql", "SELECT 1;");
    ck_assert_int_eq(mkfifo(in_root("m/2_b.up.sql"), 0644), 0);
    ck_assert_int_eq(symlink("nowhere", in_root("m/3_c.up.sql")), 0);
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(
        fault_lines(),
        arena_printf(arena, "m/2_b.up.sql:1:1 is no file\nm/3_c.up.sql:1:1 can't be read: %s", strerror(ENOENT)));
}
END_TEST

START_TEST(folders_are_read_and_told)
{
    struct names folders, one = {(const char *[]){in_root("m")}, 1};
    write_folder("2_b", "SELECT 2;");
    write_folder("1_a", "SELECT 1;");
    make_directory("m/.git");
    make_directory("m/..data");
    write_file("m/..data/up.sql", "SELECT 3;");
    ck_assert_int_eq(symlink("..data", in_root("m/3_c")), 0);
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1 2 3");
    ck_assert_uint_eq(tree.folders.count, 3);
    ck_assert_str_eq(tree.folders.items[0], in_root("m/1_a"));
    ck_assert(revision_folders_overlooked(arena, &one, layout, &tree.folders, &folders, &error));
    ck_assert_uint_eq(folders.count, 0);
}
END_TEST

START_TEST(the_fingerprint_sees_into_folders)
{
    write_folder("1_a", "SELECT 1;");
    ck_assert(read_tree("m", NULL));
    const char *before = arena_string(arena, fingerprint());
    ck_assert_str_eq(before, tree.fingerprint);
    write_file("m/1_a/down.sql", "SELECT 2;");
    const char *with_down = arena_string(arena, fingerprint());
    ck_assert_str_ne(with_down, before);
    write_file("m/1_a/down.sql", "SELECT 22;");
    ck_assert_str_ne(fingerprint(), with_down);
    const char *edited = arena_string(arena, fingerprint());
    make_directory("m/2_b"); /* a fault: no up.sql */
    ck_assert_str_ne(fingerprint(), edited);
}
END_TEST

START_TEST(two_layouts_in_one_directory)
{
    write_file("m/1_a.up.sql", "-- +goose Up\n");
    ck_assert(!read_tree("m", NULL));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(
        error.message,
        arena_printf(arena, "the files in '%s' look like golang-migrate's and like goose's", in_root("m")));
    ck_assert_str_eq(error.next, "say which it is: layout = golang-migrate or layout = goose");
    layout = "goose";
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(ids(), "1");
    layout = "native";
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(),
                     "m/1_a.up.sql:1:1 '-- +goose Up' is a section marker of goose: set layout = goose");
}
END_TEST

START_TEST(what_a_recognised_layout_passes_over)
{
    write_folder("1_a", "SELECT 1;");
    write_file("m/0001_b.sql", "SELECT 2;");
    write_file("m/squashed.sql", "SELECT 3;");
    write_file("m/2_notes.txt", "");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "m/0001_b.sql:1:1 looks like a revision, but diesel would pass over it: move it "
                                    "away, or say so with layout = diesel");
    layout = "diesel";
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1");
    layout = "native";
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(ids(), "0001_b squashed");
}
END_TEST

/* Names that no layout knows: in order of names each way back would run in front of its way up. */
START_TEST(a_linear_directory_holds_no_way_back_and_no_code)
{
    write_file("m/V0001.First.up.sql", "SELECT 1;");
    write_file("m/V0001.First.down.sql", "SELECT 2;");
    write_file("m/2-second-undo.SQL", "SELECT 3;");
    write_file("m/3_break_down.sql", "SELECT 4;");
    write_file("m/4_fill.py", "");
    write_file("m/seed.js", "");
    ck_assert(read_tree("m", NULL));
    const char *way_back =
        "its name says that it is a way back, but no layout here knows such names, and it would run on "
        "the way up: put it behind '-- migrated:down' in the file that it takes back, or say that it "
        "is none with layout = native";
    ck_assert_ptr_nonnull(strstr(fault_lines(), arena_printf(arena, "m/2-second-undo.SQL:1:1 %s\n", way_back)));
    ck_assert_ptr_nonnull(strstr(fault_lines(), arena_printf(arena, "m/V0001.First.down.sql:1:1 %s", way_back)));
    ck_assert_ptr_nonnull(strstr(fault_lines(), "m/4_fill.py:1:1 looks like a revision, but is no SQL: move it away, "
                                                "or say so with layout = native\n"));
    ck_assert_ptr_null(strstr(fault_lines(), "break_down"));
    ck_assert_ptr_null(strstr(fault_lines(), "seed"));
    layout = "native";
    ck_assert_int_eq(unlink(in_root("m/2-second-undo.SQL")), 0);
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
}
END_TEST

START_TEST(each_side_is_read_from_its_own_file)
{
    char *text;
    size_t length;
    write_file("m/1_a.up.sql", "SELECT 1;");
    write_file("m/1_a.down.sql", "SELECT 22;");
    write_file("m/2_b.down.sql", "SELECT 3;");
    ck_assert(read_tree("m", NULL));
    ck_assert(revision_text_read(&tree.revisions[0], DIRECTION_UPGRADE, &text, &length, &error));
    ck_assert_str_eq(text, "SELECT 1;");
    free(text);
    ck_assert(revision_text_read(&tree.revisions[0], DIRECTION_DOWNGRADE, &text, &length, &error));
    ck_assert_str_eq(text, "SELECT 22;");
    free(text);
    ck_assert(revision_text_read(&tree.revisions[1], DIRECTION_UPGRADE, &text, &length, &error));
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(length, 0);
    free(text);
    write_file("m/1_a.down.sql", "SELECT 33;");
    ck_assert(!revision_text_read(&tree.revisions[0], DIRECTION_DOWNGRADE, &text, &length, &error));
    ck_assert_str_eq(error.file, in_root("m/1_a.down.sql"));
    ck_assert(revision_text_read(&tree.revisions[0], DIRECTION_UPGRADE, &text, &length, &error));
    free(text);
}
END_TEST

START_TEST(sections_of_another_tool_are_read_again)
{
    char *text;
    size_t length;
    write_file("m/1_a.sql", "-- migrate:up\nSELECT 1;\n"); /* without a way back */
    write_file("m/2_b.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n");
    ck_assert(read_tree("m", NULL));
    for (size_t i = 0; i < 2; i++) {
        ck_assert(revision_text_read(&tree.revisions[i], DIRECTION_UPGRADE, &text, &length, &error));
        free(text);
    }
    ck_assert(revision_text_read(&tree.revisions[1], DIRECTION_DOWNGRADE, &text, &length, &error));
    free(text);
    write_file("m/2_b.sql", "-- migrate:up\n\nSELECT 1;\n-- migrate:down\nSELECT 2;\n");
    ck_assert(!revision_text_read(&tree.revisions[1], DIRECTION_DOWNGRADE, &text, &length, &error));
}
END_TEST

START_TEST(files_that_are_named_lie_within)
{
    make_directory("m/sql");
    write_file("secret", "SELECT 1;");
    write_file("m/sql/a.sql", "SELECT 1;");
    ck_assert_int_eq(symlink("a.sql", in_root("m/sql/inner")), 0);
    ck_assert_int_eq(symlink("../../secret", in_root("m/sql/outer")), 0);
    write_file("m/1.sql",
               arena_printf(arena, "\\i ../secret\n\\i %s\n\\i sql/outer\n\\i sql/inner\n\\i sql/b.sql\n\\i sql",
                            in_root("m/sql/a.sql")));
    ck_assert(read_tree("m", NULL));
    const char *lies = arena_printf(arena, "lies outside of %s: only files in there are read", in_root("m"));
    ck_assert_str_eq(fault_lines(),
                     arena_printf(arena,
                                  "m/1.sql:1:1 ../secret %s\n"
                                  "m/1.sql:2:1 %s is an absolute path: name it as seen from this file\n"
                                  "m/1.sql:3:1 sql/outer %s\n"
                                  "m/1.sql:5:1 sql/b.sql can't be read, as seen from %s: No such file or directory\n"
                                  "m/1.sql:6:1 sql is no file",
                                  lies, in_root("m/sql/a.sql"), lies, in_root("m/1.sql")));
    ck_assert_uint_eq(tree.included.count, 5); /* not the absolute one */
}
END_TEST

/* Whatever it is named by. */
START_TEST(no_file_of_a_revision_is_read_into_another)
{
    make_directory("m/sql");
    ck_assert_int_eq(symlink("../2.sql", in_root("m/sql/link")), 0);
    write_file("m/1.sql", "\\i 2.sql\n\\i sql/../2.sql\n\\i sql/link\n\\i sql/2.sql\n");
    write_file("m/2.sql", "SELECT 2;");
    write_file("m/sql/2.sql", "SELECT 1;");
    ck_assert(read_tree("m", NULL));
    static const char twice[] =
        "is itself a revision's file: it would run twice, move it into a folder or take this line out";
    ck_assert_str_eq(fault_lines(), arena_printf(arena,
                                                 "m/1.sql:1:1 2.sql %s\n"
                                                 "m/1.sql:2:1 sql/../2.sql %s\n"
                                                 "m/1.sql:3:1 sql/link %s",
                                                 twice, twice, twice));
}
END_TEST

START_TEST(a_file_that_is_named_is_part_of_the_revision)
{
    struct names folders, one = {(const char *[]){in_root("m")}, 1};
    char *text;
    size_t length;
    make_directory("m/sql");
    write_file("m/sql/a.sql", "SELECT 1;");
    write_file("m/1.sql", "\\i sql/a.sql\n");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_uint_eq(tree.folders.count, 1);
    ck_assert_str_eq(tree.folders.items[0], in_root("m/sql"));
    ck_assert(revision_folders_overlooked(arena, &one, layout, &tree.folders, &folders, &error));
    ck_assert_uint_eq(folders.count, 0);
    const char *before = arena_string(arena, fingerprint());
    const char *checksum = arena_string(arena, tree.revisions[0].checksum);
    ck_assert_str_eq(before, tree.fingerprint);
    ck_assert(revision_text_read(&tree.revisions[0], DIRECTION_UPGRADE, &text, &length, &error));
    ck_assert_str_eq(text, "SELECT 1;\n");
    free(text);

    write_file("m/sql/a.sql", "SELECT 23;");
    ck_assert_str_ne(fingerprint(), before);
    ck_assert(!revision_text_read(&tree.revisions[0], DIRECTION_UPGRADE, &text, &length, &error));
    ck_assert_str_eq(error.message, "the file was changed since it was read");
    ck_assert(read_tree("m", NULL));
    ck_assert_str_ne(tree.revisions[0].checksum, checksum);
}
END_TEST

Suite *revision_dir_suite(void)
{
    Suite *suite = suite_create("revision_dir");
    TCase *tcase = tcase_create("revision_dir");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_empty_directory);
    tcase_add_test(tcase, a_missing_directory);
    tcase_add_test(tcase, a_file_for_a_directory);
    tcase_add_test(tcase, what_is_passed_over);
    tcase_add_test(tcase, a_name_in_capitals_is_a_fault);
    tcase_add_test(tcase, folders_that_nobody_reads);
    tcase_add_test(tcase, files_that_are_named_lie_within);
    tcase_add_test(tcase, no_file_of_a_revision_is_read_into_another);
    tcase_add_test(tcase, a_file_that_is_named_is_part_of_the_revision);
    tcase_add_test(tcase, symbolic_links_are_followed);
    tcase_add_test(tcase, an_unreadable_file_is_a_fault);
    tcase_add_test(tcase, files_are_read_and_linked);
    tcase_add_test(tcase, names_are_sorted_bytewise);
    tcase_add_test(tcase, no_graph_of_faulty_files);
    tcase_add_test(tcase, directories_come_in_their_order);
    tcase_add_test(tcase, faults_of_files_and_graph_come_together);
    tcase_add_test(tcase, a_large_file_is_read_whole);
    tcase_add_test(tcase, many_files_come_in_the_order_of_their_names);
    tcase_add_test(tcase, many_files_make_a_graph);
    tcase_add_test(tcase, an_unreadable_one_of_many_is_the_only_fault);
    tcase_add_test(tcase, the_fingerprint_sees_changes);
    tcase_add_test(tcase, the_fingerprint_sees_a_plan);
    tcase_add_test(tcase, the_fingerprint_of_a_missing_directory);
    tcase_add_test(tcase, a_text_is_read_again);
    tcase_add_loop_test(tcase, a_changed_text_is_refused, 0, sizeof changes / sizeof *changes);
    tcase_add_test(tcase, pairs_are_read_and_linked);
    tcase_add_test(tcase, the_order_is_that_of_the_tool);
    tcase_add_test(tcase, what_is_no_file_is_a_fault_of_its_layout);
    tcase_add_test(tcase, folders_are_read_and_told);
    tcase_add_test(tcase, the_fingerprint_sees_into_folders);
    tcase_add_test(tcase, two_layouts_in_one_directory);
    tcase_add_test(tcase, what_a_recognised_layout_passes_over);
    tcase_add_test(tcase, a_linear_directory_holds_no_way_back_and_no_code);
    tcase_add_test(tcase, each_side_is_read_from_its_own_file);
    tcase_add_test(tcase, sections_of_another_tool_are_read_again);
    suite_add_tcase(suite, tcase);
    return suite;
}
