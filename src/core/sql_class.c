#include "core/sql_class.h"

#include "sql_lex.h"

#include <string.h>
#include <strings.h>

/* The next token, or the end if that is the statement's semicolon. */
static struct sql_token next(struct sql_lexer *lexer)
{
    struct sql_token token;
    sql_lex_token(lexer, &token);
    if (sql_token_is_symbol(lexer, &token, ';'))
        token.kind = SQL_TOKEN_END;
    return token;
}

static bool at_end(const struct sql_token *token)
{
    return token->kind == SQL_TOKEN_END || token->kind == SQL_TOKEN_ERROR;
}

/* From behind an opening parenthesis to behind the one that closes it. */
static void skip_parentheses(struct sql_lexer *lexer)
{
    size_t depth = 1;
    while (depth > 0) {
        struct sql_token token;
        sql_lex_token(lexer, &token);
        if (at_end(&token))
            return;
        if (sql_token_is_symbol(lexer, &token, '('))
            depth++;
        else if (sql_token_is_symbol(lexer, &token, ')'))
            depth--;
    }
}

/* The next token outside parentheses; what they hold is passed over. */
static struct sql_token next_outside(struct sql_lexer *lexer)
{
    struct sql_token token = next(lexer);
    while (sql_token_is_symbol(lexer, &token, '(')) {
        skip_parentheses(lexer);
        token = next(lexer);
    }
    return token;
}

/* Go behind the first `first` `second` (second NULL: only `first`) outside parentheses; false if there is none. */
static bool seek(struct sql_lexer *lexer, const char *first, const char *second)
{
    struct sql_token token = next_outside(lexer);
    while (!at_end(&token)) {
        bool found = sql_token_is(lexer, &token, first);
        if (found && second == NULL)
            return true;
        token = next_outside(lexer);
        if (found && sql_token_is(lexer, &token, second))
            return true;
    }
    return false;
}

/* Is the value that follows (after a "=", if there is one) a false one? None at all means true. */
static bool value_is_off(struct sql_lexer *lexer)
{
    static const char *const off[] = {"false", "off", "0"};
    struct sql_token token = next(lexer);
    if (sql_token_is_symbol(lexer, &token, '='))
        token = next(lexer);
    if (at_end(&token))
        return false;

    const char *text = lexer->text + token.offset;
    size_t length = token.length;
    if (token.kind == SQL_TOKEN_QUOTED && text[0] == '\'') {
        text++;
        length -= 2;
    }
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        if (strlen(off[i]) == length && strncasecmp(text, off[i], length) == 0)
            return true;
    return false;
}

enum option { OPTION_ABSENT, OPTION_ON, OPTION_OFF };

/* An option of the list in the next parentheses. */
static enum option option(struct sql_lexer lexer, const char *name)
{
    struct sql_token token = next(&lexer);
    while (!at_end(&token) && !sql_token_is_symbol(&lexer, &token, '('))
        token = next(&lexer);
    bool begins = true;
    for (; !at_end(&token) && !sql_token_is_symbol(&lexer, &token, ')'); token = next(&lexer)) {
        if (begins && sql_token_is(&lexer, &token, name))
            return value_is_off(&lexer) ? OPTION_OFF : OPTION_ON;
        begins = sql_token_is_symbol(&lexer, &token, '(') || sql_token_is_symbol(&lexer, &token, ',');
    }
    return OPTION_ABSENT;
}

/* BEGIN [WORK | TRANSACTION] with more behind it: isolation level and the like. */
static bool has_modes(struct sql_lexer lexer)
{
    struct sql_token token = next(&lexer);
    if (sql_token_is(&lexer, &token, "WORK") || sql_token_is(&lexer, &token, "TRANSACTION"))
        token = next(&lexer);
    return !at_end(&token);
}

/* COMMIT [WORK | TRANSACTION] AND CHAIN: the next transaction begins at once. */
static bool chains(struct sql_lexer lexer)
{
    if (!seek(&lexer, "AND", NULL))
        return false;
    struct sql_token token = next(&lexer);
    return sql_token_is(&lexer, &token, "CHAIN");
}

/* The FROM or TO outside parentheses, and STDIN or STDOUT (which the grammar takes for each other) behind it. */
static bool copies(struct sql_lexer *lexer, const char *direction)
{
    struct sql_token token = next_outside(lexer);
    while (!at_end(&token) && !sql_token_is(lexer, &token, "FROM") && !sql_token_is(lexer, &token, "TO"))
        token = next_outside(lexer);
    if (!sql_token_is(lexer, &token, direction))
        return false;
    token = next(lexer);
    return sql_token_is(lexer, &token, "STDIN") || sql_token_is(lexer, &token, "STDOUT");
}

static bool copies_from(struct sql_lexer lexer)
{
    return copies(&lexer, "FROM");
}

static bool copies_to(struct sql_lexer lexer)
{
    return copies(&lexer, "TO");
}

/* Is it the name of this setting? */
static bool setting_is(const struct sql_lexer *lexer, const struct sql_token *token, const char *name)
{
    const char *text = lexer->text + token->offset;
    size_t length = token->length;
    if (token->kind == SQL_TOKEN_QUOTED && text[0] == '"') {
        text++;
        length -= 2;
    } else if (token->kind != SQL_TOKEN_WORD) {
        return false;
    }
    return strlen(name) == length && strncasecmp(text, name, length) == 0;
}

static bool sets_timeout(struct sql_lexer lexer)
{
    static const char *const timeouts[] = {
        "lock_timeout",         "statement_timeout",   "idle_in_transaction_session_timeout",
        "idle_session_timeout", "transaction_timeout",
    };
    struct sql_token token = next(&lexer);
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++)
        if (setting_is(&lexer, &token, timeouts[i]))
            return true;
    return false;
}

/* A backslash in a quoted string would escape then: the server would cut otherwise than we do. */
static bool sets_strings_off(struct sql_lexer lexer)
{
    struct sql_token token = next(&lexer);
    if (!setting_is(&lexer, &token, "standard_conforming_strings"))
        return false;
    struct sql_lexer value = lexer;
    token = next(&lexer);
    return value_is_off(sql_token_is(&lexer, &token, "TO") ? &lexer : &value);
}

static bool reindexes_concurrently(struct sql_lexer lexer)
{
    if (option(lexer, "CONCURRENTLY") == OPTION_ON)
        return true;
    next_outside(&lexer); /* INDEX, TABLE ... */
    struct sql_token token = next(&lexer);
    return sql_token_is(&lexer, &token, "CONCURRENTLY");
}

static bool reindexes_many(struct sql_lexer lexer)
{
    struct sql_token token = next_outside(&lexer);
    return sql_token_is(&lexer, &token, "SCHEMA") || sql_token_is(&lexer, &token, "DATABASE") ||
           sql_token_is(&lexer, &token, "SYSTEM");
}

/* CLUSTER [VERBOSE | (options)] without a table. */
static bool clusters_all(struct sql_lexer lexer)
{
    struct sql_token token = next_outside(&lexer);
    if (sql_token_is(&lexer, &token, "VERBOSE"))
        token = next(&lexer);
    return at_end(&token);
}

static bool moves_database(struct sql_lexer lexer)
{
    return seek(&lexer, "SET", "TABLESPACE");
}

static bool detaches_concurrently(struct sql_lexer lexer)
{
    return seek(&lexer, "DETACH", "PARTITION") && seek(&lexer, "CONCURRENTLY", NULL);
}

/* create_slot is on by default, unless there is no connection to create it through. */
static bool creates_slot(struct sql_lexer lexer)
{
    if (!seek(&lexer, "PUBLICATION", NULL))
        return false;
    enum option create_slot = option(lexer, "CREATE_SLOT");
    return create_slot == OPTION_ON || (create_slot == OPTION_ABSENT && option(lexer, "CONNECT") != OPTION_OFF);
}

/* Changes of the publications refresh by default; failover and two_phase change the slot (17, 18). */
static bool refreshes_subscription(struct sql_lexer lexer)
{
    next(&lexer); /* the name */
    struct sql_token verb = next(&lexer);
    if (sql_token_is(&lexer, &verb, "REFRESH"))
        return true;

    struct sql_lexer rest = lexer;
    struct sql_token token = next(&lexer);
    if (sql_token_is(&lexer, &token, "PUBLICATION"))
        return option(lexer, "REFRESH") != OPTION_OFF;
    return sql_token_is(&rest, &verb, "SET") && (option(rest, "FAILOVER") || option(rest, "TWO_PHASE"));
}

/* The first rule whose words lead the statement, and whose further condition holds, names its class. */
static const struct rule {
    const char *words;
    enum sql_class class;
    bool (*holds)(struct sql_lexer rest); /* NULL: always */
    const char *name;                     /* NULL: the words */
} rules[] = {
    {"BEGIN", SQL_TRANSACTION, has_modes, "BEGIN with transaction modes"},
    {"BEGIN", SQL_BEGIN, NULL, NULL},
    {"START TRANSACTION", SQL_TRANSACTION, has_modes, "START TRANSACTION with transaction modes"},
    {"START TRANSACTION", SQL_BEGIN, NULL, NULL},
    {"COMMIT PREPARED", SQL_TRANSACTION, NULL, NULL},
    {"COMMIT", SQL_TRANSACTION, chains, "COMMIT AND CHAIN"},
    {"COMMIT", SQL_COMMIT, NULL, NULL},
    {"END", SQL_TRANSACTION, chains, "END AND CHAIN"},
    {"END", SQL_COMMIT, NULL, NULL},
    {"ROLLBACK TO", SQL_PLAIN, NULL, NULL},
    {"ROLLBACK WORK TO", SQL_PLAIN, NULL, NULL},
    {"ROLLBACK TRANSACTION TO", SQL_PLAIN, NULL, NULL},
    {"ROLLBACK PREPARED", SQL_TRANSACTION, NULL, NULL},
    {"ROLLBACK", SQL_TRANSACTION, NULL, NULL},
    {"ABORT", SQL_TRANSACTION, NULL, NULL},
    {"PREPARE TRANSACTION", SQL_TRANSACTION, NULL, NULL},

    {"COPY", SQL_COPY_FROM_STDIN, copies_from, "COPY FROM STDIN"},
    {"COPY", SQL_COPY_TO_STDOUT, copies_to, "COPY TO STDOUT"},

    {"SET LOCAL", SQL_SET_STRINGS_OFF, sets_strings_off, "SET standard_conforming_strings = off"},
    {"SET SESSION", SQL_SET_STRINGS_OFF, sets_strings_off, "SET standard_conforming_strings = off"},
    {"SET", SQL_SET_STRINGS_OFF, sets_strings_off, "SET standard_conforming_strings = off"},
    {"SET LOCAL", SQL_SET_TIMEOUT, sets_timeout, "SET of a timeout"},
    {"SET SESSION", SQL_SET_TIMEOUT, sets_timeout, "SET of a timeout"},
    {"SET", SQL_SET_TIMEOUT, sets_timeout, "SET of a timeout"},
    {"RESET", SQL_SET_TIMEOUT, sets_timeout, "RESET of a timeout"},

    {"CREATE INDEX CONCURRENTLY", SQL_CONCURRENT, NULL, NULL},
    {"CREATE UNIQUE INDEX CONCURRENTLY", SQL_CONCURRENT, NULL, NULL},
    {"DROP INDEX CONCURRENTLY", SQL_CONCURRENT, NULL, NULL},
    {"REINDEX", SQL_CONCURRENT, reindexes_concurrently, "REINDEX CONCURRENTLY"},
    {"REINDEX", SQL_NON_TRANSACTIONAL, reindexes_many, "REINDEX of more than one table"},
    {"VACUUM", SQL_NON_TRANSACTIONAL, NULL, NULL},
    {"CLUSTER", SQL_NON_TRANSACTIONAL, clusters_all, "CLUSTER of all tables"},
    {"ALTER SYSTEM", SQL_NON_TRANSACTIONAL, NULL, NULL},
    {"CREATE DATABASE", SQL_NON_TRANSACTIONAL, NULL, NULL},
    {"DROP DATABASE", SQL_NON_TRANSACTIONAL, NULL, NULL},
    {"ALTER DATABASE", SQL_NON_TRANSACTIONAL, moves_database, "ALTER DATABASE SET TABLESPACE"},
    {"CREATE TABLESPACE", SQL_NON_TRANSACTIONAL, NULL, NULL},
    {"DROP TABLESPACE", SQL_NON_TRANSACTIONAL, NULL, NULL},
    {"ALTER TABLE", SQL_CONCURRENT, detaches_concurrently, "ALTER TABLE DETACH PARTITION CONCURRENTLY"},
    {"CREATE SUBSCRIPTION", SQL_NON_TRANSACTIONAL, creates_slot, "CREATE SUBSCRIPTION with create_slot"},
    {"ALTER SUBSCRIPTION", SQL_NON_TRANSACTIONAL, refreshes_subscription, "ALTER SUBSCRIPTION with refresh"},
    {"DROP SUBSCRIPTION", SQL_NON_TRANSACTIONAL, NULL, NULL}, /* only with a slot, which only the catalog knows */
    {"DISCARD ALL", SQL_NON_TRANSACTIONAL, NULL, NULL},
};

enum { MOST_WORDS = 4, LONGEST_WORD = 12 }; /* of the rules */

/* The words that lead a statement, each cut when a rule first asks for it. */
struct lead {
    size_t count;
    struct {
        char word[LONGEST_WORD]; /* in upper case */
        size_t length;           /* 0: in no rule, or no word at all */
        struct sql_lexer rest;   /* behind it */
    } items[MOST_WORDS];
};

static void add_word(struct lead *lead, const struct sql_lexer *lexer, const struct sql_token *token)
{
    size_t i = lead->count++;
    lead->items[i].length = sql_token_word(lexer, token, lead->items[i].word, LONGEST_WORD);
    lead->items[i].rest = *lexer;
}

static void cut_word(struct lead *lead)
{
    struct sql_lexer lexer = lead->items[lead->count - 1].rest;
    struct sql_token token;
    sql_lex_token(&lexer, &token);
    add_word(lead, &lexer, &token);
}

/* Do these words (one blank between) come first? Then what is behind them, or else NULL. */
static const struct sql_lexer *behind(struct lead *lead, const char *words)
{
    for (size_t i = 0; i < MOST_WORDS; i++) {
        if (i == lead->count)
            cut_word(lead);
        size_t length = lead->items[i].length;
        if (length == 0 || strncmp(words, lead->items[i].word, length) != 0)
            return NULL;
        words += length;
        if (*words == '\0')
            return &lead->items[i].rest;
        if (*words != ' ')
            return NULL;
        words++;
    }
    return NULL;
}

static const struct rule *find_rule(const struct sql_lexer *lexer, const struct sql_token *first)
{
    struct lead lead;
    lead.count = 0;
    add_word(&lead, lexer, first);
    if (lead.items[0].length == 0)
        return NULL;
    for (const struct rule *rule = rules; rule < rules + sizeof rules / sizeof *rules; rule++) {
        if (rule->words[0] != lead.items[0].word[0])
            continue;
        const struct sql_lexer *rest = behind(&lead, rule->words);
        if (rest != NULL && (rule->holds == NULL || rule->holds(*rest)))
            return rule;
    }
    return NULL;
}

/* "temp" anywhere, in quotes too: a DO block may create what it names only there. */
static bool mentions_temp(const struct sql_lexer *lexer)
{
    const char *end = lexer->text + lexer->length;
    for (const char *at = lexer->text; end - at >= 4; at++)
        if ((*at | 0x20) == 't' && strncasecmp(at, "temp", 4) == 0)
            return true;
    return false;
}

/* CREATE ... TEMP or pg_temp: in the words up to the object's name. */
static bool creates_temporary(struct sql_lexer lexer)
{
    struct sql_token token = next(&lexer);
    for (int words = 0; words < 8 && token.kind == SQL_TOKEN_WORD; words++, token = next(&lexer))
        if (sql_token_is(&lexer, &token, "TEMP") || sql_token_is(&lexer, &token, "TEMPORARY") ||
            sql_token_is(&lexer, &token, "PG_TEMP"))
            return true;
    return false;
}

static bool leaves_state(const struct sql_lexer *lexer, const struct sql_token *first)
{
    static const char *const leaving[] = {"PREPARE", "DECLARE", "LISTEN", "LOAD"};
    for (size_t i = 0; i < sizeof leaving / sizeof *leaving; i++)
        if (sql_token_is(lexer, first, leaving[i]))
            return true;
    if (sql_token_is(lexer, first, "CREATE"))
        return creates_temporary(*lexer);
    bool may = sql_token_is(lexer, first, "SELECT") || sql_token_is(lexer, first, "WITH") ||
               sql_token_is(lexer, first, "DO");
    return may && mentions_temp(lexer);
}

struct sql_facts sql_classify(const char *statement, size_t length)
{
    struct sql_lexer lexer = {.text = statement, .length = length};
    struct sql_token first = next(&lexer);
    if (first.kind == SQL_TOKEN_END)
        return (struct sql_facts){.class = SQL_EMPTY, .words = "empty statement"};
    if (first.kind != SQL_TOKEN_WORD)
        return (struct sql_facts){.class = SQL_PLAIN};

    const struct rule *rule = find_rule(&lexer, &first);
    enum sql_class class = rule == NULL ? SQL_PLAIN : rule->class;
    return (struct sql_facts){
        .class = class,
        .words = class == SQL_PLAIN   ? NULL
                 : rule->name != NULL ? rule->name
                                      : rule->words,
        .leaves_session_state = class == SQL_PLAIN && leaves_state(&lexer, &first),
    };
}

bool sql_class_runs_alone(enum sql_class class)
{
    return class == SQL_NON_TRANSACTIONAL || class == SQL_CONCURRENT;
}
