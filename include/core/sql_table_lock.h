/*
 * Which tables a statement locks so that others would wait behind it, as far as its words tell; what it locks besides
 * (the other side of a dropped foreign key, whatever a function does) only the server knows. The modes are PostgreSQL's
 * (AlterTableGetLockLevel and the manual's 13.3); those that let readers and writers pass are left out.
 */
#ifndef MIGRATED_CORE_SQL_TABLE_LOCK_H
#define MIGRATED_CORE_SQL_TABLE_LOCK_H

#include "core/sql_object.h"

enum sql_table_mode {
    SQL_TABLE_NEW,                 /* the statement makes it: nobody else has it yet */
    SQL_TABLE_SHARE,               /* CREATE INDEX: writers wait */
    SQL_TABLE_SHARE_ROW_EXCLUSIVE, /* CREATE TRIGGER, both sides of a foreign key: writers wait */
    SQL_TABLE_EXCLUSIVE,           /* LOCK TABLE ... IN EXCLUSIVE MODE: all but readers wait */
    SQL_TABLE_ACCESS_EXCLUSIVE,    /* most of ALTER TABLE, DROP, TRUNCATE: everybody waits */
};

struct sql_table_lock {
    enum sql_table_mode mode;
    struct sql_span name; /* bytes of the statement, as typed; never of length 0 */
    bool of_index;        /* the name is an index's, the lock its table's */
    bool with_children;   /* partitions and inheriting tables are locked too */
};

/* `found` is called for each of them, in the order of the words; a name may come twice. */
void sql_table_lock_read(const char *statement, size_t length,
                         void (*found)(void *context, const struct sql_table_lock *lock), void *context);

/* "AccessShareLock" and so on: the names of the modes in pg_locks that a lock in this mode waits for; count 8 is any. */
size_t sql_table_lock_conflicts(enum sql_table_mode mode, const char *const **names);

#endif
