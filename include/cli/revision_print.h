/*
 * Revisions for people and as JSON, the same in every command that lists them. A line begins with the id; the words and
 * marks are Alembic's (alembic/script/base.py: Script._head_only, Script.log_entry).
 */
#ifndef MIGRATED_CLI_REVISION_PRINT_H
#define MIGRATED_CLI_REVISION_PRINT_H

#include "core/graph.h"

struct arena;

struct revision_printer {
    struct arena *arena;
    const struct graph *graph;
    const struct names *rows; /* version rows, to mark those revisions; NULL: the database was not asked */
};

enum revision_form {
    REVISION_SHORT, /* id (labels) (marks) */
    REVISION_LINE,  /* id (labels) (marks) <- parents (dependencies), message */
    REVISION_BLOCK, /* Rev:, Parent: ..., an empty line behind it */
};

void revision_print(const struct revision_printer *printer, uint32_t node, enum revision_form form);
void revision_print_all(const struct revision_printer *printer, struct nodes nodes, enum revision_form form);
/* Those version rows that no file explains, each marked "(unknown)". */
void revision_print_unknown(const struct revision_printer *printer, const struct names *rows,
                            enum revision_form form);

/* On stderr, where there are no version rows: that the database is at base. */
void revision_print_base(const struct names *rows);

/*
 * {"revisions":[...]} on stdout. Each is {"revision","down_revisions","depends_on","labels","phase","message","file",
 * "transactional","not_transactional","data_loss","irreversible","checksum","is_head","is_real_head",
 * "is_branch_point","is_merge_point",
 * "next_revisions","is_known"}, and with rows "in_version_table"; arrays are sorted bytewise. is_head and labels mean
 * what they mean in Alembic: no child by down_revision, all labels that reach it. `rows` are version rows of which the
 * unknown ones are added, with "is_known" false and nothing known about them; NULL: none.
 */
void revision_print_json(const struct revision_printer *printer, struct nodes nodes, const struct names *rows);

/* The nodes by id, bytewise; owned by the arena. */
struct nodes revision_sorted(struct arena *arena, const struct graph *graph, struct nodes nodes);
/* Their ids, sorted bytewise; the array is owned by the arena. */
struct names revision_ids(struct arena *arena, const struct graph *graph, struct nodes nodes);

#endif
