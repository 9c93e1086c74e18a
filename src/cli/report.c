#include "cli/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool colour_off;

void report_no_colour(void)
{
    colour_off = true;
}

bool report_is_terminal(FILE *stream)
{
    const char *term = getenv("TERM");
    return isatty(fileno(stream)) && term != NULL && strcmp(term, "dumb") != 0;
}

bool report_has_colour(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR"); /* no-color.org: any value that is not empty */
    return !colour_off && (no_colour == NULL || *no_colour == '\0') && report_is_terminal(stream);
}

static void print_place(const char *file, unsigned line, unsigned column)
{
    if (file[0] == '\0')
        return;
    fputs(file, stderr);
    if (line > 0)
        fprintf(stderr, ":%u", line);
    if (line > 0 && column > 0)
        fprintf(stderr, ":%u", column);
    fputs(": ", stderr);
}

static void print_label(const char *label, const char *colour)
{
    if (report_has_colour(stderr))
        fprintf(stderr, "\033[%sm%s\033[0m ", colour, label);
    else
        fprintf(stderr, "%s ", label);
}

int report_error(const struct error *error)
{
    fflush(stdout);
    print_place(error->file, error->line, error->column);
    print_label("error:", "1;31");
    fprintf(stderr, "%s", error->message);
    if (error->sqlstate[0] != '\0')
        fprintf(stderr, " (SQLSTATE %s)", error->sqlstate);
    fputc('\n', stderr);
    if (error->detail[0] != '\0')
        fprintf(stderr, "%s\n", error->detail);
    if (error->next[0] != '\0') {
        print_label("next:", "1");
        fprintf(stderr, "%s\n", error->next);
    }
    return error_exit_status(error->code);
}

int report_usage(const char *format, ...)
{
    va_list arguments;
    struct error error;
    va_start(arguments, format);
    error_vset(&error, ERROR_USAGE, format, arguments);
    va_end(arguments);
    error_next(&error, "migrated help");
    return report_error(&error);
}

void report_faults(struct faults *faults)
{
    fflush(stdout);
    faults_sort(faults);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        print_place(fault->file, fault->line, fault->column);
        fprintf(stderr, "%s\n", fault->message);
    }
    fprintf(stderr, "%zu fault%s in the revision files\n", faults->count, faults->count == 1 ? "" : "s");
}
