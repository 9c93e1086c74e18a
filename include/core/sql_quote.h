/* Quoting for SQL text, as PQescapeLiteral and PQescapeIdentifier do it (the core knows no connection). */
#ifndef MIGRATED_CORE_SQL_QUOTE_H
#define MIGRATED_CORE_SQL_QUOTE_H

#include "base/names.h"
#include "base/text.h"

#include <stddef.h>

/* 'it''s', or E'a\\b' where a backslash occurs: right whatever standard_conforming_strings says. */
void sql_quote_literal(struct text *text, const char *value);
void sql_quote_identifier(struct text *text, const char *name);
/* ARRAY['a', 'b']::pg_catalog.text[] */
void sql_quote_array(struct text *text, const struct names *values);

/* A value that a template names: psql's own variable syntax, so that the file runs in psql with -v name=value. */
struct sql_value {
    const char *name, *value; /* borrowed; a NULL value becomes NULL as a literal */
};

/*
 * Expand :'name' (a literal) and :"name" (an identifier) in `source`, but not inside quotes and line comments; everything
 * else is copied. Aborts on a name that is not among the values: templates are part of the program.
 */
void sql_expand(struct text *text, const char *source, const struct sql_value *values, size_t count);

#endif
