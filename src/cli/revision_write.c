#include "cli/revision_write.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/report.h"
#include "cli/revision_name.h"
#include "cli/revision_print.h"
#include "core/layout.h"
#include "core/revision_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What stands in the directory already. */
struct place_for_it {
    const char *directory;
    struct names names; /* of its files, without ".sql" */
    bool linear;        /* no file has a down_revision header */
    bool has_messages;
};

/* ---- where ---- */

static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

static const char *without_slashes(struct arena *arena, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return arena_copy(arena, path, length);
}

static bool is_in(const struct revision *revision, const char *directory)
{
    size_t length = directory_length(revision->path);
    return strlen(directory) == length && memcmp(revision->path, directory, length) == 0;
}

static bool same_file(const char *a, const char *b)
{
    struct stat left, right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static const char *choose_directory(struct invocation *invocation, const struct revision_tree *files,
                                    const struct revision_draft *draft, struct error *error)
{
    const struct names *directories = &invocation->target->migrations;
    struct arena *arena = invocation->arena;
    if (draft->directory != NULL) {
        for (size_t i = 0; i < directories->count; i++)
            if (same_file(directories->items[i], draft->directory))
                return without_slashes(arena, directories->items[i]);
        error_set(error, ERROR_USAGE, "%s is none of the migrations directories", draft->directory);
        error_next(error, "name one of: %s", names_join(arena, directories, 5));
        return NULL;
    }
    if (draft->parents.count > 0) {
        const char *path = graph_revision(files->graph, graph_find(files->graph, draft->parents.items[0]))->path;
        return arena_copy(arena, path, directory_length(path));
    }
    return without_slashes(arena, directories->items[0]);
}

static struct place_for_it look_around(struct arena *arena, const struct revision_tree *files, const char *directory)
{
    struct place_for_it place = {.directory = directory, .linear = true};
    place.names.items = arena_array(arena, files->count, sizeof *place.names.items);
    for (size_t i = 0; i < files->count; i++) {
        const struct revision *revision = &files->revisions[i];
        if (!is_in(revision, directory))
            continue;
        const char *name = revision->path + directory_length(revision->path) + 1;
        place.names.items[place.names.count++] = arena_copy(arena, name, strlen(name) - strlen(".sql"));
        place.linear &= !revision->has_down_revision;
        place.has_messages |= revision->message[0] != '\0';
    }
    place.linear &= place.names.count > 0;
    return place;
}

/* ---- its name ---- */

static const char *choose_id(struct arena *arena, const struct place_for_it *place,
                             const struct revision_draft *draft, struct error *error)
{
    char now[16];
    struct tm tm;
    time_t seconds = time(NULL);
    if (draft->id != NULL) {
        if (strchr(draft->id, '/') == NULL && draft->id[0] != '.')
            return draft->id;
        error_set(error, ERROR_USAGE, "--rev-id %s can't be a file's name", draft->id);
        error_next(error, "no slash, and no dot at its beginning");
        return NULL;
    }
    gmtime_r(&seconds, &tm);
    strftime(now, sizeof now, "%Y%m%d%H%M%S", &tm);
    const char *id = revision_name_next(arena, &place->names, draft->message, now);
    if (id == NULL) {
        error_set(error, ERROR_USAGE, "the message has no letters to make a name of");
        error_next(error, "say it in words, or give the name with --rev-id");
    }
    return id;
}

/* ---- its text ---- */

static void add_header(struct text *text, struct arena *arena, const char *header, const struct names *values)
{
    if (values->count > 0)
        text_addf(text, "-- %s: %s\n", header, names_join(arena, values, values->count));
}

static bool has_message(const struct place_for_it *place)
{
    return !place->linear || place->has_messages;
}

/* A merge has nothing to run, on either side. */
static const char up_template[] = "-- What it does, as plain SQL.\n";
static const char down_template[] =
    "-- What takes it back. With nothing here there is no way back: the header `irreversible: why` would say so.\n";

static void compose(struct text *text, struct arena *arena, const struct place_for_it *place, const char *id,
                    const struct revision_draft *draft)
{
    if (!place->linear) {
        text_addf(text, "-- revision: %s\n", id);
        text_addf(text, "-- down_revision: %s\n",
                  draft->parents.count == 0 ? "none" : names_join(arena, &draft->parents, draft->parents.count));
    }
    if (has_message(place))
        text_addf(text, "-- message: %s\n", draft->message);
    add_header(text, arena, "depends_on", &draft->depends_on);
    add_header(text, arena, "labels", &draft->labels);
    text_addf(text, "%s-- migrated:up\n", text->length > 0 ? "\n" : "");
    if (draft->parents.count > 1)
        text_add(text, "\n-- migrated:down\n");
    else
        text_addf(text, "%s\n-- migrated:down\n%s", up_template, down_template);
}

/* ---- is it good? ---- */

/* All revisions with the new one among those of its directory. */
static struct revision *with_new(struct arena *arena, const struct revision_tree *files, const char *directory,
                                 const struct revision *new_one)
{
    struct revision *all = arena_array(arena, files->count + 1, sizeof *all);
    size_t at = files->count;
    while (at > 0 && !is_in(&files->revisions[at - 1], directory))
        at--;
    if (at == 0)
        at = files->count;
    for (size_t i = 0; i < at; i++)
        all[i] = files->revisions[i];
    all[at] = *new_one;
    for (size_t i = at; i < files->count; i++)
        all[i + 1] = files->revisions[i];
    return all;
}

static bool refuse_linear(const struct place_for_it *place, const char *id, struct error *error)
{
    error_set(error, ERROR_USAGE,
              "%s is linear (its files have no down_revision headers): %s can only follow its last file, by name too",
              place->directory, id);
    return error_next(error, "choose a name that sorts behind it (--rev-id), or give each of its files a "
                             "down_revision header");
}

/* The revision as its text was read. */
static bool check_revision(struct arena *arena, const struct place_for_it *place, const struct revision_draft *draft,
                           const struct graph *graph, uint32_t node, struct error *error)
{
    const struct revision *revision = graph_revision(graph, node);
    struct names parents = names_copy(arena, &revision->down_revisions), wanted = names_copy(arena, &draft->parents);
    names_sort(&parents);
    names_sort(&wanted);
    if (place->linear && (!names_equal(&parents, &wanted) || graph_children(graph, node).count > 0))
        return refuse_linear(place, revision->id, error);
    if (has_message(place) && strcmp(revision->message, draft->message) != 0) {
        error_set(error, ERROR_USAGE, "the message can't stand in a header line: a part of it reads as a header");
        return error_next(error, "leave out the dashes");
    }
    return true;
}

/* The file is there only in thought: `graph` and `node` tell what it would be. */
static bool check(struct arena *arena, const struct revision_tree *files, const struct place_for_it *place,
                  const char *path, const struct text *text, struct graph **graph, uint32_t *node,
                  struct error *error)
{
    struct faults faults = {.arena = arena};
    struct revision revision;
    revision_file_read(arena, path, text->bytes, text->length, &revision, &faults);
    struct revision *all = with_new(arena, files, place->directory, &revision);
    revision_files_link(arena, all, files->count + 1, &faults);
    *graph = faults.count > 0 ? NULL : graph_build(arena, all, files->count + 1, &faults);
    if (*graph == NULL) {
        error_set(error, ERROR_USAGE, "nothing is written, the revision would be faulty: %s",
                  faults.items[0].message);
        return error_next(error, "say it in another way: migrated help new");
    }
    *node = graph_find(*graph, revision.id);
    return true;
}

/* ---- writing ---- */

static bool refuse_file(const char *path, struct error *error)
{
    bool exists = errno == EEXIST;
    error_set(error, exists ? ERROR_USAGE : ERROR_CONFIG, exists ? "%s exists already" : "%s can't be written: %m",
              path);
    return error_next(error, exists ? "choose another message or --rev-id"
                                    : "look at the directory's owner and permissions, and the space on the disk");
}

static bool write_all(int descriptor, const struct text *text)
{
    for (size_t at = 0; at < text->length;) {
        ssize_t written = write(descriptor, text->bytes + at, text->length - at);
        if (written < 0 && errno != EINTR)
            return false;
        at += written < 0 ? 0 : (size_t)written;
    }
    return true;
}

static bool write_file(const char *path, const struct text *text, struct error *error)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return refuse_file(path, error);
    bool written = write_all(descriptor, text);
    int reason = errno;
    if (close(descriptor) != 0 && written) {
        reason = errno;
        written = false;
    }
    if (written)
        return true;
    unlink(path);
    errno = reason;
    return refuse_file(path, error);
}

static void tell(const struct invocation *invocation, const struct graph *graph, uint32_t node, const char *path)
{
    struct revision_printer printer = {.arena = invocation->arena, .graph = graph};
    if (invocation->json)
        revision_print_json(&printer, (struct nodes){&node, 1}, NULL);
    else
        puts(path);
}

/* Its own tool has its own way to name the next one. */
static bool refuse_foreign(const struct invocation *invocation, const struct layout *layout, struct error *error)
{
    error_set(error, ERROR_USAGE, "the revision files are in the layout of %s: `%s` writes only our own",
              layout->tool, invocation->command->name);
    return error_next(error, "make the file as %s names it, and check with `migrated check --files`", layout->tool);
}

bool revision_write(struct invocation *invocation, const struct revision_tree *files,
                    const struct revision_draft *draft, struct error *error)
{
    struct arena *arena = invocation->arena;
    if (files->foreign != NULL)
        return refuse_foreign(invocation, files->foreign, error);
    const char *directory = choose_directory(invocation, files, draft, error);
    if (directory == NULL)
        return false;
    struct place_for_it place = look_around(arena, files, directory);
    const char *id = choose_id(arena, &place, draft, error);
    if (id == NULL)
        return false;

    struct text text = {0};
    struct graph *graph = NULL;
    uint32_t node = GRAPH_NONE;
    const char *path = arena_printf(arena, "%s/%s.sql", directory, id);
    compose(&text, arena, &place, id, draft);
    bool good = check(arena, files, &place, path, &text, &graph, &node, error) &&
                check_revision(arena, &place, draft, graph, node, error) && write_file(path, &text, error);
    text_finish(&text);
    if (good)
        tell(invocation, graph, node, path);
    return good;
}
