#include "base/arena.h"
#include "core/django_migration.h"
#include "core/django_settings.h"

#include <check.h>
#include <string.h>

Suite *django_migration_suite(void);

static struct arena *arena;
static struct faults faults;
static struct django_migration migration;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    arena_destroy(arena);
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

static const char *join(const struct django_keys *keys)
{
    const char *text = "";
    for (size_t i = 0; i < keys->count; i++)
        text = arena_printf(arena, "%s%s%s.%s", text, i > 0 ? " " : "", keys->items[i].app, keys->items[i].name);
    return text;
}

/* "dependencies / run_before / replaces", or the faults. */
static const char *read_text(const char *text)
{
    const struct django_settings *settings = django_settings_read(arena, NULL, 0, "people.Person", &faults);
    django_migration_read(arena, "shop/migrations/0002_b.py", "shop", "0002_b", text, strlen(text), settings,
                          &migration, &faults);
    if (faults.count > 0)
        return fault_lines();
    return arena_printf(arena, "%s / %s / %s", join(&migration.dependencies), join(&migration.run_before),
                        join(&migration.replaces));
}

#define CLASS "class Migration(migrations.Migration):\n"

static const struct {
    const char *text, *facts;
} spellings[] = {
    {CLASS "    dependencies = [('shop', '0001_a'), (\"auth\", \"0001_initial\",)]\n",
     "shop.0001_a auth.0001_initial /  / "},
    {CLASS "    pass\n", " /  / "},
    {CLASS "    dependencies = [\n        migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n    ]\n",
     "people.__first__ /  / "},
    {CLASS "    dependencies = [migrations.swappable_dependency('a.B')]\n", "a.__first__ /  / "},
    {"A = [('a', '1')]\n" CLASS "    dependencies = A + [('b', '2')]\n    dependencies += [('c', '3')]\n"
     "    dependencies.append(('d', '4'))\n",
     "a.1 b.2 c.3 d.4 /  / "},
    {"A = ('a', '1')\n" CLASS "    B = [A]\n    replaces = [*B, ('b', '2')]\n    run_before = (A,)\n",
     " / a.1 / a.1 b.2"},
    {"def f():\n    class Migration:\n        dependencies = [1]\n" CLASS
     "    def g(self):\n        dependencies = 1\n"
     "    dependencies = []\nx = 1\ndependencies = f()\n",
     " /  / "},
};

START_TEST(reads_every_spelling)
{
    ck_assert_str_eq(read_text(spellings[_i].text), spellings[_i].facts);
}
END_TEST

#define ONLY_PYTHON                                                                                                  \
    ", which only a run of Python tells: write its value there, or set expected to the output of `manage.py "        \
    "showmigrations --plan`"

static const struct {
    const char *text, *faults;
} unknown[] = {
    {CLASS "    replaces = [('a', '1')] + f()\n", "2:32 replaces is a function call" ONLY_PYTHON},
    {CLASS "    dependencies = [('a', '1'), f()]\n", "2:33 dependencies is a function call" ONLY_PYTHON},
    {CLASS "    dependencies = [('a', NAME)]\n",
     "2:27 dependencies is a name that holds no literal of this file" ONLY_PYTHON},
    {CLASS "    if X:\n        dependencies = []\n", "3:24 dependencies is assigned beneath a condition" ONLY_PYTHON},
    {CLASS "    dependencies = [migrations.swappable_dependency(other.MODEL)]\n",
     "2:21 dependencies is an attribute" ONLY_PYTHON},
    {"if X:\n    class Migration(migrations.Migration):\n        pass\n",
     "2:11 Migration is made beneath a condition" ONLY_PYTHON},
    {"from x import Migration\n", "1:15 Migration is imported" ONLY_PYTHON},
    {"class Migration(Base):\n    operations = []\n",
     "1:7 dependencies is perhaps set by another base than migrations.Migration" ONLY_PYTHON},
    {"x = 1\n",
     "1:1 no `class Migration` at module level: is this a migration? A module of helpers is named with _ in "
     "front"},
    {CLASS "    dependencies = [('a', '1', '2')]\n", "2:21 dependencies holds what is no (app, migration) pair of "
                                                     "texts: write one there, or set expected to the output "
                                                     "of `manage.py showmigrations --plan`"},
    {CLASS "    dependencies = [(\n", "3:1 this is not Python: a bracket that is not closed"},
};

START_TEST(tells_what_only_python_knows)
{
    ck_assert_str_eq(read_text(unknown[_i].text), unknown[_i].faults);
}
END_TEST

START_TEST(names_are_those_of_modules)
{
    ck_assert_str_eq(django_migration_name(arena, "0001_initial.py"), "0001_initial");
    ck_assert_ptr_null(django_migration_name(arena, "__init__.py"));
    ck_assert_ptr_null(django_migration_name(arena, "~0001.py"));
    ck_assert_ptr_null(django_migration_name(arena, "0001.old.py"));
    ck_assert_ptr_null(django_migration_name(arena, "0001.pyc"));
}
END_TEST

/* What settings hold: "apps" or faults. */
static const char *read_settings(const char *text)
{
    const struct django_part part = {"settings.py", text, strlen(text), 0, strlen(text)};
    size_t count;
    const struct django_settings *settings = django_settings_read(arena, &part, 1, NULL, &faults);
    const struct django_app_name *apps = django_settings_apps(arena, settings, &count, &faults);
    const char *names = "";
    for (size_t i = 0; i < count; i++)
        names = arena_printf(arena, "%s%s%s%s", names, i > 0 ? " " : "", apps[i].name, apps[i].unsure ? "?" : "");
    return faults.count > 0 ? fault_lines() : names;
}

#define NAME_THEM ", which only a run of Python tells: name the installed apps with the option apps"

static const struct {
    const char *text, *apps;
} settings_texts[] = {
    {"INSTALLED_APPS = ['a'] + [x for x in B]\n", "1:27 an item of INSTALLED_APPS is computed" NAME_THEM},
    {"A = ['a']\nINSTALLED_APPS = A + ['b']\nINSTALLED_APPS += ['c']\nif X:\n    INSTALLED_APPS.append('d')\n",
     "a b c d?"},
    {"S = ('a', 'b')\nT = ['b', 'c', \"b\"]\nINSTALLED_APPS = list(S) + [\n    app for app in T if app not in S\n]\n",
     "a b c"},
    {"S = ('a', 'b')\nINSTALLED_APPS = [*tuple(S), *[x for x in S], *list(('c', 'd'))]\n", "a b a b c d"},
    {"S = ['a']\nINSTALLED_APPS = [y for x in S]\n", "2:19 an item of INSTALLED_APPS is computed" NAME_THEM},
    {"S = ['a']\nINSTALLED_APPS = [x for x in S if x in S]\n",
     "2:19 an item of INSTALLED_APPS is computed" NAME_THEM},
    {"S = ['a']\nINSTALLED_APPS = [x for x in S if x not in S if y]\n",
     "2:19 an item of INSTALLED_APPS is computed" NAME_THEM},
    {"S = ['a']\nif X:\n    S.append('b')\nT = ['c']\nINSTALLED_APPS = [x for x in T if x not in S]\n",
     "5:19 an item of INSTALLED_APPS is computed" NAME_THEM},
    {"INSTALLED_APPS = list('ab')\n", "1:18 INSTALLED_APPS is a function call" NAME_THEM},
    {"INSTALLED_APPS = list('ab',)\n", "1:18 INSTALLED_APPS is a function call" NAME_THEM},
    {"S = ['a']\nINSTALLED_APPS = list(S).copy()\n", "2:18 INSTALLED_APPS is an attribute" NAME_THEM},
    {"INSTALLED_APPS = ['a', env('B')]\n", "1:24 an item of INSTALLED_APPS is a function call" NAME_THEM},
    {"INSTALLED_APPS = f()\n", "1:18 INSTALLED_APPS is a function call" NAME_THEM},
    {"INSTALLED_APPS = ['a']\nfrom local import *\n",
     "2:19 INSTALLED_APPS is perhaps imported with the others of a module" NAME_THEM},
    {"INSTALLED_APPS = []\n", "1:18 INSTALLED_APPS is empty, or set elsewhere" NAME_THEM},
    {"X = 1\n", "1:1 INSTALLED_APPS is not set by a literal" NAME_THEM},
};

START_TEST(reads_installed_apps)
{
    ck_assert_str_eq(read_settings(settings_texts[_i].text), settings_texts[_i].apps);
}
END_TEST

Suite *django_migration_suite(void)
{
    Suite *suite = suite_create("django_migration");
    TCase *tests = tcase_create("django_migration");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, reads_every_spelling, 0, sizeof spellings / sizeof *spellings);
    tcase_add_loop_test(tests, tells_what_only_python_knows, 0, sizeof unknown / sizeof *unknown);
    tcase_add_test(tests, names_are_those_of_modules);
    tcase_add_loop_test(tests, reads_installed_apps, 0, sizeof settings_texts / sizeof *settings_texts);
    suite_add_tcase(suite, tests);
    return suite;
}
