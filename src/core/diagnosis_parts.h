/* What the judgements share. */
#ifndef MIGRATED_CORE_DIAGNOSIS_PARTS_H
#define MIGRATED_CORE_DIAGNOSIS_PARTS_H

#include "core/diagnosis.h"

/* More findings of one check than that only hide the others. */
#define DIAGNOSIS_MOST 5

/* A cell by its column's name; aborts on a column that the question does not have. NULL for NULL. */
const char *answer_cell(const struct answer *answer, size_t row, const char *column);
/* The same, "" for NULL. */
const char *answer_text(const struct answer *answer, size_t row, const char *column);
bool answer_is_null(const struct answer *answer, size_t row, const char *column);
bool answer_is_true(const struct answer *answer, size_t row, const char *column);
double answer_number(const struct answer *answer, size_t row, const char *column); /* 0 for NULL */

/* "pid 4711 (pg_dump, app)", from the columns pid, application_name and usename. */
const char *answer_who(struct diagnosis *diagnosis, const struct answer *answer, size_t row);
/* "3 min 12 s" from the column seconds. */
const char *answer_duration(struct diagnosis *diagnosis, const struct answer *answer, size_t row);
/* " for 3 min 12 s" from the column seconds, "" where it is NULL. */
const char *answer_since(struct diagnosis *diagnosis, const struct answer *answer, size_t row);
/* "1.5 GB". */
const char *answer_size(struct diagnosis *diagnosis, double bytes);

/* Was a half done revision building the index of this name? */
bool diagnosis_is_half_built(const struct diagnosis *diagnosis, const char *index);

/* Of `count` rows no more than DIAGNOSIS_MOST are told: say how many there are beyond. */
void diagnosis_add_rest(struct diagnosis *diagnosis, enum finding_status status, size_t count);

#endif
