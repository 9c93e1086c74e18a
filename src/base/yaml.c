#include "base/yaml.h"

#include "base/arena.h"

#include <yaml.h>

struct reader {
    struct arena *arena;
    struct yaml_map *map;
    yaml_parser_t parser;
    yaml_event_t event;
    size_t capacity;
};

static bool fail(struct reader *reader, const char *error, const yaml_mark_t *mark)
{
    reader->map->error = arena_string(reader->arena, error);
    reader->map->line = (unsigned)mark->line + 1;
    reader->map->column = (unsigned)mark->column + 1;
    return false;
}

/* The next event stands in reader->event; it takes the place of the one before. */
static bool next(struct reader *reader)
{
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event) != 0)
        return true;
    return fail(reader, reader->parser.problem != NULL ? reader->parser.problem : "is no YAML",
                &reader->parser.problem_mark);
}

static struct yaml_scalar scalar(const struct reader *reader)
{
    const yaml_event_t *event = &reader->event;
    return (struct yaml_scalar){
        arena_copy(reader->arena, (const char *)event->data.scalar.value, event->data.scalar.length),
        (unsigned)event->start_mark.line + 1, (unsigned)event->start_mark.column + 1};
}

static bool deeper(struct reader *reader)
{
    return fail(reader, "only a value or a list of values may stand here", &reader->event.start_mark);
}

static bool read_list(struct reader *reader, struct yaml_entry *entry)
{
    size_t capacity = 0;
    entry->list = true;
    for (;;) {
        if (!next(reader))
            return false;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (reader->event.type != YAML_SCALAR_EVENT)
            return deeper(reader);
        entry->values = arena_grow(reader->arena, entry->values, entry->count, &capacity, sizeof *entry->values);
        entry->values[entry->count++] = scalar(reader);
    }
}

static bool read_entry(struct reader *reader)
{
    struct yaml_map *map = reader->map;
    if (reader->event.type != YAML_SCALAR_EVENT)
        return deeper(reader);
    map->entries = arena_grow(reader->arena, map->entries, map->count, &reader->capacity, sizeof *map->entries);
    struct yaml_entry *entry = &map->entries[map->count++];
    *entry = (struct yaml_entry){.key = scalar(reader)};
    if (!next(reader))
        return false;
    if (reader->event.type == YAML_SEQUENCE_START_EVENT)
        return read_list(reader, entry);
    if (reader->event.type != YAML_SCALAR_EVENT)
        return deeper(reader);
    entry->values = arena_alloc(reader->arena, sizeof *entry->values);
    entry->values[entry->count++] = scalar(reader);
    return true;
}

/* One document, or none at all. */
static bool read_document(struct reader *reader)
{
    do {
        if (!next(reader))
            return false;
        if (reader->event.type == YAML_STREAM_END_EVENT)
            return true;
    } while (reader->event.type == YAML_STREAM_START_EVENT || reader->event.type == YAML_DOCUMENT_START_EVENT);
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return fail(reader, "keys with values are expected here", &reader->event.start_mark);
    for (;;) {
        if (!next(reader))
            return false;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!read_entry(reader))
            return false;
    }
}

bool yaml_read(struct arena *arena, const char *text, size_t length, struct yaml_map *map)
{
    struct reader reader = {.arena = arena, .map = map};
    *map = (struct yaml_map){0};
    if (yaml_parser_initialize(&reader.parser) == 0)
        return fail(&reader, "there is no memory to read it", &(yaml_mark_t){0});
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    bool read = read_document(&reader);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return read;
}
