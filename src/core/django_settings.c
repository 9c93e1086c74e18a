#include "core/django_settings.h"

#include "base/arena.h"
#include "base/text.h"
#include "python_lex.h"
#include "python_source.h"
#include "python_values.h"

#include <string.h>

struct django_settings {
    const struct django_part *parts;
    size_t count;
    const char *text, *user_model; /* the parts joined, each with a line's end behind it */
    struct python_module module;
};

/* ---- manage.py ---- */

static bool says(struct arena *arena, const char *text, struct python_token token, const char **value)
{
    bool whole = false;
    if (token.kind == PYTHON_STRING)
        *value = python_text(arena, text, token.begin, token.end, &whole);
    return whole;
}

/* "DJANGO_SETTINGS_MODULE" and the text behind it: an argument's, or an assignment's. */
const char *django_settings_module(struct arena *arena, const char *text, size_t length)
{
    struct python_lexer lexer;
    const char *module = NULL, *value = NULL;
    python_lexer_init(&lexer, text, length);
    for (struct python_token token = python_next(&lexer); token.kind != PYTHON_END && token.kind != PYTHON_ERROR;
         token = python_next(&lexer)) {
        if (!says(arena, text, token, &value) || strcmp(value, "DJANGO_SETTINGS_MODULE") != 0)
            continue;
        do
            token = python_next(&lexer);
        while (token.kind == PYTHON_OPERATOR && strchr(",]=", token.sign) != NULL);
        if (!says(arena, text, token, &value))
            continue;
        if (module != NULL && strcmp(module, value) != 0)
            return NULL;
        module = value;
    }
    return module;
}

bool django_settings_check(struct arena *arena, const char *path, const char *text, size_t length,
                           struct faults *faults)
{
    struct python_source source = {arena, path, text, length, faults, NULL};
    return python_source_check(&source);
}

/* ---- imports ---- */

/* One statement's tokens, as far as they make `from ..x.y import *`. */
struct statement {
    struct python_lexer lexer;
    struct python_token token;
    const char *text;
};

static bool is_word(const struct statement *statement, const char *word)
{
    const struct python_token *token = &statement->token;
    return token->kind == PYTHON_WORD && token->end - token->begin == strlen(word) &&
           memcmp(statement->text + token->begin, word, strlen(word)) == 0;
}

static bool at_end(const struct statement *statement)
{
    enum python_token_kind kind = statement->token.kind;
    return kind == PYTHON_NEWLINE || kind == PYTHON_END || kind == PYTHON_ERROR;
}

static void advance(struct statement *statement)
{
    statement->token = python_next(&statement->lexer);
}

/* `*`, or names of capitals, which settings have. */
static bool brings_settings(struct statement *statement)
{
    bool brings = false, renames = false;
    for (; !at_end(statement); advance(statement)) {
        const struct python_token *token = &statement->token;
        char first = statement->text[token->begin];
        brings |= token->kind == PYTHON_OPERATOR && token->sign == '*';
        brings |= token->kind == PYTHON_WORD && first >= 'A' && first <= 'Z';
        renames |= is_word(statement, "as");
    }
    return brings && !renames;
}

/* At `from`, at the beginning of a line. */
static bool read_import(struct arena *arena, struct statement *statement, struct django_import *found)
{
    struct text module = {0};
    *found = (struct django_import){.begin = statement->token.begin};
    for (advance(statement); statement->token.kind == PYTHON_OPERATOR && statement->token.sign == '.';
         advance(statement))
        found->level++;
    for (; !at_end(statement) && !is_word(statement, "import"); advance(statement))
        text_add_bytes(&module, statement->text + statement->token.begin,
                       statement->token.end - statement->token.begin);
    found->module = arena_string(arena, text_string(&module));
    text_finish(&module);
    if (at_end(statement))
        return false;
    advance(statement);
    bool good = brings_settings(statement);
    found->end = statement->token.begin;
    return good;
}

struct django_imports django_settings_imports(struct arena *arena, const char *text, size_t length)
{
    struct django_imports imports = {0};
    struct statement statement = {.text = text};
    struct django_import found;
    size_t capacity = 0;
    bool begins = true;
    python_lexer_init(&statement.lexer, text, length);
    statement.lexer.position = python_source_begin(&(struct python_source){.text = text, .length = length});
    for (advance(&statement); statement.token.kind != PYTHON_END && statement.token.kind != PYTHON_ERROR;
         advance(&statement)) {
        if (begins && statement.lexer.indent == 0 && is_word(&statement, "from") &&
            read_import(arena, &statement, &found)) {
            imports.items = arena_grow(arena, imports.items, imports.count, &capacity, sizeof *imports.items);
            imports.items[imports.count++] = found;
        }
        begins = statement.token.kind == PYTHON_NEWLINE;
    }
    return imports;
}

/* ---- places ---- */

static const char *place_of(const struct django_settings *settings, size_t offset, struct place *place)
{
    const struct django_part *part = settings->parts;
    for (size_t i = 0; i + 1 < settings->count && offset > part->end - part->begin; i++, part++)
        offset -= part->end - part->begin + 1;
    const struct python_source source = {.text = part->text, .length = part->file_length};
    *place = python_source_place(&source, part->begin + offset);
    return part->path;
}

static void refuse(const struct django_settings *settings, struct faults *faults, size_t at, const char *name,
                   const char *what)
{
    struct place place;
    const char *path = place_of(settings, at, &place);
    fault_add(faults, path, place.line, place.column,
              "%s is %s, which only a run of Python tells: name the installed apps with the option apps", name, what);
}

/* ---- values ---- */

struct django_settings *django_settings_read(struct arena *arena, const struct django_part *parts, size_t count,
                                             const char *user_model, struct faults *faults)
{
    struct django_settings *settings = arena_alloc(arena, sizeof *settings);
    struct text text = {0};
    for (size_t i = 0; i < count; i++) {
        text_add_bytes(&text, parts[i].text + parts[i].begin, parts[i].end - parts[i].begin);
        text_add_char(&text, '\n');
    }
    *settings = (struct django_settings){.parts = parts, .count = count, .user_model = user_model};
    settings->text = arena_copy(arena, text_string(&text), text.length);
    python_module_read_deep(arena, settings->text, text.length, 0, &settings->module);
    text_finish(&text);
    if (settings->module.error != NULL) {
        struct place place;
        const char *path = place_of(settings, settings->module.error_at, &place);
        fault_add(faults, path, place.line, place.column, "this is not Python: %s", settings->module.error);
    }
    return settings;
}

static bool read_app(struct arena *arena, const struct django_settings *settings, const struct python_value *item,
                     struct django_app_name *app)
{
    bool whole;
    *app = (struct django_app_name){.unsure = item->unsure};
    app->file = place_of(settings, item->begin, &app->place);
    app->name = python_text(arena, settings->text, item->begin, item->end, &whole);
    return whole;
}

struct django_app_name *django_settings_apps(struct arena *arena, const struct django_settings *settings,
                                             size_t *count, struct faults *faults)
{
    static const char name[] = "INSTALLED_APPS";
    const struct python_value *value = python_module_find(&settings->module, name);
    *count = 0;
    if (value == NULL || value->kind != PYTHON_LIST) {
        refuse(settings, faults, value == NULL ? settings->module.star : value->begin, name,
               value == NULL                   ? "not set by a literal"
               : value->kind == PYTHON_UNKNOWN ? value->why
                                               : "no list");
        return NULL;
    }
    if (value->count == 0)
        refuse(settings, faults, value->begin, name, "empty, or set elsewhere");
    struct django_app_name *apps = arena_array(arena, value->count, sizeof *apps);
    for (size_t i = 0; i < value->count; i++) {
        const struct python_value *item = &value->items[i];
        if (item->kind == PYTHON_TEXT && read_app(arena, settings, item, &apps[*count]))
            ++*count;
        else
            refuse(settings, faults, item->begin, "an item of INSTALLED_APPS",
                   item->kind == PYTHON_UNKNOWN ? item->why : "no plain text");
    }
    return apps;
}

const char *django_settings_text(struct arena *arena, const struct django_settings *settings, const char *name,
                                 const char **why)
{
    bool user = strcmp(name, "AUTH_USER_MODEL") == 0, whole = false;
    if (user && settings->user_model != NULL)
        return settings->user_model;
    const struct python_value *value = python_module_find(&settings->module, name);
    if (value == NULL && user && settings->module.star == 0)
        return "auth.User"; /* django/conf/global_settings.py */
    const char *text = NULL;
    if (value != NULL && value->kind == PYTHON_TEXT)
        text = python_text(arena, settings->text, value->begin, value->end, &whole);
    *why = user ? "on AUTH_USER_MODEL (the option user_model gives it)" : "on a setting that is no literal";
    return whole ? text : NULL;
}

bool django_settings_moves(const struct django_settings *settings, const char **file, struct place *place)
{
    const struct python_value *value = python_module_find(&settings->module, "MIGRATION_MODULES");
    if (value == NULL || strncmp(settings->text + value->begin, "{}", 2) == 0)
        return false;
    *file = place_of(settings, value->begin, place);
    return true;
}
