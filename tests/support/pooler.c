#include "support/pooler.h"

#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/folder.h"
#include "support/port.h"
#include "support/server_program.h"
#include "support/wait.h"

#include <errno.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM     "/usr/sbin/pgbouncer"
#define DEADLINE_MS 30000
#define PORT_TRIES  5

struct pooler {
    struct folder *folder;
    const char *log;
    char *ping_url;
    pid_t pid; /* 0: it is down */
    int port;
};

/* Roles are looked up on the server, so that a test may make them at any time. */
static void configure(struct pooler *pooler, int port, const char *mode, const char *settings)
{
    struct text conf = {0}, url = {0};

    text_addf(&conf,
              "[databases]\n* = host=127.0.0.1 port=%d auth_user=postgres\n"
              "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\npool_mode = %s\n"
              "auth_type = trust\nauth_file = %s\nstats_users = postgres\n%s",
              port, pooler->port, mode, folder_file(pooler->folder, "users"), settings);
    text_addf(&url, "postgresql://postgres@127.0.0.1:%d/postgres", pooler->port);
    folder_write(pooler->folder, "users", "\"postgres\" \"\"\n\"guest\" \"\"\n");
    folder_write(pooler->folder, "pgbouncer.ini", text_string(&conf));
    text_finish(&conf);
    free(pooler->ping_url);
    pooler->ping_url = url.bytes;
}

static bool has_ended(void *context)
{
    struct pooler *pooler = context;

    if (pooler->pid != 0 && waitpid(pooler->pid, NULL, WNOHANG) != 0)
        pooler->pid = 0;
    return pooler->pid == 0;
}

static bool answers_or_ended(void *context)
{
    struct pooler *pooler = context;

    return has_ended(pooler) || PQping(pooler->ping_url) == PQPING_OK;
}

static _Noreturn void fail_with_log(struct pooler *pooler, const char *what)
{
    support_fail("PgBouncer %s; its log:\n%s", what, folder_read(pooler->folder, "log"));
}

/* False if it gave up by itself. */
static bool start(struct pooler *pooler)
{
    const char *const arguments[] = {PROGRAM, folder_file(pooler->folder, "pgbouncer.ini"), NULL};

    pooler->pid = server_program_start((char *const *)(uintptr_t)arguments, pooler->log);
    if (!wait_until(answers_or_ended, pooler, DEADLINE_MS))
        fail_with_log(pooler, "does not accept connections");
    return pooler->pid != 0;
}

struct pooler *pooler_start_with(int port, const char *mode, const char *settings)
{
    struct pooler *pooler = memory_alloc(sizeof *pooler);

    if (access(PROGRAM, X_OK) != 0)
        support_fail("%s: %s; install the package pgbouncer", PROGRAM, strerror(errno));
    pooler->folder = folder_create();
    server_program_adopt(folder_path(pooler->folder));
    pooler->log = folder_file(pooler->folder, "log");
    for (int tries = 0; tries < PORT_TRIES; tries++) {
        pooler->port = port_free();
        configure(pooler, port, mode, settings);
        if (start(pooler))
            return pooler;
    }
    fail_with_log(pooler, "does not start");
}

struct pooler *pooler_start(int port, const char *mode)
{
    return pooler_start_with(port, mode, "");
}

void pooler_stop(struct pooler *pooler)
{
    if (!pooler)
        return;
    if (!has_ended(pooler)) {
        kill(pooler->pid, SIGTERM);
        if (!wait_until(has_ended, pooler, DEADLINE_MS))
            fail_with_log(pooler, "does not stop");
    }
    folder_destroy(pooler->folder);
    free(pooler->ping_url);
    free(pooler);
}

int pooler_port(const struct pooler *pooler)
{
    return pooler->port;
}
