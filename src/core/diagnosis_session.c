#include "base/arena.h"
#include "base/duration.h"
#include "base/text.h"
#include "diagnosis_parts.h"

#include <string.h>

#define OLDEST_SERVER 130000
#define MOST_SKEW_MS  1000

void diagnose_connection(struct diagnosis *diagnosis, const struct answer *answer)
{
    const char *version = answer_text(answer, 0, "version"), *tls = answer_text(answer, 0, "tls");
    const char *login = answer_text(answer, 0, "login"), *role = answer_text(answer, 0, "role");
    bool is_old = answer_number(answer, 0, "version_number") < OLDEST_SERVER;
    diagnosis_add(diagnosis, is_old ? FINDING_WARN : FINDING_OK, "PostgreSQL %.*s at %s%s%s, %s",
                  (int)strcspn(version, " "), version, diagnosis->facts->display,
                  strcmp(login, role) == 0 ? "" : ", acting as ", strcmp(login, role) == 0 ? "" : role,
                  tls[0] != '\0' ? tls : "no TLS");
    if (is_old)
        diagnosis_next(diagnosis, "servers before version 13 are not tested with: upgrade the server");
}

/* The answer was made at some time between question and answer: only what lies outside counts. */
void diagnose_clock(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    char duration[DURATION_SIZE];
    int64_t server_ms = (int64_t)(answer_number(answer, 0, "seconds") * 1000), skew_ms = 0;
    if (server_ms < facts->asked_ms)
        skew_ms = facts->asked_ms - server_ms;
    else if (server_ms > facts->answered_ms)
        skew_ms = server_ms - facts->answered_ms;
    if (skew_ms <= MOST_SKEW_MS) {
        diagnosis_add(diagnosis, FINDING_OK, "the server's clock and this machine's agree");
        return;
    }
    diagnosis_add(diagnosis, FINDING_WARN,
                  "the server's clock is %s %s this machine's: times in the history and in the log differ",
                  duration_format(skew_ms, duration), server_ms > facts->answered_ms ? "ahead of" : "behind");
    diagnosis_next(diagnosis, "look at `timedatectl` on both machines");
}

void diagnose_pooler(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    (void)answer;
    if (!facts->pooled) {
        diagnosis_add(diagnosis, FINDING_OK, "none in between: the session has its backend for itself");
    } else if (facts->pooler_error == NULL) {
        diagnosis_add(diagnosis, FINDING_OK, "%s stands in between, and keeps a session's backend (session pooling)",
                      facts->pooler_name != NULL ? facts->pooler_name : "a connection pooler");
    } else {
        diagnosis_add(diagnosis, facts->reads_only ? FINDING_WARN : FINDING_FAIL, "%s", facts->pooler_error->message);
        diagnosis_next(diagnosis, "%s", facts->pooler_error->next);
    }
}

void diagnose_primary(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    const char *host = answer_text(answer, 0, "sender_host");
    if (answer_is_true(answer, 0, "in_recovery")) {
        diagnosis_add(diagnosis, facts->reads_only ? FINDING_OK : FINDING_FAIL,
                      facts->reads_only ? "a standby: what is applied is seen once it is replayed"
                                        : "a standby: nothing can be applied through it");
        if (!facts->reads_only && host[0] != '\0')
            diagnosis_next(diagnosis, "give the primary's address; its WAL comes from %s:%s", host,
                           answer_text(answer, 0, "sender_port"));
        else if (!facts->reads_only)
            diagnosis_next(diagnosis,
                           "give the primary's address, or several hosts and target_session_attrs=primary");
        return;
    }
    if (facts->any_host && !facts->reads_only) {
        diagnosis_add(diagnosis, FINDING_WARN,
                      "a primary, but several hosts are given and any will do: after a failover it may be a standby");
        diagnosis_next(diagnosis, "add target_session_attrs=primary to the database URL");
        return;
    }
    diagnosis_add(diagnosis, FINDING_OK, "a primary");
}

/* ---- what the role may ---- */

static const struct need {
    const char *name;
    enum finding_status status;
    bool to_apply; /* of no interest to who only reads */
    const char *without;
} needs[] = {
    {"read", FINDING_FAIL, false, "the version rows can't be read"},
    {"graph", FINDING_WARN, false, "revisions of newer releases are unknown, not ahead"},
    {"apply", FINDING_FAIL, true, "revisions can't be applied"},
    {"see", FINDING_WARN, false, "what other roles' sessions do can't be seen"},
    {"end", FINDING_WARN, true, "sessions that are in the way can't be ended"},
};

static const struct need *find_need(const char *name)
{
    const struct need *need = needs;
    while (strcmp(need->name, name) != 0)
        need++;
    return need;
}

void diagnose_privileges(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    size_t before = diagnosis->count;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const struct need *need = find_need(answer_text(answer, i, "need"));
        if (need->to_apply && facts->reads_only)
            continue;
        diagnosis_add(diagnosis, need->status, "role %s lacks %s: %s", facts->role, answer_text(answer, i, "what"),
                      need->without);
        diagnosis_next(diagnosis, "%s", answer_text(answer, i, "remedy"));
    }
    if (diagnosis->count == before)
        diagnosis_add(diagnosis, FINDING_OK, "role %s has what it needs to %s", facts->role,
                      facts->reads_only ? "read" : "apply revisions");
}

void diagnose_ownership(struct diagnosis *diagnosis, const struct answer *answer)
{
    const char *role = diagnosis->facts->role;
    if (diagnosis->facts->reads_only) {
        diagnosis_add(diagnosis, FINDING_OK, "nothing is altered with apply = never");
        return;
    }
    if (answer->n_rows == 0)
        diagnosis_add(diagnosis, FINDING_OK, "role %s may alter all there is in the schema", role);
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++) {
        size_t tables = (size_t)answer_number(answer, i, "tables");
        diagnosis_add(
            diagnosis, FINDING_WARN, "%zu relation%s of the schema belong%s to %s (%s%s): role %s may not alter %s",
            tables, text_plural(tables), tables == 1 ? "s" : "", answer_text(answer, i, "owner"),
            answer_text(answer, i, "example"), tables == 1 ? "" : " ...", role, tables == 1 ? "it" : "them");
        diagnosis_next(diagnosis, "%s", answer_text(answer, i, "remedy"));
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, answer->n_rows);
}

/* ---- what a new session begins with ---- */

static const struct setting {
    const char *name, *good;
    enum finding_status status;
    const char *effect;
} settings[] = {
    {"statement_timeout", "0", FINDING_WARN, "runs set their own, but psql and `upgrade --sql` scripts do not"},
    {"lock_timeout", "0", FINDING_WARN, "runs set their own, but psql and `upgrade --sql` scripts do not"},
    {"idle_in_transaction_session_timeout", "0", FINDING_WARN,
     "runs set their own, but psql and `upgrade --sql` scripts do not"},
    {"transaction_timeout", "0", FINDING_WARN, "runs set their own, but psql and `upgrade --sql` scripts do not"},
    {"idle_session_timeout", "0", FINDING_WARN, "the daemon's connection is cut again and again"},
    {"default_transaction_read_only", "off", FINDING_WARN,
     "runs ask to write, but statements outside a transaction can't"},
    {"default_transaction_isolation", "read committed", FINDING_WARN,
     "runs set their own, but psql and `upgrade --sql` scripts do not"},
    {"default_transaction_deferrable", "off", FINDING_WARN,
     "serializable read-only transactions wait before they begin"},
    {"standard_conforming_strings", "on", FINDING_FAIL, "backslashes in quotes change what revisions mean"},
    {"session_replication_role", "origin", FINDING_FAIL, "triggers and foreign keys are not checked in revisions"},
    {"check_function_bodies", "on", FINDING_WARN, "a function with a faulty body is found out when it is called"},
    {"row_security", "on", FINDING_WARN, "queries that a row policy would filter fail"},
};

static const struct setting *find_setting(const char *name)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

void diagnose_defaults(struct diagnosis *diagnosis, const struct answer *answer)
{
    size_t before = diagnosis->count;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const char *name = answer_text(answer, i, "name"), *value = answer_text(answer, i, "value");
        const struct setting *setting = find_setting(name);
        if (setting == NULL || strcmp(value, setting->good) == 0)
            continue;
        diagnosis_add(diagnosis, setting->status, "a new session has %s = %s%s: %s", name, value,
                      answer_text(answer, i, "unit"), setting->effect);
        if (answer_is_null(answer, i, "remedy"))
            diagnosis_next(diagnosis, "%s'%s'", answer_text(answer, i, "remedy_begin"), setting->good);
        else
            diagnosis_next(diagnosis, "%s", answer_text(answer, i, "remedy"));
    }
    if (diagnosis->count == before)
        diagnosis_add(diagnosis, FINDING_OK, "no default of role, database or server is in the way");
}

/* "$user" is a place holder, and seldom there. */
void diagnose_search_path(struct diagnosis *diagnosis, const struct answer *answer)
{
    const char *path = answer->n_rows > 0 ? answer_text(answer, 0, "search_path") : "";
    size_t before = diagnosis->count;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const char *schema = answer_text(answer, i, "schema");
        if (answer_is_true(answer, i, "is_there") || strcmp(schema, "$user") == 0 || strcmp(schema, "pg_temp") == 0)
            continue;
        diagnosis_add(diagnosis, FINDING_WARN,
                      "search_path is %s, but schema %s is not there: what is meant for it is made in the next one",
                      path, schema);
        diagnosis_next(diagnosis, "CREATE SCHEMA \"%s\", or take it out of search_path", schema);
    }
    if (diagnosis->count == before)
        diagnosis_add(diagnosis, FINDING_OK, "search_path is %s", path[0] != '\0' ? path : "empty");
}
