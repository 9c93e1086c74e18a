#include "files/alembic_dir.h"

#include "alembic_site.h"
#include "base/arena.h"
#include "core/layout.h"

static bool find_directories(struct alembic_site *site, const struct names *paths, struct error *error)
{
    for (size_t i = 0; i < paths->count; i++)
        if (!alembic_site_add(site, paths->items[i], error))
            return false;
    return true;
}

bool alembic_tree_read(struct arena *arena, const struct names *paths, struct revision_tree *tree,
                       struct error *error)
{
    struct faults faults = {.arena = arena};
    struct alembic_site site = {.arena = arena, .faults = &faults};
    if (!find_directories(&site, paths, error) ||
        !revision_tree_read(arena, &site.directories, layout_alembic.name, NULL, tree, error))
        return false;
    if (faults.count == 0)
        return true;
    tree->faults = faults; /* the others come of what could not be found */
    faults_sort(&tree->faults);
    tree->graph = NULL;
    tree->missing = site.missing;
    return true;
}

bool alembic_tree_fingerprint(const struct names *paths, char fingerprint[DIGEST_HEX_SIZE], struct error *error)
{
    struct arena *arena = arena_create();
    struct faults faults = {.arena = arena};
    struct alembic_site site = {.arena = arena, .faults = &faults};
    const struct names none = {0}; /* a revision in Python names no file that is read */
    bool good = find_directories(&site, paths, error);
    if (good && faults.count > 0) {
        const struct fault *first = &faults.items[0];
        good = error_set(error, ERROR_FILES, "%s", first->message);
        error_place(error, first->file, first->line, first->column);
    }
    good = good && revision_tree_fingerprint(&site.directories, layout_alembic.name, &none, fingerprint, error);
    arena_destroy(arena);
    return good;
}

struct names alembic_directories(struct arena *arena, const struct names *paths)
{
    struct faults faults = {.arena = arena};
    struct alembic_site site = {.arena = arena, .faults = &faults};
    return find_directories(&site, paths, NULL) ? site.directories : (struct names){0};
}
