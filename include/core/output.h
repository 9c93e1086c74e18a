/*
 * What a command prints, as lines that may be shown to people: escape sequences and control characters taken out, valid
 * UTF-8, long ones cut, secrets starred. Pure: bytes go in as they come, whole lines come out; the last ones are kept.
 */
#ifndef MIGRATED_CORE_OUTPUT_H
#define MIGRATED_CORE_OUTPUT_H

#include "base/names.h"
#include "base/text.h"

struct arena;

#define OUTPUT_LINE 1000 /* bytes of a line that are shown */
#define OUTPUT_LAST 20   /* lines that are kept */

/* `struct output output = {.secrets = ...};` is empty. */
struct output {
    struct names secrets;    /* borrowed; empty ones are passed over */
    struct text partial[2];  /* of stdout and stderr: a line whose end is yet to come */
    char *last[OUTPUT_LAST]; /* owned; a ring */
    size_t count;            /* lines so far */
    /* For each line; borrowed, until the call returns. */
    void (*line)(void *context, const char *line);
    void *context;
};

/* Bytes from stdout (0) or stderr (1). Empty lines are passed over; a carriage return ends a line, too. */
void output_feed(struct output *output, unsigned stream, const char *bytes, size_t length);
/* The end of both: what has no newline is a line. */
void output_end(struct output *output);
/* The last lines, oldest first, at most `most`; borrowed, until more comes; the array is owned by the arena. */
struct names output_last(const struct output *output, struct arena *arena, size_t most);
void output_finish(struct output *output);

#endif
