#include "core/retry.h"

#include <stddef.h>
#include <string.h>

#define MOST_RACES 5 /* other targets of the database make the same schema */

static bool is_one_of(const char *sqlstate, const char *const *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(sqlstate, states[i]) == 0)
            return true;
    return false;
}

bool retry_helps(const char *sqlstate)
{
    static const char *const states[] = {"55P03", "40P01", "40001"};
    return is_one_of(sqlstate, states, sizeof states / sizeof *states);
}

bool retry_was_race(const char *sqlstate, unsigned tries)
{
    static const char *const states[] = {"23505", "42P06", "42P07", "42710", "XX000"};
    if (strcmp(sqlstate, "42501") == 0)
        return tries == 1;
    return tries < MOST_RACES && is_one_of(sqlstate, states, sizeof states / sizeof *states);
}

bool retry_is_connection(const char *sqlstate)
{
    static const char *const states[] = {"57P01", "57P02", "57P03", "57P05", "53300"};
    return strncmp(sqlstate, "08", 2) == 0 || is_one_of(sqlstate, states, sizeof states / sizeof *states);
}

int64_t retry_delay_ms(unsigned attempt, int64_t base_ms, int64_t limit_ms, double random)
{
    int64_t ceiling = base_ms;
    for (unsigned i = 0; i < attempt && ceiling < limit_ms; i++)
        ceiling *= 2;
    if (ceiling > limit_ms)
        ceiling = limit_ms;

    int64_t delay = (int64_t)((double)ceiling * random);
    int64_t least = ceiling / 10;
    return delay < least ? least : delay;
}
