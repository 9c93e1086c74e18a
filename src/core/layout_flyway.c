/*
 * Flyway: V<VERSION>__WORDS.sql with U<VERSION>__WORDS.sql for the way back, also in folders, in the order of the
 * versions, whose parts are numbers ("1.9" before "1.10", "1" is "1.0"). The key is the version as its table shows it.
 * `${NAME}` is replaced everywhere, in comments and quotes too, whatever the case of its name
 * (PlaceholderReplacingReader.java, ParsingContext.java). Not yet: repeatables (R), baselines (B), callbacks.
 */
#include "core/natural.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "substitution.h"

#include <string.h>
#include <strings.h>

struct parsed {
    char kind; /* V, U, R, B */
    const char *version, *version_end, *words, *words_end;
    bool is_sql, is_settings;
};

static const char *base_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

/* Behind digits with dots or underscores between them; NULL: it is no version. */
static const char *behind_version(const char *at)
{
    for (;;) {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0)
            return NULL;
        at += digits;
        if ((*at != '.' && *at != '_') || strspn(at + 1, "0123456789") == 0)
            return at;
        at++;
    }
}

static const char *find_ending(const char *name, struct parsed *parsed)
{
    static const char *const code[] = {".java", ".kt", ".class", ".py", ".sh", ".bash", ".ps1", ".bat", ".cmd"};
    size_t length = strlen(name);
    parsed->is_sql = layout_ends(name, ".sql");
    parsed->is_settings = layout_ends(name, ".sql.conf");
    if (parsed->is_sql || parsed->is_settings)
        return name + length - strlen(parsed->is_sql ? ".sql" : ".sql.conf");
    for (size_t i = 0; i < sizeof code / sizeof *code; i++)
        if (layout_ends(name, code[i]))
            return name + length - strlen(code[i]);
    return NULL;
}

static bool parse(const char *path, struct parsed *parsed)
{
    const char *name = base_name(path);
    *parsed = (struct parsed){.kind = name[0], .version = name + 1};
    parsed->words_end = find_ending(name, parsed);
    if (parsed->words_end == NULL || strchr("VURB", name[0]) == NULL || name[0] == '\0')
        return false;
    parsed->version_end = name[0] == 'R' ? name + 1 : behind_version(name + 1);
    if (parsed->version_end == NULL || parsed->version_end > parsed->words_end)
        return false;
    bool separated = strncmp(parsed->version_end, "__", 2) == 0;
    parsed->words = parsed->version_end + (separated ? 2 : 0);
    return separated || (name[0] != 'R' && parsed->version_end == parsed->words_end);
}

/* "001_0" as "1": the numbers that count, with dots. */
static const char *normalise(struct arena *arena, const char *at, const char *end)
{
    const char *key = "", *whole = "0";
    while (at < end) {
        size_t digits = strspn(at, "0123456789"), zeros = strspn(at, "0");
        if (zeros >= digits)
            zeros = digits - 1;
        key = arena_printf(arena, "%s%s%.*s", key, *key == '\0' ? "" : ".", (int)(digits - zeros), at + zeros);
        if (at[zeros] != '0')
            whole = key;
        at += digits + 1;
    }
    return whole;
}

static const char *display(struct arena *arena, const char *version, size_t length)
{
    char *text = arena_copy(arena, version, length);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '_')
            *at = '.';
    return text;
}

static void add(struct layout_listing *listing, const char *name, const struct parsed *parsed)
{
    struct arena *arena = listing->arena;
    struct layout_entry *entry =
        layout_add(listing, display(arena, parsed->version, (size_t)(parsed->version_end - parsed->version)),
                   normalise(arena, parsed->version, parsed->version_end));
    entry->message = layout_words(arena, parsed->words, (size_t)(parsed->words_end - parsed->words));
    *(parsed->kind == 'U' ? &entry->down : &entry->up) = name;
    if (parsed->kind == 'V')
        entry->settings = layout_holds(&listing->names, arena_printf(arena, "%s.conf", name));
}

static bool is_callback(const char *name)
{
    const char *base = base_name(name);
    return layout_ends(base, ".sql") && (strncmp(base, "before", 6) == 0 || strncmp(base, "after", 5) == 0);
}

static void judge(struct layout_listing *listing, const char *name)
{
    struct parsed parsed;
    if (layout_is_folder(name))
        return;
    if (layout_ends(name, "/")) {
        layout_fault(listing, name, "folders in folders are not read here: name this one in migrations");
    } else if (is_callback(name)) {
        layout_fault(listing, name, "a callback, which Flyway would run: not in this version");
    } else if (!parse(name, &parsed) || (parsed.is_settings && parsed.kind == 'V')) {
        return;
    } else if (parsed.is_settings) {
        layout_fault(listing, name, "settings of its own for this kind of file: not in this version");
    } else if (!parsed.is_sql) {
        layout_fault(listing, name, "a step that is no SQL can't be run here: let Flyway run it, or write it in SQL");
    } else if (parsed.kind == 'R' || parsed.kind == 'B') {
        layout_fault(listing, name, "%s",
                     parsed.kind == 'R' ? "a repeatable migration, which Flyway would run: not in this version; move "
                                          "it away, and run it as a target of its own with engine = script"
                                        : "a baseline migration, which Flyway would run: not in this version");
    } else {
        add(listing, name, &parsed);
    }
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++)
        judge(listing, listing->names.items[i]);
    layout_order_pairs(listing);
    for (size_t i = 0; i < listing->count; i++)
        if (listing->entries[i].up == NULL)
            layout_fault(listing, listing->entries[i].down, "undoes version %s, which is not there",
                         listing->entries[i].id);
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct parsed parsed;
    (void)head, (void)length;
    for (size_t i = 0; i < names->count; i++)
        if (parse(names->items[i], &parsed) && parsed.kind == 'V' && parsed.is_sql &&
            parsed.words > parsed.version_end)
            return true;
    return false;
}

/* One given in `vars` counts before Flyway's own. NULL: there is no value. */
static const char *placeholder(const struct substitution *substitution, const char *name, size_t length)
{
    static const char file[] = "flyway:filename";
    const char *value = parameters_find(substitution->parameters, name, length);
    if (value == NULL && length == strlen(file) && strncasecmp(name, file, length) == 0)
        value = base_name(substitution->path);
    return value;
}

static void put_placeholders(struct substitution *substitution)
{
    const char *text = substitution->text, *end = text + substitution->length;
    if (substitution->revision->verbatim)
        return;
    for (const char *at = text; (at = memmem(at, (size_t)(end - at), "${", 2)) != NULL;) {
        const char *name = at + 2, *line = memchr(name, '\n', (size_t)(end - name));
        const char *close = memchr(name, '}', (size_t)((line == NULL ? end : line) - name));
        if (close == NULL) {
            substitution_fault(substitution, (size_t)(at - text),
                               "a placeholder that does not end: write } behind it");
            at = name;
            continue;
        }
        size_t length = (size_t)(close - name);
        const char *value = placeholder(substitution, name, length);
        if (value != NULL)
            substitution_put(substitution, (size_t)(at - text), length + 3, value, strlen(value));
        else
            substitution_fault(substitution, (size_t)(at - text),
                               "placeholder ${%.*s} has no value: set vars.%.*s = VALUE in the target's section of "
                               "the configuration",
                               (int)length, name, (int)length, name);
        at = close + 1;
    }
}

/* What goes without saying. */
static bool changes_nothing(const struct layout_setting *setting)
{
    return layout_setting_is(setting, "executeInTransaction", "true") ||
           layout_setting_is(setting, "placeholderReplacement", "true") ||
           layout_setting_is(setting, "encoding", "UTF-8") || layout_setting_is(setting, "shouldExecute", "true");
}

static void refuse_setting(struct revision_source *source, struct place place, const struct layout_setting *setting)
{
    const char *key = arena_copy(source->arena, setting->key, setting->key_length);
    if (strcmp(key, "encoding") == 0)
        REVISION_FAULT(source, place, "encoding is not UTF-8: save the script as UTF-8, and say encoding=UTF-8");
    else if (strcmp(key, "shouldExecute") == 0)
        REVISION_FAULT(source, place, "shouldExecute: a script runs everywhere or is not there: take the line out");
    else
        REVISION_FAULT(source, place,
                       "is not understood: there are executeInTransaction and placeholderReplacement (=true or "
                       "false) and encoding=UTF-8");
}

static void read_settings(struct revision_source *source)
{
    struct layout_setting setting;
    struct layout_line line = {0};
    while (layout_next_setting(source->text, source->length, &line, &setting)) {
        struct place place = {line.number, 1};
        if (layout_setting_is(&setting, "executeInTransaction", "false")) {
            source->transaction = TRANSACTION_OFF;
            source->transaction_place = place;
        } else if (layout_setting_is(&setting, "placeholderReplacement", "false")) {
            source->revision->verbatim = true;
        } else if (!changes_nothing(&setting)) {
            refuse_setting(source, place, &setting);
        }
    }
}

static const struct layout_marks marks = {.way_back = "undo file (U)",
                                          .parameters = put_placeholders,
                                          .settings = read_settings,
                                          .outside = "executeInTransaction=false"};

const struct layout layout_flyway = {
    .name = "flyway",
    .tool = "Flyway",
    .folders = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
