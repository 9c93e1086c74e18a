/*
 * `mirror`: the other tool's table (core/adopt.h) is kept current, a row of its own kind for each revision, in the
 * transaction that changes the version rows. Its row must be as expected, else that transaction fails as a check of its
 * attempt (message_failed_check: CHECK_MIRROR). Pure: statements out.
 */
#ifndef MIGRATED_CORE_MIRROR_H
#define MIGRATED_CORE_MIRROR_H

#include "base/error.h"
#include "core/adopt.h"
#include "core/graph.h"
#include "core/ledger.h"

/* Whose table, and where. Borrowed. */
struct mirror {
    const struct adopted_tool *tool; /* NULL: that of the revision's layout */
    const char *schema, *table;      /* NULL: the schema of the version table; the tool's own name */
};

struct mirror_change {
    const struct revision *revision;
    enum direction direction;
    bool stamped;                       /* nothing was run */
    const struct names *before, *after; /* version rows */
    const char *text;                   /* of the file that is run, for its checksum; NULL: there is none */
    size_t text_length;
    const char *attempt;
};

/* NULL: nothing is mirrored. */
const struct adopted_tool *mirror_tool(const struct ledger *ledger, const struct revision *revision);

/* Two statements, each without its final semicolon: the table is there; nobody else writes to it from now on. */
void mirror_add_presence(struct text *sql, const struct ledger *ledger, const struct adopted_tool *tool,
                         const char *attempt);
void mirror_add_lock(struct text *sql, const struct ledger *ledger, const struct adopted_tool *tool);
/* One statement, without it. */
void mirror_add_change(struct text *sql, struct arena *arena, const struct ledger *ledger,
                       const struct adopted_tool *tool, const struct mirror_change *change);

/* False: the revisions are not laid out as those of a tool with such a table (ERROR_CONFIG). */
bool mirror_suits(const struct ledger *ledger, const struct graph *graph, struct error *error);

#endif
