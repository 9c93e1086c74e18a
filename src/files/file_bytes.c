#include "file_bytes.h"

#include "base/memory.h"

#include <errno.h>
#include <unistd.h>

bool file_bytes_read(int descriptor, size_t size, struct buffer *buffer)
{
    buffer->length = 0;
    for (;;) {
        size_t needed = buffer->length + (size > buffer->length ? size - buffer->length : 0) + 1;
        if (buffer->capacity < needed) {
            buffer->capacity = needed < 4096 ? 4096 : 2 * needed;
            buffer->bytes = memory_resize(buffer->bytes, buffer->capacity);
        }
        size_t room = buffer->capacity - buffer->length;
        ssize_t got = read(descriptor, buffer->bytes + buffer->length, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        buffer->length += (size_t)got;
        if (buffer->length == size && (size_t)got < room) /* as long as it should be, and there was room for more */
            return true;
    }
}
