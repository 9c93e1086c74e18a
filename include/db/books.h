/*
 * The books in the database: every query of ours that is not part of a revision's message lives here. Texts are built
 * from src/db/sql; answers are read into plain structs. (What travels with a revision is core/message.h.)
 */
#ifndef MIGRATED_DB_BOOKS_H
#define MIGRATED_DB_BOOKS_H

#include "base/error.h"
#include "core/ledger.h"
#include "core/plan.h"
#include "core/verdict.h"

#include <libpq-fe.h>

struct arena;

/* What a new session must know. Strings are owned by the arena. */
struct books_facts {
    int pid; /* of the backend that answered; behind a pooler not the one that was promised */
    bool in_recovery;
    const char *database;
    const char *version_schema; /* NULL: no schema in search_path exists */
    bool version_table_exists;
    bool bookkeeping_exists;
    const char *role;
    bool standard_strings; /* standard_conforming_strings is on */
};

/* All queries of ours are safe behind a transaction pooler: settings only by SET LOCAL inside the message. */
void books_add_limits(struct text *sql, int64_t lock_timeout_ms, int64_t statement_timeout_ms);

/* `version_schema` NULL: the first of search_path. */
void books_add_facts(struct text *sql, const char *version_schema, const char *version_table,
                     const char *bookkeeping);
void books_read_facts(struct arena *arena, const PGresult *result, struct books_facts *facts);

void books_add_rows(struct text *sql, const struct ledger *ledger);
struct names books_read_rows(struct arena *arena, const PGresult *result);
/* Characters that the version column holds, from the same answer; 0: no limit. */
size_t books_read_width(const PGresult *result);

void books_add_stored_graph(struct text *sql, const struct ledger *ledger);
struct stored_graph books_read_stored_graph(struct arena *arena, const PGresult *result);

/* The revisions that this run (its id begins its attempts' ids) has committed, in order; read with books_read_rows. */
void books_add_own_history(struct text *sql, const struct ledger *ledger, const char *run);

/* Who holds the lock that we wait for. Strings are owned by the arena; "" where the server does not tell us. */
struct books_holder {
    int pid; /* 0: unknown */
    const char *user, *application, *state;
    double seconds; /* since its session began */
};

void books_add_try_lock(struct text *sql, const struct ledger *ledger);
bool books_read_try_lock(struct arena *arena, const PGresult *result, struct books_holder *holder);

/* Sessions of the target's own command (upgrade_command) that a run began, this one or one before it: whoever is still at
 * work. They go by this name, which is put into the command's PGAPPNAME. */
#define BOOKS_COMMAND_NAME_SIZE 48
void books_command_name(const struct ledger *ledger, char name[BOOKS_COMMAND_NAME_SIZE]);
void books_add_commands(struct text *sql, const struct ledger *ledger);
/* False: there is none. */
bool books_read_commands(struct arena *arena, const PGresult *result, struct books_holder *holder);

/* CREATE what is missing: our tables, Alembic's table. One transaction. */
void books_add_creation(struct text *sql, const struct ledger *ledger, const struct books_facts *facts);

/* Commit revisions first .. first + count - 1 of the graph to migrated.revision; returns how many fitted into about
 * `limit` bytes (at least one). */
size_t books_add_graph(struct text *sql, const struct ledger *ledger, const struct graph *graph, size_t first,
                       size_t limit);

/* A revision that was not applied. */
struct books_failure {
    const char *attempt, *revision, *checksum;
    enum direction direction;
    const char *outcome;                     /* "failed", "cancelled" */
    const char *sqlstate, *message, *reason; /* NULL: none */
};

/* A durable transaction that records it; before it ROLLBACK when `rollback`. */
void books_add_failure(struct text *sql, const struct ledger *ledger, const struct books_failure *failure,
                       bool rollback);

/* Revisions that the target's own command has applied, in order. */
struct books_applied {
    const char *run; /* its id: their attempts' ids begin with it */
    const struct graph *graph;
    const struct names *revisions;
    const char *reason; /* NULL: none */
};

/* A durable transaction that records them, and a failure that ended their run; NULL: none did. */
void books_add_applied(struct text *sql, const struct ledger *ledger, const struct books_applied *applied,
                       const struct books_failure *failure);

/* A durable transaction that sets the version rows from `before` (checked) to `after`, records it as `stamp`, and closes
 * the journal of the revisions `settled` (joined by ","). `beside` are further statements of that transaction. */
void books_add_stamp(struct text *sql, const struct ledger *ledger, const struct names *before,
                     const struct names *after, const char *settled, const char *attempt, const char *reason,
                     const char *beside);

/* A durable transaction that closes the journal of revisions (joined by ",") that somebody else has finished. */
void books_add_settlement(struct text *sql, const struct ledger *ledger, const char *revisions, const char *attempt,
                          const char *reason);

void books_add_announcement(struct text *sql, const struct ledger *ledger);

#endif
