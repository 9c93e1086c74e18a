#include "base/arena.h"
#include "core/layout.h"
#include "core/natural.h"
#include "core/revision_file.h"
#include "layout_parts.h"

#include <stdlib.h>
#include <string.h>

static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

static bool is_linked(const struct revision *revision)
{
    return revision->layout != NULL && revision->layout != &layout_native;
}

static bool same_directory(const struct revision *a, const struct revision *b)
{
    if (is_linked(b))
        return false;
    size_t length = directory_length(a->path);
    return directory_length(b->path) == length && memcmp(a->path, b->path, length) == 0;
}

/* A revision and what it is sorted by. */
struct entry {
    const char *name; /* of the file, without ".sql" */
    size_t index;
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = natural_compare(a->name, b->name);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static const char *file_stem(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name);
    return arena_copy(arena, name, length > 4 && strcmp(name + length - 4, ".sql") == 0 ? length - 4 : length);
}

/* Put revisions[order[i].index] at i for every i, along the permutation's cycles; `order` is used up. */
static void permute(struct revision *revisions, struct entry *order, size_t count)
{
    for (size_t start = 0; start < count; start++) {
        struct revision held = revisions[start];
        size_t hole = start;
        for (size_t from = order[hole].index; from != start; from = order[hole].index) {
            revisions[hole] = revisions[from];
            order[hole].index = hole;
            hole = from;
        }
        revisions[hole] = held;
        order[hole].index = hole;
    }
}

/* Each file follows the one before it. */
static void link_linear(struct arena *arena, struct revision *revisions, size_t count)
{
    struct entry *order = arena_array(arena, count, sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct entry){file_stem(arena, revisions[i].path), i};
    qsort(order, count, sizeof *order, compare_entries);
    permute(revisions, order, count);

    for (size_t i = 1; i < count; i++) {
        const char **parent = arena_alloc(arena, sizeof *parent);
        *parent = revisions[i - 1].id;
        revisions[i].down_revisions = (struct names){parent, 1};
        revisions[i].down_revision_place = (struct place){1, 1};
    }
}

static const struct revision *find_with_header(const struct revision *revisions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (revisions[i].has_down_revision)
            return &revisions[i];
    return NULL;
}

static void link_directory(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults)
{
    const struct revision *other = find_with_header(revisions, count);
    if (other == NULL) {
        link_linear(arena, revisions, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!revisions[i].has_down_revision)
            fault_add(faults, revisions[i].path, 1, 1,
                      "no down_revision header, but %s has one: name its parent, or write `-- down_revision: none` "
                      "if it is a base",
                      other->path);
}

/* Of another tool's layout, the one before it is its parent. */
static void follow(const struct revision *revision, const struct revision *before, struct faults *faults)
{
    if (revision->layout->marks->follow != NULL)
        revision->layout->marks->follow(revision, revision->down_revisions.count > 0 ? before : NULL, faults);
}

/* "DIRECTORY/FOLDER/FILE": that of the directory. */
static size_t folders_length(const char *path)
{
    size_t length = directory_length(path);
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length;
}

/* How many of them are one directory's in folders. */
static size_t in_one_directory(const struct revision *revisions, size_t count)
{
    size_t length = folders_length(revisions[0].path), same = 1;
    while (same < count && revisions[same].layout == revisions[0].layout &&
           folders_length(revisions[same].path) == length &&
           memcmp(revisions[same].path, revisions[0].path, length) == 0)
        same++;
    return same;
}

static void arrange(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults)
{
    for (size_t begin = 0, length = 1; begin < count; begin += length, length = 1) {
        if (!is_linked(&revisions[begin]) || revisions[begin].layout->marks->arrange == NULL)
            continue;
        length = in_one_directory(revisions + begin, count - begin);
        revisions[begin].layout->marks->arrange(arena, revisions + begin, length, faults);
    }
}

void revision_files_link(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults)
{
    arrange(arena, revisions, count, faults);
    for (size_t begin = 0, end; begin < count; begin = end) {
        end = begin + 1;
        while (end < count && !is_linked(&revisions[begin]) && same_directory(&revisions[begin], &revisions[end]))
            end++;
        if (is_linked(&revisions[begin]))
            follow(&revisions[begin], begin > 0 ? &revisions[begin - 1] : NULL, faults);
        else
            link_directory(arena, revisions + begin, end - begin, faults);
    }
}
