#include "support/spawn.h"

#include "support/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;

/* Would change what the program does from one developer's machine to the next. */
static bool steers(const char *variable)
{
    static const char *const prefixes[] = {
        "MIGRATED_",  "PG",          "DATABASE_URL=", "DATABASE_URL_FILE=", "NOTIFY_SOCKET=",
        "LISTEN_FDS", "LISTEN_PID=", "WATCHDOG_",     "NO_COLOR=",          "JOURNAL_STREAM="};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* In the child: its environment, from the test's and the changes asked for. */
static void change_environment(const char *const *changes)
{
    char **kept = environ;

    for (char **variable = environ; *variable; variable++)
        if (!steers(*variable))
            *kept++ = *variable;
    *kept = NULL;
    for (; changes && *changes; changes++) {
        if (!strchr(*changes, '='))
            unsetenv(*changes);
        else
            putenv((char *)(uintptr_t)*changes);
    }
}

/* A file of no name that holds the text: unlike a pipe it takes any length at once. */
static int input_of(const char *text)
{
    if (!text)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);

    int file = memfd_create("input", MFD_CLOEXEC);
    size_t length = strlen(text);

    if (file < 0 || write(file, text, length) != (ssize_t)length || lseek(file, 0, SEEK_SET) < 0)
        support_fail("input: %s", strerror(errno));
    return file;
}

static _Noreturn void complain(const char *path)
{
    const char *reason = strerror(errno);

    dprintf(STDERR_FILENO, "%s: %s\n", path, reason);
    _exit(127);
}

/* Stays in the process group, so that Check's timeouts and Ctrl-C reach the program too. */
static _Noreturn void become(const char *const *words, const char *folder, const char *const *environment,
                             pid_t parent)
{
    char path[PATH_MAX];
    const char *program = words[0];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    if (strchr(program, '/') && !(program = realpath(program, path)))
        complain(words[0]);
    if (folder && chdir(folder) < 0)
        complain(folder);
    change_environment(environment);
    execvp(program, (char *const *)(uintptr_t)words);
    complain(words[0]);
}

struct spawned spawn(const char *const *words, const char *folder, const char *const *environment, const char *input)
{
    int out[2], err[2], in = input_of(input);
    pid_t parent = getpid();

    if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        support_fail("pipe: %s", strerror(errno));

    pid_t pid = fork();

    if (pid < 0)
        support_fail("fork: %s", strerror(errno));
    if (pid == 0) {
        if (dup2(in, STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0 || dup2(err[1], STDERR_FILENO) < 0)
            _exit(127);
        become(words, folder, environment, parent);
    }
    close(in);
    close(out[1]);
    close(err[1]);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    return (struct spawned){pid, out[0], err[0]};
}
