/*
 * The files that a revision's file names as psql's scripts do: \i and \ir put a file's statements there, \copy ... from
 * 'FILE' its lines as a COPY's data. They are read into the text of the file that names them, and from then on it is one
 * text: what is sent, what the checksum is of. Pure: a function that is given reads the files.
 *
 * The rules are psql's (command.c exec_command_include and process_file, copy.c parse_slash_copy and handleCopyIn): \i
 * starts at the folder of the revision's file, as psql would when started there, \ir at that of the file in which it
 * stands; a last statement without semicolon ends with its file; a line that holds only \. ends data. What psql would let
 * pass in silence (more words behind a file name, lines behind that \.) is a fault here, and so is a file that names itself.
 */
#ifndef MIGRATED_CORE_INCLUSION_H
#define MIGRATED_CORE_INCLUSION_H

#include "base/fault.h"
#include "core/revision.h"

struct arena;
struct text;

/* Behind this byte of the text, up to the next of them, stands what begins at this place: a file that was read into it,
 * what follows on that, or on a value that was put in (core/parameters.h). */
struct inclusion {
    size_t offset;
    struct place place;
    const char *written; /* of a value: what it was put in for, in the arena; NULL: the text is a file's own */
};

struct inclusions {
    struct inclusion *items; /* by offset */
    size_t count, capacity;
    const char **paths; /* of the files, as they are shown: place.file counts them from 1 */
    size_t n_paths, paths_capacity;
};

/* One file as it was read. */
struct included {
    const char *path; /* as it is shown */
    const char *real; /* the same for the same file */
    char *bytes;      /* owned by the receiver: free(); NULL where it could not be read */
    size_t length;
};

struct inclusion_reader {
    void *context;
    const char *top; /* a path in the folder at which \i and \copy start; NULL: that of the text's own file */
    /* Read the file of this name, seen from the file `from`; of one of more than `most` bytes its length is enough. False:
     * why not, as the end of "NAME ...". */
    bool (*read)(void *context, const char *from, const char *name, size_t most, struct included *file,
                 const char **why);
};

/*
 * Write to `out` the text with the files that it names read into it. NULL where it names none: `out` is empty then. What is
 * wrong are faults, at the line that names the file or in the file itself. The result lives in the arena.
 */
const struct inclusions *inclusions_read(struct arena *arena, const struct layout *layout, const char *path,
                                         const char *text, size_t length, const struct inclusion_reader *reader,
                                         struct text *out, struct faults *faults);

/* The place of the text's byte at `to`, where that of the byte before it at `from` is known. A value has one place. */
struct place inclusion_place(const struct inclusions *inclusions, struct place place, const char *text, size_t from,
                             size_t to);

/* The file in which a place is: `path` for those in the text's own file. */
const char *inclusion_path(const struct inclusions *inclusions, struct place place, const char *path);

#endif
