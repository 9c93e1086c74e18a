/*
 * What a statement that cannot run in a transaction makes, drops or changes: the names that stand in it, so that the
 * catalog can be asked after a crash whether it was done. Spans are as typed; the server resolves them.
 */
#ifndef MIGRATED_CORE_SQL_OBJECT_H
#define MIGRATED_CORE_SQL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

enum sql_object_kind {
    SQL_OBJECT_UNKNOWN,    /* nothing that the catalog could decide */
    SQL_OBJECT_REPEATABLE, /* running it once more does no harm: VACUUM, ALTER SYSTEM, CLUSTER ... */
    SQL_OBJECT_NEW_INDEX,  /* CREATE INDEX CONCURRENTLY */
    SQL_OBJECT_OLD_INDEX,  /* DROP INDEX CONCURRENTLY */
    SQL_OBJECT_REINDEX,    /* REINDEX CONCURRENTLY: repeatable, may leave invalid indexes behind */
    SQL_OBJECT_PARTITION,  /* ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY */
    SQL_OBJECT_NEW_DATABASE,
    SQL_OBJECT_OLD_DATABASE,
    SQL_OBJECT_NEW_TABLESPACE,
    SQL_OBJECT_OLD_TABLESPACE,
    SQL_OBJECT_NEW_SUBSCRIPTION,
    SQL_OBJECT_OLD_SUBSCRIPTION,
};

enum sql_reindex_scope { SQL_REINDEX_INDEX, SQL_REINDEX_TABLE, SQL_REINDEX_SCHEMA, SQL_REINDEX_DATABASE };

/* Bytes of the statement; length 0: does not stand there. */
struct sql_span {
    size_t offset, length;
};

struct sql_object {
    enum sql_object_kind kind;
    bool unique;                  /* a new index */
    enum sql_reindex_scope scope; /* REINDEX: what `name` is; a database may have none */
    struct sql_span name;         /* of the index (a new one may have none), partition, database ... */
    struct sql_span table;        /* of a new index, or the partition's parent */
    size_t definition;            /* a new index: where what follows its table begins (USING ..., columns, WHERE) */
};

/* `statement` is one that sql_class_runs_alone; any other is SQL_OBJECT_UNKNOWN. */
struct sql_object sql_object_read(const char *statement, size_t length);

/* Might it run alone where the server refuses it in a transaction (25001)? Commands do; SET, SELECT, DO, CALL and the
 * like are refused for another reason, or could only be refused again. */
bool sql_might_run_alone(const char *statement, size_t length);

/* A session's setting, to be made again by whoever goes on behind it: SET, RESET, SELECT set_config(...). */
bool sql_is_setting(const char *statement, size_t length);

#endif
