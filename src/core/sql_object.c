#include "core/sql_object.h"

#include "sql_lex.h"

/* A lexer that always knows its next token. */
struct words {
    struct sql_lexer lexer;
    struct sql_token token;
};

static void advance(struct words *words)
{
    sql_lex_token(&words->lexer, &words->token);
}

static struct words words_of(const char *statement, size_t length)
{
    struct words words = {.lexer = {.text = statement, .length = length}};
    advance(&words);
    return words;
}

/* Pass this key word, if it comes next. */
static bool take(struct words *words, const char *word)
{
    if (!sql_token_is(&words->lexer, &words->token, word))
        return false;
    advance(words);
    return true;
}

static bool take_symbol(struct words *words, char symbol)
{
    if (!sql_token_is_symbol(&words->lexer, &words->token, symbol))
        return false;
    advance(words);
    return true;
}

static bool take_both(struct words *words, const char *first, const char *second)
{
    return take(words, first) && take(words, second);
}

static void take_if_exists(struct words *words)
{
    if (take(words, "IF")) {
        take(words, "NOT");
        take(words, "EXISTS");
    }
}

/* (options) */
static void take_parentheses(struct words *words)
{
    size_t depth = 0;
    do {
        if (sql_token_is_symbol(&words->lexer, &words->token, '('))
            depth++;
        else if (sql_token_is_symbol(&words->lexer, &words->token, ')'))
            depth--;
        else if (depth == 0 || words->token.kind == SQL_TOKEN_END || words->token.kind == SQL_TOKEN_ERROR)
            return;
        advance(words);
    } while (depth > 0);
}

static bool take_part(struct words *words)
{
    const struct sql_lexer *lexer = &words->lexer;
    const struct sql_token *token = &words->token;
    bool quoted = token->kind == SQL_TOKEN_QUOTED && lexer->text[token->offset] == '"';
    if (token->kind != SQL_TOKEN_WORD && !quoted)
        return false;
    advance(words);
    return true;
}

/* A name, schema and all. */
static struct sql_span take_name(struct words *words)
{
    struct sql_span span = {.offset = words->token.offset};
    for (;;) {
        size_t end = words->token.offset + words->token.length;
        if (!take_part(words))
            return (struct sql_span){0};
        span.length = end - span.offset;
        if (sql_token_is_symbol(&words->lexer, &words->token, '&')) /* U&"..": left to the server */
            return (struct sql_span){0};
        if (!take_symbol(words, '.'))
            return span;
    }
}

static bool at_end(const struct words *words)
{
    return words->token.kind == SQL_TOKEN_END || words->token.kind == SQL_TOKEN_ERROR ||
           sql_token_is_symbol(&words->lexer, &words->token, ';');
}

static const struct sql_object unknown = {.kind = SQL_OBJECT_UNKNOWN};
static const struct sql_object repeatable = {.kind = SQL_OBJECT_REPEATABLE};

/* The object, if what was read is whole. */
static struct sql_object if_named(struct sql_object object)
{
    return object.name.length == 0 ? unknown : object;
}

/* Behind INDEX CONCURRENTLY. */
static struct sql_object read_new_index(struct words *words, bool unique)
{
    struct sql_object object = {.kind = SQL_OBJECT_NEW_INDEX, .unique = unique};
    take_if_exists(words);
    if (!sql_token_is(&words->lexer, &words->token, "ON"))
        object.name = take_name(words);
    if (!take(words, "ON"))
        return unknown;
    take(words, "ONLY");
    object.table = take_name(words);
    object.definition = words->token.offset;
    return object.table.length == 0 ? unknown : object;
}

static struct sql_object read_old_index(struct words *words)
{
    struct sql_object object = {.kind = SQL_OBJECT_OLD_INDEX};
    take_if_exists(words);
    object.name = take_name(words);
    return if_named(object);
}

static struct sql_object read_create(struct words *words)
{
    bool unique = take(words, "UNIQUE");
    if (take_both(words, "INDEX", "CONCURRENTLY"))
        return read_new_index(words, unique);
    if (take(words, "DATABASE"))
        return if_named((struct sql_object){.kind = SQL_OBJECT_NEW_DATABASE, .name = take_name(words)});
    if (take(words, "TABLESPACE"))
        return if_named((struct sql_object){.kind = SQL_OBJECT_NEW_TABLESPACE, .name = take_name(words)});
    if (take(words, "SUBSCRIPTION"))
        return if_named((struct sql_object){.kind = SQL_OBJECT_NEW_SUBSCRIPTION, .name = take_name(words)});
    return unknown;
}

static struct sql_object read_drop(struct words *words)
{
    enum sql_object_kind kind;
    if (take_both(words, "INDEX", "CONCURRENTLY"))
        return read_old_index(words);
    if (take(words, "DATABASE"))
        kind = SQL_OBJECT_OLD_DATABASE;
    else if (take(words, "TABLESPACE"))
        kind = SQL_OBJECT_OLD_TABLESPACE;
    else if (take(words, "SUBSCRIPTION"))
        kind = SQL_OBJECT_OLD_SUBSCRIPTION;
    else
        return unknown;
    take_if_exists(words);
    return if_named((struct sql_object){.kind = kind, .name = take_name(words)});
}

/* INDEX or TABLE; of a schema or a whole database only that it may be run again is known. */
static struct sql_object read_reindex(struct words *words)
{
    struct sql_object object = {.kind = SQL_OBJECT_REINDEX};
    take_parentheses(words);
    object.whole_table = take(words, "TABLE");
    if (!object.whole_table && !take(words, "INDEX"))
        return repeatable;
    take(words, "CONCURRENTLY");
    object.name = take_name(words);
    return object.name.length == 0 ? repeatable : object;
}

/* ALTER TABLE [IF EXISTS] [ONLY] parent DETACH PARTITION name CONCURRENTLY */
static struct sql_object read_detach(struct words *words)
{
    struct sql_object object = {.kind = SQL_OBJECT_PARTITION};
    take_if_exists(words);
    take(words, "ONLY");
    object.table = take_name(words);
    take_symbol(words, '*');
    if (object.table.length == 0 || !take_both(words, "DETACH", "PARTITION"))
        return unknown;
    object.name = take_name(words);
    return if_named(object);
}

static struct sql_object read_alter(struct words *words)
{
    if (take(words, "TABLE"))
        return read_detach(words);
    return take(words, "SYSTEM") || take(words, "DATABASE") || take(words, "SUBSCRIPTION") ? repeatable : unknown;
}

struct sql_object sql_object_read(const char *statement, size_t length)
{
    struct words words = words_of(statement, length);
    if (take(&words, "CREATE"))
        return read_create(&words);
    if (take(&words, "DROP"))
        return read_drop(&words);
    if (take(&words, "REINDEX"))
        return read_reindex(&words);
    if (take(&words, "ALTER"))
        return read_alter(&words);
    return take(&words, "VACUUM") || take(&words, "CLUSTER") || take(&words, "DISCARD") ? repeatable : unknown;
}

bool sql_is_setting(const char *statement, size_t length)
{
    struct words words = words_of(statement, length);
    if (take(&words, "RESET"))
        return true;
    if (take(&words, "SET"))
        return !take(&words, "LOCAL") && !take(&words, "CONSTRAINTS") && !take(&words, "TRANSACTION");
    if (!take(&words, "SELECT"))
        return false;
    if (take(&words, "PG_CATALOG") && !take_symbol(&words, '.'))
        return false;
    if (!take(&words, "SET_CONFIG"))
        return false;
    take_parentheses(&words);
    return at_end(&words);
}

bool sql_might_run_alone(const char *statement, size_t length)
{
    static const char *const commands[] = {"ALTER", "CLUSTER", "CREATE", "DROP", "REFRESH", "REINDEX", "VACUUM"};
    struct words words = words_of(statement, length);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (take(&words, commands[i]))
            return true;
    return false;
}
