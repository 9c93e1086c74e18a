/*
 * Runs a program, the built `migrated` by default ($MIGRATED_PROGRAM, else build/migrated), and keeps all it prints.
 *
 * Every wait has a deadline; when it passes the program is killed and the test fails with the output so far. A program
 * dies with the process that started it. Its environment is the test's without what would steer it: MIGRATED_*, PG*,
 * DATABASE_URL*, and systemd's variables.
 */
#ifndef MIGRATED_TESTS_SUPPORT_PROGRAM_H
#define MIGRATED_TESTS_SUPPORT_PROGRAM_H

#include <sys/types.h>

struct program;

/* All borrowed, only during the call. NULL where a default will do. */
struct program_options {
    const char *path;               /* of the program; looked up in PATH when it holds no slash */
    const char *folder;             /* working directory; a relative `path` still starts from the test's */
    const char *const *environment; /* "NAME=value" to set, "NAME" to unset, ending in NULL */
    const char *input;              /* text on its stdin; NULL: /dev/null */
};

struct program_result {
    int status;      /* exit status; 128 + N when signal N ended it */
    long peak_kb;    /* its resident memory at most; never less than the test's own when it was started */
    char *out, *err; /* owned: program_result_finish */
};

/* Run to the end. The arguments are strings, without the program's own name, and end in NULL. */
void program_run(struct program_result *result, const struct program_options *options, int deadline_ms, ...)
    __attribute__((sentinel));
void program_result_finish(struct program_result *result);

/* Start, to be ended by program_stop. */
struct program *program_start(const struct program_options *options, ...) __attribute__((sentinel));

/*
 * Wait for a line on stderr that holds `part`, and return it without its newline: borrowed, until program_stop. Lines
 * are looked at once: the next call goes on behind the line found.
 */
const char *program_wait_line(struct program *program, const char *part, int deadline_ms);

void program_signal(struct program *program, int signal);

/* Wait for the program's end: exit status as in struct program_result. */
int program_wait(struct program *program, int deadline_ms);

/* Kill it if it still runs, and free. NULL is fine. */
void program_stop(struct program *program);

pid_t program_pid(const struct program *program);
/* What it has printed so far; borrowed, until the next call. */
const char *program_out(struct program *program);
const char *program_err(struct program *program);

#endif
