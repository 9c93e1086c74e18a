#include "core/readiness.h"

#include "base/arena.h"

const char *readiness_state_name(enum readiness_state state)
{
    static const char *const names[] = {
        [READINESS_STARTING] = "starting",
        [READINESS_CONNECTING] = "connecting",
        [READINESS_WAITING_FOR_LOCK] = "waiting_for_lock",
        [READINESS_MIGRATING] = "migrating",
        [READINESS_READY] = "ready",
        [READINESS_PENDING] = "pending",
        [READINESS_HELD] = "held",
        [READINESS_FAILED] = "failed",
        [READINESS_DIVERGED] = "diverged",
        [READINESS_UNREACHABLE] = "unreachable",
        [READINESS_UNKNOWN] = "unknown",
        [READINESS_STOPPING] = "stopping",
    };
    return names[state];
}

/* What needs a person comes before what passes by itself, and what is under way before what waits for it. */
bool readiness_is_worse(const struct readiness *a, const struct readiness *b)
{
    static const int ranks[] = {
        [READINESS_READY] = 0,      [READINESS_HELD] = 1,    [READINESS_STARTING] = 2,
        [READINESS_CONNECTING] = 3, [READINESS_PENDING] = 4, [READINESS_WAITING_FOR_LOCK] = 5,
        [READINESS_MIGRATING] = 6,  [READINESS_UNKNOWN] = 7, [READINESS_UNREACHABLE] = 8,
        [READINESS_DIVERGED] = 9,   [READINESS_FAILED] = 10, [READINESS_STOPPING] = 11,
    };
    if (a->ok != b->ok)
        return b->ok;
    return ranks[a->state] > ranks[b->state];
}

static void set(struct readiness *readiness, enum readiness_state state, bool ok, const char *check,
                const char *message)
{
    readiness->state = state;
    readiness->migrations_ok = ok;
    readiness->migrations_check = check;
    readiness->message = readiness->brief_message = message;
}

static void judge_verdict(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    const struct verdict *verdict = facts->verdict;
    const char *message = verdict_message(arena, verdict);
    const char *check = verdict_name(verdict->kind);
    switch (verdict->kind) {
    case VERDICT_IN_SYNC:
        set(readiness, READINESS_READY, true, check, message);
        break;
    case VERDICT_AHEAD:
        set(readiness, facts->ahead_fails ? READINESS_DIVERGED : READINESS_READY, !facts->ahead_fails, check,
            message);
        break;
    case VERDICT_DIVERGED:
        set(readiness, READINESS_DIVERGED, false, check, message);
        break;
    case VERDICT_UNKNOWN:
        if (facts->unknown_is_last_good && facts->was_ready)
            set(readiness, READINESS_READY, true, check, arena_printf(arena, "warning: %s", message));
        else
            set(readiness, READINESS_UNKNOWN, false, check, message);
        break;
    case VERDICT_PENDING:
        if (facts->failure != NULL) {
            set(readiness, READINESS_FAILED, false, "failed", facts->failure->message);
            readiness->brief_message = message;
        } else {
            if (facts->standby)
                message = arena_printf(arena, "%s; this is a standby: waiting for its primary", message);
            else if (facts->waits_for != NULL)
                message = arena_printf(arena, "%s; waiting for target %s to be in sync", message, facts->waits_for);
            set(readiness, READINESS_PENDING, false, check, message);
        }
        break;
    }
    if (verdict->tenants.behind > 0)
        readiness->brief_message = verdict_brief_message(arena, verdict);
}

/* A revision that will never run is no matter of policy; the database and the files went different ways. */
static void judge_audit(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    const struct audit *audit = facts->audit;
    if (audit == NULL || readiness->state != READINESS_READY)
        return;
    if (audit->slipped_in > 0)
        set(readiness, READINESS_DIVERGED, false, "diverged", audit_message(arena, audit, AUDIT_SLIPPED_IN));
    else if (audit->edited > 0 && facts->changed_fails)
        set(readiness, READINESS_FAILED, false, "failed", audit_message(arena, audit, AUDIT_EDITED));
}

/* Whatever the rows are, there is nothing to compare them with. */
static void judge_files(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    if (facts->no_files == NULL || facts->verdict == NULL)
        return;
    if (facts->skips_no_files) {
        set(readiness, READINESS_READY, true, "skipped",
            arena_printf(arena, "migrations are not checked: %s; next: %s", facts->no_files->message,
                         facts->no_files->next));
        readiness->brief_message = "migrations are not checked: there are no revision files";
        return;
    }
    set(readiness, READINESS_FAILED, false, "failed", arena_string(arena, facts->no_files->message));
    readiness->brief_message = "there are no revision files";
}

static void judge_run(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    if (facts->run == RUN_MIGRATING) {
        set(readiness, READINESS_MIGRATING, false, "running",
            facts->verdict == NULL
                ? "migrations are running"
                : arena_printf(arena, "migrations are running: %s", verdict_message(arena, facts->verdict)));
        if (facts->verdict != NULL)
            readiness->brief_message =
                arena_printf(arena, "migrations are running: %s", verdict_brief_message(arena, facts->verdict));
        if (facts->blocker != NULL)
            readiness->message = arena_printf(arena, "waiting for a lock held by %s", facts->blocker);
        return;
    }
    if (facts->run == RUN_WAITING_FOR_REPLICAS) {
        set(readiness, READINESS_MIGRATING, false, "running", "all revisions are applied: waiting for replicas");
        if (facts->replica != NULL)
            readiness->message = arena_printf(arena, "%s: %s", readiness->brief_message, facts->replica);
        return;
    }
    set(readiness, READINESS_WAITING_FOR_LOCK, false, "pending", "waiting for the migration lock");
    if (facts->holder != NULL)
        readiness->message = arena_printf(arena, "waiting for the migration lock: %s holds it", facts->holder);
}

static void judge_database(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    readiness->db_ok = facts->unreachable == NULL && (facts->verdict != NULL || facts->unreadable != NULL);
    readiness->db_message = readiness->brief_db_message = "database reachable";
    if (facts->unreachable != NULL) {
        readiness->db_message = arena_printf(arena, "database unreachable: %s", facts->unreachable->message);
        readiness->brief_db_message =
            facts->unreachable->code == ERROR_DENIED ? "database refuses the login" : "database unreachable";
    } else if (!readiness->db_ok) {
        readiness->db_message = readiness->brief_db_message = "not connected yet";
    }
}

/* What is known is not good any more. */
static void judge_doubt(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    if (facts->unreachable != NULL) {
        set(readiness, READINESS_UNREACHABLE, false, "unknown", "the database cannot be reached");
        readiness->message = arena_printf(arena, "the database cannot be reached: %s", facts->unreachable->message);
    } else if (facts->unreadable != NULL) {
        set(readiness, READINESS_UNKNOWN, false, "unknown",
            arena_printf(arena, "the version table cannot be read: %s", facts->unreadable->message));
        readiness->brief_message = "the version table cannot be read";
    } else if (facts->verdict != NULL && facts->run == RUN_NONE && facts->age_ms > facts->stale_after_ms) {
        set(readiness, READINESS_UNKNOWN, false, "unknown", "the last check is too old");
        readiness->db_message = readiness->brief_db_message = "no answer from the database since the last check";
        readiness->db_ok = false;
    }
}

void readiness_judge(struct arena *arena, const struct readiness_facts *facts, struct readiness *readiness)
{
    *readiness = (struct readiness){0};
    judge_database(arena, facts, readiness);

    if (facts->verdict == NULL)
        set(readiness, facts->asked ? READINESS_CONNECTING : READINESS_STARTING, false, "unknown", "not checked yet");
    else
        judge_verdict(arena, facts, readiness);
    judge_audit(arena, facts, readiness);
    judge_files(arena, facts, readiness);
    if (facts->verdict == NULL && facts->faulty_files != NULL) {
        set(readiness, READINESS_FAILED, false, "failed", arena_string(arena, facts->faulty_files));
        readiness->brief_message = "the revision files are faulty";
    }

    if (facts->run != RUN_NONE)
        judge_run(arena, facts, readiness);
    if (facts->run != RUN_MIGRATING && facts->run != RUN_WAITING_FOR_REPLICAS)
        judge_doubt(arena, facts, readiness);
    readiness->ok = readiness->db_ok && readiness->migrations_ok;
    if (facts->stopping) {
        readiness->state = READINESS_STOPPING;
        readiness->message = readiness->brief_message = "the daemon was asked to stop";
        readiness->ok = false;
    }
}
