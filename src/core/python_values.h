/*
 * What the names of a Python module hold after it was run, as far as that can be known without running it: literal
 * assignments at module level, in order, the last one counts. Private to core.
 */
#ifndef MIGRATED_CORE_PYTHON_VALUES_H
#define MIGRATED_CORE_PYTHON_VALUES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct python_names;

enum python_kind {
    PYTHON_UNKNOWN, /* only a run tells; `why` says what it is */
    PYTHON_NONE,
    PYTHON_TEXT,  /* one or more plain string literals in a row: begin to end */
    PYTHON_LIST,  /* list, tuple or set */
    PYTHON_OTHER, /* a number, True ... */
    PYTHON_NAME,  /* of another value; replaced by that one when it is assigned */
};

struct python_value {
    enum python_kind kind;
    size_t begin, end; /* its place in the text */
    const char *why;   /* of PYTHON_UNKNOWN: it is "a function call" ... */
    size_t name_end;   /* of PYTHON_UNKNOWN: behind the name at `begin` whose part or item it is; 0: of none */
    struct python_value *items; /* of PYTHON_LIST */
    size_t count;
    bool unsure; /* of an item: added beneath a condition */
};

/* A class at module level, and what its own names hold. */
struct python_class {
    size_t begin, end;             /* its name */
    size_t bases_begin, bases_end; /* what stands in the parentheses; equal if there is nothing */
    struct python_names *names;
    bool sure; /* it stands beneath no condition */
};

struct python_module {
    struct python_names *names;
    struct python_class *classes; /* of python_module_read_deep, in order */
    size_t n_classes;
    size_t doc_begin, doc_end; /* the docstring's literals; equal if there is none */
    size_t star;               /* an import of * from who knows what: names without a value may have one; 0: none */
    const char *error;         /* NULL, or why reading ended early: a fault's text */
    size_t error_at;
};

/*
 * Read `text` from `begin` on (behind a byte order mark); it holds no NUL. All that the module points to lives in the
 * arena or in `text`, which is borrowed.
 */
void python_module_read(struct arena *arena, const char *text, size_t length, size_t begin,
                        struct python_module *module);

/*
 * The same, and the bodies of classes are read too; lists keep what they hold, lists and unknown items as well; sums of
 * lists, `*LIST` in a list, `+=` and `.append(...)` are followed.
 */
void python_module_read_deep(struct arena *arena, const char *text, size_t length, size_t begin,
                             struct python_module *module);

/* NULL: no assignment of that name was seen. */
const struct python_value *python_module_find(const struct python_module *module, const char *name);

const struct python_value *python_class_find(const struct python_class *class, const char *name);

/* The last class of this name, or NULL. */
const struct python_class *python_module_class(const struct python_module *module, const char *text,
                                               const char *name);

/* The characters of a PYTHON_TEXT, or of a docstring's literals; owned by the arena. *whole: all could be read. */
const char *python_text(struct arena *arena, const char *text, size_t begin, size_t end, bool *whole);

#endif
