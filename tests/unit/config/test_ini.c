#include "base/arena.h"
#include "config/ini.h"

#include <check.h>
#include <string.h>

Suite *ini_suite(void);

/* "section|key|value@line:key column:value column;" for each entry. */
static const char *shown(struct arena *arena, const struct ini *ini)
{
    const char *text = "";
    for (size_t i = 0; i < ini->n_entries; i++) {
        const struct ini_entry *entry = &ini->entries[i];
        text = arena_printf(arena, "%s%s|%s|%s@%u:%u:%u;", text, ini->sections[entry->section].name, entry->key,
                            entry->value, entry->line, entry->key_column, entry->value_column);
    }
    return text;
}

#define BYTES(literal) literal, sizeof literal - 1

static const struct {
    const char *what, *text;
    size_t length;
    const char *entries;
} good[] = {
    {"nothing", BYTES(""), ""},
    {"a section without keys", BYTES("[migrated]"), ""},
    {"one of each", BYTES("[migrated]\ncache_ttl = 5s\n"), "migrated|cache_ttl|5s@2:1:13;"},
    {"no blanks, no newline", BYTES("[a]\nk=v"), "a|k|v@2:1:3;"},
    {"comments and empty lines", BYTES("# x\n; y\n\n[a]\n  # z\n\tk = v\n"), "a|k|v@6:2:6;"},
    {"comment characters in a value", BYTES("[a]\nu = postgresql://h/d?a=1;b#c ; d # e\n"),
     "a|u|postgresql://h/d?a=1;b#c ; d # e@2:1:5;"},
    {"an equals sign in a value", BYTES("[a]\nu = host=x port=1\n"), "a|u|host=x port=1@2:1:5;"},
    {"byte order mark and CRLF", BYTES("\xEF\xBB\xBF[a]\r\nk = v\r\n"), "a|k|v@2:1:5;"},
    {"a key right behind the byte order mark's section", BYTES("\xEF\xBB\xBF[a]\nk = v"), "a|k|v@2:1:5;"},
    {"an empty value", BYTES("[a]\nk =\nl = \n"), "a|k|@2:1:4;a|l|@3:1:4;"},
    {"columns count characters", BYTES("[a]\n k = \xC3\xA4\xC3\xB6\n"), "a|k|\xC3\xA4\xC3\xB6@2:2:6;"},
    {"the same key in two sections", BYTES("[a]\nk=1\n[b]\nk=2\n"), "a|k|1@2:1:3;b|k|2@4:1:3;"},
    {"blanks in a section's name", BYTES("[ target \t main ]\nk=1\n"), "target main|k|1@2:1:3;"},
    {"a lone quote", BYTES("[a]\nk = it's\nl = \"\n"), "a|k|it's@2:1:5;a|l|\"@3:1:5;"},
    {"a quote at the start", BYTES("[a]\nk = 'x' y\n"), "a|k|'x' y@2:1:5;"},
    {"quotes inside", BYTES("[a]\nk = user='x y' password='z'\n"), "a|k|user='x y' password='z'@2:1:5;"},
};

START_TEST(reads)
{
    struct arena *arena = arena_create();
    struct ini ini;
    struct config_faults faults = {.arena = arena};

    ck_assert_msg(ini_parse(arena, "x.conf", good[_i].text, good[_i].length, &ini, &faults), "%s: %s", good[_i].what,
                  faults.count == 0 ? "" : faults.items[0].message);
    ck_assert_msg(strcmp(shown(arena, &ini), good[_i].entries) == 0, "%s: %s", good[_i].what, shown(arena, &ini));
    arena_destroy(arena);
}
END_TEST

static const struct {
    const char *what, *text;
    size_t length;
    unsigned line, column;
    const char *message;
} faulty[] = {
    {"key before a section", BYTES("\n  k = v\n"), 2, 3, "a key before the first section"},
    {"open section", BYTES("[a\n"), 1, 1, "a section without its closing bracket"},
    {"only a bracket", BYTES("["), 1, 1, "a section without its closing bracket"},
    {"nameless section", BYTES(" [ ]\n"), 1, 2, "a section without a name"},
    {"section twice", BYTES("[a]\n[b]\n [ a ]\n"), 3, 2, "section [a] is there already, in line 1"},
    {"key twice", BYTES("[a]\nk=1\nl=2\n k=3\n"), 4, 2, "k is there already, in line 2"},
    {"no equals sign", BYTES("[a]\n secret\n"), 2, 2, "neither a section, a comment nor KEY = VALUE"},
    {"no key", BYTES("[a]\n = 5\n"), 2, 2, "no proper key before the ="},
    {"a URL for a key", BYTES("[a]\npostgresql://u:secret@h/d?sslmode=x\n"), 2, 1, "no proper key before the ="},
    {"double quotes", BYTES("[a]\nk = \"secret\"\n"), 2, 5, "a value in quotes"},
    {"single quotes", BYTES("[a]\nk = 'secret'\n"), 2, 5, "a value in quotes"},
    {"NUL", BYTES("[a]\nk = \xC3\xA4\0b\n"), 2, 6, "a NUL byte"},
    {"NUL in a comment", BYTES("# \0\n"), 1, 3, "a NUL byte"},
};

START_TEST(refuses)
{
    struct arena *arena = arena_create();
    struct ini ini;
    struct config_faults faults = {.arena = arena};

    ck_assert_msg(!ini_parse(arena, "x.conf", faulty[_i].text, faulty[_i].length, &ini, &faults), "%s",
                  faulty[_i].what);
    ck_assert_uint_eq(faults.count, 1);
    struct error error = faults.items[0];
    ck_assert_str_eq(error.message, faulty[_i].message);
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(error.file, "x.conf");
    ck_assert_msg(error.line == faulty[_i].line && error.column == faulty[_i].column, "%s: %u:%u", faulty[_i].what,
                  error.line, error.column);
    ck_assert_msg(error.next[0] != '\0', "%s: nothing to do", faulty[_i].what);
    arena_destroy(arena);
}
END_TEST

/* What belongs to a faulty section, or to none, is not told too. */
START_TEST(tells_all_faults)
{
    struct arena *arena = arena_create();
    struct config_faults faults = {.arena = arena};
    struct ini ini;
    const char text[] = "k=1\nl=2\n[a\nk=3\nk=4\n[b]\nk='5'\nwhat\nl=6\n[b]\nl=7\n[c]\nm=8\nm=9\n";
    ck_assert(!ini_parse(arena, "x.conf", text, strlen(text), &ini, &faults));

    const char *told = "";
    for (size_t i = 0; i < faults.count; i++)
        told = arena_printf(arena, "%s%u:%u ", told, faults.items[i].line, faults.items[i].column);
    ck_assert_str_eq(told, "1:1 3:1 7:3 8:1 10:1 14:1 ");
    ck_assert_str_eq(shown(arena, &ini), "b|l|6@9:1:3;c|m|8@13:1:3;");
    arena_destroy(arena);
}
END_TEST

START_TEST(reads_long_lines)
{
    struct arena *arena = arena_create();
    struct ini ini;
    char text[5000] = "[a]\nk = ";
    memset(text + strlen(text), 'x', 4000);

    struct config_faults faults = {.arena = arena};
    ck_assert(ini_parse(arena, "x.conf", text, strlen(text), &ini, &faults));
    ck_assert_uint_eq(strlen(ini.entries[0].value), 4000);
    arena_destroy(arena);
}
END_TEST

Suite *ini_suite(void)
{
    Suite *suite = suite_create("ini");
    TCase *tcase = tcase_create("ini");
    tcase_add_loop_test(tcase, reads, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tcase, refuses, 0, sizeof faulty / sizeof *faulty);
    tcase_add_test(tcase, tells_all_faults);
    tcase_add_test(tcase, reads_long_lines);
    suite_add_tcase(suite, tcase);
    return suite;
}
