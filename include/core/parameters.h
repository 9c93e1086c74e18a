/*
 * Text parameters: values that the layouts whose tool has them put into a file's text (Flyway's and
 * graphile-migrate's placeholders, goose's variables). Pure: names and values in, a text out.
 */
#ifndef MIGRATED_CORE_PARAMETERS_H
#define MIGRATED_CORE_PARAMETERS_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;
struct inclusions;
struct revision_script;
struct text;

struct parameter {
    const char *name, *value;
};

/* What may be put in. */
struct parameters {
    struct parameter *items; /* the target's `vars.NAME = value` */
    size_t count, capacity;
    const char *const
        *environment; /* "NAME=value", NULL behind the last; NULL: none. The process's own: never copied */
};

/* One more; name and value are borrowed. One of the same name gets the value. */
void parameters_add(struct arena *arena, struct parameters *parameters, const char *name, const char *value);
/* Names and values are copied too, owned by the arena. Of NULL: none. */
struct parameters *parameters_copy(struct arena *arena, const struct parameters *parameters);

/*
 * Write to `out` the script's text with the values put in, as the revision's layout has it; the script becomes that text,
 * whose places are still those of its files, and keeps the checksum of what is written there: another value is no edit.
 * What has no value is a fault. Where nothing is put in, `out` is empty and the script as it was. `out` has to live as
 * long as the script; what else is made is owned by the arena.
 */
void parameters_put(struct arena *arena, const struct parameters *parameters, const struct revision *revision,
                    const char *path, struct revision_script *script, struct text *out, struct faults *faults);

/*
 * Write to `out` the text as it is written, without the values: they may be secrets. `offset`, of a byte of the text, becomes
 * that of the same byte in `out`, or of what a value was put in for. False: there are none in it, and `out` is empty.
 */
bool parameters_take_out(const struct inclusions *inclusions, const char *text, size_t length, size_t *offset,
                         struct text *out);

#endif
