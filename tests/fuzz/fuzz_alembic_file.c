/*
 * Exercises core/alembic_file.c with the reader of Python below it, and core/alembic_ini.c, with any bytes as either.
 * Asserted of every input:
 *
 *  - every fault has the file's name, a place inside the file, and a message of one line;
 *  - there is an id, and it has a place unless there is a fault;
 *  - without faults an alembic.ini has a script_location.
 */
#include "base/arena.h"
#include "core/alembic_file.h"
#include "core/alembic_ini.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                              \
    do {                                                                                                             \
        if (!(condition))                                                                                            \
            __builtin_trap();                                                                                        \
    } while (0)

static void check_faults(const struct faults *faults, const char *file, const char *text, size_t size)
{
    unsigned lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        MUST(strcmp(fault->file, file) == 0);
        MUST(fault->line >= 1 && fault->line <= lines && fault->column >= 1 && fault->column <= size + 1);
        MUST(fault->message[0] != '\0' && strpbrk(fault->message, "\r\n") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size == 0 ? 1 : size);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);

    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct revision revision;
    alembic_file_read(arena, "versions/1_a.py", text, size, &revision, &faults);
    check_faults(&faults, "versions/1_a.py", text, size);
    MUST(revision.id != NULL && (revision.id_place.line > 0 || faults.count > 0));
    MUST(strpbrk(revision.message, "\n") == NULL);

    struct alembic_ini ini;
    faults = (struct faults){.arena = arena};
    bool good = alembic_ini_read(arena, "alembic.ini", "/here", text, size, &ini, &faults);
    check_faults(&faults, "alembic.ini", text, size);
    MUST(good == (faults.count == 0) && (!good || ini.script_location != NULL));

    arena_destroy(arena);
    free(text);
    return 0;
}
