#include "core/inclusion.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "psql_command.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* Of one text: files that name each other twice would grow without end. */
#define MOST_FILES 1000
#define MOST_BYTES ((size_t)256 << 20) /* with its own */

/* A text whose commands are looked at, and the one that named it. */
struct source {
    const struct source *outer;
    unsigned file; /* as in places */
    const char *path, *real, *text;
    size_t length;
};

struct expansion {
    struct arena *arena;
    const struct inclusion_reader *reader;
    bool (*is_marker)(const char *comment, size_t length);
    struct text *out;
    struct inclusions *result;
    struct faults *faults;
    size_t asked; /* files, those that could not be read too */
    size_t left;  /* bytes that may still be read */
    bool stopped; /* at one of the limits */
};

static void add_fault(struct expansion *expansion, const struct source *source, struct place place,
                      const char *message)
{
    fault_add(expansion->faults, source->path, place.line, place.column, "%s", message);
}

/* What is added from now on stands at this place. */
static void begin_at(struct expansion *expansion, struct place place)
{
    struct inclusions *result = expansion->result;
    result->items =
        arena_grow(expansion->arena, result->items, result->count, &result->capacity, sizeof *result->items);
    result->items[result->count++] = (struct inclusion){expansion->out->length, place, NULL};
}

/* ---- reading one file ---- */

static bool is_open(const struct source *source, const char *real)
{
    for (; source != NULL; source = source->outer)
        if (source->real != NULL && strcmp(source->real, real) == 0)
            return true;
    return false;
}

/* A byte order mark is not part of the text. */
static size_t text_begin(const struct included *file)
{
    return file->length >= 3 && memcmp(file->bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static bool check_bytes(struct expansion *expansion, const struct included *file)
{
    size_t begin = text_begin(file), valid = utf8_valid_length(file->bytes, file->length);
    const char *nul = file->length == 0 ? NULL : memchr(file->bytes, '\0', valid);
    if (nul == NULL && valid == file->length)
        return true;
    size_t at = nul != NULL ? (size_t)(nul - file->bytes) : valid;
    struct place place = place_after((struct place){1, 1, 0}, file->bytes + begin, at - begin);
    if (nul != NULL)
        fault_add(expansion->faults, file->path, place.line, place.column, "%s", sql_scan_error_text(SQL_SCAN_NUL));
    else
        fault_add(expansion->faults, file->path, place.line, place.column,
                  "byte 0x%02x is not UTF-8: save the file as UTF-8", (unsigned)(unsigned char)file->bytes[at]);
    return false;
}

/* NULL, or why it can't be had. */
static const char *ask_for(struct expansion *expansion, const struct source *source, const char *from,
                           const char *name, struct included *file)
{
    const struct inclusion_reader *reader = expansion->reader;
    const char *why = NULL;
    if (expansion->asked++ == MOST_FILES) {
        expansion->stopped = true;
        return "is one file too many: 1000 are read into one revision at most";
    }
    if (!reader->read(reader->context, from, name, expansion->left, file, &why))
        return why;
    if (is_open(source, file->real))
        return "is the file itself, or one that names it: this would have no end";
    if (file->length > expansion->left) {
        expansion->stopped = true;
        return "is too large: a revision and the files that are read into it are 256 MB at most";
    }
    expansion->left -= file->length;
    return NULL;
}

/* False: faulted, and nothing to be freed. */
static bool read_file(struct expansion *expansion, const struct source *source, struct place place, const char *from,
                      const char *name, struct included *file)
{
    struct inclusions *result = expansion->result;
    *file = (struct included){0};
    const char *why = ask_for(expansion, source, from, name, file);
    if (why != NULL) {
        fault_add(expansion->faults, source->path, place.line, place.column, "%s %s", name, why);
        free(file->bytes);
        return false;
    }
    result->paths =
        arena_grow(expansion->arena, result->paths, result->n_paths, &result->paths_capacity, sizeof *result->paths);
    result->paths[result->n_paths++] = file->path;
    if (check_bytes(expansion, file))
        return true;
    free(file->bytes);
    return false;
}

/* ---- \copy ---- */

/* Does this line hold only the end of data? */
static bool ends_data(const char *line, size_t length)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    return length == 2 && memcmp(line, "\\.", 2) == 0;
}

/* The lines up to one that ends them, behind which there may be nothing. */
static void add_data(struct expansion *expansion, const struct included *file)
{
    size_t begin = 0, end = file->length;
    while (begin < end) {
        const char *feed = memchr(file->bytes + begin, '\n', end - begin);
        size_t line_end = feed == NULL ? end : (size_t)(feed - file->bytes);
        if (ends_data(file->bytes + begin, line_end - begin)) {
            if (feed != NULL && line_end + 1 < end) {
                struct place place = place_after((struct place){1, 1, 0}, file->bytes, begin);
                fault_add(expansion->faults, file->path, place.line, place.column,
                          "\\. ends the data, but more lines stand behind it");
            }
            break;
        }
        begin = feed == NULL ? end : line_end + 1;
    }
    text_add_bytes(expansion->out, file->bytes, begin);
    if (begin > 0 && file->bytes[begin - 1] != '\n')
        text_add_char(expansion->out, '\n');
}

/* The command becomes a COPY FROM STDIN, its words where they stood as far as that can be. */
static void add_copy(struct expansion *expansion, const char *line, const struct psql_command *command)
{
    struct text *out = expansion->out;
    static const char copy[] = " COPY", source[] = "STDIN";
    text_add(out, copy);
    text_add_bytes(out, line + sizeof copy - 1, command->name_offset - (sizeof copy - 1));
    text_add(out, source);
    for (size_t i = sizeof source - 1; i < command->name_end - command->name_offset; i++)
        text_add_char(out, ' ');
    text_add_bytes(out, line + command->name_end, command->end - command->name_end);
    text_add(out, "\n;\n");
}

static void expand_copy(struct expansion *expansion, const struct source *source, const struct sql_piece *piece,
                        const struct psql_command *command)
{
    struct included file;
    const char *top = expansion->reader->top;
    if (!read_file(expansion, source, piece->place, top == NULL ? source->path : top, command->name, &file))
        return;
    add_copy(expansion, source->text + piece->offset, command);
    begin_at(expansion, (struct place){1, 1, (unsigned)expansion->result->n_paths});
    add_data(expansion, &file);
    text_add(expansion->out, "\\.\n");
    free(file.bytes);
}

/* ---- \i ---- */

static void expand(struct expansion *expansion, const struct source *source);

static void expand_include(struct expansion *expansion, const struct source *source, const struct sql_piece *piece,
                           const struct psql_command *command)
{
    const struct source *from = source;
    const char *top = command->kind == PSQL_INCLUDE ? expansion->reader->top : NULL;
    while (command->kind == PSQL_INCLUDE && from->outer != NULL)
        from = from->outer;

    struct included file;
    if (!read_file(expansion, source, piece->place, top == NULL ? from->path : top, command->name, &file))
        return;
    struct source inner = {
        .outer = source,
        .file = (unsigned)expansion->result->n_paths,
        .path = file.path,
        .real = file.real,
        .text = file.bytes + text_begin(&file),
        .length = file.length - text_begin(&file),
    };
    expand(expansion, &inner);
    free(file.bytes);
}

/* True: it names a file, and what comes of it was added. False: it is left to whoever judges commands. */
static bool expand_command(struct expansion *expansion, const struct source *source, const struct sql_piece *piece,
                           bool unfinished)
{
    const char *line = source->text + piece->offset;
    struct psql_command command = psql_command_read(expansion->arena, line, piece->length);
    if (command.kind == PSQL_OTHER)
        return false;
    if (command.wrong != NULL)
        add_fault(expansion, source, place_after(piece->place, line, command.wrong_offset), command.wrong);
    else if (unfinished)
        add_fault(expansion, source, piece->place, "psql command in the middle of a statement: end that first");
    else if (command.kind == PSQL_COPY)
        expand_copy(expansion, source, piece, &command);
    else
        expand_include(expansion, source, piece, &command);
    return true;
}

/* ---- a text ---- */

/* A last statement without semicolon ends with its file. */
static void add_rest(struct expansion *expansion, const struct source *source, size_t from,
                     const struct sql_piece *last)
{
    struct text *out = expansion->out;
    if (source->outer != NULL && last->kind == SQL_STATEMENT && !last->terminated) {
        size_t end = last->offset + last->length;
        text_add_bytes(out, source->text + from, end - from);
        text_add_char(out, ';');
        from = end;
    }
    text_add_bytes(out, source->text + from, source->length - from);
}

static void expand(struct expansion *expansion, const struct source *source)
{
    struct sql_scan scan;
    struct sql_piece piece, last = {.kind = SQL_META};
    size_t done = 0;

    if (source->outer != NULL)
        begin_at(expansion, (struct place){1, 1, source->file});
    sql_scan_init(&scan, source->text, source->length, (struct place){1, 1, source->file});
    scan.is_marker = expansion->is_marker;
    while (!expansion->stopped && sql_scan_next(&scan, &piece)) {
        if (piece.kind == SQL_META) {
            bool unfinished = last.kind == SQL_STATEMENT && !last.terminated;
            text_add_bytes(expansion->out, source->text + done, piece.offset - done);
            done = piece.offset;
            if (expand_command(expansion, source, &piece, unfinished)) {
                done += piece.length;
                begin_at(expansion, scan.place);
            }
        } else if (piece.kind == SQL_MARKER && source->outer != NULL) {
            add_fault(expansion, source, piece.place, "a section marker: it belongs into the revision's own file");
        }
        last = piece;
    }
    if (source->outer != NULL && scan.error != SQL_SCAN_OK)
        add_fault(expansion, source, scan.error_place, sql_scan_error_text(scan.error));
    else if (!expansion->stopped)
        add_rest(expansion, source, done, &last);
}

/* Most texts name none: that is seen at once. */
static bool may_name_files(const char *text, size_t length)
{
    return memmem(text, length, "\\i", 2) != NULL || memmem(text, length, "\\copy", 5) != NULL;
}

const struct inclusions *inclusions_read(struct arena *arena, const struct layout *layout, const char *path,
                                         const char *text, size_t length, const struct inclusion_reader *reader,
                                         struct text *out, struct faults *faults)
{
    text_clear(out);
    if (!may_name_files(text, length) || utf8_valid_length(text, length) != length)
        return NULL; /* of bytes that are not UTF-8 the revision's reader tells */
    struct inclusions *result = arena_alloc(arena, sizeof *result);
    struct expansion expansion = {
        .arena = arena,
        .reader = reader,
        .is_marker = layout->marks->is_marker,
        .out = out,
        .result = result,
        .faults = faults,
        .left = length < MOST_BYTES ? MOST_BYTES - length : 0,
    };
    struct source source = {.path = path, .text = text, .length = length};
    expand(&expansion, &source);
    if (result->count > 0)
        return result;
    text_clear(out);
    return NULL;
}

struct place inclusion_place(const struct inclusions *inclusions, struct place place, const char *text, size_t from,
                             size_t to)
{
    bool in_value = false;
    for (size_t i = 0; inclusions != NULL && i < inclusions->count && inclusions->items[i].offset <= to; i++) {
        in_value = inclusions->items[i].written != NULL;
        if (inclusions->items[i].offset > from) {
            from = inclusions->items[i].offset;
            place = inclusions->items[i].place;
        }
    }
    return in_value ? place : place_after(place, text + from, to - from);
}

const char *inclusion_path(const struct inclusions *inclusions, struct place place, const char *path)
{
    return place.file == 0 ? path : inclusions->paths[place.file - 1];
}
