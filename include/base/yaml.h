/*
 * A flat YAML document, by libyaml: keys with a scalar or a list of scalars, each with its place. What is deeper is an
 * error. Pure: text in, entries out.
 */
#ifndef MIGRATED_BASE_YAML_H
#define MIGRATED_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct yaml_scalar {
    const char *text;
    unsigned line, column; /* 1-based, the column in characters */
};

struct yaml_entry {
    struct yaml_scalar key;
    struct yaml_scalar *values; /* of a key with a scalar one */
    size_t count;
    bool list;
};

struct yaml_map {
    struct yaml_entry *entries;
    size_t count;
    const char *error; /* where it is none: why, and its place */
    unsigned line, column;
};

/* False: it is no flat document (then map->error is set). Everything is copied into the arena. */
bool yaml_read(struct arena *arena, const char *text, size_t length, struct yaml_map *map);

#endif
