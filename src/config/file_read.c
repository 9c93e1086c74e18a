#include "file_read.h"

#include "base/arena.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int read_all(int fd, size_t most, struct text *text)
{
    for (;;) {
        char chunk[4096];
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            return 0;
        text_add_bytes(text, chunk, (size_t)got);
        if (text->length > most)
            return EFBIG;
    }
}

int file_read(struct arena *arena, const char *path, size_t most, const char **bytes, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno;

    struct text text = {0};
    int failure = read_all(fd, most, &text);
    if (failure == 0) {
        *bytes = arena_copy(arena, text_string(&text), text.length);
        *length = text.length;
    }
    text_finish(&text);
    close(fd);
    return failure;
}
