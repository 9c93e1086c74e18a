/* Statements of a module. What is beneath a condition may run or not; what is in a function or class does not count. */
#include "base/arena.h"
#include "base/text.h"
#include "python_parts.h"
#include "python_string.h"

#include <string.h>

#define MOST_VALUES 65536
#define MOST_BYTES  65536 /* of statements that are gone */

/* ---- tokens ---- */

static struct python_value unknown_at(size_t begin, const char *why)
{
    return (struct python_value){.kind = PYTHON_UNKNOWN, .begin = begin, .end = begin, .why = why};
}

static void give_up(struct python_reader *reader, size_t at, const char *error)
{
    reader->lexer.error = error;
    reader->lexer.length = reader->lexer.position;
    reader->token = (struct python_token){.kind = PYTHON_ERROR, .begin = at, .end = at};
}

/* A value that outlives its statement. */
static struct python_value kept(struct python_reader *reader, const struct python_value *value)
{
    struct python_value copy = *value;
    if (value->kind != PYTHON_LIST)
        return copy;
    if (value->count > reader->kept_left)
        return unknown_at(value->begin, "too long a list");
    reader->kept_left -= value->count;
    copy.items = arena_array(reader->arena, value->count, sizeof *copy.items);
    for (size_t i = 0; i < value->count; i++)
        copy.items[i] = kept(reader, &value->items[i]);
    return copy;
}

static void keep(struct python_reader *reader, size_t begin, size_t end, const struct python_value *value)
{
    struct python_value copy = kept(reader, value);
    if (!python_names_set(reader->names, reader->text + begin, end - begin, &copy))
        give_up(reader, begin, "more names than are kept of one file");
}

void python_forget(struct python_reader *reader, size_t begin, size_t end, const char *why)
{
    struct python_value value = unknown_at(begin, why);
    keep(reader, begin, end, &value);
}

void python_advance(struct python_reader *reader)
{
    if (reader->token.kind == PYTHON_ERROR)
        return;
    reader->before = reader->token;
    reader->token = python_next(&reader->lexer);
    if (python_at_sign(reader, SIGN_WALRUS) && reader->before.kind == PYTHON_WORD && !reader->inside)
        python_forget(reader, reader->before.begin, reader->before.end, "assigned within an expression");
}

bool python_at_sign(const struct python_reader *reader, char sign)
{
    return reader->token.kind == PYTHON_OPERATOR && reader->token.sign == sign;
}

bool python_at_word(const struct python_reader *reader, const char *word)
{
    const struct python_token *token = &reader->token;
    size_t length = strlen(word);
    return token->kind == PYTHON_WORD && token->end - token->begin == length &&
           memcmp(reader->text + token->begin, word, length) == 0;
}

bool python_at_line_end(const struct python_reader *reader)
{
    enum python_token_kind kind = reader->token.kind;
    return kind == PYTHON_NEWLINE || kind == PYTHON_END || kind == PYTHON_ERROR;
}

static bool at_statement_end(const struct python_reader *reader)
{
    return python_at_line_end(reader) || (python_at_sign(reader, ';') && reader->token.depth == 0);
}

static void skip_statement(struct python_reader *reader)
{
    while (!at_statement_end(reader))
        python_advance(reader);
}

static void forget_word(struct python_reader *reader, const char *why)
{
    python_forget(reader, reader->token.begin, reader->token.end, why);
}

/* ---- assignments ---- */

static void assign(struct python_reader *reader, const struct python_value *target, const struct python_value *value);

static void assign_unknown(struct python_reader *reader, const struct python_value *target, const char *why)
{
    struct python_value value = unknown_at(target->begin, why);
    assign(reader, target, &value);
}

static void assign_items(struct python_reader *reader, const struct python_value *target,
                         const struct python_value *value)
{
    bool pairs = value->kind == PYTHON_LIST && value->count == target->count;
    for (size_t i = 0; i < target->count; i++)
        if (pairs && target->items[i].kind == PYTHON_NAME)
            assign(reader, &target->items[i], &value->items[i]);
        else
            assign_unknown(reader, &target->items[i], "a part of what is not known");
}

static void assign(struct python_reader *reader, const struct python_value *target, const struct python_value *value)
{
    if (target->kind == PYTHON_LIST)
        assign_items(reader, target, value);
    else if (target->kind == PYTHON_UNKNOWN && target->name_end > 0)
        python_forget(reader, target->begin, target->name_end, "changed in place");
    else if (target->kind == PYTHON_NAME)
        keep(reader, target->begin, target->end, value);
}

/* Targets and the value, behind the first of them. */
static void read_assignment(struct python_reader *reader, struct python_value first, bool unsure)
{
    struct python_value *targets = NULL, value = first;
    size_t count = 0, capacity = 0;
    while (python_at_sign(reader, '=')) {
        if (reader->values_left == 0) {
            give_up(reader, value.begin, "more names than are kept of one statement");
            return;
        }
        reader->values_left--;
        targets = arena_grow(reader->statement, targets, count, &capacity, sizeof *targets);
        targets[count++] = value;
        python_advance(reader);
        value = python_expression(reader);
    }
    value = python_resolve(reader, value);
    if (!at_statement_end(reader))
        value = unknown_at(value.begin, "computed");
    if (unsure)
        value = unknown_at(value.begin, "assigned beneath a condition");
    for (size_t i = 0; i < count; i++)
        assign(reader, &targets[i], &value);
}

/* ---- lists that grow ---- */

/* `target += value`. */
static void add_to(struct python_reader *reader, const struct python_value *target, struct python_value value,
                   bool unsure)
{
    if (target->kind != PYTHON_NAME) {
        assign_unknown(reader, target, "changed in place");
        return;
    }
    for (size_t i = 0; unsure && value.kind == PYTHON_LIST && i < value.count; i++)
        value.items[i].unsure = true;
    value = python_sum(reader, python_resolve(reader, *target), value);
    if (!at_statement_end(reader))
        value = unknown_at(value.begin, "computed");
    assign(reader, target, &value);
}

/* Does `NAME.append(` begin here? */
static bool at_append(const struct python_reader *reader)
{
    static const char call[] = ".append(";
    if (reader->token.kind != PYTHON_WORD)
        return false;
    size_t at = reader->token.end;
    return reader->lexer.length - at >= strlen(call) && memcmp(reader->text + at, call, strlen(call)) == 0;
}

static void read_append(struct python_reader *reader, bool unsure)
{
    struct python_value target = {.kind = PYTHON_NAME, .begin = reader->token.begin, .end = reader->token.end};
    for (int i = 0; i < 4; i++) /* the name, the dot, append, the bracket */
        python_advance(reader);
    struct python_value *item = arena_alloc(reader->statement, sizeof *item);
    *item = python_resolve(reader, python_element(reader, 1));
    bool whole = python_at_sign(reader, ')');
    if (whole)
        python_advance(reader);
    if (whole && at_statement_end(reader))
        add_to(reader, &target,
               (struct python_value){.kind = PYTHON_LIST, .begin = item->begin, .items = item, .count = 1}, unsure);
    else
        assign_unknown(reader, &target, "changed in place");
    skip_statement(reader);
}

static void skip_annotation(struct python_reader *reader)
{
    while (!at_statement_end(reader) && !(python_at_sign(reader, '=') && reader->token.depth == 0))
        python_advance(reader);
}

static void read_expression(struct python_reader *reader)
{
    bool unsure = reader->unsure || reader->lexer.indent > reader->body;
    if (reader->deep && at_append(reader)) {
        read_append(reader, unsure);
        return;
    }
    struct python_value first = python_expression(reader);
    if (reader->deep && python_at_sign(reader, SIGN_AUGMENTED) && reader->text[reader->token.begin] == '+') {
        python_advance(reader);
        add_to(reader, &first, python_resolve(reader, python_expression(reader)), unsure);
    } else if (python_at_sign(reader, SIGN_AUGMENTED))
        assign_unknown(reader, &first, "changed in place");
    else if (python_at_sign(reader, ':'))
        skip_annotation(reader);
    if (python_at_sign(reader, '='))
        read_assignment(reader, first, unsure);
    else if (first.kind == PYTHON_UNKNOWN && first.name_end > 0)
        assign_unknown(reader, &first, "changed in place"); /* its method was called */
    skip_statement(reader);
}

/* ---- imports ---- */

/* sqlalchemy and alembic export none of the names that matter. */
static bool is_harmless(const struct python_reader *reader, size_t begin, size_t end)
{
    static const char *const modules[] = {"sqlalchemy", "alembic", "typing"};
    const char *module = reader->text + begin;
    size_t length = end - begin;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (strlen(modules[i]) == length && memcmp(modules[i], module, length) == 0)
            return true;
    return false;
}

/* The names behind `import`: the word, or the one behind its `as`. */
static void read_imported(struct python_reader *reader)
{
    while (!at_statement_end(reader)) {
        struct python_token bound = reader->token;
        while (!at_statement_end(reader) && !python_at_sign(reader, ',')) {
            if (python_at_word(reader, "as")) {
                python_advance(reader);
                bound = reader->token;
            } else if (bound.kind != PYTHON_WORD)
                bound = reader->token;
            python_advance(reader);
        }
        if (bound.kind == PYTHON_WORD)
            python_forget(reader, bound.begin, bound.end, "imported");
        if (python_at_sign(reader, ','))
            python_advance(reader);
    }
}

static void read_from(struct python_reader *reader)
{
    python_advance(reader);
    struct python_token module = reader->token;
    while (!at_statement_end(reader) && !python_at_word(reader, "import"))
        python_advance(reader);
    python_advance(reader);
    if (!python_at_sign(reader, '*')) {
        read_imported(reader);
        return;
    }
    struct python_value cloud = unknown_at(reader->token.begin, "perhaps imported with the others of a module");
    if (!is_harmless(reader, module.begin, module.end)) {
        python_names_cloud(reader->names, &cloud);
        reader->star = cloud.begin;
    }
    skip_statement(reader);
}

/* ---- compound statements ---- */

/* `global` in a function makes the name the module's. */
static void skip_function_line(struct python_reader *reader)
{
    bool global = false;
    for (; !python_at_line_end(reader); python_advance(reader)) {
        if (python_at_word(reader, "global"))
            global = true;
        else if (python_at_sign(reader, ';'))
            global = false;
        else if (global && reader->token.kind == PYTHON_WORD)
            forget_word(reader, "declared global in a function");
    }
}

static void skip_body(struct python_reader *reader)
{
    unsigned indent = reader->lexer.indent;
    reader->inside = true;
    skip_function_line(reader);
    while (reader->token.kind == PYTHON_NEWLINE) {
        python_advance(reader);
        if (reader->token.kind == PYTHON_END || reader->lexer.indent <= indent)
            break;
        skip_function_line(reader);
    }
    reader->inside = false;
}

static void read_definition(struct python_reader *reader)
{
    if (reader->deep && reader->outer == NULL && python_at_word(reader, "class")) {
        python_read_class(reader);
        return;
    }
    python_advance(reader);
    if (reader->token.kind == PYTHON_WORD)
        forget_word(reader, "a function or a class");
    skip_body(reader);
}

/* To what stands behind its colon. Names that it binds are not known. */
static void read_header(struct python_reader *reader, bool loop)
{
    bool binds = loop;
    for (python_advance(reader); !at_statement_end(reader); python_advance(reader)) {
        if (python_at_sign(reader, ':') && reader->token.depth == 0)
            break;
        if (python_at_word(reader, "in") || (!loop && python_at_sign(reader, ',')))
            binds = false;
        else if (python_at_word(reader, "as"))
            binds = true;
        else if (binds && reader->token.kind == PYTHON_WORD)
            forget_word(reader, "bound by a statement");
    }
    if (python_at_sign(reader, ':'))
        python_advance(reader);
    reader->unsure = true;
}

/* ---- statements ---- */

enum statement { EXPRESSION, DEFINITION, ASYNC, IMPORT, FROM, DELETE, LOOP, HEADER };

static enum statement statement_at(const struct python_reader *reader)
{
    static const struct {
        const char *word;
        enum statement statement;
    } words[] = {
        {"def", DEFINITION}, {"class", DEFINITION}, {"async", ASYNC},    {"import", IMPORT},
        {"from", FROM},      {"del", DELETE},       {"for", LOOP},       {"case", LOOP},
        {"if", HEADER},      {"elif", HEADER},      {"else", HEADER},    {"while", HEADER},
        {"try", HEADER},     {"except", HEADER},    {"finally", HEADER}, {"with", HEADER},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (python_at_word(reader, words[i].word))
            return words[i].statement;
    return EXPRESSION;
}

static void read_deletion(struct python_reader *reader)
{
    for (python_advance(reader); !at_statement_end(reader); python_advance(reader))
        if (reader->token.kind == PYTHON_WORD)
            forget_word(reader, "deleted");
}

/* Up to its end, the line's, or the beginning of what stands behind its colon. */
static void read_statement(struct python_reader *reader)
{
    switch (statement_at(reader)) {
    case ASYNC:
        python_advance(reader);
        read_statement(reader);
        break;
    case DEFINITION:
        read_definition(reader);
        break;
    case IMPORT:
        python_advance(reader);
        read_imported(reader);
        break;
    case FROM:
        read_from(reader);
        break;
    case DELETE:
        read_deletion(reader);
        break;
    case LOOP:
        read_header(reader, true);
        break;
    case HEADER:
        read_header(reader, false);
        break;
    case EXPRESSION:
        read_expression(reader);
        break;
    }
}

static void read_docstring(struct python_reader *reader, struct python_module *module)
{
    struct python_lexer lexer = reader->lexer;
    struct python_token token = reader->token, last = token;
    for (; token.kind == PYTHON_STRING; token = python_next(&lexer)) {
        if (python_string_kind(reader->text + token.begin, token.end - token.begin) != STRING_PLAIN)
            return;
        last = token;
    }
    bool alone = token.kind == PYTHON_NEWLINE || (token.kind == PYTHON_OPERATOR && token.sign == ';');
    if (last.kind == PYTHON_STRING && alone) {
        module->doc_begin = reader->token.begin;
        module->doc_end = last.end;
    }
}

static void begin_statement(struct python_reader *reader)
{
    reader->values_left = MOST_VALUES;
    if (reader->statement != NULL && arena_footprint(reader->statement) <= MOST_BYTES)
        return;
    arena_destroy(reader->statement);
    reader->statement = arena_create();
}

void python_step(struct python_reader *reader)
{
    if (reader->token.kind == PYTHON_NEWLINE)
        reader->unsure = false;
    if (reader->token.kind == PYTHON_NEWLINE || python_at_sign(reader, ';'))
        python_advance(reader);
    else
        read_statement(reader);
    begin_statement(reader);
}

static void read_module(struct arena *arena, const char *text, size_t length, size_t begin, bool deep,
                        struct python_module *module)
{
    struct python_reader reader = {
        .arena = arena,
        .text = text,
        .names = python_names_create(arena),
        .module = module,
        .kept_left = MOST_VALUES,
        .deep = deep,
    };
    *module = (struct python_module){.names = reader.names};
    begin_statement(&reader);
    python_lexer_init(&reader.lexer, text, length);
    reader.lexer.position = begin;
    reader.token.kind = PYTHON_NEWLINE;
    python_advance(&reader);
    read_docstring(&reader, module);
    while (reader.token.kind != PYTHON_END && reader.token.kind != PYTHON_ERROR)
        python_step(&reader);
    arena_destroy(reader.statement);
    module->star = reader.star;
    module->error = reader.lexer.error;
    module->error_at = reader.token.begin;
}

void python_module_read(struct arena *arena, const char *text, size_t length, size_t begin,
                        struct python_module *module)
{
    read_module(arena, text, length, begin, false, module);
}

void python_module_read_deep(struct arena *arena, const char *text, size_t length, size_t begin,
                             struct python_module *module)
{
    read_module(arena, text, length, begin, true, module);
}

const struct python_value *python_module_find(const struct python_module *module, const char *name)
{
    return python_names_get(module->names, name, strlen(name));
}

const char *python_text(struct arena *arena, const char *text, size_t begin, size_t end, bool *whole)
{
    struct python_lexer lexer;
    struct text value = {0};
    *whole = true;
    python_lexer_init(&lexer, text, end);
    lexer.position = begin;
    lexer.in_line = true;
    for (struct python_token token = python_next(&lexer); token.kind == PYTHON_STRING || token.kind == PYTHON_NEWLINE;
         token = python_next(&lexer))
        if (token.kind == PYTHON_STRING)
            *whole &= python_string_decode(text + token.begin, token.end - token.begin, &value);
    const char *copy = arena_copy(arena, text_string(&value), value.length);
    text_finish(&value);
    return copy;
}
