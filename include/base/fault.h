/*
 * Faults: everything wrong with the revision files, collected so that all are reported at once.
 */
#ifndef MIGRATED_BASE_FAULT_H
#define MIGRATED_BASE_FAULT_H

#include <stddef.h>

struct arena;

struct fault {
    const char *file;    /* owned by the list's arena */
    unsigned line;       /* 1-based, 0 if the whole file is meant */
    unsigned column;     /* 1-based, in characters, 0 if unknown */
    const char *message; /* one sentence, no final dot; owned by the list's arena */
};

struct faults {
    struct arena *arena; /* borrowed, must outlive the list */
    struct fault *items;
    size_t count, capacity;
};

/* `struct faults faults = {.arena = arena};` is an empty list. */
void fault_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* By file, line and column, the order in which they are printed. */
void faults_sort(struct faults *faults);

#endif
