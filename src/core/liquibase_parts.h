/* What the parts of the reader of Liquibase's files share: a file's lines, and a changeset's attributes. Private to core. */
#ifndef MIGRATED_CORE_LIQUIBASE_PARTS_H
#define MIGRATED_CORE_LIQUIBASE_PARTS_H

#include "base/fault.h"
#include "base/text.h"
#include "core/inclusion.h"

struct arena;

/* What ids can't hold, and '_' stands for. */
#define LIQUIBASE_REPLACED " \t,@+:"

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

/* Where a side stands in the text that is run. */
struct side {
    bool present;
    size_t begin, end;
};

struct changeset {
    struct changeset_head head;
    const char *message;
    struct place place;
    struct side up, down;
};

/* A file while its lines go by. */
struct changelog {
    struct arena *arena;
    const char *path, *logical_path;
    struct text *out;
    struct inclusions *places; /* in `out` */
    struct faults *faults;
    struct changeset *changesets;
    size_t count, capacity;
    struct changeset *current; /* NULL: none has begun */
    unsigned last;             /* number of the line that was added last */

    struct text down; /* the current one's way back so far */
    struct inclusions down_places;
    bool header, comment; /* the first line was seen; within a comment that holds a way back */
    unsigned long passed; /* so many lines are passed over; ULONG_MAX: up to a line that ends it */
};

void liquibase_refuse(struct changelog *reading, struct place place, const char *message);

/* Read the lines: the changesets that are for us, and the text that is run of them. */
void liquibase_lines_read(struct changelog *reading, const char *text, size_t length);

#endif
