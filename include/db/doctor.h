/*
 * The doctor's checks, a row each: its question (src/db/sql/doctor_NAME.sql) and its judgement. A check is added by its
 * SQL file, its row here and its judgement in core/diagnosis.
 */
#ifndef MIGRATED_DB_DOCTOR_H
#define MIGRATED_DB_DOCTOR_H

#include "core/diagnosis.h"
#include "core/ledger.h"

#include <libpq-fe.h>

struct doctor_check {
    const char *name;
    diagnosis_judge *judge;
    const char *sql; /* NULL: nothing is asked, what is known is judged */
};

/* In the order in which they are told; the first is "connection". */
extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

/* The check's message: its limits, read only, with no schema but pg_catalog in search_path; all of that ends with it,
 * so that nothing stays behind in a pooler's backend. `older_than_ms` is what makes a transaction a long one. */
void doctor_add_question(struct text *sql, const struct doctor_check *check, const struct ledger *ledger,
                         int64_t older_than_ms);

/* Owned by the arena. */
struct answer doctor_read_answer(struct arena *arena, const PGresult *result);

#endif
