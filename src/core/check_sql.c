#include "core/check_sql.h"

#include "base/arena.h"

#include <string.h>

static void judge(struct arena *arena, const struct check_terms *terms, const struct check_answer *answer,
                  struct check_result *result)
{
    (void)terms;
    if (answer == NULL)
        return;
    if (answer->n_columns != 1)
        check_say(
            result, false,
            arena_printf(arena, "the query returned %zu columns: it must return one boolean", answer->n_columns));
    else if (answer->types[0] != CHECK_COLUMN_BOOLEAN)
        check_say(result, false, "the query returned no boolean: compare, or cast with ::boolean");
    else if (answer->n_rows == 0)
        check_say(result, false, "the query returned no row: it must return one boolean");
    else if (answer->n_rows > 1)
        check_say(result, false,
                  arena_printf(arena, "the query returned %zu rows: it must return one boolean", answer->n_rows));
    else if (answer->values[0] == NULL)
        check_say(result, false, "the query returned NULL");
    else if (strcmp(answer->values[0], "t") != 0)
        check_say(result, false, "the query returned false");
    else
        check_say(result, true, "the query returned true");
}

const struct check_type check_sql = {.name = "sql", .judge = judge};
