#include "core/timestamp.h"

#include "base/arena.h"

#define DAY_MS ((int64_t)86400000)

/* Days since 1970-01-01 of a date of the Gregorian calendar, whose year begins in March for this. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* Digits to a number; 0 digits: false. */
static bool take_number(const char **text, int64_t *number)
{
    const char *start = *text;
    for (*number = 0; **text >= '0' && **text <= '9' && *text - start < 9; ++*text)
        *number = *number * 10 + (**text - '0');
    return *text > start;
}

static bool take(const char **text, char separator, int64_t *number)
{
    return *(*text)++ == separator && take_number(text, number);
}

static int64_t take_fraction_ms(const char **text)
{
    int64_t ms = 0, unit = 100;
    if (**text != '.')
        return 0;
    for (++*text; **text >= '0' && **text <= '9'; ++*text, unit /= 10)
        ms += (**text - '0') * unit;
    return ms;
}

/* "+02", "-03:30" or "+00:19:32", which is how far the text is ahead of UTC; none: 0. */
static bool take_offset_ms(const char **text, int64_t *ms)
{
    int64_t hours = 0, minutes = 0, seconds = 0;
    char sign = **text;
    *ms = 0;
    if (sign != '+' && sign != '-')
        return true;
    if (!take(text, sign, &hours) || (**text == ':' && !take(text, ':', &minutes)) ||
        (**text == ':' && !take(text, ':', &seconds)))
        return false;
    *ms = ((hours * 60 + minutes) * 60 + seconds) * (sign == '-' ? -1000 : 1000);
    return true;
}

bool timestamp_parse(const char *text, int64_t *ms)
{
    int64_t year, month, day, hour, minute, second, offset_ms;
    if (!take_number(&text, &year) || !take(&text, '-', &month) || !take(&text, '-', &day) ||
        !take(&text, ' ', &hour) || !take(&text, ':', &minute) || !take(&text, ':', &second))
        return false;
    int64_t fraction_ms = take_fraction_ms(&text);
    if (!take_offset_ms(&text, &offset_ms) || *text != '\0' || month < 1 || month > 12 || day < 1)
        return false;
    *ms = days_of(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms - offset_ms;
    return true;
}

const char *timestamp_format(struct arena *arena, int64_t ms)
{
    int64_t days = ms / DAY_MS - (ms % DAY_MS < 0), second = (ms - days * DAY_MS) / 1000;
    int64_t shifted = days + 719468, era = (shifted - (shifted < 0 ? 146096 : 0)) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)(year_of_era + era * 400 + (month <= 2)),
                        (int)month, (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1), (int)(second / 3600),
                        (int)(second / 60 % 60), (int)(second % 60));
}
