#include "sql_words.h"

void sql_words_advance(struct sql_words *words)
{
    sql_lex_token(&words->lexer, &words->token);
}

struct sql_words sql_words_of(const char *statement, size_t length)
{
    struct sql_words words = {.lexer = {.text = statement, .length = length}};
    sql_words_advance(&words);
    return words;
}

bool sql_words_at(const struct sql_words *words, const char *word)
{
    return sql_token_is(&words->lexer, &words->token, word);
}

bool sql_words_at_symbol(const struct sql_words *words, char symbol)
{
    return sql_token_is_symbol(&words->lexer, &words->token, symbol);
}

bool sql_words_at_end(const struct sql_words *words)
{
    return words->token.kind == SQL_TOKEN_END || words->token.kind == SQL_TOKEN_ERROR ||
           sql_words_at_symbol(words, ';');
}

bool sql_words_take(struct sql_words *words, const char *word)
{
    if (!sql_words_at(words, word))
        return false;
    sql_words_advance(words);
    return true;
}

bool sql_words_take_symbol(struct sql_words *words, char symbol)
{
    if (!sql_words_at_symbol(words, symbol))
        return false;
    sql_words_advance(words);
    return true;
}

bool sql_words_take_both(struct sql_words *words, const char *first, const char *second)
{
    return sql_words_take(words, first) && sql_words_take(words, second);
}

void sql_words_take_if_exists(struct sql_words *words)
{
    if (sql_words_take(words, "IF")) {
        sql_words_take(words, "NOT");
        sql_words_take(words, "EXISTS");
    }
}

void sql_words_take_parentheses(struct sql_words *words)
{
    size_t depth = 0;
    do {
        if (sql_words_at_symbol(words, '('))
            depth++;
        else if (sql_words_at_symbol(words, ')'))
            depth--;
        else if (depth == 0 || words->token.kind == SQL_TOKEN_END || words->token.kind == SQL_TOKEN_ERROR)
            return;
        sql_words_advance(words);
    } while (depth > 0);
}

static bool take_part(struct sql_words *words)
{
    const struct sql_token *token = &words->token;
    bool quoted = token->kind == SQL_TOKEN_QUOTED && words->lexer.text[token->offset] == '"';
    if (token->kind != SQL_TOKEN_WORD && !quoted)
        return false;
    sql_words_advance(words);
    return true;
}

struct sql_span sql_words_take_name(struct sql_words *words)
{
    struct sql_span span = {.offset = words->token.offset};
    for (;;) {
        size_t end = words->token.offset + words->token.length;
        if (!take_part(words))
            return (struct sql_span){0};
        span.length = end - span.offset;
        if (sql_words_at_symbol(words, '&')) /* U&"..": left to the server */
            return (struct sql_span){0};
        if (!sql_words_take_symbol(words, '.'))
            return span;
    }
}
