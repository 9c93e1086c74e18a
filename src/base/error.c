#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const struct {
    int exit;
    const char *word;
} codes[] = {
#define X(name, exit, word) [name] = {exit, word},
    ERROR_CODES(X)
#undef X
};

int error_exit_status(enum error_code code)
{
    return codes[code].exit;
}

const char *error_word(enum error_code code)
{
    return codes[code].word;
}

void error_copy(char *field, size_t size, const char *text, size_t length)
{
    if (length < size) {
        memcpy(field, text, length);
        field[length] = '\0';
        return;
    }

    size_t keep = size - sizeof "...";
    while (keep > 0 && ((unsigned char)text[keep] & 0xC0) == 0x80)
        keep--;
    memcpy(field, text, keep);
    memcpy(field + keep, "...", sizeof "...");
}

bool error_vset(struct error *error, enum error_code code, const char *format, va_list arguments)
{
    if (error == NULL)
        return false;

    char message[sizeof error->message * 2];
    int length = vsnprintf(message, sizeof message, format, arguments);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof message)
        length = sizeof message - 1;

    *error = (struct error){.code = code};
    error_copy(error->message, sizeof error->message, message, (size_t)length);
    return false;
}

bool error_set(struct error *error, enum error_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_vset(error, code, format, arguments);
    va_end(arguments);
    return false;
}

bool error_next(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return false;

    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->next, sizeof error->next, format, arguments);
    va_end(arguments);
    return false;
}

void error_add_detail(struct error *error, const char *format, ...)
{
    char lines[sizeof error->detail * 2];
    size_t length =
        (size_t)snprintf(lines, sizeof lines, "%s%s", error->detail, error->detail[0] == '\0' ? "" : "\n");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lines + length, sizeof lines - length, format, arguments);
    va_end(arguments);
    error_copy(error->detail, sizeof error->detail, lines, strlen(lines));
}

bool error_place(struct error *error, const char *file, unsigned line, unsigned column)
{
    if (error == NULL)
        return false;

    error_copy(error->file, sizeof error->file, file, strlen(file));
    error->line = line;
    error->column = column;
    return false;
}
