#include "base/arena.h"
#include "files/alembic_dir.h"
#include "support/folder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *alembic_dir_suite(void);

static struct arena *arena;
static struct folder *folder;
static struct revision_tree tree;
static struct error error;

static void setup(void)
{
    arena = arena_create();
    folder = folder_create();
}

static void teardown(void)
{
    folder_destroy(folder);
    arena_destroy(arena);
}

static void write_file(const char *name, const char *text)
{
    folder_write(folder, name, text);
}

/* A revision below `parent` ("None" or a quoted id). */
static void revision(const char *name, const char *id, const char *parent)
{
    write_file(name, arena_printf(arena, "revision = '%s'\ndown_revision = %s\n", id, parent));
}

static const char *in_folder(const char *name)
{
    return *name == '\0' ? folder_path(folder) : arena_printf(arena, "%s/%s", folder_path(folder), name);
}

static bool read_path(const char *name)
{
    const char *path = in_folder(name);
    tree = (struct revision_tree){0};
    return alembic_tree_read(arena, &(struct names){&path, 1}, &tree, &error);
}

static const char *ids(void)
{
    const char *text = "";
    for (size_t i = 0; i < tree.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", tree.revisions[i].id);
    return text;
}

/* "name:line:column message" a line, names without the folder. */
static const char *fault_lines(void)
{
    const char *text = "";
    for (size_t i = 0; i < tree.faults.count; i++) {
        const struct fault *fault = &tree.faults.items[i];
        const char *root = folder_path(folder), *file = fault->file;
        if (strncmp(file, root, strlen(root)) == 0)
            file += strlen(root) + 1;
        text = arena_printf(arena, "%s%s%s:%u:%u %s", text, i > 0 ? "\n" : "", file, fault->line, fault->column,
                            fault->message);
    }
    return text;
}

static const char *fingerprint_of(const char *name)
{
    char *fingerprint = arena_alloc(arena, DIGEST_HEX_SIZE);
    const char *path = in_folder(name);
    ck_assert_msg(alembic_tree_fingerprint(&(struct names){&path, 1}, fingerprint, &error), "%s", error.message);
    return fingerprint;
}

START_TEST(a_directory_of_revisions)
{
    revision("versions/b.py", "2", "'1'");
    revision("versions/a.py", "1", "None");
    revision("versions/.hidden.py", "0", "None");
    write_file("versions/__init__.py", "");
    write_file("versions/README", "");
    write_file("versions/c.pyc", "\x7F");
    write_file("versions/.#a.py", "x");
    write_file("versions/a.sql", "x");
    revision("versions/__pycache__/d.py", "3", "None");
    revision("versions/sub/e.py", "4", "None");
    ck_assert(read_path("versions"));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "0 1 2");
    ck_assert_ptr_nonnull(tree.graph);
    ck_assert_uint_eq(graph_real_heads(tree.graph).count, 2);
    ck_assert_str_eq(tree.revisions[1].path, in_folder("versions/a.py"));
    ck_assert_str_eq(fingerprint_of("versions"), tree.fingerprint);
}
END_TEST

/* What stands for the project's one file: alembic.ini, its directory, the script_location. */
static const char *const projects[] = {"app/alembic.ini", "app", "app/migrations"};

START_TEST(a_project)
{
    write_file("app/alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n[x]\ny = %(z)s\n");
    write_file("app/migrations/env.py", "");
    revision("app/migrations/versions/a.py", "1", "None");
    ck_assert_msg(read_path(projects[_i]), "%s", error.message);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1");
}
END_TEST

/* Where alembic.ini says script_location = ..., and the folder m/versions is beside it. */
static const char *const locations[] = {"m", "./m/", "%(here)s/m", "m:", "%(here)s/../{}/m", "src.pkg:m"};

START_TEST(script_locations)
{
    const char *location = locations[_i], *braces = strstr(location, "{}"), *base = strrchr(folder_path(folder), '/');
    if (braces != NULL)
        location =
            arena_printf(arena, "%.*s%s%s", (int)(braces - location), location, base + 1, braces + strlen("{}"));
    write_file("alembic.ini",
               arena_printf(arena, "[alembic]\nscript_location = %s\nprepend_sys_path = lib\n", location));
    revision(strstr(location, "pkg") == NULL ? "m/versions/a.py" : "lib/src/pkg/m/versions/a.py", "1", "None");
    ck_assert_msg(read_path("alembic.ini"), "%s", error.message);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1");
}
END_TEST

START_TEST(the_working_directory_comes_first)
{
    char *before = get_current_dir_name();
    revision("work/m/versions/a.py", "1", "None");
    revision("conf/m/versions/b.py", "2", "None");
    write_file("conf/alembic.ini", "[alembic]\nscript_location = m\n");
    ck_assert_int_eq(chdir(in_folder("work")), 0);
    bool read = read_path("conf");
    ck_assert_int_eq(chdir(before), 0);
    free(before);
    ck_assert(read);
    ck_assert_str_eq(ids(), "1");
}
END_TEST

START_TEST(several_version_locations)
{
    write_file("m/env.py", "");
    revision("m/versions/a.py", "1", "None");
    revision("z/c.py", "3", "'1'");
    revision("b/b.py", "2", "'3'");
    write_file("alembic.ini", "[alembic]\nscript_location = %(here)s/m\nversion_path_separator = os\n"
                              "version_locations = %(here)s/z:%(here)s/m/versions:%(here)s/none:%(here)s/z/.:b\n");
    ck_assert_msg(read_path(""), "%s", error.message);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "3 1 2");
}
END_TEST

START_TEST(recursive_version_locations)
{
    static const char begin[] = "[alembic]\nscript_location = %(here)s/m\n";
    revision("m/versions/x.py", "1", "None");
    revision("m/versions/2025/01/b.py", "3", "'2'");
    revision("m/versions/2025/a.py", "2", "'1'");
    revision("m/versions/2024/z.py", "4", "'3'");
    revision("m/versions/2024/__pycache__/a.py", "5", "None");
    revision("m/versions/..data/a.py", "6", "None");
    for (const char *name = "hcfagdbe"; *name != '\0'; name++)
        revision(arena_printf(arena, "m/versions/2025/02/%c/%c.py", *name, *name), arena_printf(arena, "%c", *name),
                 "None");
    write_file("alembic.ini", arena_printf(arena, "%srecursive_version_locations = true\n", begin));
    ck_assert_msg(read_path(""), "%s", error.message);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(ids(), "1 4 2 3 a b c d e f g h");
    write_file("alembic.ini", begin);
    ck_assert(read_path(""));
    ck_assert_str_eq(ids(), "1");
}
END_TEST

START_TEST(compiled_files)
{
    static const char begin[] = "[alembic]\nscript_location = %(here)s/m\n";
    revision("m/versions/a.py", "1", "None");
    write_file("m/versions/a.pyc", "");
    write_file("m/versions/b.pyc", "");
    write_file("m/versions/__pycache__/a.cpython-311.pyc", "");
    write_file("m/versions/__pycache__/c.cpython-311.pyc", "");
    write_file("m/versions/__pycache__/__init__.cpython-311.pyc", "");
    write_file("alembic.ini", begin);
    ck_assert(read_path(""));
    ck_assert_str_eq(fault_lines(), "");
    write_file("alembic.ini", arena_printf(arena, "%ssourceless = true\n", begin));
    ck_assert(read_path(""));
    ck_assert_str_eq(fault_lines(), "m/versions/__pycache__/c.cpython-311.pyc:1:1 compiled Python can't be read: put "
                                    "the source beside it\n"
                                    "m/versions/b.pyc:1:1 compiled Python can't be read: put the source beside it");
    ck_assert_ptr_null(tree.graph);
}
END_TEST

START_TEST(faulty_files)
{
    revision("m/versions/a.py", "1", "None");
    revision("m/versions/b.py", "2", "f()");
    revision("m/versions/c.py", "3", "'4'");
    write_file("alembic.ini", "[alembic]\nscript_location = %(here)s/m\n");
    ck_assert(read_path(""));
    ck_assert_str_eq(fault_lines(),
                     "m/versions/b.py:2:17 down_revision is a function call, which only a run of Python tells: write "
                     "its value there, in quotes\n"
                     "m/versions/c.py:2:17 down_revision '4' of revision 3 is not present; did you mean '1'?");
    ck_assert_ptr_null(tree.graph);

    write_file("m/versions/d.py", "revision = f()\ndown_revision = '1'\n"); /* which may be the missing one */
    ck_assert(read_path(""));
    ck_assert_uint_eq(tree.faults.count, 2);
    ck_assert_str_eq(tree.faults.items[1].file, in_folder("m/versions/d.py"));
}
END_TEST

static const struct {
    const char *text, *fault;
} unusable[] = {
    {"[alembic]\nscript_location = nowhere/at/all\n",
     "alembic.ini:2:19 there is no directory nowhere/at/all in the working directory, nor beside this file: %(here)s "
     "stands for this file's directory"},
    {"[alembic]\nscript_location = no.package:m\n",
     "alembic.ini:2:19 the package no.package:m was not found in the working directory, nor beside this file: name "
     "the directory of the revision files in migrations"},
    {"[alembic]\nscript_location = %(here)s\nversion_locations = x y\n",
     "alembic.ini:3:21 there is no directory x in the working directory, nor beside this file: %(here)s stands for "
     "this file's directory"},
    {"[alembic]\n", "alembic.ini:1:1 no script_location in section [alembic]"},
};

START_TEST(an_alembic_ini_that_leads_nowhere)
{
    char fingerprint[DIGEST_HEX_SIZE];
    const char *path = in_folder("");
    write_file("alembic.ini", unusable[_i].text);
    ck_assert(read_path(""));
    ck_assert_str_eq(fault_lines(), unusable[_i].fault);
    ck_assert_ptr_null(tree.graph);
    ck_assert(!alembic_tree_fingerprint(&(struct names){&path, 1}, fingerprint, &error));
    ck_assert_int_eq(error.code, ERROR_FILES);
    ck_assert_ptr_nonnull(strstr(unusable[_i].fault, error.message));
}
END_TEST

START_TEST(a_path_that_leads_nowhere)
{
    ck_assert(!read_path("nothing"));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(error.message,
                     arena_printf(arena, "the migrations path '%s' can't be read: No such file or directory",
                                  in_folder("nothing")));
}
END_TEST

START_TEST(fingerprints)
{
    revision("m/versions/a.py", "1", "None");
    revision("n/versions/a.py", "1", "None");
    write_file("alembic.ini", "[alembic]\nscript_location = %(here)s/m\n");
    const char *first = fingerprint_of("");
    write_file("m/versions/README", "x");
    ck_assert_str_eq(fingerprint_of(""), first);
    revision("m/versions/b.py", "2", "'1'");
    const char *second = fingerprint_of("");
    ck_assert_str_ne(second, first);
    write_file("alembic.ini", "[alembic]\nscript_location = %(here)s/n\n");
    ck_assert_str_ne(fingerprint_of(""), second);
}
END_TEST

Suite *alembic_dir_suite(void)
{
    Suite *suite = suite_create("alembic_dir");
    TCase *tcase = tcase_create("alembic_dir");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_directory_of_revisions);
    tcase_add_loop_test(tcase, a_project, 0, sizeof projects / sizeof *projects);
    tcase_add_loop_test(tcase, script_locations, 0, sizeof locations / sizeof *locations);
    tcase_add_test(tcase, the_working_directory_comes_first);
    tcase_add_test(tcase, several_version_locations);
    tcase_add_test(tcase, recursive_version_locations);
    tcase_add_test(tcase, compiled_files);
    tcase_add_test(tcase, faulty_files);
    tcase_add_loop_test(tcase, an_alembic_ini_that_leads_nowhere, 0, sizeof unusable / sizeof *unusable);
    tcase_add_test(tcase, a_path_that_leads_nowhere);
    tcase_add_test(tcase, fingerprints);
    suite_add_tcase(suite, tcase);
    return suite;
}
