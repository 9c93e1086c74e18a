#include "daemon/advice.h"

#include "base/arena.h"
#include "daemon/target.h"

#include <string.h>

static bool has_findings(const struct target_view *view)
{
    return view->audit != NULL && view->audit->count > 0;
}

/* The state is one that edited files, or such that slipped in, bring about; then its message tells of them. */
static bool findings_are_the_state(const struct target_view *view)
{
    enum readiness_state state = view->readiness.state;
    if (!has_findings(view) || view->unreadable != NULL)
        return false;
    if (state == READINESS_FAILED)
        return view->failure == NULL || view->failure->code == ERROR_FILES;
    return state == READINESS_DIVERGED && view->verdict != NULL && view->verdict->kind != VERDICT_DIVERGED &&
           strcmp(view->readiness.migrations_check, "diverged") == 0;
}

static bool is_waiting_or_ready(const struct target_view *view)
{
    enum readiness_state state = view->readiness.state;
    return state == READINESS_READY || (state == READINESS_PENDING && !view->running);
}

/* ---- warnings ---- */

static const char *of_findings(struct arena *arena, const struct audit *audit)
{
    struct error error;
    audit_refuse(arena, audit, &error);
    if (audit->count == 1)
        return arena_string(arena, error.message);
    return arena_printf(arena, "%s (and %zu more)", error.message, audit->count - 1);
}

static void warn(struct arena *arena, const struct target_view *view, struct advice *advice)
{
    if (has_findings(view) && !findings_are_the_state(view))
        advice->warning = advice->brief_warning = of_findings(arena, view->audit);
    if (view->files_warning == NULL || view->graph == NULL) /* without a graph it is the state itself */
        return;
    const char *before = advice->warning == NULL ? "" : arena_printf(arena, "%s; ", advice->warning);
    advice->warning =
        arena_printf(arena, "%sthe last good revision files stay in force: %s", before, view->files_warning);
    advice->brief_warning = arena_printf(arena, "%sthe changed revision files are faulty", before);
}

/* ---- words ---- */

static const char *about_findings(struct arena *arena, const struct audit *audit)
{
    struct error error;
    audit_refuse(arena, audit, &error);
    return arena_string(arena, error.next);
}

static const char *about_blocker(struct arena *arena, const struct activity_blocker *blocker)
{
    if (blocker->pid == 0)
        return "COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts shows";
    return arena_printf(arena,
                        "wait, or end that session with SELECT pg_terminate_backend(%d); `on_blocked = cancel_idle` "
                        "does so where one is idle in a transaction",
                        blocker->pid);
}

static const char *next_of(const struct error *error)
{
    return error != NULL && error->next[0] != '\0' ? error->next : NULL;
}

static const char *words(struct arena *arena, const struct target_view *view)
{
    enum readiness_state state = view->readiness.state;
    if (state == READINESS_MIGRATING)
        return view->blockers->n_blockers > 0 ? about_blocker(arena, &view->blockers->blockers[0]) : NULL;
    if (view->files_warning != NULL && (is_waiting_or_ready(view) || state == READINESS_FAILED))
        return "mend the revision files: they are read again when they change";
    if (findings_are_the_state(view) || (has_findings(view) && is_waiting_or_ready(view)))
        return about_findings(arena, view->audit);
    if (state == READINESS_FAILED)
        return next_of(view->failure);
    if (state == READINESS_UNREACHABLE)
        return next_of(view->unreachable);
    if (state == READINESS_DIVERGED || state == READINESS_UNKNOWN)
        return next_of(view->unreadable);
    return NULL;
}

/* ---- the command ---- */

/* Of the commands that an error's advice names, the one that harms nobody who pastes it; NULL: it names none. */
static const char *after_failure(const struct error *failure)
{
    static const char *const harmless[] = {
        "migrated upgrade", "migrated resume --show", "migrated resume",
        "migrated doctor",  "migrated current",       "migrated check",
    };
    if (next_of(failure) == NULL)
        return "migrated upgrade";
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strstr(failure->next, harmless[i]) != NULL)
            return harmless[i];
    return NULL;
}

static const char *command(const struct target_view *view)
{
    enum readiness_state state = view->readiness.state;
    if (view->files_warning != NULL && (is_waiting_or_ready(view) || state == READINESS_FAILED))
        return "migrated check --files";
    if (findings_are_the_state(view) || (has_findings(view) && is_waiting_or_ready(view)))
        return "migrated check";
    switch (state) {
    case READINESS_PENDING:
        return view->standby ? NULL : view->upgrade_command;
    case READINESS_FAILED:
        return after_failure(view->failure);
    case READINESS_UNREACHABLE:
        return "migrated check";
    case READINESS_DIVERGED:
    case READINESS_UNKNOWN:
        return "migrated current --verbose; migrated heads";
    default:
        return NULL;
    }
}

/* Commands of ours mean main unless another target is named. */
static const char *of_target(struct arena *arena, const char *command, const char *target)
{
    const char *named = "", *part = command;
    if (command == NULL || strcmp(target, "main") == 0 || strncmp(command, "migrated ", strlen("migrated ")) != 0)
        return command;
    for (const char *end; (end = strchr(part, ';')) != NULL; part = end + 1)
        named = arena_printf(arena, "%s%.*s --target %s;", named, (int)(end - part), part, target);
    return arena_printf(arena, "%s%s --target %s", named, part, target);
}

void advice_give(struct arena *arena, const struct target_view *view, struct advice *advice)
{
    *advice = (struct advice){0};
    warn(arena, view, advice);
    advice->next = words(arena, view);
    advice->command = of_target(arena, command(view), view->name);
}
