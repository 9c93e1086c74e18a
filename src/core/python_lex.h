/*
 * Python cut into tokens, as far as reading module-level literals needs it. No C library in Debian does that without
 * embedding an interpreter. Private to core.
 *
 * Versions 2 and 3 alike: whatever is no name, number, text or known operator is some other operator. Lines end with LF,
 * CRLF or CR. A logical line ends in one PYTHON_NEWLINE; blank lines and those of comments alone give no token.
 */
#ifndef MIGRATED_CORE_PYTHON_LEX_H
#define MIGRATED_CORE_PYTHON_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum python_token_kind {
    PYTHON_END,
    PYTHON_NEWLINE,
    PYTHON_WORD, /* a name or a keyword */
    PYTHON_NUMBER,
    PYTHON_STRING, /* one literal, with its prefix and quotes */
    PYTHON_OPERATOR,
    PYTHON_ERROR, /* nothing follows: lexer->error says why, the token where */
};

/* Operators that matter are their character. `:=`, those like `+=`, and all others: */
enum { SIGN_WALRUS = 'w', SIGN_AUGMENTED = 'a', SIGN_OTHER = '?' };

struct python_token {
    enum python_token_kind kind;
    size_t begin, end;
    char sign;      /* of PYTHON_OPERATOR */
    unsigned depth; /* open brackets around it; those of a bracket are the ones outside it */
};

#define PYTHON_MOST_BRACKETS 200 /* Python's own limit (MAXLEVEL) */

struct python_lexer {
    const char *text; /* borrowed */
    size_t length, position;
    unsigned indent; /* columns in front of the logical line; a tab goes to the next multiple of 8 */
    bool in_line;    /* a token of this logical line was given */
    unsigned depth;
    char brackets[PYTHON_MOST_BRACKETS];
    const char *error; /* a fault's text */
};

/* `position` may be set to begin behind a byte order mark, or within the text. */
void python_lexer_init(struct python_lexer *lexer, const char *text, size_t length);

struct python_token python_next(struct python_lexer *lexer);

#endif
