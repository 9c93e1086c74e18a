#include "cli/new_command.h"

#include "base/arena.h"
#include "cli/report.h"
#include "flows/command_environment.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

static bool check_flags(const struct invocation *invocation, struct error *error)
{
    const struct command_flag *flags = invocation->command->flags;
    for (size_t i = 0; i < COMMAND_MOST_FLAGS && flags[i].name != NULL; i++)
        if (invocation->values[i] != NULL && strcmp(flags[i].name, "message") != 0) {
            error_set(error, ERROR_USAGE, "new_command gets the message alone: --%s does not go with it",
                      flags[i].name);
            return error_next(error, "write it into new_command, or type that command yourself");
        }
    if (invocation->json)
        return error_set(error, ERROR_USAGE, "new_command prints what it likes: --json does not go with it");
    if (invocation_flag(invocation, "message") != NULL)
        return true;
    error_set(error, ERROR_USAGE, "what does the revision do?");
    return error_next(error, "migrated new -m \"add a note to bookings\"");
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int new_command_run(struct invocation *invocation)
{
    struct error error = {0};
    struct command_environment environment;
    struct arena *arena = invocation->arena;
    const char *message = invocation_flag(invocation, "message");
    if (!check_flags(invocation, &error))
        return report_error(&error);
    const char *more = arena_printf(arena, "MIGRATED_MESSAGE=%s", message);
    if (!command_environment_make(arena, invocation->target, &(struct names){&more, 1}, &environment, &error))
        return report_error(&error);

    pid_t pid;
    char shell[] = "/bin/sh", option[] = "-c", name[] = "migrated";
    char *arguments[] = {
        shell, option, arena_string(arena, invocation->target->new_command), name, arena_string(arena, message),
        NULL};
    int failure = posix_spawn(&pid, shell, NULL, NULL, arguments, environment.variables);
    if (failure == 0)
        return wait_for(pid);
    error_set(&error, ERROR_INTERNAL, "/bin/sh cannot be started: %s", strerror(failure));
    return report_error(&error);
}
