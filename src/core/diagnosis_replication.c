#include "base/arena.h"
#include "base/text.h"
#include "diagnosis_parts.h"

#include <string.h>

#define MUCH_WAL    ((double)1024 * 1024 * 1024)
#define FAR_SECONDS 10

/* What is wrong with a slot, NULL: nothing. */
static const char *slot_fault(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    const char *status = answer_text(answer, row, "wal_status");
    const char *size = answer_size(diagnosis, answer_number(answer, row, "bytes"));
    if (strcmp(status, "lost") == 0)
        return "is lost: the WAL that it needs is gone";
    if (strcmp(status, "unreserved") == 0)
        return arena_printf(diagnosis->arena, "is %s behind, and loses its WAL at the next checkpoint", size);
    if (!answer_is_true(answer, row, "active"))
        return arena_printf(diagnosis->arena, "is used by nobody, and keeps %s of WAL", size);
    if (answer_number(answer, row, "bytes") > MUCH_WAL)
        return arena_printf(diagnosis->arena, "is %s behind: a revision that writes much adds to it", size);
    return NULL;
}

void diagnose_slots(struct diagnosis *diagnosis, const struct answer *answer)
{
    size_t faults = 0;
    for (size_t i = 0; i < answer->n_rows; i++) {
        const char *fault = slot_fault(diagnosis, answer, i);
        if (fault == NULL || faults++ >= DIAGNOSIS_MOST)
            continue;
        diagnosis_add(diagnosis, FINDING_WARN, "the %s slot %s %s", answer_text(answer, i, "slot_type"),
                      answer_text(answer, i, "slot_name"), fault);
        if (answer_is_true(answer, i, "active"))
            diagnosis_next(diagnosis, "wait until its reader has caught up");
        else
            diagnosis_next(diagnosis, "start its reader again; if it is gone for good: %s",
                           answer_text(answer, i, "remedy"));
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, faults);
    if (faults == 0 && answer->n_rows == 0)
        diagnosis_add(diagnosis, FINDING_OK, "none");
    else if (faults == 0)
        diagnosis_add(diagnosis, FINDING_OK, "%zu, all in use", answer->n_rows);
}

static bool is_behind(const struct answer *answer, size_t row)
{
    return answer_number(answer, row, "seconds") > FAR_SECONDS || answer_number(answer, row, "bytes") > MUCH_WAL;
}

static void add_replica(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    bool is_remote = !answer_is_null(answer, row, "client_addr");
    diagnosis_add(diagnosis, FINDING_WARN, "%s%s%s (%s) is %s and %s behind: what is applied is seen there later",
                  answer_text(answer, row, "application_name"), is_remote ? " at " : "",
                  answer_text(answer, row, "client_addr"), answer_text(answer, row, "state"),
                  answer_size(diagnosis, answer_number(answer, row, "bytes")),
                  answer_duration(diagnosis, answer, row));
    diagnosis_next(diagnosis, "SELECT * FROM pg_stat_replication WHERE pid = %s", answer_text(answer, row, "pid"));
}

void diagnose_replicas(struct diagnosis *diagnosis, const struct answer *answer)
{
    size_t hidden = 0, behind = 0;
    for (size_t i = 0; i < answer->n_rows; i++) {
        hidden += answer_is_true(answer, i, "is_hidden");
        if (answer_is_true(answer, i, "is_hidden") || !is_behind(answer, i) || behind++ >= DIAGNOSIS_MOST)
            continue;
        add_replica(diagnosis, answer, i);
    }
    diagnosis_add_rest(diagnosis, FINDING_WARN, behind);
    if (hidden > 0) {
        diagnosis_add(diagnosis, FINDING_SKIP, "%zu replica%s may not be looked at", hidden, text_plural(hidden));
        diagnosis_next(diagnosis, "GRANT pg_read_all_stats TO \"%s\"", diagnosis->facts->role);
    } else if (answer->n_rows == 0) {
        diagnosis_add(diagnosis, FINDING_OK, "none");
    } else if (behind == 0) {
        diagnosis_add(diagnosis, FINDING_OK, "%zu, none far behind", answer->n_rows);
    }
}

/* A COMMIT waits when synchronous_commit asks for more than the own disk, and standbys are named. */
void diagnose_synchronous(struct diagnosis *diagnosis, const struct answer *answer)
{
    if (answer->n_rows == 0) {
        diagnosis_add(diagnosis, FINDING_OK, "a standby does not commit");
        return;
    }
    const char *commit = answer_text(answer, 0, "synchronous_commit"), *names = answer_text(answer, 0, "names");
    bool waits = names[0] != '\0' && strcmp(commit, "off") != 0 && strcmp(commit, "local") != 0;
    if (!waits) {
        diagnosis_add(diagnosis, FINDING_OK, "a COMMIT waits for no standby (synchronous_commit = %s)", commit);
    } else if (answer_number(answer, 0, "standbys") > 0) {
        double waiting = answer_number(answer, 0, "waiting");
        diagnosis_add(diagnosis, FINDING_OK, "a COMMIT waits for standbys (%s), and %s there; %.0f wait%s now", names,
                      answer_number(answer, 0, "standbys") > 1 ? "they are" : "one is", waiting,
                      waiting == 1 ? "s" : "");
    } else if (answer_number(answer, 0, "hidden") > 0) {
        diagnosis_add(diagnosis, FINDING_SKIP,
                      "a COMMIT waits for standbys (%s); whether they are there may not be looked at", names);
        diagnosis_next(diagnosis, "GRANT pg_read_all_stats TO \"%s\"", diagnosis->facts->role);
    } else {
        diagnosis_add(
            diagnosis, FINDING_FAIL,
            "a COMMIT waits for standbys (synchronous_standby_names = %s), and none is there: it never ends", names);
        diagnosis_next(
            diagnosis,
            "start the standby, or ALTER SYSTEM RESET synchronous_standby_names and SELECT pg_reload_conf()");
    }
}
