#include "core/django_migration.h"

#include "base/arena.h"
#include "core/django_settings.h"
#include "core/revision_file.h"
#include "python_lex.h"
#include "python_source.h"
#include "python_values.h"

#include <string.h>

#define WAY_ROUND "or set expected to the output of `manage.py showmigrations --plan`"

/* One file while it is read. */
struct source {
    struct arena *arena, *scratch; /* of what the migration holds; of what is gone afterwards */
    struct python_source file;
    struct python_module module;
    const struct django_settings *settings;
    struct django_migration *migration;
};

/* ---- faults ---- */

static void refuse(struct source *source, size_t at, const char *name, const char *what)
{
    struct place place = python_source_place(&source->file, at);
    fault_add(source->file.faults, source->file.path, place.line, place.column,
              "%s is %s, which only a run of Python tells: write its value there, " WAY_ROUND, name, what);
}

static void refuse_item(struct source *source, const struct python_value *item, const char *name)
{
    struct place place = python_source_place(&source->file, item->begin);
    fault_add(source->file.faults, source->file.path, place.line, place.column,
              "%s holds what is no (app, migration) pair of texts: write one there, " WAY_ROUND, name);
}

/* NULL with a fault. */
static const char *read_text(struct source *source, const struct python_value *value, const char *name)
{
    bool whole;
    const char *text = python_text(source->arena, source->file.text, value->begin, value->end, &whole);
    if (whole && *text != '\0')
        return text;
    refuse_item(source, value, name);
    return NULL;
}

/* ---- swappable_dependency ---- */

static bool is_word(const struct source *source, struct python_token token, const char *word)
{
    size_t length = strlen(word);
    return token.kind == PYTHON_WORD && token.end - token.begin == length &&
           memcmp(source->file.text + token.begin, word, length) == 0;
}

static bool is_sign(struct python_token token, char sign)
{
    return token.kind == PYTHON_OPERATOR && token.sign == sign;
}

/* The name behind `settings.`, or the text, in the call's parentheses; NULL: it is another call. */
static const char *read_argument(struct source *source, struct python_lexer *lexer, bool *setting)
{
    struct python_token token = python_next(lexer), first = token;
    bool whole = true;
    *setting = is_word(source, token, "settings");
    if (*setting && is_sign(python_next(lexer), '.'))
        first = python_next(lexer);
    else if (token.kind != PYTHON_STRING)
        return NULL;
    if (!is_sign(python_next(lexer), ')') || first.kind != (*setting ? PYTHON_WORD : PYTHON_STRING))
        return NULL;
    const char *text = *setting ? arena_copy(source->arena, source->file.text + first.begin, first.end - first.begin)
                                : python_text(source->arena, source->file.text, first.begin, first.end, &whole);
    return whole ? text : NULL;
}

/* `migrations.swappable_dependency(...)`: the model that it names; NULL: it is something else. */
static const char *swapped_model(struct source *source, const struct python_value *value, const char **why)
{
    struct python_lexer lexer;
    bool setting;
    python_lexer_init(&lexer, source->file.text, value->end);
    lexer.position = value->begin;
    lexer.in_line = true;
    struct python_token token = python_next(&lexer);
    if (is_word(source, token, "migrations") && is_sign(python_next(&lexer), '.'))
        token = python_next(&lexer);
    if (!is_word(source, token, "swappable_dependency") || !is_sign(python_next(&lexer), '('))
        return NULL;
    const char *model = read_argument(source, &lexer, &setting);
    if (model == NULL || python_next(&lexer).kind == PYTHON_OPERATOR)
        return NULL;
    return setting ? django_settings_text(source->scratch, source->settings, model, why) : model;
}

static bool read_swappable(struct source *source, const struct python_value *value, const char *name,
                           struct django_key *key)
{
    const char *why = value->why, *model = swapped_model(source, value, &why);
    if (model == NULL) {
        refuse(source, value->begin, name, why);
        return false;
    }
    key->app = arena_copy(source->arena, model, strcspn(model, "."));
    key->name = "__first__";
    return true;
}

/* ---- keys ---- */

static bool read_key(struct source *source, const struct python_value *item, const char *name, struct django_key *key)
{
    key->place = python_source_place(&source->file, item->begin);
    if (item->kind == PYTHON_UNKNOWN)
        return read_swappable(source, item, name, key);
    bool pair = item->kind == PYTHON_LIST && item->count == 2;
    for (size_t i = 0; pair && i < 2; i++) {
        if (item->items[i].kind == PYTHON_UNKNOWN) {
            refuse(source, item->items[i].begin, name, item->items[i].why);
            return false;
        }
        pair = item->items[i].kind == PYTHON_TEXT;
    }
    if (!pair) {
        refuse_item(source, item, name);
        return false;
    }
    key->app = read_text(source, &item->items[0], name);
    key->name = read_text(source, &item->items[1], name);
    return key->app != NULL && key->name != NULL;
}

static struct django_keys read_keys(struct source *source, const struct python_class *class, const char *name)
{
    struct django_keys keys = {0};
    const struct python_value *value = python_class_find(class, name);
    if (value == NULL)
        return keys;
    if (value->kind != PYTHON_LIST) {
        refuse(source, value->begin, name, value->kind == PYTHON_UNKNOWN ? value->why : "no list");
        return keys;
    }
    keys.items = arena_array(source->arena, value->count, sizeof *keys.items);
    for (size_t i = 0; i < value->count; i++)
        keys.count += read_key(source, &value->items[i], name, &keys.items[keys.count]);
    return keys;
}

/* ---- the class ---- */

/* Is its only base Django's own Migration? Another one's may set what this class does not. */
static bool is_plain(const struct source *source, const struct python_class *class)
{
    static const char *const bases[] = {"migrations.Migration", "Migration"};
    const char *at = source->file.text + class->bases_begin;
    size_t length = class->bases_end - class->bases_begin;
    for (; length > 0 && strchr(" \t\r\n,", at[length - 1]) != NULL; length--)
        ;
    for (; length > 0 && strchr(" \t\r\n", *at) != NULL; at++)
        length--;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (length == strlen(bases[i]) && memcmp(at, bases[i], length) == 0)
            return true;
    return false;
}

/* NULL with a fault. */
static const struct python_class *find_class(struct source *source)
{
    const struct python_class *class = python_module_class(&source->module, source->file.text, "Migration");
    const struct python_value *value = python_module_find(&source->module, "Migration");
    if (value == NULL) {
        fault_add(source->file.faults, source->file.path, 1, 1,
                  "no `class Migration` at module level: is this a migration? A module of helpers is named with _ in "
                  "front");
        return NULL;
    }
    if (class != NULL && value->begin == class->begin && class->sure)
        return class;
    refuse(source, value->begin, "Migration",
           class != NULL && !class->sure ? "made beneath a condition" : value->why);
    return NULL;
}

static void read_atomic(struct source *source, const struct python_class *class)
{
    const struct python_value *value = python_class_find(class, "atomic");
    bool is_false = value != NULL && value->end - value->begin == strlen("False") &&
                    memcmp(source->file.text + value->begin, "False", strlen("False")) == 0;
    source->migration->atomic = !is_false;
    if (is_false)
        source->migration->atomic_place = python_source_place(&source->file, value->begin);
}

static void read_module(struct source *source)
{
    struct python_module *module = &source->module;
    struct django_migration *migration = source->migration;
    python_module_read_deep(source->scratch, source->file.text, source->file.length,
                            python_source_begin(&source->file), module);
    if (module->error != NULL) {
        struct place place = python_source_place(&source->file, module->error_at);
        fault_add(source->file.faults, source->file.path, place.line, place.column, "this is not Python: %s",
                  module->error);
        return;
    }
    const struct python_class *class = find_class(source);
    if (class == NULL)
        return;
    migration->place = python_source_place(&source->file, class->begin);
    migration->dependencies = read_keys(source, class, "dependencies");
    migration->run_before = read_keys(source, class, "run_before");
    migration->replaces = read_keys(source, class, "replaces");
    read_atomic(source, class);
    if (!is_plain(source, class) && python_class_find(class, "dependencies") == NULL)
        refuse(source, class->begin, "dependencies", "perhaps set by another base than migrations.Migration");
}

void django_migration_read(struct arena *arena, const char *path, const char *app, const char *name, const char *text,
                           size_t length, const struct django_settings *settings, struct django_migration *migration,
                           struct faults *faults)
{
    *migration = (struct django_migration){
        .app = arena_string(arena, app),
        .name = arena_string(arena, name),
        .id = arena_printf(arena, "%s.%s", app, name),
        .path = arena_string(arena, path),
        .atomic = true,
        .file_size = length,
    };
    struct source source = {
        .arena = arena,
        .scratch = arena_create(),
        .file = {arena, migration->path, text, length, faults, NULL},
        .settings = settings,
        .migration = migration,
    };
    revision_checksum(text, length, migration->checksum);
    if (python_source_check(&source.file))
        read_module(&source);
    arena_destroy(source.scratch);
}

const char *django_migration_name(struct arena *arena, const char *file)
{
    size_t length = strlen(file);
    if (length <= 3 || strcmp(file + length - 3, ".py") != 0 || *file == '_' || *file == '~')
        return NULL;
    return memchr(file, '.', length - 3) == NULL ? arena_copy(arena, file, length - 3) : NULL;
}
