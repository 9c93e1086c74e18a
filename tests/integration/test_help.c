/* `migrated help`: a command's own flags and the options that it uses, with defaults and variables. */
#include "site.h"

#include "config/option_table.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *help_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

static void prints_not(const char *part)
{
    ck_assert_msg(strstr(site.result.out, part) == NULL, "on stdout: %s\n%s", part, site.result.out);
}

static const struct {
    const char *command, *shown[4], *hidden[4];
} helps[] = {
    {"upgrade",
     {"  --dry-run ", "  --lock-timeout DURATION|auto ", "default auto, MIGRATED_LOCK_TIMEOUT\n", "  --json "},
     {"--cache-ttl", "--listen", "--details", "--apply"}},
    {"heads",
     {"  --resolve-dependencies ", "default ./migrations, MIGRATED_MIGRATIONS\n", "  --config FILE ", "  --json "},
     {"--database-url", "--lock-timeout", "--listen", "--version-table"}},
    {"probe",
     {"  --timeout DURATION ", "default 127.0.0.1:8088, MIGRATED_LISTEN\n", "  --config FILE ", "  --json "},
     {"--database-url", "--migrations", "--cache-ttl", "--log-level"}},
    {"check",
     {"  --allow-heads ", "default ready, MIGRATED_AHEAD\n", "MIGRATED_DATABASE_URL\n", "  --json "},
     {"--lock-timeout", "--listen", "--cache-ttl", "--log-format"}},
    {"serve",
     {"default 60s, MIGRATED_CACHE_TTL\n", "MIGRATED_LOCK_TIMEOUT\n", "MIGRATED_LISTEN\n", "MIGRATED_AHEAD\n"},
     {"--json", "--dry-run", "--files", "--reason"}},
    {"help", {"options", "--no-color", "--help", "--verbose"}, {"--json", "--config", "--migrations", "MIGRATED_"}},
};

START_TEST(of_a_command)
{
    site_run(&site, 0, "help", helps[_i].command);
    for (size_t i = 0; i < 4; i++) {
        site_prints(&site, helps[_i].shown[i]);
        prints_not(helps[_i].hidden[i]);
    }
    char *whole = strdup(site.result.out);
    site_run(&site, 0, helps[_i].command, "--help");
    site_printed(&site, whole);
    free(whole);
}
END_TEST

START_TEST(of_all_options)
{
    struct arena *arena = arena_create();
    site_run(&site, 0, "help", "options");
    for (size_t i = 0; i < option_count; i++) {
        const struct config_option *option = &option_table[i];
        site_prints(&site, arena_printf(arena, "  %s ", option_flag(arena, option)));
        site_prints(&site, arena_printf(arena, "%s\n", option_variable(arena, option)));
        if (option->initial != NULL)
            site_prints(&site, arena_printf(arena, "default %s, ", option->initial));
    }
    arena_destroy(arena);
}
END_TEST

START_TEST(of_nothing_known)
{
    site_run(&site, 64, "help", "optoins");
    site_says(&site, "no help on optoins");
    site_run(&site, 0, "help");
    site_prints(&site, "migrated help options");
}
END_TEST

START_TEST(of_a_time_without_a_unit)
{
    static const char *const commands[] = {"upgrade", "downgrade", "stamp", "repair",
                                           "resume",  "wait",      "probe", "doctor"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        site_run(&site, 0, "help", commands[i]);
        site_prints(&site, "; a plain number is seconds\n");
    }
}
END_TEST

START_TEST(is_what_a_misused_command_points_to)
{
    static const char *const commands[] = {"upgrade", "show", "serve"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char next[64];
        snprintf(next, sizeof next, "next: migrated help %s\n", commands[i]);
        site_run(&site, 64, commands[i], "--no-such-flag");
        site_says(&site, next);
        site_run(&site, 64, commands[i], "one", "two");
        site_says(&site, next);
    }
    site_run(&site, 64, "nonsense");
    site_says(&site, "next: migrated help\n");
}
END_TEST

Suite *help_suite(void)
{
    Suite *suite = suite_create("help");
    TCase *tests = tcase_create("help");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, of_a_command, 0, sizeof helps / sizeof *helps);
    tcase_add_test(tests, of_all_options);
    tcase_add_test(tests, of_nothing_known);
    tcase_add_test(tests, of_a_time_without_a_unit);
    tcase_add_test(tests, is_what_a_misused_command_points_to);
    suite_add_tcase(suite, tests);
    return suite;
}
