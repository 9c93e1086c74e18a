#include "support/notify_sink.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/folder.h"
#include "support/wait.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify_sink {
    struct arena *arena;
    struct folder *folder;
    const char *path;
    int socket;
    struct text lines;
    size_t looked_at; /* bytes of lines that notify_sink_wait is through with */
};

struct notify_sink *notify_sink_create(void)
{
    struct notify_sink *sink = memory_alloc(sizeof *sink);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    sink->arena = arena_create();
    sink->folder = folder_create();
    sink->path = folder_file(sink->folder, "notify");
    snprintf(address.sun_path, sizeof address.sun_path, "%s", sink->path);
    sink->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sink->socket < 0 || bind(sink->socket, (struct sockaddr *)&address, sizeof address) < 0)
        support_fail("%s: %s", sink->path, strerror(errno));
    return sink;
}

void notify_sink_destroy(struct notify_sink *sink)
{
    if (!sink)
        return;
    close(sink->socket);
    folder_destroy(sink->folder);
    text_finish(&sink->lines);
    arena_destroy(sink->arena);
    free(sink);
}

const char *notify_sink_path(const struct notify_sink *sink)
{
    return sink->path;
}

const char *notify_sink_variable(const struct notify_sink *sink)
{
    return arena_printf(sink->arena, "NOTIFY_SOCKET=%s", sink->path);
}

static void receive(struct notify_sink *sink)
{
    char message[4096];
    ssize_t length;

    while ((length = recv(sink->socket, message, sizeof message, 0)) > 0) {
        text_add_bytes(&sink->lines, message, (size_t)length);
        if (message[length - 1] != '\n')
            text_add_char(&sink->lines, '\n');
    }
}

static const char *next_line(struct notify_sink *sink, const char *start)
{
    while (sink->looked_at < sink->lines.length) {
        const char *line = sink->lines.bytes + sink->looked_at;
        size_t length = strcspn(line, "\n");

        sink->looked_at += length + 1;
        if (strncmp(line, start, strlen(start)) == 0)
            return arena_copy(sink->arena, line, length);
    }
    return NULL;
}

const char *notify_sink_wait(struct notify_sink *sink, const char *start, int deadline_ms)
{
    int64_t end_ms = wait_end_ms(deadline_ms);
    struct pollfd polled = {.fd = sink->socket, .events = POLLIN};
    bool in_time = true;

    while (in_time) {
        receive(sink);

        const char *line = next_line(sink, start);

        if (line)
            return line;
        in_time = poll(&polled, 1, wait_left_ms(end_ms)) != 0;
    }
    support_fail("no notification %s; those that came:\n%s", start, text_string(&sink->lines));
}

const char *notify_sink_text(struct notify_sink *sink)
{
    receive(sink);
    return text_string(&sink->lines);
}
