/*
 * Runs PostgreSQL's server programs (initdb, postgres) as a user they accept. Private to cluster.c.
 */
#ifndef MIGRATED_TESTS_SUPPORT_SERVER_PROGRAM_H
#define MIGRATED_TESTS_SUPPORT_SERVER_PROGRAM_H

#include <sys/types.h>

struct arena;

/* The path of a program in PostgreSQL's folder of programs; owned by the arena. */
const char *server_program_path(struct arena *arena, const char *name);

/* Give a folder, still empty, to the user that the programs run as. */
void server_program_adopt(const char *folder);

/*
 * Start a program (`arguments[0]` is its path) with a clean environment, its output appended to `log`. It gets SIGQUIT
 * when this process ends. The caller waits for it.
 */
pid_t server_program_start(char *const arguments[], const char *log);

/* Run it to its end and fail, with the log, if that was not a good one. */
void server_program_run(char *const arguments[], const char *log);

#endif
