#include "core/sql_lock.h"

#include "sql_lex.h"

static bool next_is(struct sql_lexer *lexer, const char *word)
{
    struct sql_token token;
    sql_lex_token(lexer, &token);
    return sql_token_is(lexer, &token, word);
}

/* ALTER TABLE name VALIDATE CONSTRAINT name, and nothing else behind a comma. */
static bool only_validates(struct sql_lexer lexer)
{
    struct sql_token token;
    bool validates = false;
    if (!next_is(&lexer, "TABLE"))
        return false;
    for (sql_lex_token(&lexer, &token); token.kind != SQL_TOKEN_END && token.kind != SQL_TOKEN_ERROR;
         sql_lex_token(&lexer, &token)) {
        validates |= sql_token_is(&lexer, &token, "VALIDATE");
        if (sql_token_is_symbol(&lexer, &token, ','))
            return false;
    }
    return validates;
}

static bool refreshes_concurrently(struct sql_lexer lexer)
{
    return next_is(&lexer, "MATERIALIZED") && next_is(&lexer, "VIEW") && next_is(&lexer, "CONCURRENTLY");
}

enum sql_lock sql_lock_read(const char *statement, size_t length)
{
    static const char *const rows[] = {"INSERT", "UPDATE", "DELETE", "MERGE",   "SELECT", "WITH",     "VALUES",
                                       "COPY",   "SET",    "RESET",  "EXPLAIN", "SHOW",   "SAVEPOINT"};
    struct sql_lexer lexer = {.text = statement, .length = length};
    struct sql_token first;
    sql_lex_token(&lexer, &first);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (sql_token_is(&lexer, &first, rows[i]))
            return SQL_LOCK_ROWS;
    if (sql_token_is(&lexer, &first, "ANALYZE") || (sql_token_is(&lexer, &first, "ALTER") && only_validates(lexer)) ||
        (sql_token_is(&lexer, &first, "REFRESH") && refreshes_concurrently(lexer)))
        return SQL_LOCK_ONLINE;
    return SQL_LOCK_STRONG;
}
