#include "fingerprint.h"

#include <string.h>
#include <sys/stat.h>

bool file_mark(struct file *file, const struct stat *status)
{
    file->counts = S_ISREG(status->st_mode);
    file->marks[0] = (int64_t)status->st_size;
    file->marks[1] = (int64_t)status->st_mtim.tv_sec;
    file->marks[2] = (int64_t)status->st_mtim.tv_nsec;
    file->marks[3] = (int64_t)status->st_ino;
    return file->counts;
}

bool file_look(struct file *file)
{
    struct stat status;
    if (fstatat(dirfd(file->directory->stream), file->name, &status, 0) != 0)
        status = (struct stat){.st_mode = S_IFREG};
    return file_mark(file, &status);
}

/* What a layout ignores or refuses today makes a revision tomorrow, under another name. */
static void add_names(struct digest *digest, const struct directory *directory)
{
    const struct names *names = &directory->listing.names;
    digest_add(digest, directory->layout->name, strlen(directory->layout->name) + 1);
    for (size_t i = 0; !directory->layout->told && i < names->count; i++)
        digest_add(digest, names->items[i], strlen(names->items[i]) + 1);
}

/* One that is missing may come. */
static void add_included(struct digest *digest, const struct names *included)
{
    for (size_t i = 0; i < included->count; i++) {
        struct stat status;
        struct file file = {0};
        if (stat(included->items[i], &status) == 0)
            file_mark(&file, &status);
        digest_add(digest, included->items[i], strlen(included->items[i]) + 1);
        digest_add(digest, file.marks, sizeof file.marks);
    }
}

/* Directory by directory its path, layout and names, then name and marks of each file that is read. */
void fingerprint_write(const struct directories *directories, const struct names *included,
                       char fingerprint[DIGEST_HEX_SIZE])
{
    struct digest *digest = digest_begin();
    const struct file *file = directories->files;
    for (size_t i = 0; i < directories->count; i++) {
        const struct directory *directory = &directories->items[i];
        digest_add(digest, directory->path, strlen(directory->path) + 1);
        add_names(digest, directory);
        for (; file < directories->files + directories->file_count && file->directory == directory; file++) {
            if (!file->counts)
                continue;
            digest_add(digest, file->name, strlen(file->name) + 1);
            digest_add(digest, file->marks, sizeof file->marks);
        }
    }

    add_included(digest, included);
    unsigned char result[DIGEST_BYTES];
    digest_end(digest, result);
    digest_hex(result, fingerprint);
}
