#include "base/fault.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void fault_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format, ...)
{
    struct text message = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&message, format, arguments);
    va_end(arguments);

    faults->items = arena_grow(faults->arena, faults->items, faults->count, &faults->capacity, sizeof *faults->items);
    faults->items[faults->count++] = (struct fault){
        .file = arena_string(faults->arena, file),
        .line = line,
        .column = column,
        .message = arena_copy(faults->arena, text_string(&message), message.length),
    };
    text_finish(&message);
}

static int compare(const void *left, const void *right)
{
    const struct fault *a = left, *b = right;
    int files = strcmp(a->file, b->file);
    if (files != 0)
        return files;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return strcmp(a->message, b->message);
}

void faults_sort(struct faults *faults)
{
    if (faults->count > 1)
        qsort(faults->items, faults->count, sizeof *faults->items, compare);
}
