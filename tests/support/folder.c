#include "support/folder.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_PARENT 64    /* leaves room for "/migrated-XXXXXX/" and a socket's name */
#define REMOVE_FOR_MS  10000 /* a dying server may still write while its folder is removed */
#define OPEN_FOLDERS   16    /* file descriptors for the walk */

struct folder {
    struct arena *arena;
    const char *path;
    pid_t owner, keeper;
    int leash; /* the keeper acts when it is written to or closed by all */
};

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    remove(path); /* what stays is met again by the next walk */
    return 0;
}

static bool tree_is_gone(void *path)
{
    nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    return access(path, F_OK) < 0 && errno == ENOENT;
}

/* The keeper's whole life. */
static _Noreturn void keep(char *path, int leash)
{
    char byte;

    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    dup2(leash, STDIN_FILENO);
    closefrom(STDOUT_FILENO); /* other folders' leashes, pipes that someone waits on */
    while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(wait_until(tree_is_gone, path, REMOVE_FOR_MS) ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void start_keeper(struct folder *folder, char *path)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        support_fail("pipe: %s", strerror(errno));
    folder->owner = getpid();
    folder->keeper = fork();
    if (folder->keeper < 0)
        support_fail("fork: %s", strerror(errno));
    if (folder->keeper == 0)
        keep(path, ends[0]);
    /* Check kills the process group of a test that ended; done here, it can't come too late. */
    setpgid(folder->keeper, folder->keeper);
    close(ends[0]);
    folder->leash = ends[1];
}

struct folder *folder_create(void)
{
    struct folder *folder = memory_alloc(sizeof *folder);
    const char *parent = getenv("TMPDIR");
    char *path;

    if (!parent || parent[0] != '/' || strlen(parent) > LONGEST_PARENT)
        parent = "/tmp";
    folder->arena = arena_create();
    path = arena_printf(folder->arena, "%s/migrated-XXXXXX", parent);
    if (!mkdtemp(path))
        support_fail("%s: %s", path, strerror(errno));
    folder->path = path;
    start_keeper(folder, path);
    return folder;
}

void folder_destroy(struct folder *folder)
{
    int status = 0;

    if (!folder)
        return;
    if (folder->owner == getpid()) { /* a forked child only forgets its copy */
        if (write(folder->leash, "x", 1) != 1 || waitpid(folder->keeper, &status, 0) < 0 || status != 0)
            support_fail("%s could not be removed", folder->path);
    }
    close(folder->leash);
    arena_destroy(folder->arena);
    free(folder);
}

const char *folder_path(const struct folder *folder)
{
    return folder->path;
}

const char *folder_file(struct folder *folder, const char *name)
{
    return arena_printf(folder->arena, "%s/%s", folder->path, name);
}

static void make_parents(struct folder *folder, const char *name)
{
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        char *part = arena_copy(folder->arena, name, (size_t)(slash - name));

        if (mkdir(folder_file(folder, part), 0755) < 0 && errno != EEXIST)
            support_fail("%s: %s", part, strerror(errno));
    }
}

static FILE *open_file(struct folder *folder, const char *name, const char *mode)
{
    FILE *file = fopen(folder_file(folder, name), mode);

    if (!file)
        support_fail("%s: %s", folder_file(folder, name), strerror(errno));
    return file;
}

void folder_write(struct folder *folder, const char *name, const char *text)
{
    make_parents(folder, name);

    FILE *file = open_file(folder, name, "we");
    size_t length = strlen(text);

    if (fwrite(text, 1, length, file) != length || fclose(file) != 0)
        support_fail("%s: %s", name, strerror(errno));
}

char *folder_read(struct folder *folder, const char *name)
{
    FILE *file = open_file(folder, name, "re");
    struct text text = {0};
    char block[4096];
    size_t length;

    while ((length = fread(block, 1, sizeof block, file)) > 0)
        text_add_bytes(&text, block, length);
    fclose(file);
    return text.bytes ? text.bytes : memory_string("");
}

void folder_remove(struct folder *folder, const char *name)
{
    if (remove(folder_file(folder, name)) < 0)
        support_fail("%s: %s", name, strerror(errno));
}
