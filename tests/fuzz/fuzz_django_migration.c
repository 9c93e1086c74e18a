/*
 * Exercises core/django_migration.c with the reader of classes below it, core/django_settings.c, core/django_config.c and
 * core/django_expected.c, with any bytes as each. Asserted of every input:
 *
 *  - every fault has the file's name, a place inside the file, and a message of one line;
 *  - each key that was read has an app and a name;
 *  - an import is a part of the text.
 */
#include "base/arena.h"
#include "core/django_config.h"
#include "core/django_expected.h"
#include "core/django_settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                              \
    do {                                                                                                             \
        if (!(condition))                                                                                            \
            __builtin_trap();                                                                                        \
    } while (0)

static void check_faults(struct faults *faults, const char *text, size_t size)
{
    unsigned lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        MUST(strcmp(fault->file, "a.py") == 0);
        MUST(fault->line >= 1 && fault->line <= lines && fault->column >= 1 && fault->column <= size + 1);
        MUST(fault->message[0] != '\0' && strpbrk(fault->message, "\r\n") == NULL);
    }
    faults->count = 0;
}

static void check_keys(const struct django_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        MUST(keys->items[i].app != NULL && keys->items[i].name != NULL && keys->items[i].place.line > 0);
}

static void read_settings(struct arena *arena, const char *text, size_t size, struct faults *faults)
{
    size_t count;
    const char *why = NULL;
    const struct django_part part = {"a.py", text, size, 0, size};
    if (!django_settings_check(arena, "a.py", text, size, faults))
        return;
    const struct django_settings *settings = django_settings_read(arena, &part, 1, NULL, faults);
    django_settings_apps(arena, settings, &count, faults);
    MUST(django_settings_text(arena, settings, "AUTH_USER_MODEL", &why) != NULL || why != NULL);
    struct django_imports imports = django_settings_imports(arena, text, size);
    for (size_t i = 0; i < imports.count; i++)
        MUST(imports.items[i].begin < imports.items[i].end && imports.items[i].end <= size);
}

static void read_expected(struct arena *arena, const char *text, size_t size, struct faults *faults)
{
    struct django_migration *migrations;
    size_t count;
    django_expected_read(arena, "a.py", text, size, &migrations, &count, faults);
    for (size_t i = 0; i < count; i++)
        check_keys(&migrations[i].dependencies);
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
    struct django_migration migration;
    const struct django_settings *none = django_settings_read(arena, NULL, 0, "auth.User", &faults);
    django_migration_read(arena, "a.py", "app", "0001", text, size, none, &migration, &faults);
    check_keys(&migration.dependencies);
    check_keys(&migration.run_before);
    check_keys(&migration.replaces);
    check_faults(&faults, text, size);
    read_settings(arena, text, size, &faults);
    check_faults(&faults, text, size);
    django_config_read(arena, "a.py", text, size, NULL, &faults);
    check_faults(&faults, text, size);
    read_expected(arena, text, size, &faults);
    check_faults(&faults, text, size);
    arena_destroy(arena);
    free(text);
    return 0;
}
