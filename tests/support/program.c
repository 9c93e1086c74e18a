#include "support/program.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/spawn.h"
#include "support/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS   64
#define INTERVAL_MS 5 /* between looks at a program that prints nothing */

/* One of the program's outputs. */
struct stream {
    int pipe; /* -1: at its end */
    struct text text;
};

struct program {
    struct arena *arena;
    const char *command; /* for messages */
    pid_t pid;
    bool ended;
    int status;
    long peak_kb;
    struct stream out, err;
    size_t looked_at; /* bytes of err that program_wait_line is through with */
};

static void close_stream(struct stream *stream)
{
    if (stream->pipe >= 0)
        close(stream->pipe);
    stream->pipe = -1;
}

/* Take what is there without waiting. */
static void drain(struct stream *stream)
{
    char block[4096];
    ssize_t length = 0;

    while (stream->pipe >= 0 && (length = read(stream->pipe, block, sizeof block)) != 0) {
        if (length > 0)
            text_add_bytes(&stream->text, block, (size_t)length);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            break;
    }
    close_stream(stream);
}

static void drain_both(struct program *program)
{
    drain(&program->out);
    drain(&program->err);
}

/* `options` as waitpid's: 0 waits for the end. */
static void take_status(struct program *program, int options)
{
    int status = 0;
    struct rusage usage = {0};
    pid_t pid;

    while ((pid = wait4(program->pid, &status, options, &usage)) < 0 && errno == EINTR)
        ;
    if (pid == 0)
        return;
    program->peak_kb = usage.ru_maxrss;
    program->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    program->ended = true;
}

static void finish_off(struct program *program)
{
    if (program->ended)
        return;
    kill(program->pid, SIGKILL);
    take_status(program, 0);
    drain_both(program);
}

/* Wait a moment for output or the end; false when `end_ms` has passed or there is nothing left to wait for. */
static bool pump(struct program *program, int64_t end_ms)
{
    struct pollfd polled[] = {{.fd = program->out.pipe, .events = POLLIN},
                              {.fd = program->err.pipe, .events = POLLIN}};
    int left_ms = wait_left_ms(end_ms);

    if (program->ended || left_ms == 0)
        return false;
    if (poll(polled, 2, left_ms < INTERVAL_MS ? left_ms : INTERVAL_MS) < 0 && errno != EINTR)
        support_fail("poll: %s", strerror(errno));
    take_status(program, WNOHANG);
    drain_both(program); /* after the status: all it wrote is in the pipes now */
    return true;
}

static _Noreturn void give_up(struct program *program, const char *what)
{
    finish_off(program);
    support_fail("%s %s\nstdout:\n%s\nstderr:\n%s", program->command, what, text_string(&program->out.text),
                 text_string(&program->err.text));
}

static struct program *start(const struct program_options *options, va_list arguments)
{
    static const struct program_options defaults;
    struct program *program = memory_alloc(sizeof *program);
    const char *words[ARGUMENTS + 1] = {NULL};
    struct text command = {0};
    size_t count = 1;

    options = options ? options : &defaults;
    program->arena = arena_create();
    words[0] = options->path ? options->path : getenv("MIGRATED_PROGRAM");
    if (!words[0])
        words[0] = "build/migrated";
    text_add(&command, words[0]);
    for (const char *word; (word = va_arg(arguments, const char *)); count++) {
        if (count == ARGUMENTS)
            support_fail("more than %d arguments", ARGUMENTS - 1);
        words[count] = word;
        text_addf(&command, " %s", word);
    }
    program->command = arena_string(program->arena, text_string(&command));
    text_finish(&command);

    struct spawned spawned = spawn(words, options->folder, options->environment, options->input);

    program->pid = spawned.pid;
    program->out.pipe = spawned.out;
    program->err.pipe = spawned.err;
    return program;
}

struct program *program_start(const struct program_options *options, ...)
{
    va_list arguments;

    va_start(arguments, options);
    struct program *program = start(options, arguments);
    va_end(arguments);
    return program;
}

void program_run(struct program_result *result, const struct program_options *options, int deadline_ms, ...)
{
    va_list arguments;

    va_start(arguments, deadline_ms);
    struct program *program = start(options, arguments);
    va_end(arguments);
    result->status = program_wait(program, deadline_ms);
    result->peak_kb = program->peak_kb;
    result->out = memory_string(text_string(&program->out.text));
    result->err = memory_string(text_string(&program->err.text));
    program_stop(program);
}

void program_result_finish(struct program_result *result)
{
    free(result->out);
    free(result->err);
    *result = (struct program_result){0};
}

/* The next whole line that holds `part`, or NULL; the last line also counts unfinished once the program has ended. */
static const char *next_line(struct program *program, const char *part)
{
    const struct text *text = &program->err.text;

    while (program->looked_at < text->length) {
        const char *line = text->bytes + program->looked_at;
        const char *end = strchr(line, '\n');

        if (!end && !program->ended)
            return NULL;

        size_t length = end ? (size_t)(end - line) : strlen(line);
        const char *copy = arena_copy(program->arena, line, length);

        program->looked_at += length + (end ? 1 : 0);
        if (strstr(copy, part))
            return copy;
    }
    return NULL;
}

const char *program_wait_line(struct program *program, const char *part, int deadline_ms)
{
    int64_t end_ms = wait_end_ms(deadline_ms);

    for (;;) {
        const char *line = next_line(program, part);

        if (line)
            return line;
        if (!pump(program, end_ms))
            break;
    }
    give_up(program, arena_printf(program->arena, "%s without a line on stderr that holds \"%s\"",
                                  program->ended ? "ended" : "ran to the deadline", part));
}

void program_signal(struct program *program, int signal)
{
    if (program->ended)
        give_up(program, "has ended and can't be signalled");
    kill(program->pid, signal);
}

int program_wait(struct program *program, int deadline_ms)
{
    int64_t end_ms = wait_end_ms(deadline_ms);

    while (!program->ended && pump(program, end_ms))
        ;
    if (!program->ended)
        give_up(program, "did not end in time");
    return program->status;
}

void program_stop(struct program *program)
{
    if (!program)
        return;
    finish_off(program);
    close_stream(&program->out);
    close_stream(&program->err);
    text_finish(&program->out.text);
    text_finish(&program->err.text);
    arena_destroy(program->arena);
    free(program);
}

pid_t program_pid(const struct program *program)
{
    return program->pid;
}

const char *program_out(struct program *program)
{
    drain_both(program);
    return text_string(&program->out.text);
}

const char *program_err(struct program *program)
{
    drain_both(program);
    return text_string(&program->err.text);
}
