/*
 * Errors are data: what happened, where, and what to do next. The layer that meets an error fills one and returns
 * false; only the rim (a command, the daemon's log) prints it, once.
 */
#ifndef MIGRATED_BASE_ERROR_H
#define MIGRATED_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*          code              exit  word for logs and JSON */
#define ERROR_CODES(X)                                                                                               \
    X(ERROR_NONE, 0, "none")                                                                                         \
    X(ERROR_REVISION_FAILED, 1, "failed")                                                                            \
    X(ERROR_NOT_IN_SYNC, 3, "not_in_sync")                                                                           \
    X(ERROR_USAGE, 64, "usage")                                                                                      \
    X(ERROR_FILES, 65, "files")                                                                                      \
    X(ERROR_UNREACHABLE, 69, "unreachable")                                                                          \
    X(ERROR_INTERNAL, 70, "internal")                                                                                \
    X(ERROR_BUSY, 75, "busy")                                                                                        \
    X(ERROR_DENIED, 77, "denied")                                                                                    \
    X(ERROR_CONFIG, 78, "config")                                                                                    \
    X(ERROR_INTERRUPTED, 130, "interrupted")                                                                         \
    X(ERROR_TERMINATED, 143, "terminated")

enum error_code {
#define X(name, exit, word) name,
    ERROR_CODES(X)
#undef X
};

struct error {
    enum error_code code;
    char sqlstate[6];   /* "" unless PostgreSQL reported it */
    char file[512];     /* path as the user gave it, "" if no file is to blame */
    unsigned line;      /* 1-based, 0 if unknown */
    unsigned column;    /* 1-based, in characters, 0 if unknown */
    char message[2048]; /* one sentence, no final dot */
    char detail[2048];  /* more lines from the server (DETAIL, CONTEXT), "" if none */
    char next[1024];    /* what to do or type next, "" if nothing is known */
};

/* Process exit status of a code (sysexits values, design of the command line). */
int error_exit_status(enum error_code code);
const char *error_word(enum error_code code);

/* Fill `error` (if not NULL), clearing its other fields, and return false: `return error_set(error, ...)`. */
bool error_set(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool error_vset(struct error *error, enum error_code code, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Set what to do next; the error stays otherwise as it is. Returns false, like error_set. */
bool error_next(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One more line of detail, behind what is there. */
void error_add_detail(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Name the place; `line` and `column` are 1-based or 0. Returns false, like error_set. */
bool error_place(struct error *error, const char *file, unsigned line, unsigned column);

/* Copy text into a fixed field, ending a text that does not fit in "..." at a character's border. */
void error_copy(char *field, size_t size, const char *text, size_t length);

#endif
