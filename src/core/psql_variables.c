#include "psql_variables.h"

#include "base/text.h"
#include "core/sql_quote.h"
#include "sql_lex.h"
#include "substitution.h"

#include <string.h>

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static size_t name_length(const char *text, const char *end)
{
    const char *at = text;
    while (at < end && is_name_byte(*at))
        at++;
    return (size_t)(at - text);
}

/* Of a psql variable the case counts. NULL: it is not set. */
static const char *find(const struct substitution *substitution, const char *name, size_t length)
{
    const struct parameters *parameters = substitution->parameters;
    for (size_t i = 0; i < parameters->count; i++)
        if (strlen(parameters->items[i].name) == length && memcmp(parameters->items[i].name, name, length) == 0)
            return parameters->items[i].value;
    return NULL;
}

/* Set in every psql. */
static bool is_of_psql(const char *name, size_t length)
{
    static const char *const names[] = {"DBNAME", "USER", "HOST", "PORT", "ENCODING"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return true;
    return false;
}

static void refuse(struct substitution *substitution, size_t offset, const char *name, size_t length)
{
    substitution_fault(
        substitution, offset,
        "psql variable %.*s has no value: set vars.%.*s = VALUE in the target's section of the configuration",
        (int)length, name, (int)length, name);
}

static void put_value(struct substitution *substitution, size_t offset, size_t length, const char *value, char quote)
{
    struct text quoted = {0};
    if (quote == '\'')
        sql_quote_literal(&quoted, value);
    else if (quote == '"')
        sql_quote_identifier(&quoted, value);
    else
        text_add(&quoted, value);
    substitution_put(substitution, offset, length, text_string(&quoted), quoted.length);
    text_finish(&quoted);
}

/* At a colon: what stands there is replaced; how long it is, 0 if it is none. */
static size_t put_one(struct substitution *substitution, size_t offset)
{
    const char *text = substitution->text, *end = text + substitution->length, *name = text + offset + 1;
    char quote = name < end && (*name == '\'' || *name == '"') ? *name : '\0';
    bool asks = end - name > 2 && memcmp(name, "{?", 2) == 0;
    name += asks ? 2 : quote != '\0';
    size_t length = name_length(name, end), whole = (size_t)(name - text) - offset + length;
    char close = asks ? '}' : quote;
    if (length == 0 || (close != '\0' && (name + length == end || name[length] != close)))
        return 0;
    whole += close != '\0';
    const char *value = find(substitution, name, length);
    if (asks)
        put_value(substitution, offset, whole, value == NULL ? "FALSE" : "TRUE", '\0');
    else if (value != NULL)
        put_value(substitution, offset, whole, value, quote);
    else if (quote != '\0' || is_of_psql(name, length))
        refuse(substitution, offset, name, length);
    return whole;
}

/* Statements only: data and commands are left as they are. */
static void put_in_statement(struct substitution *substitution, size_t offset, size_t length)
{
    struct sql_lexer lexer = {.text = substitution->text, .length = offset + length, .position = offset};
    struct sql_token token;
    for (sql_lex_token(&lexer, &token); token.kind != SQL_TOKEN_END && token.kind != SQL_TOKEN_ERROR;
         sql_lex_token(&lexer, &token)) {
        if (!sql_token_is_symbol(&lexer, &token, ':'))
            continue;
        bool doubled = token.offset + 1 < lexer.length && strchr(":=", lexer.text[token.offset + 1]) != NULL;
        size_t put = doubled ? 2 : put_one(substitution, token.offset);
        lexer.position = put == 0 ? lexer.position : token.offset + put;
    }
}

void psql_variables_put(struct substitution *substitution)
{
    struct sql_scan scan;
    struct sql_piece piece;
    if (memchr(substitution->text, ':', substitution->length) == NULL)
        return;
    sql_scan_init(&scan, substitution->text, substitution->length, (struct place){1, 1, 0});
    while (sql_scan_next(&scan, &piece))
        if (piece.kind == SQL_STATEMENT)
            put_in_statement(substitution, piece.offset, piece.length);
}
