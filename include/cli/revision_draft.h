/* What `new` and `merge` are asked to write. */
#ifndef MIGRATED_CLI_REVISION_DRAFT_H
#define MIGRATED_CLI_REVISION_DRAFT_H

#include "cli/command.h"
#include "core/graph.h"

struct revision_draft {
    const char *message;  /* one line, trimmed */
    struct names parents; /* ids; empty: a base */
    struct names labels, depends_on;
    const char *id;        /* NULL: made from the message, in the style of the other files */
    const char *directory; /* one of the target's; NULL: that of the first parent, else the target's first */
};

/* How a command asks for the message that is missing. */
struct revision_asking {
    const char *what; /* "what the revision does" */
    const char *example;
};

/* Fill the draft from the flags message, branch-label, rev-id and version-path. False: the message is missing or empty
 * (ERROR_USAGE). */
bool revision_draft_read(struct invocation *invocation, const struct revision_asking *asking,
                         struct revision_draft *draft, struct error *error);

/* The nodes become the parents. Without `splice` each must be a head, as in Alembic (ERROR_USAGE). */
bool revision_draft_set_parents(struct arena *arena, struct revision_draft *draft, const struct graph *graph,
                                struct nodes parents, bool splice, struct error *error);

/* A comma separated list; items are trimmed, empty ones left out. NULL is the empty list. */
struct names revision_draft_split(struct arena *arena, const char *text);

#endif
