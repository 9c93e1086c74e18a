/*
 * Where a target keeps its books in the database: the version table (Alembic's own), our bookkeeping schema, and the
 * key of the advisory lock. Known only after the server has resolved the names.
 */
#ifndef MIGRATED_CORE_LEDGER_H
#define MIGRATED_CORE_LEDGER_H

#include "core/sql_quote.h"

#include <stdint.h>

struct mirror; /* core/mirror.h */

struct ledger {
    const char *target;                         /* "main"; all strings are borrowed and outlive the ledger */
    const char *version_schema, *version_table; /* as resolved on the server */
    bool django;                                /* the version table is django_migrations: app and name */
    const char *bookkeeping;                    /* schema of migrated's own tables */
    const char *host, *program;                 /* who we are, for the history: host name, "migrated 0.1.0" */
    int64_t lock_key;
    int server_version; /* PQserverVersion: 150020 */
    const char
        *pooled_name; /* behind a pooler our application_name, which RESET ALL forgets there; NULL: no pooler */
    const struct mirror *mirror; /* the table of another tool, kept current; NULL: none is */
};

/*
 * The advisory lock's key: the first eight bytes of SHA-256("migrated" NUL database NUL schema NUL table). `database`
 * is current_database() as the server says it, never a pooler's alias.
 */
int64_t ledger_lock_key(const char *database, const char *version_schema, const char *version_table);

/* "schema"."table", quoted. */
void ledger_add_version_table(const struct ledger *ledger, struct text *text);
/* "bookkeeping"."name", quoted. */
void ledger_add_table(const struct ledger *ledger, struct text *text, const char *name);

/* What names this ledger's rows in the bookkeeping tables: `target` and `version_table` ("public.alembic_version"). */
void ledger_add_key(const struct ledger *ledger, struct text *text); /* 'main', 'public.alembic_version' */

/*
 * Expand an embedded template (src/db/sql) with this ledger's names: target, version_schema, version_table,
 * version_table_name (schema.table), version_table_quoted, version_column, version_constraint, bookkeeping, lock_key, host, program,
 * and `more` values.
 */
void ledger_expand(const struct ledger *ledger, struct text *text, const char *source, const struct sql_value *more,
                   size_t count);

#endif
