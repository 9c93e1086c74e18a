/*
 * The audit: are the applied revisions still what was applied? Pure: the graph, what counts as applied and the books'
 * records go in, findings come out. It finds
 *   - edited revisions: the file's checksum is not that of the newest history row that applied or repaired it. One that
 *     was only stamped, or applied by Alembic, has no such row: nothing can be said of it;
 *   - slipped-in ones: they count as applied, since a revision above them is, but were never run.
 *
 * Slipped in is only what the books prove. Every runner commits its whole graph to migrated.revision before it applies
 * anything; so a revision that is first seen after one above it was applied was not below that one then. Nothing is said
 * where the books may have been lost since (the one above is itself first seen after it was applied), where the files
 * were put in another order (an applied revision of that time or before has no file any more: renamed, or several
 * made one), and once a stamp was made with the revision in place.
 */
#ifndef MIGRATED_CORE_AUDIT_H
#define MIGRATED_CORE_AUDIT_H

#include "base/error.h"
#include "core/graph.h"

struct arena;

/* What the books know of a revision. Times are the server's, in microseconds since 1970. */
struct audit_record {
    const char *revision;
    const char *checksum; /* as applied or repaired last; NULL: not applied as far as the history tells */
    int64_t applied_us;   /* when it was last applied; 0: not known */
    int64_t known_us;     /* when a runner first had its file; 0: never */
};

struct audit_records {
    const struct audit_record *items; /* borrowed */
    size_t count;
    int64_t stamped_us; /* when the version rows were last stamped; 0: never */
};

enum audit_kind { AUDIT_EDITED, AUDIT_SLIPPED_IN };

struct audit_finding {
    enum audit_kind kind;
    const char *revision, *file;  /* the file may be "" (no file is known) */
    const char *applied_checksum; /* AUDIT_EDITED: of what was applied, in hex */
    const char *checksum;         /* AUDIT_EDITED: of the file now */
    bool names_parent;            /* the file says its down_revision; else its place is by its name */
    const char *included;         /* AUDIT_EDITED: the files that are read into it, in words; NULL: none */
    const char *before;           /* AUDIT_SLIPPED_IN: the applied revision above it */
};

struct audit {
    const struct audit_finding *findings; /* in the order in which the revisions run */
    size_t count, edited, slipped_in;
};

/*
 * SHA-256 over "ID CHECKSUM" of all revisions that count as applied, a line each, sorted bytewise, in hex: the same that
 * the server makes of its history (src/db/sql/audit.sql). Equal: there is nothing to find, and no record has to travel.
 * `pending` are the ids that are not applied (struct verdict).
 */
void audit_digest(struct arena *arena, const struct graph *graph, const struct names *pending,
                  char hex[DIGEST_HEX_SIZE]);

/* Findings are owned by the arena; their strings are borrowed from the graph and the records. */
void audit_judge(struct arena *arena, const struct graph *graph, const struct names *pending,
                 const struct audit_records *records, struct audit *audit);
/* A copy that needs neither any more. */
void audit_copy(struct arena *arena, const struct audit *from, struct audit *to);

/* "ID was edited after it was applied: ...", and what to do about it. Owned by the arena. */
const char *audit_what(struct arena *arena, const struct audit_finding *finding);
const char *audit_next(struct arena *arena, const struct audit_finding *finding);
/* Both, "...; next: ...": a line for people. Owned by the arena. */
const char *audit_line(struct arena *arena, const struct audit_finding *finding);
/* The first of this kind as such a line, and how many more there are. Some must be there. */
const char *audit_message(struct arena *arena, const struct audit *audit, enum audit_kind kind);
/* Why revisions are not applied on top of these findings: ERROR_FILES. Some must be there. Returns false. */
bool audit_refuse(struct arena *arena, const struct audit *audit, struct error *error);

#endif
