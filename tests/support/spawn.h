/*
 * Starts a program with its outputs on pipes. Private to program.c.
 */
#ifndef MIGRATED_TESTS_SUPPORT_SPAWN_H
#define MIGRATED_TESTS_SUPPORT_SPAWN_H

#include <sys/types.h>

struct spawned {
    pid_t pid;
    int out, err; /* reading ends, non-blocking, owned by the caller */
};

/* `words` is the command, ending in NULL; the rest as in struct program_options. SIGKILLed when this process ends. */
struct spawned spawn(const char *const *words, const char *folder, const char *const *environment, const char *input);

#endif
