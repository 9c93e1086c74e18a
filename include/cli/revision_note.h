/* What is worth knowing about revision files that are fine: where they do without a transaction, or bring their own; which
 * labels only Python knows. */
#ifndef MIGRATED_CLI_REVISION_NOTE_H
#define MIGRATED_CLI_REVISION_NOTE_H

#include "base/names.h"
#include "core/revision.h"
#include "files/revision_dir.h"

#include <jansson.h>

struct arena;

/* "outside a transaction: CREATE INDEX CONCURRENTLY at FILE:LINE:COLUMN"; NULL for a section that runs in one. Owned by
 * the arena. */
const char *revision_note_outside(struct arena *arena, const struct section *section);
/* {"statement","line","column"} of what made it so; null for a section that runs in a transaction. */
json_t *revision_note_outside_json(const struct section *section);

/* "N revisions have a BEGIN and COMMIT of their own, which are taken off: a, b"; owned by the arena. */
const char *revision_note_wrapped(struct arena *arena, const struct names *ids);
/* The ids of those files, sorted bytewise; the array is owned by the arena. */
struct names revision_note_all_wrapped(struct arena *arena, const struct revision_tree *files);

/* All notes of these files, on stderr; and as {"not_transactional":[...],"depends_on_assumed":[ids],
 * "labels_not_known":[ids],"wrapped":[ids]}, added to `body`. */
void revision_notes_print(struct arena *arena, const struct revision_tree *files);
void revision_notes_add(struct arena *arena, const struct revision_tree *files, json_t *body);

#endif
