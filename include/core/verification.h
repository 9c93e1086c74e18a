/*
 * A script that verifies what a revision's way up has done, as sqitch has them. It is put behind the way up's statements,
 * under a savepoint that is taken back: in the same transaction, so that nothing of the revision is kept where it fails.
 * The BEGIN, and the COMMIT or ROLLBACK, around either script are blanked out, and all places stay those of the files.
 * Where the way up can't run in a transaction there is no savepoint: then the script may only read. Pure.
 */
#ifndef MIGRATED_CORE_VERIFICATION_H
#define MIGRATED_CORE_VERIFICATION_H

#include "base/fault.h"
#include "core/revision_file.h"

struct text;

/* The script, with the files that it names read into it. */
struct verification {
    const char *path; /* as it is shown; borrowed by what comes of it */
    const char *text;
    size_t length;
    const struct inclusions *inclusions; /* NULL: it names none */
};

/*
 * Write to `out` the way up's text with the script behind it: `script` becomes that text, which `out` has to outlive, and
 * keeps the checksum of the way up alone, as another script is no edit of it. Where the way up itself is faulty nothing is
 * done, and its reader tells. What else is made is owned by the arena.
 */
void verification_add(struct arena *arena, const struct verification *verification, struct revision_script *script,
                      struct text *out, struct faults *faults);

#endif
