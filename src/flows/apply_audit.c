/* The audit before a run applies anything: asked in the message that reads the rows under the lock, once a run. */
#include "apply_run_parts.h"

#include "base/arena.h"
#include "base/log.h"
#include "core/verdict.h"
#include "db/audit.h"

static void judge_rows(struct apply_run *run, struct verdict *verdict)
{
    verdict_judge(run->arena, run->options.graph, &run->rows, NULL, verdict);
}

/* The rows are those read before the lock: have they changed since, the digest differs, and the records come. */
bool apply_audit_ask(struct apply_run *run, struct text *sql)
{
    struct verdict verdict;
    char digest[DIGEST_HEX_SIZE];
    if (run->audited || run->action.kind != APPLY_PREPARE || run->options.direction != DIRECTION_UPGRADE)
        return false;
    judge_rows(run, &verdict);
    audit_digest(run->arena, run->options.graph, &verdict.pending, digest);
    audit_add_question(sql, session_ledger(run->session), digest);
    return true;
}

static void warn(const struct apply_run *run, const struct audit *audit)
{
    for (size_t i = 0; i < audit->count; i++) {
        struct log_about about = {.target = run->options.target->name, .revision = audit->findings[i].revision};
        log_event(LOG_SEVERITY_WARNING, &about, "%s", audit_line(run->arena, &audit->findings[i]));
    }
}

bool apply_audit_take(struct apply_run *run, const PGresult *result, struct error *error)
{
    struct verdict verdict;
    struct audit audit;
    struct audit_records records = audit_read(run->arena, result);
    run->audited = true;
    judge_rows(run, &verdict);
    audit_judge(run->arena, run->options.graph, &verdict.pending, &records, &audit);
    if (audit.count == 0 || verdict.pending.count == 0)
        return true;
    if (run->options.target->on_changed != CHANGED_WARN) {
        run->result.changed = true;
        return audit_refuse(run->arena, &audit, error);
    }
    warn(run, &audit);
    return true;
}
