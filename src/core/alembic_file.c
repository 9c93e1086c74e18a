#include "core/alembic_file.h"

#include "core/layout.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/revision_file.h"
#include "python_source.h"
#include "python_values.h"

#include <string.h>
#include <strings.h>

#define MOST_COMPARED 64 /* parents among which one that is named twice is left out, as Alembic does */

/* One file while it is read. */
struct source {
    struct arena *arena, *scratch; /* of what the revision holds; of what is gone afterwards */
    struct python_source file;
    struct revision *revision;
    struct python_module module;
};

/* ---- faults ---- */

static struct place place_of(const struct source *source, size_t offset)
{
    return python_source_place(&source->file, offset);
}

#define FAULT(source, at, ...)                                                                                       \
    fault_add((source)->file.faults, (source)->revision->path, (at).line, (at).column, __VA_ARGS__)

static void refuse_unknown(struct source *source, const char *name, const struct python_value *value)
{
    FAULT(source, place_of(source, value->begin),
          "%s is %s, which only a run of Python tells: write its value there, in quotes", name, value->why);
}

static void refuse_kind(struct source *source, const char *name, const struct python_value *value)
{
    FAULT(source, place_of(source, value->begin), "%s is no text: write its value in quotes", name);
}

/* ---- texts ---- */

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

/* NULL with a fault: it can't be told. */
static const char *read_text(struct source *source, const char *name, const struct python_value *value)
{
    bool whole;
    const char *text = python_text(source->arena, source->file.text, value->begin, value->end, &whole);
    if (whole && (source->file.encoding == NULL || is_ascii(text)))
        return text;
    struct place place = place_of(source, value->begin);
    if (whole)
        FAULT(source, place, "%s holds characters in %s: save the file as UTF-8", name, source->file.encoding);
    else
        FAULT(source, place, "%s holds an escape that can't be read here: write the character itself", name);
    return NULL;
}

/* ---- ids ---- */

static bool is_named(const struct names *names, const char *name)
{
    return names->count < MOST_COMPARED && names_contain(names, name);
}

static struct names read_items(struct source *source, const char *name, const struct python_value *list)
{
    struct names names = {.items = arena_array(source->arena, list->count, sizeof *names.items)};
    for (size_t i = 0; i < list->count; i++) {
        const struct python_value *item = &list->items[i];
        if (item->kind == PYTHON_NONE && list->count == 1) /* which Alembic takes for None */
            break;
        const char *text = NULL;
        if (item->kind == PYTHON_TEXT)
            text = read_text(source, name, item);
        else
            refuse_kind(source, name, item);
        if (text != NULL && !is_named(&names, text))
            names.items[names.count++] = text;
    }
    return names;
}

/* None and "" are no names. */
static struct names read_names(struct source *source, const char *name, const struct python_value *value)
{
    struct names none = {0};
    if (value->kind == PYTHON_LIST)
        return read_items(source, name, value);
    if (value->kind == PYTHON_UNKNOWN)
        refuse_unknown(source, name, value);
    else if (value->kind == PYTHON_OTHER)
        refuse_kind(source, name, value);
    if (value->kind != PYTHON_TEXT)
        return none;
    const char *text = read_text(source, name, value);
    if (text == NULL || *text == '\0')
        return none;
    const char **item = arena_alloc(source->arena, sizeof *item);
    *item = text;
    return (struct names){item, 1};
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Alembic's rule for files without `revision`: the hexadecimal digits of the file's name; else NULL. */
static const char *legacy_id(struct source *source)
{
    const char *name = file_name(source->revision->path);
    size_t digits = strspn(name, "0123456789abcdef");
    return digits > 0 && strcmp(name + digits, ".py") == 0 ? arena_copy(source->arena, name, digits) : NULL;
}

static void read_id(struct source *source)
{
    struct revision *revision = source->revision;
    const struct python_value *value = python_module_find(&source->module, "revision");
    struct place place = value == NULL ? (struct place){1, 1} : place_of(source, value->begin);
    revision->id = NULL;
    if (value == NULL)
        revision->id = source->module.star > 0 ? NULL : legacy_id(source);
    else if (value->kind == PYTHON_TEXT)
        revision->id = read_text(source, "revision", value);
    else if (value->kind == PYTHON_UNKNOWN)
        refuse_unknown(source, "revision", value);
    else
        refuse_kind(source, "revision", value);
    if (value == NULL && revision->id == NULL)
        FAULT(source, place, "no `revision = \"...\"` at module level: is this a revision file?");
    if (revision->id != NULL)
        revision->id_place = place;
    else /* faulted: go on under another name, without a place */
        revision->id = arena_string(source->arena, file_name(revision->path));
}

static void read_down_revision(struct source *source)
{
    struct revision *revision = source->revision;
    const struct python_value *value = python_module_find(&source->module, "down_revision");
    if (value == NULL) {
        FAULT(source, ((struct place){1, 1}),
              "no `down_revision` at module level: name its parent, or write `down_revision = None` if it is a base");
        return;
    }
    revision->has_down_revision = true;
    revision->down_revision_place = place_of(source, value->begin);
    revision->down_revisions = read_names(source, "down_revision", value);
}

static void read_depends_on(struct source *source)
{
    const struct python_value *value = python_module_find(&source->module, "depends_on");
    if (value == NULL) {
        source->revision->depends_on_assumed = source->module.star > 0;
        source->revision->depends_on_place =
            source->module.star > 0 ? place_of(source, source->module.star) : (struct place){0};
        return;
    }
    source->revision->depends_on_place = place_of(source, value->begin);
    source->revision->depends_on = read_names(source, "depends_on", value);
}

static void read_labels(struct source *source)
{
    const struct python_value *value = python_module_find(&source->module, "branch_labels");
    if (value == NULL)
        return;
    source->revision->labels_place = place_of(source, value->begin);
    source->revision->labels_unknown = value->kind == PYTHON_UNKNOWN;
    if (value->kind != PYTHON_UNKNOWN)
        source->revision->labels = read_names(source, "branch_labels", value);
}

/* ---- docstring ---- */

static const char *first_line(struct arena *arena, const char *text)
{
    text += strspn(text, " \t\r\n\f\v");
    size_t length = strcspn(text, "\n");
    while (length > 0 && strchr(" \t\r\f\v", text[length - 1]) != NULL)
        length--;
    return arena_copy(arena, text, length);
}

static void read_docstring(struct source *source)
{
    static const char date[] = "\nCreate Date:";
    const struct python_module *module = &source->module;
    bool whole; /* a message may be told as it is written */
    const char *text = python_text(source->scratch, source->file.text, module->doc_begin, module->doc_end, &whole);
    const char *created = strstr(text, date);
    source->revision->message = first_line(source->arena, text);
    if (created != NULL)
        source->revision->create_date = first_line(source->arena, created + strlen(date));
}

/* Of Latin-1 each byte is a character; of other encodings what is not ASCII is not known. */
static void convert_message(struct source *source)
{
    static const char *const latin[] = {"latin-1", "latin1", "iso-8859-1", "iso8859-1", NULL};
    struct text text = {0};
    bool known = false;
    if (source->file.encoding == NULL)
        return;
    for (size_t i = 0; latin[i] != NULL; i++)
        known |= strcasecmp(source->file.encoding, latin[i]) == 0;
    for (const char *at = source->revision->message; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte >= 0x80 && known)
            text_add_char(&text, (char)(0xC0 | byte >> 6));
        text_add_char(&text, byte < 0x80 ? *at : known ? (char)(0x80 | (byte & 0x3F)) : '?');
    }
    source->revision->message = arena_string(source->arena, text_string(&text));
    text_finish(&text);
}

/* ---- all ---- */

static void read_module(struct source *source)
{
    struct python_module *module = &source->module;
    python_module_read(source->scratch, source->file.text, source->file.length, python_source_begin(&source->file),
                       module);
    if (module->error != NULL) {
        FAULT(source, place_of(source, module->error_at), "this is not Python: %s", module->error);
        return;
    }
    read_id(source);
    read_down_revision(source);
    read_depends_on(source);
    read_labels(source);
    read_docstring(source);
    convert_message(source);
}

void alembic_file_read(struct arena *arena, const char *path, const char *text, size_t length,
                       struct revision *revision, struct faults *faults)
{
    const char *shown = arena_string(arena, path);
    struct section section = {.present = true, .transactional = true, .path = shown, .file_size = length};
    revision_checksum(text, length, section.checksum);
    *revision = (struct revision){
        .layout = &layout_alembic,
        .message = "",
        .lock_timeout_ms = -1,
        .statement_timeout_ms = -1,
        .online_timeout_ms = -1,
        .path = shown,
        .up = section,
        .down = section,
    };
    struct source source = {
        .arena = arena,
        .scratch = arena_create(),
        .file = {arena, shown, text, length, faults, NULL},
        .revision = revision,
    };
    revision->id = arena_string(arena, file_name(path));
    memcpy(revision->checksum, section.checksum, sizeof revision->checksum);
    if (python_source_check(&source.file))
        read_module(&source);
    arena_destroy(source.scratch);
}

bool alembic_file_is_named(const char *name)
{
    size_t length = strlen(name);
    return length >= 3 && strcmp(name + length - 3, ".py") == 0 && strncmp(name, ".#", 2) != 0 &&
           strncmp(name, "__init__", strlen("__init__")) != 0;
}
