#include "base/arena.h"
#include "core/alembic_file.h"

#include <check.h>
#include <string.h>

Suite *alembic_file_suite(void);

static struct arena *arena;
static struct faults faults;
static struct revision revision;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    arena_destroy(arena);
}

static void read_bytes(const char *path, const char *text, size_t length)
{
    alembic_file_read(arena, path, text, length, &revision, &faults);
}

static void read_text(const char *text)
{
    read_bytes("versions/ae1027a6acf_things.py", text, strlen(text));
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

/* "id <- parents (dependencies) [labels]" */
static const char *facts(void)
{
    const char *labels = revision.labels_unknown ? "?" : names_join(arena, &revision.labels, 9);
    return arena_printf(arena, "%s <- %s (%s) [%s]", revision.id, names_join(arena, &revision.down_revisions, 9),
                        names_join(arena, &revision.depends_on, 9), labels);
}

START_TEST(a_generated_file)
{
    read_text("\"\"\"Add an account table\n"
              "\n"
              "Revision ID: not this one\n"
              "Revises: nor this\n"
              "Create Date: 2026-01-06 12:34:56.789\n"
              "\n"
              "\"\"\"\n"
              "from typing import Sequence, Union\n"
              "\n"
              "from alembic import op\n"
              "import sqlalchemy as sa\n"
              "\n"
              "# revision identifiers, used by Alembic.\n"
              "revision: str = '1975ea83b712'\n"
              "down_revision: Union[str, None] = \"ae1027a6acf\"\n"
              "branch_labels: Union[str, Sequence[str], None] = ('accounts', 'people')\n"
              "depends_on: str | tuple[str, ...] | None = None\n"
              "\n"
              "\n"
              "def upgrade() -> None:\n"
              "    revision = 'x'\n"
              "    op.create_table('account', sa.Column('id', sa.Integer))\n"
              "\n"
              "\n"
              "def downgrade() -> None:\n"
              "    op.drop_table('account')\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(facts(), "1975ea83b712 <- ae1027a6acf () [accounts, people]");
    ck_assert_str_eq(revision.message, "Add an account table");
    ck_assert_str_eq(revision.create_date, "2026-01-06 12:34:56.789");
    ck_assert_str_eq(revision.path, "versions/ae1027a6acf_things.py");
    ck_assert(revision.id_place.line == 14 && revision.id_place.column == 17);
    ck_assert(revision.down_revision_place.line == 15 && revision.down_revision_place.column == 35);
    ck_assert(revision.has_down_revision && revision.up.present && revision.up.transactional);
    ck_assert_uint_eq(strlen(revision.checksum), DIGEST_HEX_SIZE - 1);
}
END_TEST

/* ---- spellings of values: what down_revision holds, where revision is "r" ---- */

static const struct {
    const char *text, *parents;
} values[] = {
    {"None", ""},
    {"''", ""},
    {"()", ""},
    {"[]", ""},
    {"(None,)", ""},
    {"'a'", "a"},
    {"\"a\"", "a"},
    {"'''a'''", "a"},
    {"\"\"\"a\"\"\"", "a"},
    {"u'a'", "a"},
    {"R'a'", "a"},
    {"f'a'", "a"},
    {"Rf'a'", "a"},
    {"('a')", "a"},
    {"(('a'))", "a"},
    {"(\n    'a'\n)", "a"},
    {"('a',)", "a"},
    {"'a',", "a"},
    {"'a', 'b'", "a, b"},
    {"('a', 'b')", "a, b"},
    {"['a', 'b',]", "a, b"},
    {"{'a', 'b'}", "a, b"},
    {"('a',  # the one\n    # and\n    'b',\n)", "a, b"},
    {"('a', ('b'))", "a, b"},
    {"'a' 'b'", "ab"},
    {"'a' \\\n    \"b\"", "ab"},
    {"(\n'a' # x\n\n'b'\n)", "ab"},
    {"r'a' u'b', 'c'", "ab, c"},
    {"('a', 'a', 'b')", "a, b"},
    {"\\\n    'a'", "a"},
    {"'a\\\nb'", "ab"},
    {"'\\x61\\142\\u0063\\U00000064'", "abcd"},
    {"'\\u00e9'", "\xC3\xA9"},
    {"'\\q'", "\\q"},
    {"r'\\q'", "\\q"},
    {"'a\"b'", "a\"b"},
    {"'\\''", "'"},
    {"'a'  # behind it", "a"},
    {"'a'; x = 1", "a"},
    {"'a';", "a"},
    {"x = 'a'", "a"},
    {"'a'\nDOWN = 'b'", "a"},
    {"'b'\ndown_revision = 'a'", "a"},
    {"f()\ndown_revision = 'a'", "a"},
    {"'a'\ndef down_revision_of(): pass", "a"},
    {"'a'\nprint(down_revision)\nop.get(down_revision='b')", "a"},
    {"'a'\nassert down_revision == 'b', 'c'", "a"},
    {"'a'\ndown_revision: str", "a"},
    {"'a'\nif down_revision == 'b':\n    x = 1", "a"},
    {"'a'\nx = {'down_revision': 'b', **y}", "a"},
    {"'a'\nx.down_revision = 'b'", "a"},
    {"'a'\nclass C:\n    down_revision = 'b'\n\n# c\n    revision = 'c'", "a"},
    {"'a'\nasync def f(x={'a': 1}):\n\n    down_revision = 'b'", "a"},
    {"'a'\ndef f(): down_revision = 'b'; revision = 'c'", "a"},
    {"'a'\ndef f():\n\tif x:\n\t\tdown_revision = '''\nb'''\n\trevision = 'c'", "a"},
    {"'a'\n@decorator(lambda: 1)\ndef f():\n  (down_revision := 'b')", "a"},
    {"'a'\nx = '''\ndown_revision = 'b'\n'''", "a"},
    {"'a'\nx = f'''\n{y:{z}}\ndown_revision = 'b'\n{{'''", "a"},
    {"'a'\nx = f\"{y[\"down\"]} {f'{z!r:>{10}}'}\"\n", "a"},
    {"'a'\nx = f'\\N{DASH}{y:%H:%M}'", "a"},
    {"'a'\nx = [\ndown_revision == 'b',\n]", "a"},
    {"'a'\nx = f'{y:\"}' + 'z'", "a"},
    {"'a'\nx = rb'\\'' b\"\" br'''\ndown_revision = 'b' '''", "a"},
    {"'a'\nprint 'it', `x`, 0777L, ur'x' <> 1", "a"},
    {"'a'\nfrom sqlalchemy import *", "a"},
    {"'a'\nfrom alembic.op import (a, b as c)\nimport d.e as f", "a"},
    {"'a'\nx = lambda down_revision='b': 1", "a"},
    {"'a'\ntry:\n    import x\nexcept E as e:\n    x = None", "a"},
};

START_TEST(spellings_of_a_value)
{
    read_text(arena_printf(arena, "revision = 'r'\ndown_revision = %s", values[_i].text));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(facts(), arena_printf(arena, "r <- %s () []", values[_i].parents));
}
END_TEST

/* ---- spellings of a module ---- */

static const struct {
    const char *text, *facts;
} modules[] = {
    {"revision = down_revision = 'a'", "a <- a () []"},
    {"revision, down_revision = 'r', None", "r <-  () []"},
    {"(revision, down_revision) = ['r', 'p']", "r <- p () []"},
    {"P = 'p'\nrevision = 'r'\ndown_revision = P", "r <- p () []"},
    {"P = Q = 'p'\nP = 'q'\nrevision = 'r'\ndown_revision = (P, Q)", "r <- q, p () []"},
    {"LABELS = ('x', 'y')\nrevision = 'r'; down_revision = None; branch_labels = LABELS", "r <-  () [x, y]"},
    {"down_revision = None\nrevision = 'r'\nbranch_labels = None\ndepends_on = ('d', 'e')", "r <-  (d, e) []"},
    {"down_revision = None\nrevision = 'r'\nbranch_labels = 'None'\ndepends_on = ''", "r <-  () [None]"},
    {"from x import LABEL\nrevision = 'r'\ndown_revision = None\nbranch_labels = (LABEL,)", "r <-  () [?]"},
    {"revision = 'r'\ndown_revision = None\nbranch_labels = cli.EXPAND", "r <-  () [?]"},
    {"revision = 'r'\r\n\r\ndown_revision = 'p'\r\ndef f():\r\n\tdown_revision = 1\r\n", "r <- p () []"},
    {"revision = 'r'\rdown_revision = 'p'\rdef f():\r\tdown_revision = 1\r", "r <- p () []"},
    {"\xEF\xBB\xBFrevision = 'r'\ndown_revision = None", "r <-  () []"},
    {"#!/usr/bin/env python\n# -*- coding: latin-1 -*-\nx = '\xE9'\nrevision = 'r'\ndown_revision = None",
     "r <-  () []"},
    {"\f\n  # indented\n\nrevision = 'r'\n\f\ndown_revision = None\n\\\n\n", "r <-  () []"},
    {"from helpers import *\nrevision = 'r'\ndown_revision = None\ndepends_on = None\nbranch_labels = None",
     "r <-  () []"},
    {"if True:\n    revision = 'x'\nrevision = 'r'\ndown_revision = None", "r <-  () []"},
    {"down_revision = None", "ae1027a6acf <-  () []"},
};

START_TEST(spellings_of_a_module)
{
    bool legacy = strncmp(modules[_i].facts, "ae1027a6acf", 11) == 0;
    read_bytes(legacy ? "ae1027a6acf.py" : "x.py", modules[_i].text, strlen(modules[_i].text));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(facts(), modules[_i].facts);
}
END_TEST

/* ---- messages ---- */

static const struct {
    const char *text, *message;
} docstrings[] = {
    {"'one'", "one"},
    {"\"\"\"\n\n  one  \ntwo\n\"\"\"", "one"},
    {"# c\n\nr'''a\\b'''", "a\\b"},
    {"'one ' \"two\"", "one two"},
    {"u'caf\\xe9'", "caf\xC3\xA9"},
    {"\"\"\"a\\N{DASH}b\"\"\"", "a\\N{DASH}b"},
    {"'one'; x = 1", "one"},
    {"b'one'", ""},
    {"f'one {x}'", ""},
    {"'one'.upper()", ""},
    {"'one', 'two'", ""},
    {"import x\n'one'", ""},
    {"", ""},
    {"# coding: cp1252\n'caf\xE9'", "caf?"},
    {"# coding: Latin-1\n'caf\xE9'", "caf\xC3\xA9"},
};

START_TEST(messages)
{
    read_text(arena_printf(arena, "%s\nrevision = 'r'\ndown_revision = None\n", docstrings[_i].text));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(revision.message, docstrings[_i].message);
    ck_assert_ptr_null(revision.create_date);
}
END_TEST

/* ---- faults ---- */

#define ONLY_A_RUN ", which only a run of Python tells: write its value there, in quotes"
#define R          "revision = 'r'\n"

static const struct {
    const char *text, *faults;
} faulty[] = {
    {R "down_revision = f()", "2:17 down_revision is a function call" ONLY_A_RUN},
    {R "down_revision = f'{a}'", "2:17 down_revision is an f-string" ONLY_A_RUN},
    {R "down_revision = b'a'", "2:17 down_revision is bytes" ONLY_A_RUN},
    {R "down_revision = a.b", "2:17 down_revision is an attribute" ONLY_A_RUN},
    {R "down_revision = a['b']", "2:17 down_revision is an item" ONLY_A_RUN},
    {R "down_revision = ['a'][0]", "2:17 down_revision is an item" ONLY_A_RUN},
    {R "down_revision = 'a' + 'b'", "2:17 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = 'a' if b else 'c'", "2:17 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = '%s' % a", "2:17 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = not 'a'", "2:17 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = lambda: 'a'", "2:17 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = ('a', *b)", "2:24 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = [x for x in 'a']", "2:18 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = {'a': 'b'}", "2:18 down_revision is computed" ONLY_A_RUN},
    {R "down_revision = {}", "2:17 down_revision is a dict" ONLY_A_RUN},
    {R "down_revision = PARENT", "2:17 down_revision is a name that holds no literal of this file" ONLY_A_RUN},
    {R "from x import PARENT\ndown_revision = PARENT", "3:17 down_revision is imported" ONLY_A_RUN},
    {R "down_revision = 'a'\nfrom x import down_revision", "3:15 down_revision is imported" ONLY_A_RUN},
    {R "down_revision = 'a'\nfrom x import (b, c as down_revision)", "3:24 down_revision is imported" ONLY_A_RUN},
    {R "down_revision = 'a'\nimport x.y as down_revision, z", "3:15 down_revision is imported" ONLY_A_RUN},
    {R "down_revision = 'a'\nif x:\n    down_revision = 'b'",
     "4:21 down_revision is assigned beneath a condition" ONLY_A_RUN},
    {R "if x: down_revision = 'b'", "2:23 down_revision is assigned beneath a condition" ONLY_A_RUN},
    {R "if x: pass; down_revision = 'b'", "2:29 down_revision is assigned beneath a condition" ONLY_A_RUN},
    {R "try:\n\tdown_revision = 'b'\nexcept E: pass",
     "3:18 down_revision is assigned beneath a condition" ONLY_A_RUN},
    {R "for down_revision in x: pass", "2:5 down_revision is bound by a statement" ONLY_A_RUN},
    {R "with x as down_revision: pass", "2:11 down_revision is bound by a statement" ONLY_A_RUN},
    {R "down_revision = 'a'\ndel down_revision", "3:5 down_revision is deleted" ONLY_A_RUN},
    {R "down_revision = 'a',\ndown_revision += ('b',)", "3:1 down_revision is changed in place" ONLY_A_RUN},
    {R "down_revision = ['a']\ndown_revision.append('b')", "3:1 down_revision is changed in place" ONLY_A_RUN},
    {R "down_revision = ['a']\ndown_revision[0] = 'b'", "3:1 down_revision is changed in place" ONLY_A_RUN},
    {R "down_revision = ['a']\nx, *down_revision = 'b', 'c'", "3:5 down_revision is changed in place" ONLY_A_RUN},
    {R "x, down_revision = f()", "2:4 down_revision is a part of what is not known" ONLY_A_RUN},
    {R "x = (down_revision := 'a')", "2:6 down_revision is assigned within an expression" ONLY_A_RUN},
    {R "class down_revision: pass", "2:7 down_revision is a function or a class" ONLY_A_RUN},
    {R "down_revision = 'a'\ndef f():\n    global x, down_revision\n    down_revision = 'b'",
     "4:15 down_revision is declared global in a function" ONLY_A_RUN},
    {R "down_revision = None\nfrom helpers import *",
     "3:21 down_revision is perhaps imported with the others of a module" ONLY_A_RUN "\n"
     "3:21 revision is perhaps imported with the others of a module" ONLY_A_RUN},
    {R "down_revision = None\ndepends_on = g()", "3:14 depends_on is a function call" ONLY_A_RUN},
    {R "down_revision = 12", "2:17 down_revision is no text: write its value in quotes"},
    {R "down_revision = True", "2:17 down_revision is no text: write its value in quotes"},
    {R "down_revision = ('a', None)", "2:23 down_revision is no text: write its value in quotes"},
    {R "down_revision = 'a', 12", "2:22 down_revision is a list with what is no text in it" ONLY_A_RUN},
    {R "down_revision = (('a', 'b'), 'c')", "2:18 down_revision is a list with what is no text in it" ONLY_A_RUN},
    {R "down_revision = 'a\\N{DASH}'",
     "2:17 down_revision holds an escape that can't be read here: write the character itself"},
    {R "down_revision = 'a\\0'",
     "2:17 down_revision holds an escape that can't be read here: write the character itself"},
    {R "down_revision = 'a\\ud800'",
     "2:17 down_revision holds an escape that can't be read here: write the character itself"},
    {R, "1:1 no `down_revision` at module level: name its parent, or write `down_revision = None` if it is a base"},
    {"revision = None\ndown_revision = None", "1:12 revision is no text: write its value in quotes"},
    {"revision = 1975\ndown_revision = None", "1:12 revision is no text: write its value in quotes"},
    {"revision = ('r',)\ndown_revision = None", "1:12 revision is no text: write its value in quotes"},
    {"def f():\n    revision = 'r'\ndown_revision = None",
     "1:1 no `revision = \"...\"` at module level: is this a revision file?"},
    {"\xC3\xA9 = 1; revision = f()\ndown_revision = None", "1:19 revision is a function call" ONLY_A_RUN},
    {R "x = 'a\ndown_revision = None", "2:5 this is not Python: a quoted text that does not end"},
    {R "x = '''a\ndown_revision = None", "2:5 this is not Python: a quoted text that does not end"},
    {R "x = f'{a'\n", "2:5 this is not Python: a quoted text that does not end"},
    {R "x = (1, 2]", "2:10 this is not Python: a closing bracket without the one that opens it"},
    {R ")", "2:1 this is not Python: a closing bracket without the one that opens it"},
    {R "x = (1, 2", "2:10 this is not Python: a bracket that is not closed"},
    {R "x = '\xE9'", "2:6 byte 0xe9 is not UTF-8: save the file as UTF-8"},
    {"# coding: shift_jis\n" R, "1:1 files in shift_jis are not read: save the file as UTF-8"},
    {"# coding: latin-1\n" R "down_revision = '\xE9'",
     "3:17 down_revision holds characters in latin-1: save the file as UTF-8"},
};

START_TEST(faults_of_a_file)
{
    read_text(faulty[_i].text);
    ck_assert_str_eq(fault_lines(), faulty[_i].faults);
}
END_TEST

START_TEST(what_an_import_of_all_may_bring)
{
    const char *text = "from peewee import *\ndown_revision = None\n";
    read_bytes("ae10.py", text, strlen(text));
    ck_assert_str_eq(fault_lines(), "1:1 no `revision = \"...\"` at module level: is this a revision file?");
    ck_assert(revision.depends_on_assumed && revision.depends_on_place.line == 1);
    ck_assert_uint_eq(revision.depends_on_place.column, 20);
    faults = (struct faults){.arena = arena};
    read_text("from peewee import *\nrevision = 'r'\ndown_revision = depends_on = None\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert(!revision.depends_on_assumed);
}
END_TEST

START_TEST(a_nul_byte)
{
    read_bytes("x.py", "revision = 'r'\n\0", 16);
    ck_assert_str_eq(fault_lines(), "2:1 a NUL byte: save the file as UTF-8 text");
}
END_TEST

/* ---- hostile files ---- */

static const char *repeated(const char *piece, size_t count)
{
    size_t length = strlen(piece);
    char *text = arena_alloc(arena, length * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, piece, length);
    return text;
}

START_TEST(brackets_without_end)
{
    read_text(repeated("(", 1000000));
    ck_assert_str_eq(fault_lines(), "1:201 this is not Python: more brackets inside one another than Python takes");
    faults = (struct faults){.arena = arena};
    read_text(arena_printf(arena, R "down_revision = %s'p'%s", repeated("(", 200), repeated(")", 200)));
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(facts(), "r <- p () []");
}
END_TEST

START_TEST(fields_without_end)
{
    read_text(repeated("f'{", 100000));
    ck_assert_str_eq(fault_lines(), "1:1 this is not Python: a quoted text that does not end");
}
END_TEST

START_TEST(a_list_without_end)
{
    read_text(arena_printf(arena, R "down_revision = [%s]", repeated("'p',", 100000)));
    ck_assert_uint_eq(faults.count, 1);
    ck_assert_ptr_nonnull(strstr(faults.items[0].message, "too long a list"));
}
END_TEST

START_TEST(targets_without_end)
{
    read_text(repeated("a=", 100000));
    ck_assert_str_eq(fault_lines(), "1:131073 this is not Python: more names than are kept of one statement");
}
END_TEST

START_TEST(names_without_end)
{
    const char *text = "";
    for (int i = 0; i < 11; i++) {
        char *lines = arena_alloc(arena, 1000 * 16 + 1), *at = lines;
        for (int j = 0; j < 1000; j++)
            at = stpcpy(at, arena_printf(arena, "a%d_%d = 1\n", i, j));
        text = arena_printf(arena, "%s%s", text, lines);
    }
    read_text(text);
    ck_assert_str_eq(fault_lines(), "10001:1 this is not Python: more names than are kept of one file");
}
END_TEST

/* Whatever the bytes are, it ends, and every place is within them. */
START_TEST(any_end_of_a_file)
{
    const char *text = "'''m'''\nrevision: str = ('a' \"b\")\ndown_revision = f'{x:{y}}', [1, {2: 3}], *z\n"
                       "def f(a, *, b=1):\n    global c\nfrom . import (d as e)\nif (g := 1): revision += 'h'\\\n";
    for (size_t length = 0; length <= strlen(text); length++) {
        read_bytes("x.py", text, length);
        for (size_t i = 0; i < faults.count; i++)
            ck_assert(faults.items[i].line >= 1 && faults.items[i].line <= 8);
    }
}
END_TEST

/* ---- names of files ---- */

START_TEST(names_of_files)
{
    ck_assert(alembic_file_is_named("a.py") && alembic_file_is_named(".py") && alembic_file_is_named(".a.py"));
    ck_assert(!alembic_file_is_named("a.pyc") && !alembic_file_is_named("a.PY") && !alembic_file_is_named("a.py~"));
    ck_assert(!alembic_file_is_named(".#a.py") && !alembic_file_is_named("__init__.py"));
    ck_assert(!alembic_file_is_named("__init__2.py") && !alembic_file_is_named("py") && !alembic_file_is_named(""));
}
END_TEST

Suite *alembic_file_suite(void)
{
    Suite *suite = suite_create("alembic_file");
    TCase *tcase = tcase_create("alembic_file");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_generated_file);
    tcase_add_loop_test(tcase, spellings_of_a_value, 0, sizeof values / sizeof *values);
    tcase_add_loop_test(tcase, spellings_of_a_module, 0, sizeof modules / sizeof *modules);
    tcase_add_loop_test(tcase, messages, 0, sizeof docstrings / sizeof *docstrings);
    tcase_add_loop_test(tcase, faults_of_a_file, 0, sizeof faulty / sizeof *faulty);
    tcase_add_test(tcase, what_an_import_of_all_may_bring);
    tcase_add_test(tcase, a_nul_byte);
    tcase_add_test(tcase, brackets_without_end);
    tcase_add_test(tcase, fields_without_end);
    tcase_add_test(tcase, a_list_without_end);
    tcase_add_test(tcase, targets_without_end);
    tcase_add_test(tcase, names_without_end);
    tcase_add_test(tcase, any_end_of_a_file);
    tcase_add_test(tcase, names_of_files);
    suite_add_tcase(suite, tcase);
    return suite;
}
