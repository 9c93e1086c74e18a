#include "core/django_config.h"

#include "base/arena.h"
#include "python_source.h"
#include "python_values.h"

#include <string.h>

#define MOST_BASES 16 /* a class on a class on a class ... */

struct source {
    struct arena *arena, *scratch;
    struct python_source file;
    struct python_module module;
};

/* What follows the last dot of its first base. */
static const char *base_of(const struct source *source, const struct python_class *class)
{
    const char *bases =
        arena_copy(source->scratch, source->file.text + class->bases_begin, class->bases_end - class->bases_begin);
    bases += strspn(bases, " \t\r\n");
    const char *base = arena_copy(source->scratch, bases, strcspn(bases, ", \t\r\n"));
    const char *dot = strrchr(base, '.');
    return dot == NULL ? base : dot + 1;
}

static const struct python_class *find(const struct source *source, const char *name)
{
    return python_module_class(&source->module, source->file.text, name);
}

/* An AppConfig by the name of its base, or that of its base's base. */
static bool is_config(const struct source *source, const struct python_class *class)
{
    for (int i = 0; class != NULL && i < MOST_BASES; i++) {
        const char *base = base_of(source, class), *end = strstr(base, "Config");
        if (end != NULL && strcmp(end, "Config") == 0)
            return true;
        class = find(source, base);
    }
    return false;
}

/* From the class or its bases in this file. */
static const struct python_value *attribute(const struct source *source, const struct python_class *class,
                                            const char *name)
{
    for (int i = 0; class != NULL && i < MOST_BASES; i++) {
        const struct python_value *value = python_class_find(class, name);
        if (value != NULL)
            return value;
        class = find(source, base_of(source, class));
    }
    return NULL;
}

static bool is_text(const struct source *source, const struct python_value *value, const char *text)
{
    return value != NULL && value->end - value->begin == strlen(text) &&
           memcmp(source->file.text + value->begin, text, strlen(text)) == 0;
}

/* Of several the one with `default = True`; those with False are none. NULL: Django takes none of them. */
static const struct python_class *choose(const struct source *source)
{
    const struct python_class *only = NULL, *preferred = NULL;
    size_t count = 0, defaults = 0;
    for (size_t i = 0; i < source->module.n_classes; i++) {
        const struct python_class *class = &source->module.classes[i];
        const struct python_value *value = attribute(source, class, "default");
        if (!is_config(source, class) || is_text(source, value, "False"))
            continue;
        only = class;
        count++;
        if (is_text(source, value, "True")) {
            preferred = class;
            defaults++;
        }
    }
    return count == 1 ? only : defaults == 1 ? preferred : NULL;
}

static void refuse(const struct source *source, size_t at, const char *what)
{
    struct place place = python_source_place(&source->file, at);
    fault_add(source->file.faults, source->file.path, place.line, place.column,
              "%s, so its label can't be known: name the installed apps with the option apps, this one as "
              "LABEL=PACKAGE.migrations",
              what);
}

static const char *read_text(const struct source *source, const struct python_class *class, const char *name)
{
    const struct python_value *value = attribute(source, class, name);
    bool whole = false;
    const char *text = NULL;
    if (value == NULL)
        return NULL;
    if (value->kind == PYTHON_TEXT)
        text = python_text(source->arena, source->file.text, value->begin, value->end, &whole);
    if (!whole)
        refuse(source, value->begin, "this AppConfig has a value that only a run of Python tells");
    return whole ? text : NULL;
}

static struct django_config read_class(const struct source *source, const struct python_class *class)
{
    struct django_config config = {.name = read_text(source, class, "name"),
                                   .label = read_text(source, class, "label")};
    if (!class->sure || (config.name == NULL && attribute(source, class, "name") == NULL))
        refuse(source, class->begin, "this AppConfig's name is set elsewhere");
    return config;
}

struct django_config django_config_read(struct arena *arena, const char *path, const char *text, size_t length,
                                        const char *class_name, struct faults *faults)
{
    struct django_config config = {0};
    struct source source = {
        .arena = arena,
        .scratch = arena_create(),
        .file = {arena, path, text, length, faults, NULL},
    };
    if (python_source_check(&source.file)) {
        python_module_read_deep(source.scratch, text, length, python_source_begin(&source.file), &source.module);
        const struct python_class *class = class_name == NULL ? choose(&source) : find(&source, class_name);
        if (source.module.error != NULL)
            refuse(&source, source.module.error_at, "this is not Python");
        else if (class != NULL)
            config = read_class(&source, class);
        else if (class_name != NULL)
            refuse(&source, 0, arena_printf(arena, "there is no class %s here", class_name));
    }
    arena_destroy(source.scratch);
    return config;
}
