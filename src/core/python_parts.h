/* What the parts of the reader of Python modules share: names, expressions, statements. Private to core. */
#ifndef MIGRATED_CORE_PYTHON_PARTS_H
#define MIGRATED_CORE_PYTHON_PARTS_H

#include "python_lex.h"
#include "python_values.h"

/* One module while it is read. */
struct python_reader {
    struct arena *arena;     /* of what names hold; borrowed */
    struct arena *statement; /* owned: of what is gone with the statement, or one of the next */
    const char *text;
    struct python_lexer lexer;
    struct python_token token, before; /* the next one to be judged, and the one in front of it */
    struct python_names *names;
    struct python_names *outer; /* while a class is read: the module's; else NULL */
    struct python_module *module;
    size_t class_capacity;
    unsigned body;      /* columns in front of the statements that are sure to run */
    bool deep;          /* python_module_read_deep */
    size_t star;        /* where the last import of * that may matter stands; 0: there is none */
    size_t values_left; /* how many a hostile file may still make us hold: in this statement, */
    size_t kept_left;   /* and in names */
    bool inside;        /* of a function or class: nothing there is the module's */
    bool unsure;        /* behind a condition, on its line */
};

/* ---- names ---- */

struct python_names *python_names_create(struct arena *arena);

/* The name holds this now. False: there are more names than are kept. */
bool python_names_set(struct python_names *names, const char *name, size_t length, const struct python_value *value);

/* Any name that has a value may have another now, which is not known: what an import of * does. */
void python_names_cloud(struct python_names *names, const struct python_value *value);

/* NULL: it was never given a value. */
const struct python_value *python_names_get(const struct python_names *names, const char *name, size_t length);

/* ---- tokens ---- */

void python_advance(struct python_reader *reader);

bool python_at_sign(const struct python_reader *reader, char sign);
bool python_at_word(const struct python_reader *reader, const char *word);

/* At a line's end, or that of the text. */
bool python_at_line_end(const struct python_reader *reader);

/* ---- classes ---- */

/* At `class`: read it, its body included. */
void python_read_class(struct python_reader *reader);

/* Read on by a statement, up to its end, the line's, or the beginning of what stands behind its colon. */
void python_step(struct python_reader *reader);

/* ---- expressions ---- */

/* Read one up to `=`, `:`, `;`, an operator like `+=` or the line's end. Names in it are left as names. */
struct python_value python_expression(struct python_reader *reader);

/* One that ends at `,`, too, or at the end of `depth` brackets. */
struct python_value python_element(struct python_reader *reader, unsigned depth);

/* Behind a bracket: a comprehension that can be known, up to the closing one. False: there is none, nothing was read. */
bool python_comprehension(struct python_reader *reader, unsigned depth, struct python_value *list);

/* Two lists in one, from the place of the first on; unknown, where one is no list. */
struct python_value python_sum(struct python_reader *reader, struct python_value left, struct python_value right);

/* The value with its names replaced by what they hold. */
struct python_value python_resolve(const struct python_reader *reader, struct python_value value);

/* Only a run tells what the name in the text between begin and end holds: `why`. */
void python_forget(struct python_reader *reader, size_t begin, size_t end, const char *why);

#endif
