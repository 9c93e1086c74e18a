/*
 * How a statement locks, as far as its first words tell: what decides how long it may wait for a lock. A strong lock that
 * waits makes everybody else wait behind it; a lock on rows or an online one does not.
 */
#ifndef MIGRATED_CORE_SQL_LOCK_H
#define MIGRATED_CORE_SQL_LOCK_H

#include <stddef.h>

enum sql_lock {
    SQL_LOCK_ROWS,   /* INSERT, UPDATE, SELECT ...: rows only */
    SQL_LOCK_ONLINE, /* VALIDATE CONSTRAINT, ANALYZE ...: long by design, readers and writers pass */
    SQL_LOCK_STRONG, /* everything else: ALTER, DROP, CREATE INDEX, DO ... */
};

enum sql_lock sql_lock_read(const char *statement, size_t length);

#endif
