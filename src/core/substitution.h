/* A text while values are put into it: what layouts use for it. Private to core. */
#ifndef MIGRATED_CORE_SUBSTITUTION_H
#define MIGRATED_CORE_SUBSTITUTION_H

#include "core/inclusion.h"
#include "core/parameters.h"

struct substitution {
    struct arena *arena;
    const struct parameters *parameters; /* borrowed, like all here */
    const struct revision *revision;     /* its names and settings are known, its texts are not */
    const char *path, *text;
    size_t length;
    const struct inclusions *before; /* files in the text; NULL: none */
    struct inclusions *after;        /* the same in `out` */
    struct text *out;
    struct faults *faults;
    const char *hash; /* the layout's own, of the text as it is; owned by the arena; NULL: it checks none */

    /* Private: how far the text was copied to `out`, and where the place that was asked for last stands. */
    size_t copied, position, next;
    struct place place;
    size_t n_faults;     /* those that are not told too */
    struct place untold; /* of the first of these */
};

/* Put these bytes where `length` bytes stand in the text. Always behind the last that were put in. */
void substitution_put(struct substitution *substitution, size_t offset, size_t length, const char *bytes,
                      size_t bytes_length);

/* A fault of what stands there, behind the last that were put in. */
void substitution_fault(struct substitution *substitution, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of a variable of the environment; NULL: it is not set. */
const char *parameters_environment(const struct parameters *parameters, const char *name, size_t length);
/* That of a parameter of the target, whose name's case does not matter; NULL: there is none. */
const char *parameters_find(const struct parameters *parameters, const char *name, size_t length);

#endif
