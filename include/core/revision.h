/*
 * A revision: one node of the graph, with what its file says about it. The words are Alembic's.
 */
#ifndef MIGRATED_CORE_REVISION_H
#define MIGRATED_CORE_REVISION_H

#include "base/digest.h"
#include "base/error.h"
#include "base/names.h"
#include "core/sql_lock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum revision_phase { PHASE_EXPAND, PHASE_DATA, PHASE_CONTRACT };

enum direction { DIRECTION_UPGRADE, DIRECTION_DOWNGRADE };

/* Where something stands in a file: both 1-based, the column in characters; 0 if unknown. */
struct place {
    unsigned line, column;
};

/* One side (up or down) of a revision: a span of its file. */
struct section {
    bool present;
    size_t offset,
        length;         /* bytes of the file; a wrapping BEGIN and COMMIT stand inside, the runner takes them off */
    struct place place; /* of the span's first byte */
    size_t statements;
    enum sql_lock lock;  /* the strongest among its statements: how long they may wait for one */
    bool transactional;  /* false: must be sent statement by statement, outside a transaction */
    const char *why_not; /* the words that made it non-transactional ("CREATE INDEX CONCURRENTLY", "header"); NULL if
                               transactional */
    struct place why_place;    /* where they stand */
    bool pinned;               /* `transaction: on`: never outside one, whatever the server says */
    bool wrapped;              /* a BEGIN ... COMMIT around the whole section was found, and is taken off */
    bool leaves_session_state; /* temporary tables, prepared statements, cursors, LISTEN: clean up behind it */
};

struct revision {
    const char *id;
    struct names down_revisions; /* as written; empty at a base, several at a merge point */
    struct names depends_on;     /* ids or labels, as written */
    struct names labels;
    bool depends_on_assumed; /* an Alembic file's without depends_on, which imports a module's * that may hold it */
    bool labels_unknown;     /* an Alembic file's, when only a run of Python tells them */
    const char *message;     /* "" if none */
    const char *create_date; /* as an Alembic file's docstring has it; NULL if it has none */
    enum revision_phase phase;
    const char *data_loss;    /* why losing data is acceptable; NULL if not said */
    const char *irreversible; /* why there is no way back; NULL if not said */
    int64_t lock_timeout_ms, statement_timeout_ms, online_timeout_ms; /* -1: not set by the file */

    const char *path; /* the file, as it is shown to users; "" for revisions that come from nowhere (tests) */
    size_t file_size; /* bytes, when it was read */
    struct place id_place, down_revision_place, depends_on_place,
        labels_place;       /* for faults; 0:0 if not in the file */
    bool has_down_revision; /* the file has a down_revision header (of any value) */
    struct section up, down;
    char checksum[DIGEST_HEX_SIZE]; /* SHA-256 of the normalised text (BOM, CRLF, trailing blanks); "" if unknown */
};

/* False: the version column (`width` characters, 0: any) cannot hold its id: ERROR_FILES. */
bool revision_check_width(const struct revision *revision, size_t width, struct error *error);

/* False: no down section, or one without a statement beneath an up section that has some. */
bool revision_has_way_back(const struct revision *revision);

const char *phase_name(enum revision_phase phase);    /* "expand", "data", "contract" */
const char *direction_name(enum direction direction); /* "upgrade", "downgrade" */

#endif
