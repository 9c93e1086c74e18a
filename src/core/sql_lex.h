/*
 * Tokens of SQL text, as PostgreSQL's scan.l and psql's psqlscan.l cut them, as coarsely as the scanner and the
 * classifier need. Private to core. No allocation; every byte is looked at a bounded number of times.
 */
#ifndef MIGRATED_CORE_SQL_LEX_H
#define MIGRATED_CORE_SQL_LEX_H

#include "core/sql_scan.h"

enum sql_token_kind {
    SQL_TOKEN_END,
    SQL_TOKEN_WORD,    /* key word or unquoted identifier */
    SQL_TOKEN_QUOTED,  /* string, quoted identifier or dollar quote; a prefix as N or U& comes before it */
    SQL_TOKEN_NUMBER,  /* with what sticks to it */
    SQL_TOKEN_SYMBOL,  /* one byte of anything else */
    SQL_TOKEN_COMMENT, /* a line comment, without its line end */
    SQL_TOKEN_ERROR,   /* unterminated: see the lexer's error */
};

struct sql_token {
    enum sql_token_kind kind;
    size_t offset, length;
};

struct sql_lexer {
    const char *text; /* borrowed */
    size_t length, position;
    size_t escape_end; /* end of an E'' string that a string on a later line would continue; 0 if there is none */
    enum sql_scan_error error;
    size_t error_offset; /* where the quote or comment opens */
};

/* The next token; blanks and block comments are passed over. */
void sql_lex(struct sql_lexer *lexer, struct sql_token *token);

/* The same, line comments passed over too. */
void sql_lex_token(struct sql_lexer *lexer, struct sql_token *token);

/* Is this token the key word (given in upper case)? */
bool sql_token_is(const struct sql_lexer *lexer, const struct sql_token *token, const char *word);

/* Is this token this one-byte symbol? */
static inline bool sql_token_is_symbol(const struct sql_lexer *lexer, const struct sql_token *token, char symbol)
{
    return token->kind == SQL_TOKEN_SYMBOL && lexer->text[token->offset] == symbol;
}

/* Copy a word in upper case (without NUL); its length, 0 if it is no word or has more than `size` bytes. */
size_t sql_token_word(const struct sql_lexer *lexer, const struct sql_token *token, char *word, size_t size);

#endif
