/* The table, and etc/migrated.conf against it (read from the top of the source tree, where `make check` runs). */
#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"
#include "config/ini.h"
#include "config/option_table.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define SAMPLE "etc/migrated.conf"

Suite *option_table_suite(void);

START_TEST(spells_names_three_ways)
{
    struct arena *arena = arena_create();
    for (size_t i = 0; i < option_count; i++) {
        const struct config_option *option = &option_table[i];
        ck_assert_ptr_eq(option_find(option->name), option);
        ck_assert_ptr_eq(option_find_flag(option_flag(arena, option) + 2), option);
        ck_assert_ptr_eq(option_find_variable(option_variable(arena, option)), option);
    }
    ck_assert_str_eq(option_flag(arena, option_find("cache_ttl")), "--cache-ttl");
    ck_assert_str_eq(option_variable(arena, option_find("cache_ttl")), "MIGRATED_CACHE_TTL");
    arena_destroy(arena);
}
END_TEST

START_TEST(finds_nothing_else)
{
    ck_assert_ptr_null(option_find("cache-ttl"));
    ck_assert_ptr_null(option_find_flag("cache_ttl"));
    ck_assert_ptr_null(option_find_flag("cache"));
    ck_assert_ptr_null(option_find_flag("cache-ttl-x"));
    ck_assert_ptr_null(option_find_variable("CACHE_TTL"));
    ck_assert_ptr_null(option_find_variable("MIGRATED_cache_ttl"));
    ck_assert_ptr_null(option_find_variable("MIGRATED_"));
}
END_TEST

/* Kubernetes puts variables of these names into pods beside a service called migrated. */
START_TEST(bears_no_name_of_a_service_link)
{
    for (size_t i = 0; i < option_count; i++) {
        ck_assert_msg(strcmp(option_table[i].name, "port") != 0 && strncmp(option_table[i].name, "port_", 5) != 0 &&
                          strncmp(option_table[i].name, "service_", 8) != 0,
                      "%s", option_table[i].name);
    }
}
END_TEST

START_TEST(has_help_and_values_for_all)
{
    struct arena *arena = arena_create();
    for (size_t i = 0; i < option_count; i++) {
        ck_assert_msg(option_table[i].help != NULL, "%s", option_table[i].name);
        ck_assert_msg(option_values(arena, &option_table[i]) != NULL, "%s", option_table[i].name);
    }
    ck_assert_str_eq(option_values(arena, option_find("apply")), "startup|watch|never");
    ck_assert_str_eq(option_values(arena, option_find("cache_ttl")), "DURATION");
    arena_destroy(arena);
}
END_TEST

/* The sample with the # of its options taken off: prose has a blank behind the #. */
static void read_sample(struct text *text)
{
    FILE *file = fopen(SAMPLE, "r");
    ck_assert_msg(file != NULL, "cannot open " SAMPLE ": run the tests at the top of the source tree");
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        ck_assert_msg(strlen(line) <= 121, "a long line in " SAMPLE ": %s", line);
        text_add(text, line + (line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'))));
    }
    fclose(file);
}

static const struct ini_entry *entry_of(const struct ini *ini, const char *key)
{
    const struct ini_entry *found = NULL;
    for (size_t i = 0; i < ini->n_entries; i++) {
        if (strcmp(ini->entries[i].key, key) == 0) {
            ck_assert_msg(found == NULL, "%s is twice in " SAMPLE, key);
            found = &ini->entries[i];
        }
    }
    ck_assert_msg(found != NULL, "%s is missing in " SAMPLE, key);
    return found;
}

START_TEST(sample_shows_every_default)
{
    struct arena *arena = arena_create();
    struct text text = {0};
    struct ini ini;
    struct config_faults faults = {.arena = arena};
    read_sample(&text);
    ck_assert_msg(ini_parse(arena, SAMPLE, text_string(&text), text.length, &ini, &faults), "line %u: %s",
                  faults.items[0].line, faults.items[0].message);

    for (size_t i = 0; i < option_count; i++) {
        const struct config_option *option = &option_table[i];
        const struct ini_entry *entry = entry_of(&ini, option->name);
        const char *initial = option->initial == NULL ? "" : option->initial;
        ck_assert_msg(strcmp(entry->value, initial) == 0, "%s is \"%s\" in " SAMPLE ", \"%s\" in the table",
                      option->name, entry->value, initial);
        const char *section = option->scope == OPTION_DAEMON ? "migrated" : "target main";
        ck_assert_str_eq(ini.sections[entry->section].name, section);
    }
    for (size_t i = 0; i < check_option_count; i++) {
        const struct config_option *option = &check_option_table[i];
        const struct ini_entry *entry = entry_of(&ini, option->name);
        ck_assert_str_eq(ini.sections[entry->section].name, "check jobs");
        if (option->initial != NULL) /* else the value is an example */
            ck_assert_str_eq(entry->value, option->initial);
    }
    ck_assert_uint_eq(ini.n_entries, option_count + check_option_count);
    text_finish(&text);
    arena_destroy(arena);
}
END_TEST

START_TEST(sample_loads_as_it_is)
{
    struct arena *arena = arena_create();
    struct config *config;
    struct error error = {0};
    const struct config_source source = {.file = SAMPLE};
    ck_assert_msg(config_load(arena, &source, &config, &error), "%s", error.message);
    ck_assert_uint_eq(config->warnings.count, 0);
    arena_destroy(arena);
}
END_TEST

Suite *option_table_suite(void)
{
    Suite *suite = suite_create("option_table");
    TCase *tcase = tcase_create("option_table");
    tcase_add_test(tcase, spells_names_three_ways);
    tcase_add_test(tcase, finds_nothing_else);
    tcase_add_test(tcase, bears_no_name_of_a_service_link);
    tcase_add_test(tcase, has_help_and_values_for_all);
    tcase_add_test(tcase, sample_shows_every_default);
    tcase_add_test(tcase, sample_loads_as_it_is);
    suite_add_tcase(suite, tcase);
    return suite;
}
