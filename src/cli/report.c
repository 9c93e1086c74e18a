#include "cli/report.h"

#include "base/text.h"
#include "cli/json_print.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool colour_off;
static const char *usage_next = "migrated help";

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

/* ---- the document of --json ---- */

static struct {
    bool wanted;
    json_t *error, *faults; /* NULL: none yet */
} document;

void report_json(bool wanted)
{
    document.wanted = wanted;
}

/* The first error is the one that matters. */
static void keep_error(const struct error *error)
{
    if (document.wanted && document.error == NULL)
        document.error = json_error(error);
}

static void keep_fault(const char *file, unsigned line, unsigned column, const char *message, const char *next)
{
    if (!document.wanted)
        return;
    json_t *fault = json_fault(file, line, column, message);
    if (next != NULL)
        json_object_set_new(fault, "next", json_text(next));
    if (document.faults == NULL)
        document.faults = json_array();
    json_array_append_new(document.faults, fault);
}

void report_finish(void)
{
    if (document.error != NULL && !json_printed()) {
        json_t *body = json_object();
        json_object_set_new(body, "ok", json_false());
        json_object_set(body, "error", document.error);
        if (document.faults != NULL)
            json_object_set(body, "faults", document.faults);
        json_print(body);
    }
    json_decref(document.error);
    json_decref(document.faults);
    document.error = document.faults = NULL;
    document.wanted = false;
}

/* ---- errors ---- */

int report_error(const struct error *error)
{
    keep_error(error);
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

void report_usage_next(const char *next)
{
    usage_next = next;
}

int report_usage(const char *format, ...)
{
    va_list arguments;
    struct error error;
    va_start(arguments, format);
    error_vset(&error, ERROR_USAGE, format, arguments);
    va_end(arguments);
    error_next(&error, "%s", usage_next);
    return report_error(&error);
}

int report_faults(struct faults *faults)
{
    struct error sum;
    fflush(stdout);
    faults_sort(faults);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        print_place(fault->file, fault->line, fault->column);
        fprintf(stderr, "%s\n", fault->message);
        keep_fault(fault->file, fault->line, fault->column, fault->message, NULL);
    }
    error_set(&sum, ERROR_FILES, "%zu fault%s in the revision files", faults->count, text_plural(faults->count));
    fprintf(stderr, "%s\n", sum.message);
    keep_error(&sum);
    return error_exit_status(sum.code);
}

int report_config_faults(const struct config_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct error *fault = &faults->items[i];
        report_error(fault);
        keep_fault(fault->file, fault->line, fault->column, fault->message, fault->next);
    }
    if (faults->count > 1)
        fprintf(stderr, "%zu faults in the configuration\n", faults->count);
    return error_exit_status(faults->items[0].code);
}

void report_note(const char *file, unsigned line, unsigned column, const char *format, ...)
{
    va_list arguments;
    print_place(file, line, column);
    print_label("note:", "1;36");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
