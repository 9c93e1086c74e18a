/* What an identifier may name: ids and labels, found by a hash whose memory is the graph's arena. */
#include "base/arena.h"
#include "graph_parts.h"

#include <string.h>

#define uthash_malloc(size)      arena_alloc(arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

struct graph_key {
    const char *name; /* borrowed from the revision */
    uint32_t node;
    UT_hash_handle hh;
};

static uint32_t label_count(const struct graph *graph)
{
    size_t count = 0;
    for (uint32_t node = 0; node < graph->count; node++)
        count += graph->revisions[node].labels.count;
    return (uint32_t)count;
}

static void add_key(struct graph *graph, struct arena *arena, const char *name, uint32_t node)
{
    struct graph_key *key = &graph->keys[graph->key_count++];
    key->name = name;
    key->node = node;
    HASH_ADD_KEYPTR(hh, graph->by_name, key->name, strlen(key->name), key);
}

/* The first character that an id or label may not hold, or NULL. Bytes of UTF-8 sequences pass. */
static const char *illegal_character(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        unsigned char character = (unsigned char)*at;
        if (character <= ' ' || character == 0x7F || strchr(",@+:", character) != NULL)
            return at;
    }
    return NULL;
}

static bool is_reserved(const char *name)
{
    return strcmp(name, "head") == 0 || strcmp(name, "heads") == 0 || strcmp(name, "base") == 0;
}

/* `what` is "revision id" or "label". */
static void check_spelling(const struct revision *revision, const char *name, const char *what, struct place place,
                           struct faults *faults)
{
    const char *illegal = illegal_character(name);
    if (*name == '\0')
        fault_add(faults, revision->path, place.line, place.column, "%s is empty", what);
    else if (illegal != NULL && (unsigned char)*illegal > ' ' && *illegal != 0x7F)
        fault_add(faults, revision->path, place.line, place.column, "character '%c' not allowed in %s '%s'", *illegal,
                  what, name);
    else if (illegal != NULL)
        fault_add(faults, revision->path, place.line, place.column,
                  "blanks and control characters are not allowed in %s '%s'", what, name);
    else if (is_reserved(name))
        fault_add(faults, revision->path, place.line, place.column, "%s '%s' is a word with a meaning of its own",
                  what, name);
}

static void add_id(struct graph *graph, struct arena *arena, uint32_t node, struct faults *faults)
{
    const struct revision *revision = &graph->revisions[node];
    check_spelling(revision, revision->id, "revision id", revision->id_place, faults);

    uint32_t other = graph_key_find(graph, revision->id);
    if (other == GRAPH_NONE)
        add_key(graph, arena, revision->id, node);
    else
        fault_add(faults, revision->path, revision->id_place.line, revision->id_place.column,
                  "revision %s is present more than once: also in %s", revision->id,
                  graph->revisions[graph->keys[other].node].path);
}

static void add_labels(struct graph *graph, struct arena *arena, uint32_t node, struct faults *faults)
{
    const struct revision *revision = &graph->revisions[node];
    struct place place = revision->labels_place;
    for (size_t i = 0; i < revision->labels.count; i++) {
        const char *label = revision->labels.items[i];
        check_spelling(revision, label, "label", place, faults);

        uint32_t other = graph_key_find(graph, label);
        if (other == GRAPH_NONE)
            add_key(graph, arena, label, node);
        else if (strcmp(graph->revisions[graph->keys[other].node].id, label) == 0)
            fault_add(faults, revision->path, place.line, place.column, "label '%s' is the id of a revision", label);
        else
            fault_add(faults, revision->path, place.line, place.column,
                      "branch name '%s' in revision %s already used by revision %s", label, revision->id,
                      graph->revisions[graph->keys[other].node].id);
    }
}

void graph_keys_build(struct graph *graph, struct arena *arena, struct faults *faults)
{
    graph->keys = arena_array(arena, (size_t)graph->count + label_count(graph), sizeof *graph->keys);
    for (uint32_t node = 0; node < graph->count; node++)
        add_id(graph, arena, node, faults);
    for (uint32_t node = 0; node < graph->count; node++)
        add_labels(graph, arena, node, faults);
}

uint32_t graph_key_find(const struct graph *graph, const char *name)
{
    struct graph_key *key;
    HASH_FIND(hh, graph->by_name, name, strlen(name), key);
    return key == NULL ? GRAPH_NONE : (uint32_t)(key - graph->keys);
}

static bool is_label(const struct graph *graph, uint32_t key)
{
    return strcmp(graph->revisions[graph->keys[key].node].id, graph->keys[key].name) != 0;
}

uint32_t graph_find(const struct graph *graph, const char *id)
{
    uint32_t key = graph_key_find(graph, id);
    return key == GRAPH_NONE || is_label(graph, key) ? GRAPH_NONE : graph->keys[key].node;
}

uint32_t graph_find_label(const struct graph *graph, const char *label)
{
    uint32_t key = graph_key_find(graph, label);
    return key == GRAPH_NONE || !is_label(graph, key) ? GRAPH_NONE : graph->keys[key].node;
}

uint32_t graph_key_count(const struct graph *graph)
{
    return graph->key_count;
}

const char *graph_key_name(const struct graph *graph, uint32_t key)
{
    return graph->keys[key].name;
}

uint32_t graph_key_node(const struct graph *graph, uint32_t key)
{
    return graph->keys[key].node;
}
