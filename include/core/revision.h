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

/* Where something stands in a file: line and column 1-based, the column in characters; 0 if unknown. */
struct place {
    unsigned line, column;
    unsigned file; /* 0: the file that is meant anyway; n: the nth that was read into its text (core/inclusion.h) */
};

struct inclusions;
struct parameters;

/* One side (up or down) of a revision: a span of its file. Both sides may stand in one file, or each in its own. */
struct section {
    bool present;
    const char *path; /* its file, as it is shown to users; NULL: no file, there is nothing to read */
    bool alone;       /* the file holds this side only, and no markers */
    const struct inclusions *inclusions; /* files that were read into its text; NULL: it names none */
    size_t file_size;                    /* bytes of the text, when it was read */
    char checksum[DIGEST_HEX_SIZE];      /* of the text, as the revision's */
    size_t offset,
        length;         /* bytes of the text; a wrapping BEGIN and COMMIT stand inside, the runner takes them off */
    struct place place; /* of the span's first byte */
    size_t statements;
    enum sql_lock lock; /* the strongest among its statements: how long they may wait for one */
    bool transactional; /* false: must be sent statement by statement, outside a transaction */
    const char
        *why_not; /* the words that made it non-transactional ("CREATE INDEX CONCURRENTLY", "transaction: off");
                               NULL if transactional */
    const char *why_path; /* the file in which they stand, and where */
    struct place why_place;
    bool pinned;               /* `transaction: on`: never outside one, whatever the server says */
    bool wrapped;              /* a BEGIN ... COMMIT around the whole section was found, and is taken off */
    bool leaves_session_state; /* temporary tables, prepared statements, cursors, LISTEN: clean up behind it */
};

/* What a file says of its own text and of that of the one before it, where the tool keeps such a chain. */
struct chain {
    const char *hash, *previous; /* NULL: nothing */
    struct place place;          /* of `previous` */
};

struct arena;
struct layout; /* core/layout.h */

struct revision {
    const struct layout *layout; /* how its files are laid out; NULL: it comes from nowhere (tests) */
    const char *id;
    struct names down_revisions; /* as written; empty at a base, several at a merge point */
    struct names depends_on;     /* ids or labels, as written */
    struct names labels;
    bool is_script;          /* it comes after whatever was there before: core/script_graph.h */
    bool depends_on_assumed; /* an Alembic file's without depends_on, which imports a module's * that may hold it */
    bool labels_unknown;     /* an Alembic file's, when only a run of Python tells them */
    const char *message;     /* "" if none */
    const char *create_date; /* as an Alembic file's docstring has it; NULL if it has none */
    enum revision_phase phase;
    const char *data_loss;    /* why losing data is acceptable; NULL if not said */
    const char *irreversible; /* why there is no way back; NULL if not said */
    int64_t lock_timeout_ms, statement_timeout_ms, online_timeout_ms; /* -1: not set by the file */

    const char
        *path; /* the file of the way up (of the way down if there is no other), as it is shown to users; "" for
                         revisions that come from nowhere (tests) */
    const char *directory;   /* of the target's: where its files name others, these lie in it; NULL: they name none */
    const char *link_path;   /* the file beside it that names its parents; NULL: `path` does */
    const char *verify_path; /* a file that is run behind the way up, to see that this did what it should, and taken
                                back; NULL: none */
    const struct parameters *parameters; /* what is put into its texts; NULL: nothing (core/parameters.h) */
    bool verbatim;                       /* its settings say that nothing is put in */
    const char *outside_path;            /* a file beside it that says: not in a transaction; NULL if none does */
    struct place outside_place;
    struct place id_place, down_revision_place, depends_on_place,
        labels_place;       /* for faults; 0:0 if not in the file */
    bool has_down_revision; /* the file has a down_revision header (of any value) */
    struct section up, down;
    struct chain chain;
    char checksum
        [DIGEST_HEX_SIZE]; /* SHA-256 of the normalised text (BOM, CRLF, trailing blanks) of the way up's file;
                                       "" if unknown */
};

const struct section *revision_section(const struct revision *revision, enum direction direction);

/* With the names of its files and nothing else copied into the arena: what the reading of one again needs. */
struct revision revision_copy(struct arena *arena, const struct revision *revision);

/* The file that is run in this direction; where there is none, the revision's. */
const char *revision_path(const struct revision *revision, enum direction direction);

/* The file that names its parents. */
const char *revision_link_path(const struct revision *revision);

/* False: the version column (`width` characters, 0: any) cannot hold its id: ERROR_FILES. */
bool revision_check_width(const struct revision *revision, size_t width, struct error *error);

/* False: no down section, or one without a statement beneath an up section that has some. In a layout of another tool an
 * empty one is run as that tool would. */
bool revision_has_way_back(const struct revision *revision);

const char *phase_name(enum revision_phase phase);    /* "expand", "data", "contract" */
const char *direction_name(enum direction direction); /* "upgrade", "downgrade" */

#endif
