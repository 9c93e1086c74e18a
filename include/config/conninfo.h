/*
 * From a target's configuration to libpq's keywords: `postgresql://` URLs, with or without SQLAlchemy's `+driver`, and
 * key=value settings, given as such or in a file.
 *
 * libpq's own complaints quote what they could not read, which may be a password in the wrong place. Whatever can be
 * wrong is therefore looked for here first, and no message of this module holds a value.
 */
#ifndef MIGRATED_CONFIG_CONNINFO_H
#define MIGRATED_CONFIG_CONNINFO_H

#include "base/error.h"
#include "base/names.h"

#include <stddef.h>

struct arena;
struct target_config;

/* What the user gave, nothing else: libpq adds PG* variables, the service file and its defaults. */
struct conninfo {
    const char **keywords, **values; /* NULL-terminated, owned by the arena; secrets */
    size_t count;
    const char
        *display; /* for logs, without a password: "db.example:5432/app as deploy"; PG* and defaults included */
    const char *warning; /* a password file that libpq will ignore, and what to do; NULL: none */
};

/*
 * Resolve the connection of a target; a database_url_file is read anew at each call, one newline at its end does not
 * count. Errors: ERROR_CONFIG. `out` is untouched on failure.
 */
bool conninfo_resolve(struct arena *arena, const struct target_config *target, struct conninfo *out,
                      struct error *error);

/* The connection that applies revisions: migrate_url or its file, else as conninfo_resolve. */
bool conninfo_resolve_to_migrate(struct arena *arena, const struct target_config *target, struct conninfo *out,
                                 struct error *error);

/* As one URL that libpq understands, and SQLAlchemy; a secret. Owned by the arena. */
const char *conninfo_url(struct arena *arena, const struct conninfo *conninfo);

/* What must never be shown, as it is and percent-encoded; owned by the arena. */
struct names conninfo_secrets(struct arena *arena, const struct conninfo *conninfo);

/* Would `text` be understood? `as` is what messages call it. Errors: ERROR_CONFIG. */
bool conninfo_check(const char *as, const char *text, struct error *error);

#endif
