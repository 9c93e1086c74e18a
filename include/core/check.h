/*
 * The checks of `[check NAME]`: from what a query answered to a result with a message and figures. Pure; each type is one
 * file with one `const struct check_type`, and its line in core/check.c.
 */
#ifndef MIGRATED_CORE_CHECK_H
#define MIGRATED_CORE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define CHECK_MOST_ROWS 1000 /* no more are fetched: an answer of that many is refused */

/* Types of columns, from PostgreSQL's pg_type.dat. */
#define CHECK_COLUMN_BOOLEAN     16
#define CHECK_COLUMN_TIMESTAMP   1114
#define CHECK_COLUMN_TIMESTAMPTZ 1184

/* What the query brought, borrowed. */
struct check_answer {
    const unsigned *types;     /* of the columns */
    const char *const *values; /* row after row, as text; NULL for NULL */
    size_t n_columns, n_rows;
    const char *now, *local_now; /* the server's clock as timestamptz and as timestamp, in ISO style */
};

/* What the configuration says of it. */
struct check_terms {
    int64_t threshold_ms; /* of types that have one */
};

enum check_field_kind { CHECK_NULL, CHECK_BOOLEAN, CHECK_TEXT, CHECK_INTEGER, CHECK_REAL };

struct check_field {
    const char *key;
    enum check_field_kind kind;
    bool yes;         /* CHECK_BOOLEAN */
    const char *text; /* CHECK_TEXT */
    double number;    /* CHECK_INTEGER, CHECK_REAL */
};

#define CHECK_MOST_FIELDS 8

/* Texts are owned by the arena, or static. */
struct check_result {
    bool ok;
    const char *message;
    const char *brief_message;                    /* the same without the server's texts */
    struct check_field fields[CHECK_MOST_FIELDS]; /* always the same keys for a type, in this order */
    size_t n_fields;
};

struct check_type {
    const char *name; /* `type` in the configuration */
    bool has_threshold;
    /* `answer` NULL: there is none, only the fields are wanted. The result comes zeroed. */
    void (*judge)(struct arena *arena, const struct check_terms *terms, const struct check_answer *answer,
                  struct check_result *result);
};

extern const struct check_type *const check_types[]; /* ended by NULL */

const struct check_type *check_type_find(const char *name); /* NULL: there is none */

void check_judge(struct arena *arena, const struct check_type *type, const struct check_terms *terms,
                 const struct check_answer *answer, struct check_result *result);
/* Not well, for want of an answer: `message` says why. Both texts are borrowed. */
void check_fail(struct arena *arena, const struct check_type *type, const struct check_terms *terms,
                const char *message, const char *brief_message, struct check_result *result);

/* For the types: a judgement in words that everybody may read; and the next field, for its value to be filled in. */
void check_say(struct check_result *result, bool ok, const char *message);
struct check_field *check_add_field(struct check_result *result, const char *key, enum check_field_kind kind);

#endif
