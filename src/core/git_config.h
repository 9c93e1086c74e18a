/*
 * Text in the syntax of Git's configuration files, as sqitch's Config::GitLike reads it (parse_content, 1.18): sections
 * `[name]` and `[name "sub"]`, `key = value` with quotes, escapes, `#` and `;` comments, and lines that a backslash
 * continues. Private to core. Pure.
 */
#ifndef MIGRATED_CORE_GIT_CONFIG_H
#define MIGRATED_CORE_GIT_CONFIG_H

#include "base/fault.h"

#include <stdbool.h>

struct arena;

struct git_setting {
    const char *section, *key; /* in lower case */
    const char *written;       /* the key as it is written */
    const char *subsection;    /* "" if it has none */
    const char *value;         /* a key alone is "true" */
    unsigned line, column;     /* of the key */
};

/* Owned by the arena, in the order of the file. */
struct git_config {
    struct git_setting *items;
    size_t count, capacity;
};

/* What cannot be read is a fault of `path`; the rest is there in any case. */
void git_config_read(struct arena *arena, const char *path, const char *text, size_t length,
                     struct git_config *config, struct faults *faults);

/* The last one of this name, which counts; NULL: there is none. */
const struct git_setting *git_config_find(const struct git_config *config, const char *section,
                                          const char *subsection, const char *key);

bool git_config_has_section(const struct git_config *config, const char *section, const char *subsection);

#endif
