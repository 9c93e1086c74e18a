#include "core/audit.h"

#include "base/arena.h"
#include "core/inclusion.h"

#include <string.h>

#define SHOWN_HEX   12 /* so many characters tell two checksums apart */
#define SHOWN_FILES 5

/* ---- what counts as applied ---- */

static struct node_set applied_nodes(struct arena *arena, const struct graph *graph, const struct names *pending)
{
    struct node_set applied = node_set_create(arena, graph);
    memset(applied.has, 1, graph_size(graph));
    for (size_t i = 0; i < pending->count; i++) {
        uint32_t node = graph_find(graph, pending->items[i]);
        if (node != GRAPH_NONE)
            applied.has[node] = 0;
    }
    return applied;
}

void audit_digest(struct arena *arena, const struct graph *graph, const struct names *pending,
                  char hex[DIGEST_HEX_SIZE])
{
    uint32_t size = (uint32_t)graph_size(graph);
    struct node_set applied = applied_nodes(arena, graph, pending);
    struct names ids = {.items = arena_array(arena, size, sizeof *ids.items)};
    struct digest *digest = digest_begin();
    unsigned char bytes[DIGEST_BYTES];
    for (uint32_t node = 0; node < size; node++)
        if (applied.has[node])
            ids.items[ids.count++] = graph_revision(graph, node)->id;
    names_sort(&ids);
    for (size_t i = 0; i < ids.count; i++) {
        const struct revision *revision = graph_revision(graph, graph_find(graph, ids.items[i]));
        digest_add(digest, revision->id, strlen(revision->id));
        digest_add(digest, " ", 1);
        digest_add(digest, revision->checksum, strlen(revision->checksum));
        digest_add(digest, "\n", 1);
    }
    digest_end(digest, bytes);
    digest_hex(bytes, hex);
}

/* ---- the records, by node ---- */

struct books {
    const struct graph *graph;
    const struct audit_record **records; /* of each node, NULL: none */
    int64_t stamped_us;
    int64_t lost_us; /* when the first revision was applied that has no file any more; INT64_MAX: none */
};

static struct books sort_records(struct arena *arena, const struct graph *graph, const struct audit_records *records)
{
    size_t size = graph_size(graph);
    struct books books = {
        .graph = graph,
        .records = arena_array(arena, size, sizeof *books.records),
        .stamped_us = records->stamped_us,
        .lost_us = INT64_MAX,
    };
    memset(books.records, 0, size * sizeof *books.records);
    for (size_t i = 0; i < records->count; i++) {
        const struct audit_record *record = &records->items[i];
        uint32_t node = graph_find(graph, record->revision);
        if (node != GRAPH_NONE)
            books.records[node] = record;
        else if (record->checksum != NULL && record->applied_us < books.lost_us)
            books.lost_us = record->applied_us;
    }
    return books;
}

/* ---- slipped in ---- */

/* Applied by a runner that had told its whole graph before. */
static bool is_witness(const struct audit_record *record)
{
    return record != NULL && record->checksum != NULL && record->applied_us > 0 && record->known_us > 0 &&
           record->known_us <= record->applied_us;
}

static uint32_t earlier(const struct books *books, uint32_t a, uint32_t b)
{
    if (a == GRAPH_NONE || b == GRAPH_NONE)
        return a == GRAPH_NONE ? b : a;
    return books->records[b]->applied_us < books->records[a]->applied_us ? b : a;
}

static uint32_t earliest_of(const struct books *books, const uint32_t *first, struct nodes above, uint32_t found)
{
    for (uint32_t i = 0; i < above.count; i++) {
        uint32_t node = above.items[i];
        found = earlier(books, found, first[node]);
        if (is_witness(books->records[node]))
            found = earlier(books, found, node);
    }
    return found;
}

/* Of each node: the witness above it that was applied first, or GRAPH_NONE. */
static uint32_t *first_witnesses(struct arena *arena, const struct books *books)
{
    struct nodes order = graph_order(books->graph);
    uint32_t *first = arena_array(arena, order.count, sizeof *first);
    for (uint32_t i = order.count; i-- > 0;) {
        uint32_t node = order.items[i];
        first[node] = earliest_of(books, first, graph_children(books->graph, node), GRAPH_NONE);
        first[node] = earliest_of(books, first, graph_dependents(books->graph, node), first[node]);
    }
    return first;
}

static bool has_slipped_in(const struct books *books, uint32_t node, uint32_t witness)
{
    const struct audit_record *record = books->records[node];
    if (witness == GRAPH_NONE || (record != NULL && record->checksum != NULL))
        return false;
    int64_t applied_us = books->records[witness]->applied_us;
    int64_t known_us = record == NULL || record->known_us == 0 ? INT64_MAX : record->known_us;
    return known_us > applied_us && books->stamped_us < known_us && books->lost_us > applied_us;
}

/* ---- judging ---- */

static bool is_edited(const struct audit_record *record, const struct revision *revision)
{
    return record != NULL && record->checksum != NULL && record->checksum[0] != '\0' &&
           revision->checksum[0] != '\0' && strcmp(record->checksum, revision->checksum) != 0;
}

static void add_paths(struct names *names, const struct inclusions *inclusions)
{
    for (size_t i = 0; inclusions != NULL && i < inclusions->n_paths; i++)
        if (!names_contain(names, inclusions->paths[i]))
            names->items[names->count++] = inclusions->paths[i];
}

/* The checksum is of them too: it does not tell which one was edited. */
static const char *included_words(struct arena *arena, const struct revision *revision)
{
    const struct inclusions *up = revision->up.inclusions, *down = revision->down.inclusions;
    size_t most = (up == NULL ? 0 : up->n_paths) + (down == NULL ? 0 : down->n_paths);
    if (most == 0)
        return NULL;
    struct names names = {.items = arena_array(arena, most, sizeof *names.items)};
    add_paths(&names, up);
    add_paths(&names, down);
    return names_join(arena, &names, SHOWN_FILES);
}

void audit_judge(struct arena *arena, const struct graph *graph, const struct names *pending,
                 const struct audit_records *records, struct audit *audit)
{
    *audit = (struct audit){0};
    if (records->count == 0)
        return;
    struct node_set applied = applied_nodes(arena, graph, pending);
    struct books books = sort_records(arena, graph, records);
    const uint32_t *witnesses = first_witnesses(arena, &books);
    struct nodes order = graph_order(graph);
    struct audit_finding *findings = NULL;
    size_t capacity = 0;

    for (uint32_t i = 0; i < order.count; i++) {
        uint32_t node = order.items[i];
        const struct revision *revision = graph_revision(graph, node);
        bool edited = applied.has[node] && is_edited(books.records[node], revision);
        if (!edited && !(applied.has[node] && has_slipped_in(&books, node, witnesses[node])))
            continue;
        findings = arena_grow(arena, findings, audit->count, &capacity, sizeof *findings);
        findings[audit->count++] = (struct audit_finding){
            .kind = edited ? AUDIT_EDITED : AUDIT_SLIPPED_IN,
            .revision = revision->id,
            .file = revision->path,
            .applied_checksum = edited ? books.records[node]->checksum : NULL,
            .checksum = edited ? revision->checksum : NULL,
            .included = edited ? included_words(arena, revision) : NULL,
            .names_parent = revision->has_down_revision,
            .before = edited ? NULL : graph_revision(graph, witnesses[node])->id,
        };
        audit->edited += edited;
        audit->slipped_in += !edited;
    }
    audit->findings = findings;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_string(arena, text);
}

void audit_copy(struct arena *arena, const struct audit *from, struct audit *to)
{
    struct audit_finding *findings = arena_array(arena, from->count, sizeof *findings);
    for (size_t i = 0; i < from->count; i++) {
        const struct audit_finding *finding = &from->findings[i];
        findings[i] = (struct audit_finding){
            .kind = finding->kind,
            .names_parent = finding->names_parent,
            .revision = arena_string(arena, finding->revision),
            .file = arena_string(arena, finding->file),
            .applied_checksum = copy_text(arena, finding->applied_checksum),
            .checksum = copy_text(arena, finding->checksum),
            .included = copy_text(arena, finding->included),
            .before = copy_text(arena, finding->before),
        };
    }
    *to = *from;
    to->findings = findings;
}

/* ---- in words ---- */

const char *audit_what(struct arena *arena, const struct audit_finding *finding)
{
    if (finding->kind == AUDIT_SLIPPED_IN)
        return arena_printf(arena, "%s stands before %s, which is applied, and was never run", finding->revision,
                            finding->before);
    const char *included = "";
    if (finding->included != NULL)
        included = arena_printf(arena, ", or one of the files that it includes (%s)", finding->included);
    return arena_printf(arena, "%s was edited after it was applied%s: its checksum was %.*s, that of %s is %.*s",
                        finding->revision, included, SHOWN_HEX, finding->applied_checksum, finding->file, SHOWN_HEX,
                        finding->checksum);
}

const char *audit_next(struct arena *arena, const struct audit_finding *finding)
{
    if (finding->kind == AUDIT_SLIPPED_IN)
        return arena_printf(
            arena, "%s; if its work is done already, `migrated stamp` the rows of `migrated current` again",
            finding->names_parent ? "give it a head as its down_revision, and leave it out of the others'"
                                  : "rename it so that it sorts behind what is applied");
    return arena_printf(arena,
                        "put the file back as it was and write a new revision; if the edit does no harm, `migrated "
                        "repair --checksum %s`",
                        finding->revision);
}

const char *audit_line(struct arena *arena, const struct audit_finding *finding)
{
    return arena_printf(arena, "%s; next: %s", audit_what(arena, finding), audit_next(arena, finding));
}

static const struct audit_finding *first_of(const struct audit *audit, enum audit_kind kind)
{
    size_t at = 0;
    while (at + 1 < audit->count && audit->findings[at].kind != kind)
        at++;
    return &audit->findings[at];
}

const char *audit_message(struct arena *arena, const struct audit *audit, enum audit_kind kind)
{
    size_t count = kind == AUDIT_EDITED ? audit->edited : audit->slipped_in;
    const char *line = audit_line(arena, first_of(audit, kind));
    return count < 2 ? line : arena_printf(arena, "%s (and %zu more)", line, count - 1);
}

bool audit_refuse(struct arena *arena, const struct audit *audit, struct error *error)
{
    const struct audit_finding *first = &audit->findings[0];
    const char *more = "";
    error_set(error, ERROR_FILES, "%s", audit_what(arena, first));
    error_place(error, first->file, 0, 0);
    for (size_t i = 1; i < audit->count && strlen(more) < sizeof error->detail; i++)
        more = arena_printf(arena, "%s%s%s", more, i > 1 ? "\n" : "", audit_line(arena, &audit->findings[i]));
    error_copy(error->detail, sizeof error->detail, more, strlen(more));
    return error_next(error, "%s", audit_next(arena, first));
}
