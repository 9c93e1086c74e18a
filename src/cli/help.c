#include "cli/help.h"

#include "base/arena.h"
#include "base/version.h"
#include "config/option_table.h"

#include <libpq-fe.h>
#include <string.h>

void help_version(void)
{
    int libpq = PQlibVersion();
    printf("migrated %s (libpq %d.%d)\n", MIGRATED_VERSION, libpq / 10000, libpq % 10000);
}

void help_program(FILE *stream)
{
    fprintf(stream, "migrated - applies schema revisions to PostgreSQL, exactly once, and answers for them\n\n"
                    "usage: migrated COMMAND [FLAGS] [ARGUMENTS]\n\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(stream, "  %-10s %s\n", command_table[i]->name, command_table[i]->summary);
    fprintf(stream,
            "\n`migrated help COMMAND` tells more, `migrated help options` lists all options. The database is\n"
            "given by DATABASE_URL, --database-url or libpq's PG* variables, the revision files by\n"
            "--migrations (default ./migrations).\n");
}

#define FLAG_WIDTH 32

/* What does not fit on the left has a line of its own. */
static void print_flag(const char *left, const char *right)
{
    if (strlen(left) > FLAG_WIDTH)
        printf("  %s\n  %-*s %s\n", left, FLAG_WIDTH, "", right);
    else
        printf("  %-*s %s\n", FLAG_WIDTH, left, right);
}

static bool takes_duration(const struct command_flag *flag)
{
    return flag->value != NULL && strcmp(flag->value, "DURATION") == 0;
}

static void print_own_flags(struct arena *arena, const struct command *command)
{
    for (size_t i = 0; i < COMMAND_MOST_FLAGS && command->flags[i].name != NULL; i++) {
        const struct command_flag *flag = &command->flags[i];
        const char *letter = flag->letter != 0 ? arena_printf(arena, "-%c, ", flag->letter) : "";
        print_flag(arena_printf(arena, "%s--%s%s%s", letter, flag->name, flag->value != NULL ? " " : "",
                                flag->value != NULL ? flag->value : ""),
                   takes_duration(flag) ? arena_printf(arena, "%s; a plain number is seconds", flag->help)
                                        : flag->help);
    }
}

/* Its flag, what it is for, its default, its variable; the name in the file is the flag's with underscores. */
static void print_option(struct arena *arena, const struct config_option *option)
{
    print_flag(arena_printf(arena, "%s %s", option_flag(arena, option), option_values(arena, option)), option->help);
    const char *initial = option->initial == NULL ? "" : arena_printf(arena, "default %s, ", option->initial);
    printf("  %-*s %s%s\n", FLAG_WIDTH, "", initial, option_variable(arena, option));
}

static void print_options(struct arena *arena, unsigned uses)
{
    for (size_t i = 0; i < option_count; i++)
        if ((option_table[i].uses & uses) != 0)
            print_option(arena, &option_table[i]);
}

void help_options(void)
{
    struct arena *arena = arena_create();
    printf("Flags come before variables, variables before the configuration file (--config FILE, "
           "else\n" CONFIG_DEFAULT_FILE " if it is there), where --cache-ttl is cache_ttl.\n\noptions:\n");
    print_options(arena, OPTION_FOR_ALL);
    arena_destroy(arena);
}

void help_command(const struct command *command)
{
    struct arena *arena = arena_create();
    printf("usage: migrated %s [FLAGS]%s%s\n\n%s\n", command->name, command->arguments[0] != '\0' ? " " : "",
           command->arguments, command->summary);
    if (command->help != NULL)
        printf("\n%s", command->help);
    printf("\nflags:\n");
    print_own_flags(arena, command);
    if (command->json)
        print_flag("--json", "one JSON document on stdout");
    print_flag("-v, --verbose", "tell more");
    print_flag("--no-color", "no colour; NO_COLOR does the same");
    print_flag("-h, --help", "this text");
    if (command->uses != 0) {
        printf("\noptions (`migrated help options` lists all):\n");
        print_flag("--config FILE", "configuration file (default " CONFIG_DEFAULT_FILE ")");
        if (command_takes_target(command))
            print_flag("--target NAME", command->each ? "this target only, of several; the options below are its"
                                                      : "this target (default main); the options below are its");
        print_options(arena, command->uses);
    }
    arena_destroy(arena);
}
