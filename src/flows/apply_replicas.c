/* How a run waits for replicas: APPLY_ASK_REPLICAS of core/apply.h. */
#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/log.h"

#include <stdio.h>

void apply_replicas_ask(struct apply_run *run)
{
    struct text sql = {0};
    books_add_limits(&sql, APPLY_LOCK_MS, APPLY_STATEMENT_MS);
    replicas_add_question(&sql, run->replicas_position[0] == '\0' ? NULL : run->replicas_position);
    session_send_text(run->session, &sql, APPLY_ANSWER_MS);
}

void apply_replicas_reply(struct apply_run *run, const struct db_reply *reply)
{
    arena_destroy(run->replicas_arena); /* polling must not cost memory */
    run->replicas_arena = arena_create();
    replicas_read(run->replicas_arena, reply->results[reply->n_results - 1], &run->replicas);
    if (run->replicas_position[0] == '\0')
        snprintf(run->replicas_position, sizeof run->replicas_position, "%s", run->replicas.position);
    apply_run_feed(run, &(struct apply_event){.kind = APPLY_DID, .behind = run->replicas.behind});
}

bool apply_replicas_are_awaited(const struct apply_run *run)
{
    return run->apply.state == APPLY_ASKING_REPLICAS || run->apply.state == APPLY_WAITING_FOR_REPLICAS;
}

void apply_replicas_warn(const struct apply_run *run)
{
    struct log_about about = {.target = run->options.target->name};
    const struct replicas *replicas = &run->replicas;
    if (replicas->behind > 0)
        log_event(LOG_SEVERITY_WARNING, &about,
                  "%zu replica%s not replayed what was applied, %s lacks %lld bytes: not waited for any longer",
                  replicas->behind, replicas->behind == 1 ? " has" : "s have",
                  replicas->name[0] == '\0' ? "one" : replicas->name, (long long)replicas->bytes);
    if (replicas->hidden)
        log_event(
            LOG_SEVERITY_WARNING, &about,
            "how far replicas are is hidden from role %s: not waited for; next: GRANT pg_read_all_stats TO \"%s\"",
            session_facts(run->session)->role, session_facts(run->session)->role);
}
