#include "child.h"

#include "base/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define LAST_OUTPUT_MS                                                                                               \
    1000           /* for what is still in the pipes when it has ended; a child of its own may keep them open */
#define POLL_MS 20 /* for what is left of the group, after a stop */
#define CHUNK   16384
#define LEASH   3 /* the watcher's end, as its descriptor */

enum { PROCESS, OUT, ERR, TIMER, N_HANDLES };

/* The shell stays, so that nobody else has to reap the watcher; what is sent to the group reaches the command. */
#define ON_A_LEASH                                                                                                   \
    "trap : TERM\n"                                                                                                  \
    "{ trap '' TERM; read -r _ <&3 || kill -s KILL 0; } >/dev/null 2>&1 &\n"                                         \
    "/bin/sh -c \"$1\" 3<&-\n"                                                                                       \
    "status=$?\n"                                                                                                    \
    "kill -s KILL $!\n"                                                                                              \
    "wait $! 2>/dev/null\n"                                                                                          \
    "exit $status\n"

struct child {
    struct child_events events;
    uv_process_t process;
    uv_pipe_t outputs[2];
    uv_timer_t timer; /* until it is killed, or its last output is given up */
    uint64_t kill_at; /* once it was told to end; of the loop's clock */
    int leash;
    int status;
    bool stopping, ended, told;
    bool lingers;       /* the shell has ended, others of its group have not */
    unsigned open;      /* outputs */
    unsigned n_handles; /* that are not closed yet */
    char chunk[CHUNK];
};

/* ---- the end ---- */

static void tell_end(struct child *child)
{
    if (child->told || !child->ended || child->lingers)
        return;
    child->told = true;
    uv_timer_stop(&child->timer);
    child->events.ended(child->events.context, child->status);
}

static void on_last_output(uv_timer_t *timer)
{
    tell_end(timer->data);
}

static void await_last_output(struct child *child)
{
    child->lingers = false;
    uv_timer_start(&child->timer, on_last_output, child->open == 0 ? 0 : LAST_OUTPUT_MS, 0);
}

/* Its shell obeys at once; what the shell has started may not. */
static void look_at_group(uv_timer_t *timer)
{
    struct child *child = timer->data;
    bool late = uv_now(timer->loop) >= child->kill_at;
    if (late)
        kill(-child->process.pid, SIGKILL);
    if (late || kill(-child->process.pid, 0) != 0)
        await_last_output(child);
}

static void on_gone(uv_process_t *process, int64_t status, int signal)
{
    struct child *child = process->data;
    child->ended = true;
    child->status = signal != 0 ? 128 + signal : (int)status;
    child->lingers = child->stopping && kill(-process->pid, 0) == 0;
    if (child->lingers)
        uv_timer_start(&child->timer, look_at_group, 0, POLL_MS);
    else
        await_last_output(child);
}

/* ---- output ---- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct child *child = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(child->chunk, sizeof child->chunk);
}

static void on_output(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct child *child = stream->data;
    if (length > 0)
        child->events.output(child->events.context, (uv_pipe_t *)stream == &child->outputs[1], buffer->base,
                             (size_t)length);
    if (length >= 0)
        return;
    uv_read_stop(stream);
    if (--child->open == 0)
        tell_end(child);
}

/* ---- stopping ---- */

static void on_grace_is_over(uv_timer_t *timer)
{
    const struct child *child = timer->data;
    kill(-child->process.pid, SIGKILL);
}

void child_stop(struct child *child, int64_t grace_ms)
{
    if (child->ended || child->stopping)
        return;
    child->stopping = true;
    child->kill_at = uv_now(child->timer.loop) + (uint64_t)grace_ms;
    kill(-child->process.pid, SIGTERM);
    uv_timer_start(&child->timer, on_grace_is_over, (uint64_t)grace_ms, 0);
}

/* ---- life ---- */

static void on_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;
    if (--child->n_handles == 0)
        free(child);
}

void child_destroy(struct child *child)
{
    if (child == NULL)
        return;
    close(child->leash);
    uv_close((uv_handle_t *)&child->process, on_closed);
    uv_close((uv_handle_t *)&child->outputs[0], on_closed);
    uv_close((uv_handle_t *)&child->outputs[1], on_closed);
    uv_close((uv_handle_t *)&child->timer, on_closed);
}

/* Pipes, not libuv's sockets: a script may open /dev/stderr. */
static bool make_pipes(int (*pipes)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) == 0)
            continue;
        while (i-- > 0) {
            close(pipes[i][0]);
            close(pipes[i][1]);
        }
        return false;
    }
    return true;
}

static void init(struct child *child, uv_loop_t *loop, int (*pipes)[2])
{
    child->n_handles = N_HANDLES;
    child->process.data = child->timer.data = child;
    uv_timer_init(loop, &child->timer);
    for (int i = 0; i < 2; i++) {
        uv_pipe_init(loop, &child->outputs[i], 0);
        child->outputs[i].data = child;
        uv_pipe_open(&child->outputs[i], pipes[i][0]);
    }
    child->leash = pipes[2][1];
}

static int spawn(struct child *child, uv_loop_t *loop, char *command, char **environment, int (*pipes)[2])
{
    char shell[] = "/bin/sh", option[] = "-c", script[] = ON_A_LEASH, name[] = "migrated";
    char *arguments[] = {shell, option, script, name, command, NULL};
    uv_stdio_container_t stdio[LEASH + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = pipes[0][1]},
        {.flags = UV_INHERIT_FD, .data.fd = pipes[1][1]},
        {.flags = UV_INHERIT_FD, .data.fd = pipes[2][0]},
    };
    uv_process_options_t options = {
        .file = shell,
        .args = arguments,
        .env = environment,
        .flags = UV_PROCESS_DETACHED, /* its own session, and so its own group */
        .stdio = stdio,
        .stdio_count = LEASH + 1,
        .exit_cb = on_gone,
    };
    return uv_spawn(loop, &child->process, &options);
}

struct child *child_start(uv_loop_t *loop, const char *command, char **environment, const struct child_events *events,
                          struct error *error)
{
    int pipes[3][2];
    if (!make_pipes(pipes, 3)) {
        error_set(error, ERROR_INTERNAL, "no pipes for the command: %m");
        return NULL;
    }
    struct child *child = memory_alloc(sizeof *child);
    child->events = *events;
    init(child, loop, pipes);
    char *copy = memory_string(command);
    int failure = spawn(child, loop, copy, environment, pipes);
    free(copy);
    close(pipes[0][1]);
    close(pipes[1][1]);
    close(pipes[2][0]);
    if (failure != 0) {
        error_set(error, ERROR_INTERNAL, "/bin/sh cannot be started: %s", uv_strerror(failure));
        child_destroy(child);
        return NULL;
    }
    child->open = 2;
    uv_read_start((uv_stream_t *)&child->outputs[0], on_room, on_output);
    uv_read_start((uv_stream_t *)&child->outputs[1], on_room, on_output);
    return child;
}
