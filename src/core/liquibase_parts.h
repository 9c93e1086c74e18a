/* What the parts of the reader of Liquibase's files share: a file's lines, and a changeset's attributes. Private to core. */
#ifndef MIGRATED_CORE_LIQUIBASE_PARTS_H
#define MIGRATED_CORE_LIQUIBASE_PARTS_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;

/* Words of a line; borrowed. */
struct words {
    const char *text;
    size_t length;
};

/* What the line of a changeset says. */
struct changeset_head {
    const char *author, *id; /* NULL: the line is faulty */
    const char *path;        /* logicalFilePath; NULL: it has none of its own */
    bool outside;            /* runInTransaction:false */
    bool ignored;            /* of another database, or switched off */
};

/* `rest` stands behind the word changeset, at this place of the file. */
struct changeset_head changeset_head_read(struct arena *arena, const char *path, struct words rest,
                                          struct place place, struct faults *faults);

/* The value of `logicalFilePath:`; NULL: there is none. */
const char *changeset_logical_path(struct arena *arena, struct words line);

#endif
