/*
 * The message that applies revisions: each a transaction of its own with its guards, several in one message, or a part
 * of one that is too large for a single message. Knows where each statement came from, so that an error's position finds
 * its file, line and column again.
 *
 * For each revision travel: BEGIN, our settings, the lock, the check of the version rows, the history row, the
 * revision's SQL, the way back to a clean session, the check that this is still our transaction, the version rows and
 * their check, COMMIT. Why each part is there: docs/protocol.md.
 */
#ifndef MIGRATED_CORE_MESSAGE_H
#define MIGRATED_CORE_MESSAGE_H

#include "core/ledger.h"
#include "core/revision.h"
#include "core/sql_scan.h"

struct arena;

/* One revision on its way. All pointers are borrowed and must live until the message is answered. */
struct message_step {
    const struct revision *revision;
    enum direction direction;
    const char *text; /* its file */
    size_t text_length;
    struct names before, after;                    /* version rows, sorted */
    const char *attempt;                           /* key of the history row, unique for ever */
    const char *reason;                            /* --reason, NULL if none */
    int64_t lock_timeout_ms, statement_timeout_ms; /* 0: none */
    int64_t look_ms; /* a transaction this old is waited for before its table is locked; 0: nobody looks */
    const char
        *awaited; /* those alone who were found in the way before (virtual transactions); NULL: whoever it is */
    bool durable; /* the COMMIT waits for its WAL; the last one of a run */
    const char
        *last_note; /* statement by statement: the attempt of the newest row that the journal has of the revision,
                              "" if there is none; nobody else's may have come since. NULL: not known yet */
};

/* Where the sender stands in a revision that travels in several messages. */
struct message_cursor {
    struct sql_scan scan;
    bool started, finished;
    size_t statements; /* of this revision, sent so far */
    size_t lead;       /* where the next statement's leading comments begin */
    bool passage;      /* the statements up to the next setting are known: none of them asks for a look */
    bool looked;
};

enum message_part {
    MESSAGE_GUARD,     /* before the revision's own statements: lock, version rows, history */
    MESSAGE_LOOK,      /* who holds what one of them will lock (core/message_look.c); `statement` is it */
    MESSAGE_STATEMENT, /* one of the revision's statements */
    MESSAGE_CLOSING,   /* behind them: reset, checks, version rows, COMMIT (deferred constraints) */
};

struct message_statement {
    size_t offset, length; /* bytes of the message, leading comments included */
    size_t source_offset;  /* bytes of the file, where those bytes came from */
    size_t own_offset;     /* bytes of the file: the statement without its leading comments */
    struct place place;    /* of the statement */
    size_t ordinal;        /* 1-based among the revision's statements */
    const char *copy_data; /* COPY FROM stdin: its lines, NULL for other statements; borrowed from the file */
    size_t copy_length;
    size_t step;     /* index of the message's step */
    size_t position; /* 0-based among all statements of the message */
};

struct message_span {
    const struct message_step *step;
    size_t first, own_first, own_end, end; /* positions of statements in the message: guards, own, closing */
    size_t look;  /* the look ahead was for this one of the revision's statements (its ordinal); 0: there is none */
    bool commits; /* the revision ends here */
};

struct message {
    struct text sql;  /* owned */
    const char *sole; /* borrowed from the step's text, and not NUL-terminated: the message is this one statement, and
                         `sql` is empty; NULL: it is `sql` */
    size_t sole_length;
    struct message_statement *statements; /* the revisions' own */
    size_t n_statements, statements_capacity;
    struct message_span *spans;
    size_t n_spans, spans_capacity;
    size_t total; /* statements of the message, guards included */
    struct arena *arena;
};

/*
 * Values of a SELECT, for the session: the server finds a network that is gone within 35 s, ends the session and lets go
 * of its locks, as libpq does on our side (flows/session.c). Without a network (unix sockets) they mean nothing.
 */
void message_add_keepalives(struct text *sql);

/* An empty message; its lists live in the arena, its text until message_finish. */
void message_init(struct message *message, struct arena *arena);
void message_finish(struct message *message);

/* Add a whole revision. */
void message_add(struct message *message, const struct ledger *ledger, const struct message_step *step);

/*
 * Add the next part of a revision to an empty message: about `limit` bytes. A statement that is larger than that goes
 * alone, and is not copied (`sole`). `cursor` is {0} before the first call; its `finished` says that the closing and
 * COMMIT are in.
 */
void message_add_part(struct message *message, const struct ledger *ledger, const struct message_step *step,
                      struct message_cursor *cursor, size_t limit);

/* Which of our own checks failed. */
enum message_check {
    CHECK_NONE,
    CHECK_LOCK,
    CHECK_ROWS,
    CHECK_TRANSACTION,
    CHECK_ROWS_AFTER,
    CHECK_AWAITED,
    CHECK_JOURNAL,
    CHECK_OTHER, /* the table of another tool was written to */
    CHECK_MIRROR /* it is not as it should be */
};

/* Recognised by the attempt's id in the server's message, never by its (translated) words. `found` gets what stood
 * there instead (borrowed from `text`), up to its end: of CHECK_AWAITED the table, a blank, and the virtual
 * transactions that hold its lock, as pg_locks has them, joined by commas. */
enum message_check message_failed_check(const char *sqlstate, const char *text, const char *attempt,
                                        const char **found, size_t *found_length);

struct message_location {
    enum message_part part;
    const struct message_step *step;           /* borrowed from the message; NULL if it can't be told */
    const struct message_statement *statement; /* NULL unless part is MESSAGE_STATEMENT or MESSAGE_LOOK */
    struct place place;                        /* of the error in the file; the statement's if there is no position */
    size_t offset;                             /* bytes of the file, of that place */
};

/*
 * Where an error belongs: `completed` statements of the message were answered before it; `position` is
 * PG_DIAG_STATEMENT_POSITION (1-based, in characters of the message; 0 if none). `in_bytes`: the server counts bytes
 * (SQL_ASCII).
 */
struct message_location message_locate(const struct message *message, size_t completed, size_t position,
                                       bool in_bytes);

/* How many whole revisions are committed when `completed` statements were answered. */
size_t message_committed(const struct message *message, size_t completed);

#endif
