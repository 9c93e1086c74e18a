/*
 * What stands in the way of migrating, or makes it unsafe. Pure: the server's answers and what is known about the
 * session and the files go in, findings come out, each with what to type next. Who asks is flows/doctor.h, the questions
 * are db/doctor.h.
 */
#ifndef MIGRATED_CORE_DIAGNOSIS_H
#define MIGRATED_CORE_DIAGNOSIS_H

#include "base/error.h"
#include "core/audit.h"
#include "core/half_done.h"
#include "core/journal.h"
#include "core/verdict.h"

#include <stdint.h>

struct arena;

enum finding_status {
    FINDING_OK,
    FINDING_WARN,
    FINDING_FAIL,
    FINDING_SKIP, /* could not be asked; the message says why */
};

const char *finding_status_name(enum finding_status status); /* "ok", "warn", "fail", "skip" */

struct finding {
    enum finding_status status;
    const char *check;   /* "long_transactions"; static */
    const char *message; /* one sentence, no final dot; owned by the arena */
    const char *next;    /* what to do or type, NULL: nothing; owned by the arena */
};

/* A server's answer: rows of texts by column. */
struct answer {
    const char *const *columns; /* borrowed, as the cells */
    size_t n_columns;
    const char *const *cells; /* row after row, NULL for NULL */
    size_t n_rows;
};

/* What is known without a question of the check's own. Everything is borrowed. */
struct diagnosis_facts {
    const char *display;              /* "host:port/dbname as user" */
    const char *role;                 /* as the server says it */
    bool reads_only;                  /* apply = never: the role need not be able to change anything */
    bool any_host;                    /* several hosts are given, and any of them will do */
    bool pooled;                      /* a pooler stands in between, and keeps a session's backend unless */
    const struct error *pooler_error; /* this says otherwise; NULL: nothing was wrong */
    const char *pooler_name;          /* "PgBouncer 1.18.0", NULL: it does not tell */
    int64_t asked_ms, answered_ms;    /* wall clock, around the question under way */
    const struct graph *graph;        /* NULL: the files could not be read, or have faults */
    const struct error *files_error;  /* they could not be read, NULL: they could */
    const struct faults *faults;      /* of the files */
    const struct verdict *verdict;    /* NULL: the version rows are not known */
    const struct error *rows_error;   /* why they are not, NULL: nothing was wrong */
    bool changed_fails;               /* on_changed = fail */
    const struct error *books_error;  /* why what follows is not known; NULL: nothing was wrong */
    struct audit audit;
    size_t recorded;                     /* revisions that are applied as the history tells */
    struct half_done_list half_done;     /* that nobody else has finished */
    const struct journal_entry *journal; /* of the first that is begun */
    size_t n_journal;
};

struct diagnosis {
    struct arena *arena;                 /* borrowed; owns the findings */
    const struct diagnosis_facts *facts; /* borrowed; may change between two checks */
    const char *check;                   /* the check under way: the name of what is added */
    struct finding *findings;
    size_t count, capacity;
};

/* Add a finding of the check under way. */
void diagnosis_add(struct diagnosis *diagnosis, enum finding_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What to do about the last one. */
void diagnosis_next(struct diagnosis *diagnosis, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The check's question was refused: skipped, and why. */
void diagnosis_refused(struct diagnosis *diagnosis, const struct error *error);
bool diagnosis_has_failed(const struct diagnosis *diagnosis);

/* A judgement: at least one finding of the check under way. The answer is that of src/db/sql/doctor_NAME.sql. */
typedef void diagnosis_judge(struct diagnosis *diagnosis, const struct answer *answer);

/* Of the session (core/diagnosis_session.c); pooler looks at the facts alone. */
diagnosis_judge diagnose_connection, diagnose_clock, diagnose_pooler, diagnose_primary, diagnose_privileges,
    diagnose_ownership, diagnose_defaults, diagnose_search_path;
/* Of what others do (core/diagnosis_activity.c). */
diagnosis_judge diagnose_lock, diagnose_table_locks, diagnose_blocked, diagnose_long_transactions,
    diagnose_prepared_transactions, diagnose_wraparound, diagnose_connections;
/* Of replication (core/diagnosis_replication.c). */
diagnosis_judge diagnose_slots, diagnose_replicas, diagnose_synchronous;
/* Of what the books tell (core/diagnosis_books.c), the facts alone. */
diagnosis_judge diagnose_half_done, diagnose_changed;
/* Of the schema and the files (core/diagnosis_schema.c); files and version_rows look at the facts alone. */
diagnosis_judge diagnose_indexes, diagnose_constraints, diagnose_version_table, diagnose_files, diagnose_version_rows;

#endif
