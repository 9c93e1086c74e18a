#include "core/sql_quote.h"

#include <stdlib.h>
#include <string.h>

void sql_quote_literal(struct text *text, const char *value)
{
    if (strchr(value, '\\') != NULL)
        text_add(text, " E");
    text_add_char(text, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            text_add_char(text, *value);
        text_add_char(text, *value);
    }
    text_add_char(text, '\'');
}

void sql_quote_identifier(struct text *text, const char *name)
{
    text_add_char(text, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            text_add_char(text, '"');
        text_add_char(text, *name);
    }
    text_add_char(text, '"');
}

void sql_quote_array(struct text *text, const struct names *values)
{
    text_add(text, "ARRAY[");
    for (size_t i = 0; i < values->count; i++) {
        if (i > 0)
            text_add(text, ", ");
        sql_quote_literal(text, values->items[i]);
    }
    text_add(text, "]::pg_catalog.text[]");
}

static const struct sql_value *find(const struct sql_value *values, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0)
            return &values[i];
    abort(); /* a template names a value that was not given */
}

static void add_value(struct text *text, char quote, const struct sql_value *value)
{
    if (quote == '"')
        sql_quote_identifier(text, value->value);
    else if (value->value == NULL)
        text_add(text, "NULL");
    else
        sql_quote_literal(text, value->value);
}

/* Behind one character, or behind the whole quoted text or comment that begins here: there psql expands nothing. */
static const char *next(const char *at)
{
    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    if (*at != '\'' && *at != '"')
        return at + 1;
    const char *end = strchr(at + 1, *at);
    return end == NULL ? at + strlen(at) : end + 1;
}

void sql_expand(struct text *text, const char *source, const struct sql_value *values, size_t count)
{
    const char *from = source;
    for (const char *at = source; *at != '\0';) {
        if (at[0] != ':' || (at[1] != '\'' && at[1] != '"')) {
            at = next(at);
            continue;
        }
        size_t length = strcspn(at + 2, "'\"");
        text_add_bytes(text, from, (size_t)(at - from));
        add_value(text, at[1], find(values, count, at + 2, length));
        from = at += length + 3;
    }
    text_add(text, from);
}
