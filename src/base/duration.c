#include "base/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000},
};

bool duration_parse(const char *text, bool bare_seconds, int64_t *ms)
{
    if (text[0] < '0' || text[0] > '9') /* no sign, no blanks */
        return false;

    char *end;
    errno = 0;
    int64_t number = strtoll(text, &end, 10);
    if (errno != 0)
        return false;

    int64_t factor = 0;
    if (*end == '\0')
        factor = bare_seconds || number == 0 ? 1000 : 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0)
            factor = units[i].ms;
    if (factor == 0 || number > INT64_MAX / factor)
        return false;

    *ms = number * factor;
    return true;
}

const char *duration_format(int64_t ms, char out[DURATION_SIZE])
{
    int64_t seconds = ms / 1000;
    if (ms < 1000)
        snprintf(out, DURATION_SIZE, "%" PRId64 " ms", ms);
    else if (seconds < 60)
        snprintf(out, DURATION_SIZE, "%" PRId64 ".%" PRId64 " s", seconds, ms % 1000 / 100);
    else if (seconds < 3600)
        snprintf(out, DURATION_SIZE, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
    else
        snprintf(out, DURATION_SIZE, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds % 3600 / 60);
    return out;
}
