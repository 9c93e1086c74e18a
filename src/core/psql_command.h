/* Backslash commands of psql, as far as they name files. Private to core. */
#ifndef MIGRATED_CORE_PSQL_COMMAND_H
#define MIGRATED_CORE_PSQL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum psql_command_kind { PSQL_OTHER, PSQL_INCLUDE, PSQL_INCLUDE_RELATIVE, PSQL_COPY };

struct psql_command {
    enum psql_command_kind kind;
    const char *wrong; /* a fault, with where it is in the command; NULL if there is none */
    size_t wrong_offset;
    const char *name;             /* of the file; in the arena */
    size_t name_offset, name_end; /* of it with its quotes */
    size_t end;                   /* of what COPY takes, without a final semicolon */
};

/* The length of the command's name, with its backslash. */
size_t psql_command_word(const char *command, size_t length);

/* Is this its name ("\\i")? */
bool psql_command_is(const char *command, size_t length, const char *name);

/* Does it change only what psql prints, or say what holds here anyway? */
bool psql_command_passes(const char *command, size_t length);

/* `command` begins with its backslash and ends with its line. What names no file is PSQL_OTHER. */
struct psql_command psql_command_read(struct arena *arena, const char *command, size_t length);

#endif
