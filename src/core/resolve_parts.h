/*
 * What resolve, plan and listing share: Alembic's own steps from a typed identifier to nodes. Each function names the
 * method of alembic.script.revision.RevisionMap that it follows, refusals and their order included.
 */
#ifndef MIGRATED_CORE_RESOLVE_PARTS_H
#define MIGRATED_CORE_RESOLVE_PARTS_H

#include "core/resolve.h"

/* Results besides nodes: GRAPH_NONE where Alembic has None (before all, or walked too far), and where a walk down
 * arrived at "base". */
#define NODE_BASE (GRAPH_NONE - 1)

/* Borrowed; lives as long as one call from outside. */
struct resolver {
    struct arena *arena;
    const struct graph *graph;
    struct error *error;
};

/* Where a relative identifier starts from: an identifier (one side of a history range), or the version rows. */
struct start {
    const char *identifier;   /* NULL: the rows */
    const struct names *rows; /* in the order in which they were read */
};

/* ---- resolve.c: identifiers ---- */

/* _revision_for_ident: an exact id or label, else a unique prefix; it must share lineage with `branch` if not NULL. */
bool resolve_identifier(struct resolver *resolver, const char *text, const char *branch, uint32_t *node);
/* _resolve_branch: what stands before an '@'. */
bool resolve_branch(struct resolver *resolver, const char *label, uint32_t *node);
/* get_revisions. A walk "-N" from the heads may give GRAPH_NONE or NODE_BASE among the nodes. */
bool resolve_many(struct resolver *resolver, const char *identifier, struct nodes *nodes);
/* get_revision: at most one; GRAPH_NONE for base. */
bool resolve_one(struct resolver *resolver, const char *identifier, uint32_t *node);
/* _resolve_revision_number: the words head, heads and base are resolved to nodes, any other text is still to be looked
 * up. */
struct symbol {
    const char *label; /* NULL if none */
    const char *text;  /* NULL: resolved */
    struct nodes nodes;
};

bool resolve_words(struct resolver *resolver, const char *identifier, struct symbol *symbol);
/* One version row, exactly. */
bool resolve_row(struct resolver *resolver, const char *row, uint32_t *node);

/* All nodes of the start, as get_revisions. */
bool resolve_start_nodes(struct resolver *resolver, const struct start *start, struct nodes *nodes);

/* ---- resolve_lineage.c ---- */

/* The revisions above and below some others; all revisions if there are no others. */
struct lineage {
    bool everything;
    struct node_set below, above;
};

/* The lineage of "label@X" is that of the label and that of X together, as in Alembic. */
bool resolve_lineage(struct resolver *resolver, const char *against, enum graph_edges edges, struct lineage *lineage);
bool lineage_has(const struct lineage *lineage, uint32_t node);
struct nodes resolve_keep(struct resolver *resolver, struct nodes nodes, const struct lineage *lineage);
/* filter_for_lineage: those of `nodes` that are in the lineage of what `against` names. */
bool resolve_filter(struct resolver *resolver, struct nodes nodes, const char *against, enum graph_edges edges,
                    struct nodes *kept);
/* Whether a node is an ancestor or descendant of (or equal to) another, by down_revision. */
bool resolve_shares_lineage(struct resolver *resolver, uint32_t node, uint32_t other);
/* Add the ancestors of `nodes`, these included, to an empty set; refused with `code` if one of them is an ancestor of another. */
bool resolve_add_ancestors(struct resolver *resolver, struct node_set *set, struct nodes nodes, enum error_code code);
/* The nodes of a set in load order. */
struct nodes resolve_members(struct resolver *resolver, const struct node_set *set);

/* ---- resolve_relative.c ---- */

/* The parts of "label@symbol+2"; parts that are missing are NULL. */
struct relative {
    const char *label, *symbol;
    int32_t steps;
    const char *sign; /* from the sign on, as typed */
};

/* False if `text` is not relative; an exact id or label is none, nor is a prefix of one whose own reading as
 * symbol-and-steps would start at nothing known. */
bool resolve_parse_relative(struct resolver *resolver, const char *text, struct relative *relative);

/* _walk: up (steps > 0, only along `label` if not NULL) or down. Walking over the end gives GRAPH_NONE, or stays there
 * if not `strict`. */
bool resolve_walk(struct resolver *resolver, uint32_t from, int32_t steps, const char *label, bool strict,
                  uint32_t *node);

/* ---- resolve_target.c ---- */

/* _parse_upgrade_target; the nodes are revisions, none for base. */
bool resolve_upgrade_target(struct resolver *resolver, const struct start *start, const char *target, bool strict,
                            struct nodes *nodes);
/* _parse_downgrade_target: GRAPH_NONE for base; *label NULL if none narrows the downgrade. */
bool resolve_downgrade_target(struct resolver *resolver, const struct start *start, const char *target, bool strict,
                              const char **label, uint32_t *node);

/* _get_all_current: nodes and their ancestors, reduced to the tips by down_revision. */
struct nodes resolve_current_tips(struct resolver *resolver, struct nodes current);

#endif
