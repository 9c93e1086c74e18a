#include "base/arena.h"
#include "core/alembic_ini.h"

#include <check.h>
#include <string.h>

Suite *alembic_ini_suite(void);

static struct arena *arena;
static struct faults faults;
static struct alembic_ini ini;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    arena_destroy(arena);
}

static bool read_text(const char *text)
{
    return alembic_ini_read(arena, "alembic.ini", "/srv/app", text, strlen(text), &ini, &faults);
}

static const char *fault_lines(void)
{
    const char *lines = "";
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        lines = arena_printf(arena, "%s%s%u:%u %s", lines, i > 0 ? "\n" : "", faults.items[i].line,
                             faults.items[i].column, faults.items[i].message);
    return lines;
}

#define A "[alembic]\n"
#define S "script_location = s\n"

/* "script | version locations | sys.path flags" */
static const struct {
    const char *text, *settings;
} good[] = {
    {A S, "s |  | "},
    {A "script_location=%(here)s/s", "/srv/app/s |  | "},
    {A "Script_Location : s", "s |  | "},
    {"\xEF\xBB\xBF" A "script_location = app.db:migrations\r\n", "app.db:migrations |  | "},
    {"# c\n;c\n\n[loggers]\nkeys = root,\n    [alembic]\n    x\nscript_location = wrong\n" A "  # c\n" S, "s |  | "},
    {A S "[other]\nscript_location = t\nnothing of ours", "s |  | "},
    {"[DEFAULT]\nscript_location = s\nx = y\n" A, "s |  | "},
    {"[DEFAULT]\nscript_location = t\n" A S, "s |  | "},
    {A "script_location = %(dir)s%%x\nDir = %(here)s/%(sub)s\n[DEFAULT]\nsub = s", "/srv/app/s%x |  | "},
    {A S "other = %(nothing)s %", "s |  | "},
    {A "script_location =\n    s\n", "s |  | "},
    {A S "version_locations = a b, c,d", "s | a, b, c, d | "},
    {A S "version_locations = a b:c\npath_separator = os", "s | a b, c | "},
    {A S "version_locations = a b;c\nversion_path_separator = ;", "s | a b, c | "},
    {A S "version_locations = a b:c\nversion_path_separator = space\npath_separator = :", "s | a b, c | "},
    {A S "version_locations =\n  a\n  # c\n\n  %(here)s/b\npath_separator = newline", "s | a, /srv/app/b | "},
    {A S "version_locations = \nprepend_sys_path = .:src lib", "s |  | ., src, lib"},
    {A S "prepend_sys_path = a b:c\npath_separator = os", "s |  | a b, c"},
    {A S "version_path_separator = os  # Use os.pathsep.", "s |  | "}, /* as `alembic init` of 1.8 writes it */
    {A S "recursive_version_locations = true", "s |  |  recursive"},
    {A S "recursive_version_locations = yes\nsourceless = true", "s |  |  sourceless"},
};

START_TEST(settings)
{
    ck_assert(read_text(good[_i].text));
    const char *read =
        arena_printf(arena, "%s | %s | %s%s%s", ini.script_location, names_join(arena, &ini.version_locations, 9),
                     names_join(arena, &ini.prepend_sys_path, 9), ini.recursive ? " recursive" : "",
                     ini.sourceless ? " sourceless" : "");
    ck_assert_str_eq(read, good[_i].settings);
}
END_TEST

static const struct {
    const char *text, *faults;
} faulty[] = {
    {"", "1:1 no section [alembic]: is this Alembic's configuration?"},
    {"[alembic2]\n" S, "1:1 no section [alembic]: is this Alembic's configuration?"},
    {A, "1:1 no script_location in section [alembic]"},
    {A S "what is this", "3:1 neither a section nor KEY = VALUE"},
    {A S S, "3:1 script_location is there already, in line 2"},
    {A "script_location = %(nowhere)s/s", "2:19 script_location: there is no %(nowhere)s"},
    {A "script_location = 5%", "2:19 script_location: a % that is not doubled and begins no %(name)s"},
    {A "script_location = %(a)s\na = %(b)s\nb = %(a)s", "2:19 script_location: its %(name)s lead into one another"},
    {A "script_location = %(a\n b)s", "2:19 script_location: there is no %(a?b)s"},
    {A "script_location = \xE9", "2:19 byte 0xe9 is no text: save the file as UTF-8"},
    {A S "version_locations = a\npath_separator = comma",
     "4:18 'comma' is no path_separator: it is space, newline, os, : or ;"},
};

START_TEST(faults_of_a_file)
{
    ck_assert(!read_text(faulty[_i].text));
    ck_assert_str_eq(fault_lines(), faulty[_i].faults);
}
END_TEST

START_TEST(places)
{
    ck_assert(read_text(A "\n" S "version_locations=v"));
    ck_assert(ini.script_place.line == 3 && ini.script_place.column == 19);
    ck_assert(ini.versions_place.line == 4 && ini.versions_place.column == 19);
}
END_TEST

Suite *alembic_ini_suite(void)
{
    Suite *suite = suite_create("alembic_ini");
    TCase *tcase = tcase_create("alembic_ini");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, settings, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tcase, faults_of_a_file, 0, sizeof faulty / sizeof *faulty);
    tcase_add_test(tcase, places);
    suite_add_tcase(suite, tcase);
    return suite;
}
