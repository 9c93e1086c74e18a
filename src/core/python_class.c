/* Classes at module level: their bodies are read as modules are, into names of their own. */
#include "base/arena.h"
#include "python_parts.h"

#include <string.h>

/* The parentheses behind the name, and the colon: what is left is the body. */
static void read_header(struct python_reader *reader, struct python_class *class)
{
    if (python_at_sign(reader, '(')) {
        class->bases_begin = class->bases_end = reader->token.end;
        while (!python_at_line_end(reader) && !(python_at_sign(reader, ')') && reader->token.depth == 0))
            python_advance(reader);
        class->bases_end = reader->token.begin;
    }
    while (!python_at_line_end(reader) && !(python_at_sign(reader, ':') && reader->token.depth == 0))
        python_advance(reader);
    if (python_at_sign(reader, ':'))
        python_advance(reader);
}

static bool is_over(const struct python_reader *reader)
{
    return reader->token.kind == PYTHON_END || reader->token.kind == PYTHON_ERROR;
}

static void read_body(struct python_reader *reader)
{
    unsigned indent = reader->lexer.indent;
    while (!python_at_line_end(reader)) /* on the line of its header */
        python_step(reader);
    if (reader->token.kind == PYTHON_NEWLINE)
        python_step(reader);
    reader->body = reader->lexer.indent;
    while (!is_over(reader) && reader->lexer.indent > indent)
        python_step(reader);
    reader->body = 0;
}

void python_read_class(struct python_reader *reader)
{
    struct python_module *module = reader->module;
    bool sure = !reader->unsure && reader->lexer.indent == 0;
    python_advance(reader);
    struct python_class class = {
        .begin = reader->token.begin,
        .end = reader->token.end,
        .names = python_names_create(reader->arena),
        .sure = sure,
    };
    if (reader->token.kind == PYTHON_WORD)
        python_forget(reader, class.begin, class.end, "a function or a class");
    python_advance(reader);
    read_header(reader, &class);

    struct python_names *names = reader->names;
    reader->outer = names;
    reader->names = class.names;
    reader->unsure = !sure;
    read_body(reader);
    reader->names = names;
    reader->outer = NULL;
    reader->unsure = false;
    module->classes = arena_grow(reader->arena, module->classes, module->n_classes, &reader->class_capacity,
                                 sizeof *module->classes);
    module->classes[module->n_classes++] = class;
}

const struct python_value *python_class_find(const struct python_class *class, const char *name)
{
    return python_names_get(class->names, name, strlen(name));
}

const struct python_class *python_module_class(const struct python_module *module, const char *text, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = module->n_classes; i-- > 0;) {
        const struct python_class *class = &module->classes[i];
        if (class->end - class->begin == length && memcmp(text + class->begin, name, length) == 0)
            return class;
    }
    return NULL;
}
