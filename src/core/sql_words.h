/* A statement read word by word, as the readers of particular statements need it. Private to core. No allocation. */
#ifndef MIGRATED_CORE_SQL_WORDS_H
#define MIGRATED_CORE_SQL_WORDS_H

#include "core/sql_object.h"
#include "sql_lex.h"

/* A lexer that always knows its next token. */
struct sql_words {
    struct sql_lexer lexer;
    struct sql_token token;
};

struct sql_words sql_words_of(const char *statement, size_t length);
void sql_words_advance(struct sql_words *words);

/* Does this key word, this symbol come next? */
bool sql_words_at(const struct sql_words *words, const char *word);
bool sql_words_at_symbol(const struct sql_words *words, char symbol);
bool sql_words_at_end(const struct sql_words *words);

/* Pass it, if it comes next. */
bool sql_words_take(struct sql_words *words, const char *word);
bool sql_words_take_symbol(struct sql_words *words, char symbol);
bool sql_words_take_both(struct sql_words *words, const char *first, const char *second);
void sql_words_take_if_exists(struct sql_words *words); /* IF [NOT] EXISTS */
void sql_words_take_parentheses(struct sql_words *words);

/* A name, schema and all; length 0: none, or one that only the server can read (U&"..."). */
struct sql_span sql_words_take_name(struct sql_words *words);

#endif
