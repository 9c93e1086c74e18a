/*
 * What kind of statement it is, from its leading words (comments passed over): what must be known before sending it.
 * Never a parse: unknown statements are plain ones, the server is the judge.
 */
#ifndef MIGRATED_CORE_SQL_CLASS_H
#define MIGRATED_CORE_SQL_CLASS_H

#include <stdbool.h>
#include <stddef.h>

enum sql_class {
    SQL_PLAIN,
    SQL_EMPTY,             /* nothing but a semicolon */
    SQL_BEGIN,             /* BEGIN, START TRANSACTION */
    SQL_COMMIT,            /* COMMIT, END */
    SQL_TRANSACTION,       /* other transaction control: ROLLBACK, ABORT, PREPARE TRANSACTION, COMMIT PREPARED ...
                              (not SAVEPOINT, RELEASE, ROLLBACK TO) */
    SQL_NON_TRANSACTIONAL, /* the server refuses it in a transaction block (25001) */
    SQL_CONCURRENT,        /* so too, and it waits for others by design: CREATE INDEX CONCURRENTLY and its kind */
    SQL_COPY_FROM_STDIN,
    SQL_COPY_TO_STDOUT, /* its data would go nowhere: refused */
    SQL_SET_TIMEOUT, /* SET or RESET of lock_timeout, statement_timeout, idle_*, transaction_timeout: blanked out */
    SQL_SET_STRINGS_OFF, /* SET of standard_conforming_strings to off: refused */
};

struct sql_facts {
    enum sql_class class;
    const char *words;         /* canonical words: "CREATE INDEX CONCURRENTLY"; static; NULL for a plain statement */
    bool leaves_session_state; /* temp tables, PREPARE, DECLARE, LISTEN, LOAD */
};

struct sql_facts sql_classify(const char *statement, size_t length);

/* Must it be sent alone, outside a transaction? */
bool sql_class_runs_alone(enum sql_class class);

#endif
