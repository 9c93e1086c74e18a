#include "base/arena.h"
#include "base/text.h"
#include "diagnosis_parts.h"

#include <string.h>

#define FULL_SHARE     0.9 /* of the connections that may be */
#define OLD_ROWS_SHARE 2   /* times autovacuum_freeze_max_age: then autovacuum does not keep up */

void diagnose_lock(struct diagnosis *diagnosis, const struct answer *answer)
{
    const char *key = answer_text(answer, 0, "key");
    if (!answer_is_true(answer, 0, "is_held")) {
        diagnosis_add(diagnosis, FINDING_OK, "nobody holds the lock, key %s", key);
        return;
    }
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++) {
        bool is_ours = strncmp(answer_text(answer, i, "application_name"), "migrated ", strlen("migrated ")) == 0;
        diagnosis_add(diagnosis, FINDING_WARN, "%s holds the lock, key %s; its session is there%s: runs wait for it",
                      answer_who(diagnosis, answer, i), key, answer_since(diagnosis, answer, i));
        if (is_ours)
            diagnosis_next(diagnosis, "`migrated wait`; it is at work");
        else if (!answer_is_null(answer, i, "pid"))
            diagnosis_next(diagnosis, "SELECT pg_terminate_backend(%s)", answer_text(answer, i, "pid"));
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, answer->n_rows);
}

void diagnose_table_locks(struct diagnosis *diagnosis, const struct answer *answer)
{
    if (answer->n_rows == 0)
        diagnosis_add(diagnosis, FINDING_OK, "nobody holds a lock on the version table that a run would wait for");
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++) {
        diagnosis_add(diagnosis, FINDING_WARN, "%s holds %s on %s%s", answer_who(diagnosis, answer, i),
                      answer_text(answer, i, "mode"), answer_text(answer, i, "table"),
                      answer_since(diagnosis, answer, i));
        if (answer_is_null(answer, i, "pid"))
            diagnosis_next(diagnosis, "SELECT * FROM pg_prepared_xacts");
        else
            diagnosis_next(diagnosis, "SELECT pg_terminate_backend(%s)", answer_text(answer, i, "pid"));
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, answer->n_rows);
}

void diagnose_blocked(struct diagnosis *diagnosis, const struct answer *answer)
{
    if (answer->n_rows == 0)
        diagnosis_add(diagnosis, FINDING_OK, "nobody waits for a lock in this database");
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++) {
        const char *blockers = answer_text(answer, i, "blockers");
        bool is_prepared = strcmp(blockers, "0") == 0;
        diagnosis_add(diagnosis, FINDING_WARN, "%s waits%s for a lock that %s%s holds",
                      answer_who(diagnosis, answer, i), answer_since(diagnosis, answer, i),
                      is_prepared ? "a prepared transaction" : "pid ", is_prepared ? "" : blockers);
        if (is_prepared)
            diagnosis_next(diagnosis, "SELECT * FROM pg_prepared_xacts");
        else
            diagnosis_next(diagnosis, "SELECT pid, state, query FROM pg_stat_activity WHERE pid IN (%s)", blockers);
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, answer->n_rows);
}

/* ---- transactions ---- */

static bool is_idle(const struct answer *answer, size_t row)
{
    return strncmp(answer_text(answer, row, "state"), "idle", strlen("idle")) == 0;
}

static void add_transaction(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    const char *snapshot = answer_text(answer, row, "snapshot_age");
    bool is_old = answer_number(answer, row, "snapshot_age") > 0;
    diagnosis_add(diagnosis, FINDING_WARN, "%s %s, in its transaction%s: %s%s%s%s",
                  answer_who(diagnosis, answer, row), answer_text(answer, row, "state"),
                  answer_since(diagnosis, answer, row),
                  "holds back CREATE INDEX CONCURRENTLY, VACUUM and whoever waits for its locks",
                  is_old ? "; its snapshot is " : "", is_old ? snapshot : "", is_old ? " transactions old" : "");
    diagnosis_next(diagnosis, "SELECT %s(%s); its %s is: %s",
                   is_idle(answer, row) ? "pg_terminate_backend" : "pg_cancel_backend",
                   answer_text(answer, row, "pid"), is_idle(answer, row) ? "last query" : "query",
                   answer_text(answer, row, "query"));
}

/* Rows of hidden sessions come last. */
void diagnose_long_transactions(struct diagnosis *diagnosis, const struct answer *answer)
{
    size_t seen = 0;
    while (seen < answer->n_rows && !answer_is_true(answer, seen, "is_hidden"))
        seen++;
    for (size_t i = 0; i < seen && i < DIAGNOSIS_MOST; i++)
        add_transaction(diagnosis, answer, i);
    diagnosis_add_rest(diagnosis, FINDING_WARN, seen);

    size_t hidden = answer->n_rows - seen;
    if (hidden > 0) {
        diagnosis_add(diagnosis, FINDING_SKIP, "%zu session%s of other roles may not be looked at", hidden,
                      text_plural(hidden));
        diagnosis_next(diagnosis, "GRANT pg_read_all_stats TO \"%s\"", diagnosis->facts->role);
    } else if (seen == 0) {
        diagnosis_add(diagnosis, FINDING_OK, "no transaction in this database is open for long");
    }
}

void diagnose_prepared_transactions(struct diagnosis *diagnosis, const struct answer *answer)
{
    if (answer->n_rows == 0)
        diagnosis_add(diagnosis, FINDING_OK, "none");
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++) {
        bool is_here = answer_is_true(answer, i, "is_here");
        diagnosis_add(diagnosis, FINDING_WARN,
                      "%s of %s in database %s is prepared%s: it keeps its locks%s until it is ended",
                      answer_text(answer, i, "gid"), answer_text(answer, i, "owner"),
                      answer_text(answer, i, "database"), answer_since(diagnosis, answer, i),
                      is_here ? ", and old rows," : " there, and old rows of shared tables,");
        diagnosis_next(diagnosis, "%s, or COMMIT PREPARED%s%s", answer_text(answer, i, "remedy"),
                       is_here ? "" : ", in database ", is_here ? "" : answer_text(answer, i, "database"));
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, answer->n_rows);
}

/* One worker of autovacuum; no row's worker is there when none is at work. */
static void add_worker(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    const char *pid = answer_text(answer, row, "pid");
    if (answer_is_true(answer, row, "is_hidden")) {
        diagnosis_add(diagnosis, FINDING_SKIP,
                      "autovacuum is at work, pid %s; whether against wraparound may not be looked at", pid);
        diagnosis_next(diagnosis, "GRANT pg_read_all_stats TO \"%s\"", diagnosis->facts->role);
        return;
    }
    diagnosis_add(diagnosis, FINDING_WARN, "pid %s, %s: does not give way to a revision that wants the table", pid,
                  answer_text(answer, row, "query"));
    diagnosis_next(diagnosis, "wait for it: SELECT * FROM pg_stat_progress_vacuum WHERE pid = %s", pid);
}

void diagnose_wraparound(struct diagnosis *diagnosis, const struct answer *answer)
{
    const char *age = answer_text(answer, 0, "age"), *most = answer_text(answer, 0, "most");
    size_t before = diagnosis->count;
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++)
        if (!answer_is_null(answer, i, "pid"))
            add_worker(diagnosis, answer, i);
    if (answer_number(answer, 0, "age") > OLD_ROWS_SHARE * answer_number(answer, 0, "most")) {
        diagnosis_add(diagnosis, FINDING_WARN,
                      "the oldest row is %s transactions old: autovacuum (from %s) does not keep up", age, most);
        diagnosis_next(diagnosis, "VACUUM (FREEZE, VERBOSE), and see what holds it back");
    }
    if (diagnosis->count == before)
        diagnosis_add(diagnosis, FINDING_OK, "the oldest row is %s transactions old, autovacuum steps in at %s", age,
                      most);
}

void diagnose_connections(struct diagnosis *diagnosis, const struct answer *answer)
{
    size_t before = diagnosis->count;
    for (size_t i = 0; i < answer->n_rows; i++) {
        if (answer_number(answer, i, "used") < FULL_SHARE * answer_number(answer, i, "most"))
            continue;
        diagnosis_add(diagnosis, FINDING_WARN, "%s of %s connections of the %s are in use: a run needs two",
                      answer_text(answer, i, "used"), answer_text(answer, i, "most"), answer_text(answer, i, "of"));
        diagnosis_next(
            diagnosis,
            "SELECT usename, application_name, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC");
    }
    if (diagnosis->count == before)
        diagnosis_add(diagnosis, FINDING_OK, "%s of %s are in use", answer_text(answer, 0, "used"),
                      answer_text(answer, 0, "most"));
}
