#include "core/diagnosis.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/text.h"
#include "diagnosis_parts.h"

#include <stdlib.h>
#include <string.h>

const char *finding_status_name(enum finding_status status)
{
    static const char *const names[] = {
        [FINDING_OK] = "ok", [FINDING_WARN] = "warn", [FINDING_FAIL] = "fail", [FINDING_SKIP] = "skip"};
    return names[status];
}

/* ---- findings ---- */

__attribute__((format(printf, 2, 0))) static const char *format_text(struct arena *arena, const char *format,
                                                                     va_list arguments)
{
    struct text text = {0};
    text_vaddf(&text, format, arguments);
    const char *copy = arena_string(arena, text_string(&text));
    text_finish(&text);
    return copy;
}

void diagnosis_add(struct diagnosis *diagnosis, enum finding_status status, const char *format, ...)
{
    va_list arguments;
    diagnosis->findings = arena_grow(diagnosis->arena, diagnosis->findings, diagnosis->count, &diagnosis->capacity,
                                     sizeof *diagnosis->findings);
    va_start(arguments, format);
    diagnosis->findings[diagnosis->count++] = (struct finding){
        .status = status,
        .check = diagnosis->check,
        .message = format_text(diagnosis->arena, format, arguments),
    };
    va_end(arguments);
}

void diagnosis_next(struct diagnosis *diagnosis, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnosis->findings[diagnosis->count - 1].next = format_text(diagnosis->arena, format, arguments);
    va_end(arguments);
}

void diagnosis_refused(struct diagnosis *diagnosis, const struct error *error)
{
    diagnosis_add(diagnosis, FINDING_SKIP, "the server refused the question: %s (SQLSTATE %s)", error->message,
                  error->sqlstate);
    if (strcmp(error->sqlstate, "42501") == 0)
        diagnosis_next(diagnosis, "GRANT pg_monitor TO \"%s\"", diagnosis->facts->role);
}

void diagnosis_add_rest(struct diagnosis *diagnosis, enum finding_status status, size_t count)
{
    if (count > DIAGNOSIS_MOST)
        diagnosis_add(diagnosis, status, "and %zu more", count - DIAGNOSIS_MOST);
}

bool diagnosis_has_failed(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->count; i++)
        if (diagnosis->findings[i].status == FINDING_FAIL)
            return true;
    return false;
}

/* ---- answers ---- */

const char *answer_cell(const struct answer *answer, size_t row, const char *column)
{
    for (size_t i = 0; i < answer->n_columns; i++)
        if (strcmp(answer->columns[i], column) == 0)
            return answer->cells[row * answer->n_columns + i];
    abort(); /* question and judgement are both part of the program */
}

const char *answer_text(const struct answer *answer, size_t row, const char *column)
{
    const char *cell = answer_cell(answer, row, column);
    return cell == NULL ? "" : cell;
}

bool answer_is_null(const struct answer *answer, size_t row, const char *column)
{
    return answer_cell(answer, row, column) == NULL;
}

bool answer_is_true(const struct answer *answer, size_t row, const char *column)
{
    return answer_text(answer, row, column)[0] == 't';
}

double answer_number(const struct answer *answer, size_t row, const char *column)
{
    return strtod(answer_text(answer, row, column), NULL);
}

const char *answer_who(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    const char *application = answer_text(answer, row, "application_name"),
               *user = answer_text(answer, row, "usename");
    if (answer_is_null(answer, row, "pid"))
        return "a prepared transaction";
    return arena_printf(diagnosis->arena, "pid %s (%s%s%s)", answer_text(answer, row, "pid"), application,
                        application[0] != '\0' ? ", " : "", user[0] != '\0' ? user : "unknown");
}

const char *answer_duration(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    char duration[DURATION_SIZE];
    double seconds = answer_number(answer, row, "seconds");
    return arena_string(diagnosis->arena, duration_format(seconds < 0 ? 0 : (int64_t)(seconds * 1000), duration));
}

const char *answer_since(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    if (answer_is_null(answer, row, "seconds"))
        return "";
    return arena_printf(diagnosis->arena, " for %s", answer_duration(diagnosis, answer, row));
}

const char *answer_size(struct diagnosis *diagnosis, double bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1024;
    return arena_printf(diagnosis->arena, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}
