#include "core/check.h"

#include "base/arena.h"
#include "core/check_heartbeat.h"
#include "core/check_sql.h"

#include <assert.h>
#include <string.h>

const struct check_type *const check_types[] = {&check_heartbeat, &check_sql, NULL};

const struct check_type *check_type_find(const char *name)
{
    for (const struct check_type *const *type = check_types; *type != NULL; type++)
        if (strcmp((*type)->name, name) == 0)
            return *type;
    return NULL;
}

void check_say(struct check_result *result, bool ok, const char *message)
{
    result->ok = ok;
    result->message = result->brief_message = message;
}

struct check_field *check_add_field(struct check_result *result, const char *key, enum check_field_kind kind)
{
    assert(result->n_fields < CHECK_MOST_FIELDS);
    struct check_field *field = &result->fields[result->n_fields++];
    *field = (struct check_field){.key = key, .kind = kind};
    return field;
}

void check_judge(struct arena *arena, const struct check_type *type, const struct check_terms *terms,
                 const struct check_answer *answer, struct check_result *result)
{
    if (answer->n_rows >= CHECK_MOST_ROWS) {
        const char *message = arena_printf(arena, "the query returned %d rows or more", CHECK_MOST_ROWS);
        check_fail(arena, type, terms, message, message, result);
        return;
    }
    *result = (struct check_result){0};
    type->judge(arena, terms, answer, result);
}

void check_fail(struct arena *arena, const struct check_type *type, const struct check_terms *terms,
                const char *message, const char *brief_message, struct check_result *result)
{
    *result = (struct check_result){0};
    type->judge(arena, terms, NULL, result);
    check_say(result, false, message);
    result->brief_message = brief_message;
}
