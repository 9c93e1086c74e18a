#include "cli/command.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/suggest.h"
#include "cli/help.h"
#include "cli/report.h"
#include "config/option_table.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

extern char **environ;

/* What a flag's number in getopt's table means. */
enum {
    FLAG_HELP = 1000,
    FLAG_JSON,
    FLAG_VERBOSE,
    FLAG_CONFIG,
    FLAG_NO_COLOUR,
    FLAG_TARGET,
    FLAG_OWN = 2000,    /* + position among the command's flags */
    FLAG_OPTION = 3000, /* + row of the option table */
};

#define RELATIVE_MARK '\001' /* "-1" is a revision, not a flag: getopt sees it behind this mark */

struct flags {
    struct option *list; /* getopt's, ended by zeros */
    size_t count;
    char letters[2 * COMMAND_MOST_FLAGS + 8];
};

/* ---- the table that getopt reads ---- */

static void add_flag(struct flags *flags, const char *name, bool has_value, int number)
{
    flags->list[flags->count++] =
        (struct option){.name = name, .has_arg = has_value ? required_argument : no_argument, .val = number};
}

static void add_letter(struct flags *flags, char letter, bool has_value)
{
    size_t length = strlen(flags->letters);
    flags->letters[length++] = letter;
    if (has_value)
        flags->letters[length++] = ':';
    flags->letters[length] = '\0';
}

static void list_flags(struct arena *arena, const struct command *command, struct flags *flags)
{
    *flags = (struct flags){.list = arena_array(arena, option_count + COMMAND_MOST_FLAGS + 8, sizeof *flags->list),
                            .letters = ":hv"};
    add_flag(flags, "help", false, FLAG_HELP);
    add_flag(flags, "json", false, FLAG_JSON);
    add_flag(flags, "verbose", false, FLAG_VERBOSE);
    add_flag(flags, "config", true, FLAG_CONFIG);
    add_flag(flags, "no-color", false, FLAG_NO_COLOUR);
    add_flag(flags, "target", true, FLAG_TARGET);
    for (int i = 0; i < COMMAND_MOST_FLAGS && command->flags[i].name != NULL; i++) {
        const struct command_flag *own = &command->flags[i];
        add_flag(flags, own->name, own->value != NULL, FLAG_OWN + i);
        if (own->letter != 0)
            add_letter(flags, own->letter, own->value != NULL);
    }
    for (size_t i = 0; i < option_count; i++) {
        const char *name = option_flag(arena, &option_table[i]) + 2;
        bool taken = false;
        for (size_t j = 0; j < flags->count; j++)
            taken |= strcmp(flags->list[j].name, name) == 0;
        if (!taken)
            add_flag(flags, name, true, FLAG_OPTION + (int)i);
    }
}

/* ---- what each flag does ---- */

static int own_flag_by_letter(const struct command *command, int letter)
{
    for (int i = 0; i < COMMAND_MOST_FLAGS && command->flags[i].name != NULL; i++)
        if (command->flags[i].letter == letter)
            return FLAG_OWN + i;
    return letter;
}

static void take_option(struct invocation *invocation, struct config_flag *given, int row, const char *value)
{
    const char *name = option_flag(invocation->arena, &option_table[row]) + 2;
    given[invocation->source.n_flags++] = (struct config_flag){.name = name, .value = value};
}

static int unknown_flag(const struct flags *flags, const char *given)
{
    const char *names[256];
    size_t count = 0;
    char word[128];
    for (size_t i = 0; i < flags->count && count < sizeof names / sizeof *names; i++)
        names[count++] = flags->list[i].name;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(given, "="), given);
    const char *near = strncmp(word, "--", 2) == 0 ? suggest(word + 2, names, count) : NULL;
    if (near != NULL)
        return report_usage("unknown flag %s: did you mean --%s?", word, near);
    return report_usage("unknown flag %s", word);
}

/* Marks arguments such as -1 and -12, behind which getopt would see flags. */
static char **marked_copy(struct arena *arena, int argc, char **argv)
{
    char **copy = arena_array(arena, (size_t)argc + 1, sizeof *copy);
    for (int i = 0; i < argc; i++) {
        bool relative =
            i > 0 && argv[i][0] == '-' && argv[i][1] >= '0' && argv[i][1] <= '9' && strcmp(argv[i - 1], "-m") != 0;
        copy[i] = relative ? arena_printf(arena, "%c%s", RELATIVE_MARK, argv[i]) : argv[i];
    }
    return copy;
}

static const char *unmarked(const char *argument)
{
    return argument[0] == RELATIVE_MARK ? argument + 1 : argument;
}

/* The daemon serves them all. */
bool command_takes_target(const struct command *command)
{
    return (command->uses & (OPTION_FOR_FILES | OPTION_FOR_DATABASE)) != 0 &&
           (command->uses & OPTION_FOR_DAEMON) == 0;
}

/* -1: go on; else the exit status. */
static int take_flag(struct invocation *invocation, struct config_flag *given, int number)
{
    if (number >= FLAG_OPTION) {
        take_option(invocation, given, number - FLAG_OPTION, unmarked(optarg));
        return -1;
    }
    if (number >= FLAG_OWN) {
        invocation->values[number - FLAG_OWN] = optarg == NULL ? "" : unmarked(optarg);
        return -1;
    }
    switch (number) {
    case FLAG_HELP:
    case 'h':
        help_command(invocation->command);
        return 0;
    case FLAG_JSON:
        if (!invocation->command->json)
            return report_usage("%s has no --json", invocation->command->name);
        invocation->json = true;
        break;
    case FLAG_VERBOSE:
    case 'v':
        invocation->verbose = true;
        break;
    case FLAG_CONFIG:
        invocation->source.file = optarg;
        break;
    case FLAG_NO_COLOUR:
        report_no_colour();
        break;
    case FLAG_TARGET:
        if (!command_takes_target(invocation->command))
            return report_usage("%s has no --target", invocation->command->name);
        invocation->source.target = optarg;
        break;
    default:
        break;
    }
    return -1;
}

static int parse(struct invocation *invocation, int argc, char **argv)
{
    struct flags flags;
    struct arena *arena = invocation->arena;
    struct config_flag *given = arena_array(arena, (size_t)argc, sizeof *given);
    char **marked = marked_copy(arena, argc, argv);
    list_flags(arena, invocation->command, &flags);
    invocation->source.flags = given;

    opterr = 0;
    for (int number; (number = getopt_long(argc, marked, flags.letters, flags.list, NULL)) != -1;) {
        const char *current = marked[optind - 1];
        if (number == ':')
            return report_usage("%s needs a value", current);
        if (number == '?' && optopt >= FLAG_HELP)
            return report_usage("%s takes no value", current);
        if (number == '?')
            return unknown_flag(&flags, optopt != 0 ? arena_printf(arena, "-%c", optopt) : current);
        int status = take_flag(invocation, given, own_flag_by_letter(invocation->command, number));
        if (status >= 0)
            return status;
    }
    invocation->arguments.items = arena_array(arena, (size_t)argc, sizeof *invocation->arguments.items);
    for (int i = optind; i < argc; i++)
        invocation->arguments.items[invocation->arguments.count++] = unmarked(marked[i]);
    return -1;
}

static int check_arguments(const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    size_t count = invocation->arguments.count;
    if (count > command->most)
        return report_usage("%s: unexpected argument %s", command->name, invocation->arguments.items[command->most]);
    if (count < command->least)
        return report_usage("%s needs %s", command->name, command->arguments);
    return -1;
}

static int unknown_command(const char *name)
{
    /* Known words of later versions: said plainly rather than guessed at. */
    static const char *const later[] = {"approve", "repair", "adopt", "backfill", "smoke", "schema", "report"};
    const char *names[64];
    size_t count = 0;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(name, later[i]) == 0)
            return report_usage("the command %s is not available in this version", name);
    for (; count < command_count; count++)
        names[count] = command_table[count]->name;
    const char *near = suggest(name, names, count);
    if (near != NULL)
        return report_usage("unknown command %s: did you mean %s?", name, near);
    return report_usage("unknown command %s", name);
}

/* Before anything is understood: what can't be is told in the form that was asked for. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static int run_command(struct invocation *invocation, int argc, char **argv)
{
    report_usage_next(arena_printf(invocation->arena, "migrated help %s", invocation->command->name));
    int status = parse(invocation, argc, argv);
    if (status >= 0)
        return status;
    report_json(invocation->json);
    status = check_arguments(invocation);
    return status < 0 ? invocation_run(invocation) : status;
}

static int find_and_run(struct invocation *invocation, int argc, char **argv)
{
    invocation->command = command_find(argv[1]);
    if (invocation->command != NULL)
        return run_command(invocation, argc - 1, argv + 1);
    return argv[1][0] == '-' ? report_usage("a command comes first, before %s", argv[1]) : unknown_command(argv[1]);
}

int command_main(int argc, char **argv)
{
    log_init(LOG_STYLE_PLAIN, LOG_SEVERITY_INFO);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_program(argc < 2 ? stderr : stdout);
        return argc < 2 ? error_exit_status(ERROR_USAGE) : 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        help_version();
        return 0;
    }
    struct invocation invocation = {
        .arena = arena_create(),
        .source = {.environment = (const char *const *)environ},
    };
    report_json(asks_for_json(argc, argv));
    int status = find_and_run(&invocation, argc, argv);
    report_finish();
    if (fflush(stdout) != 0 && status == 0)
        status = error_exit_status(ERROR_INTERNAL);
    arena_destroy(invocation.arena);
    return status;
}
