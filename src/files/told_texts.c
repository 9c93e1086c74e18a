#include "told_texts.h"

#include "base/arena.h"
#include "core/revision_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name may be a pipe or a device: nothing here waits for one. */
static bool read_text(int folder, const char *name, struct buffer *buffer)
{
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0)
        return false;
    bool read = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                file_bytes_read(descriptor, (size_t)status.st_size, buffer);
    close(descriptor);
    return read;
}

static struct layout_text text_of(const char *path, const struct buffer *buffer)
{
    return (struct layout_text){path, buffer->bytes == NULL ? "" : buffer->bytes, buffer->length};
}

/* Upwards from the directory, which is seen from where it is found as `beneath`. */
static void find_configuration(struct directory *directory, const char *name, struct buffer *buffer)
{
    struct layout_listing *listing = &directory->listing;
    char *real = realpath(directory->path, NULL);
    size_t length = real == NULL ? 0 : strlen(real);
    while (length > 0) {
        while (length > 0 && real[length - 1] != '/')
            length--;
        const char *path = arena_printf(listing->arena, "%.*s%s", (int)length, real, name);
        if (read_text(AT_FDCWD, path, buffer)) {
            listing->configuration = text_of(path, buffer);
            listing->beneath = arena_string(listing->arena, real + length);
            break;
        }
        length -= length > 0;
    }
    free(real);
}

void told_texts_read(struct directory *directory, struct told_texts *texts)
{
    struct layout_listing *listing = &directory->listing;
    const struct layout *layout = directory->layout;
    *texts = (struct told_texts){0};
    if (layout->plan != NULL && read_text(dirfd(directory->stream), layout->plan, &texts->plan))
        listing->plan = text_of(revision_path_join(listing->arena, directory->path, layout->plan), &texts->plan);
    if (layout->configuration == NULL)
        return;
    listing->beneath = "";
    if (read_text(dirfd(directory->stream), layout->configuration, &texts->configuration))
        listing->configuration = text_of(revision_path_join(listing->arena, directory->path, layout->configuration),
                                         &texts->configuration);
    else
        find_configuration(directory, layout->configuration, &texts->configuration);
}

/* Their paths stay. */
void told_texts_free(struct directory *directory, struct told_texts *texts)
{
    directory->listing.plan.bytes = directory->listing.configuration.bytes = NULL;
    free(texts->plan.bytes);
    free(texts->configuration.bytes);
}
