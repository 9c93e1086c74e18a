/*
 * What stands before a lock, from what pg_locks and pg_stat_activity tell of its holder: which of them let go by
 * themselves, and what a person can do about the others.
 */
#ifndef MIGRATED_CORE_OBSTACLE_H
#define MIGRATED_CORE_OBSTACLE_H

enum obstacle {
    OBSTACLE_TRANSACTION, /* ends with its session's COMMIT or ROLLBACK */
    OBSTACLE_DUMP,        /* keeps its locks to its end; breaks when another lock queues between its workers */
    OBSTACLE_VACUUM,      /* an autovacuum: gives way to whoever waits for deadlock_timeout */
    OBSTACLE_WRAPAROUND,  /* an autovacuum that gives way to nobody */
    OBSTACLE_PREPARED,    /* waits for COMMIT PREPARED or ROLLBACK PREPARED, in no session */
};

/* `pid` 0: none; application and query as in pg_stat_activity, NULL where unknown or hidden: then a transaction. */
enum obstacle obstacle_read(int pid, const char *application, const char *query);

/* For a message: "a dump, it keeps its locks to its end"; "" for a transaction. */
const char *obstacle_remark(enum obstacle obstacle);

#endif
