#include "cli/help.h"

#include "base/arena.h"
#include "base/version.h"
#include "config/option_table.h"

#include <libpq-fe.h>

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
    fprintf(stream, "\n`migrated help COMMAND` tells more. The database is given by DATABASE_URL, --database-url or\n"
                    "libpq's PG* variables, the revision files by --migrations (default ./migrations).\n");
}

static void print_flag(const char *left, const char *right)
{
    printf("  %-32s %s\n", left, right);
}

static void print_own_flags(struct arena *arena, const struct command *command)
{
    for (size_t i = 0; i < COMMAND_MOST_FLAGS && command->flags[i].name != NULL; i++) {
        const struct command_flag *flag = &command->flags[i];
        const char *letter = flag->letter != 0 ? arena_printf(arena, "-%c, ", flag->letter) : "";
        print_flag(arena_printf(arena, "%s--%s%s%s", letter, flag->name, flag->value != NULL ? " " : "",
                                flag->value != NULL ? flag->value : ""),
                   flag->help);
    }
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
    print_flag("--json", "answer as JSON (commands that read)");
    print_flag("-v, --verbose", "tell more");
    print_flag("--config FILE", "configuration file (default " CONFIG_DEFAULT_FILE ")");
    print_flag("--no-color", "no colour; NO_COLOR does the same");
    print_flag("-h, --help", "this text");
    printf("\noptions (also in the configuration file, and as MIGRATED_* variables):\n");
    for (size_t i = 0; i < option_count; i++)
        print_flag(arena_printf(arena, "%s %s", option_flag(arena, &option_table[i]),
                                option_values(arena, &option_table[i])),
                   option_table[i].help);
    arena_destroy(arena);
}
