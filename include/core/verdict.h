/*
 * The verdict: is the database where the revision files expect it? Pure: version rows, the own graph and the graph as
 * other runners left it in migrated.revision go in; in sync, pending, ahead, diverged or unknown comes out.
 */
#ifndef MIGRATED_CORE_VERDICT_H
#define MIGRATED_CORE_VERDICT_H

#include "core/graph.h"

struct arena;

enum verdict_kind {
    VERDICT_IN_SYNC,
    VERDICT_PENDING,  /* own revisions are missing */
    VERDICT_AHEAD,    /* all own heads are in, and more that we do not know: somebody newer was here */
    VERDICT_DIVERGED, /* own heads are missing, and known strangers are in */
    VERDICT_UNKNOWN,  /* own heads are missing, and a row that no known graph explains is in */
};

const char *
verdict_name(enum verdict_kind kind); /* "ok", "pending", "ahead", "diverged", "unknown": migrations_check */

/* A revision as kept in migrated.revision: knowledge of other, maybe newer, program versions. */
struct stored_revision {
    const char *id;
    struct names down_revisions, depends_on; /* depends_on resolved to ids */
    bool contract;                           /* a contract revision: an older program may stop working behind it */
};

struct stored_graph {
    const struct stored_revision *revisions; /* borrowed */
    size_t count;
};

#define TENANTS_FIRST 10 /* so many are named */

/* Schemas that repeat the target (core/tenants.h). */
struct tenant_summary {
    bool known; /* there may be some, and they were looked at */
    size_t total, behind;
    struct names first; /* of those behind, sorted: at most TENANTS_FIRST */
};

struct verdict {
    enum verdict_kind kind;
    struct names rows;         /* version rows, sorted */
    struct names current;      /* what is shown of them, sorted: of Django's the last of each app; else all */
    struct names heads;        /* own real heads, sorted */
    struct names pending;      /* own revisions that are missing, sorted */
    struct names unknown_rows; /* rows that the own files do not have, sorted */
    struct names unplaced;     /* those of them that no known graph explains, sorted */
    const char *reason;        /* of unknown: another one than unplaced rows; else NULL */
    struct tenant_summary tenants;
    bool behind_contract; /* ahead, and a contract revision that we do not know is in */
};

/* Whether a look into migrated.revision is worth it: there are rows that the own graph does not know. */
bool verdict_needs_stored(const struct graph *graph, const struct names *rows);

/* `stored` NULL: not known (no such table, or it may not be read). All results are owned by the arena; ids are borrowed
 * from the graph and the rows. */
void verdict_judge(struct arena *arena, const struct graph *graph, const struct names *rows,
                   const struct stored_graph *stored, struct verdict *verdict);

/* One sentence for people: "3 revisions pending: a, b, c". Owned by the arena. */
const char *verdict_message(struct arena *arena, const struct verdict *verdict);
/* The same without names of tenants, who may be customers. */
const char *verdict_brief_message(struct arena *arena, const struct verdict *verdict);
/* "3 of 120 tenants behind: acme, bolt, cask"; NULL: none is. */
const char *verdict_tenants_message(struct arena *arena, const struct verdict *verdict);

#endif
