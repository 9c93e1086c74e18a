#include "support/cluster.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/folder.h"
#include "support/port.h"
#include "support/server_program.h"
#include "support/sql.h"
#include "support/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_PORT        5432 /* in the socket's name when there is no TCP */
#define START_DEADLINE_MS  30000
#define STOP_DEADLINE_MS   30000
#define REPLAY_DEADLINE_MS 30000
#define PORT_TRIES         5

struct cluster {
    struct arena *arena;
    struct folder *folder;
    struct cluster_options options;
    const char *program, *log;
    const char *ping_url;
    const char *primary; /* conninfo of the server that a streaming standby follows, NULL: none */
    pid_t owner, pid;    /* pid 0: it is down */
    int port;
};

static struct folder *template;
static struct cluster *shared;

static void make_template(void)
{
    struct arena *arena = arena_create();

    template = folder_create();
    server_program_adopt(folder_path(template));

    const char *const arguments[] = {server_program_path(arena, "initdb"),
                                     "-D",
                                     folder_file(template, "data"),
                                     "-U",
                                     "postgres",
                                     "-A",
                                     "trust",
                                     "--no-sync",
                                     "-E",
                                     "UTF8",
                                     "--locale",
                                     "C",
                                     NULL};

    server_program_run((char *const *)(uintptr_t)arguments, folder_file(template, "log"));
    arena_destroy(arena);
}

static void copy_template(struct cluster *cluster)
{
    const char *const arguments[] = {"/bin/cp",
                                     "-R",
                                     "--reflink=auto",
                                     "--preserve=mode",
                                     folder_file(template, "data"),
                                     folder_file(cluster->folder, "data"),
                                     NULL};

    server_program_run((char *const *)(uintptr_t)arguments, cluster->log);
}

static void configure(struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    struct text conf = {0};

    text_addf(&conf,
              "port = %d\nlisten_addresses = '%s'\nunix_socket_directories = '%s'\n"
              "fsync = off\nfull_page_writes = off\nshared_buffers = 16MB\nmax_connections = 100\n"
              "dynamic_shared_memory_type = mmap\n" /* in the data directory: nothing stays in /dev/shm */
              "log_timezone = UTC\ntimezone = UTC\n",
              cluster->port, options->tcp ? "127.0.0.1" : "", folder_path(cluster->folder));
    if (cluster->primary)
        text_addf(&conf, "primary_conninfo = '%s'\nwal_retrieve_retry_interval = 100ms\n", cluster->primary);
    for (const char *const *setting = options->settings; setting && *setting; setting++)
        text_addf(&conf, "%s\n", *setting);
    folder_write(cluster->folder, "data/postgresql.auto.conf", text_string(&conf));
    text_finish(&conf);
    if (options->hba)
        folder_write(cluster->folder, "data/pg_hba.conf", options->hba);
    if (options->standby)
        folder_write(cluster->folder, "data/standby.signal", "");
}

static bool has_ended(void *context)
{
    struct cluster *cluster = context;

    if (cluster->pid != 0 && waitpid(cluster->pid, NULL, WNOHANG) != 0)
        cluster->pid = 0;
    return cluster->pid == 0;
}

static bool answers_or_ended(void *context)
{
    struct cluster *cluster = context;

    if (has_ended(cluster))
        return true;
    return PQping(cluster->ping_url) == PQPING_OK;
}

static _Noreturn void fail_with_log(struct cluster *cluster, const char *what)
{
    support_fail("the PostgreSQL server %s; its log:\n%s", what, cluster_log(cluster));
}

/* False if the server gave up by itself. */
static bool start(struct cluster *cluster)
{
    const char *const arguments[] = {cluster->program, "-D", folder_file(cluster->folder, "data"), NULL};

    cluster->pid = server_program_start((char *const *)(uintptr_t)arguments, cluster->log);
    if (!wait_until(answers_or_ended, cluster, START_DEADLINE_MS))
        fail_with_log(cluster, "does not accept connections");
    return cluster->pid != 0;
}

static struct cluster *create(const struct cluster_options *options)
{
    struct cluster *cluster = memory_alloc(sizeof *cluster);

    cluster->arena = arena_create();
    cluster->options = *options;
    cluster->program = server_program_path(cluster->arena, "postgres");
    cluster->owner = getpid();
    cluster->folder = folder_create();
    server_program_adopt(folder_path(cluster->folder));
    cluster->log = folder_file(cluster->folder, "log");
    return cluster;
}

static void start_somewhere(struct cluster *cluster)
{
    for (int tries = 0; tries < PORT_TRIES; tries++) {
        cluster->port = cluster->options.tcp ? port_free() : SOCKET_PORT;
        cluster->ping_url = cluster_socket_url(cluster, "postgres");
        configure(cluster);
        if (start(cluster))
            return;
        if (!cluster->options.tcp)
            break;
    }
    fail_with_log(cluster, "does not start");
}

struct cluster *cluster_start(const struct cluster_options *options)
{
    struct cluster *cluster = create(options ? options : &(struct cluster_options){0});

    if (!template)
        make_template();
    copy_template(cluster);
    start_somewhere(cluster);
    return cluster;
}

static void demand_owner(const struct cluster *cluster)
{
    if (cluster->owner != getpid())
        support_fail("only the process that started a cluster can stop it");
}

void cluster_down(struct cluster *cluster, bool immediate)
{
    demand_owner(cluster);
    if (has_ended(cluster))
        return;
    kill(cluster->pid, immediate ? SIGQUIT : SIGINT);
    if (!wait_until(has_ended, cluster, STOP_DEADLINE_MS))
        fail_with_log(cluster, "does not stop");
}

void cluster_up(struct cluster *cluster)
{
    demand_owner(cluster);
    if (has_ended(cluster) && !start(cluster))
        fail_with_log(cluster, "does not start again");
}

void cluster_restart(struct cluster *cluster, bool immediate)
{
    cluster_down(cluster, immediate);
    cluster_up(cluster);
}

/* ---- standbys ---- */

struct cluster *cluster_start_standby(struct cluster *primary)
{
    struct cluster *standby = create(&primary->options);

    standby->options.standby = true;
    standby->primary =
        arena_printf(standby->arena, "host=%s port=%d user=postgres", folder_path(primary->folder), primary->port);
    copy_template(standby); /* the primary's too, once: all that came after it is streamed */
    start_somewhere(standby);
    return standby;
}

struct replay {
    PGconn *conn;
    const char *position;
};

static bool has_replayed(void *context)
{
    const struct replay *replay = context;
    char *there =
        sql_value(replay->conn, "SELECT COALESCE(pg_last_wal_replay_lsn() >= '%s', false)", replay->position);
    bool reached = strcmp(there, "t") == 0;

    free(there);
    return reached;
}

void cluster_catch_up(struct cluster *standby, struct cluster *primary)
{
    PGconn *conn = sql_connect(cluster_socket_url(primary, "postgres"));
    char *position = sql_value(conn, "SELECT pg_create_restore_point('replayed')"); /* flushes all before it */
    struct replay replay = {sql_connect(cluster_socket_url(standby, "postgres")), position};

    if (!wait_until(has_replayed, &replay, REPLAY_DEADLINE_MS))
        fail_with_log(standby, "does not catch up with its primary");
    PQfinish(replay.conn);
    PQfinish(conn);
    free(position);
}

void cluster_promote(struct cluster *standby)
{
    PGconn *conn = sql_connect(cluster_socket_url(standby, "postgres"));
    char *promoted = sql_value(conn, "SELECT pg_promote()");

    if (strcmp(promoted, "t") != 0)
        fail_with_log(standby, "is not promoted");
    standby->options.standby = false;
    PQfinish(conn);
    free(promoted);
}

void cluster_destroy(struct cluster *cluster)
{
    if (!cluster)
        return;
    cluster_down(cluster, true);
    folder_destroy(cluster->folder);
    arena_destroy(cluster->arena);
    free(cluster);
}

void cluster_shared_start(void)
{
    support_outside_tests(true);
    shared = cluster_start(&(struct cluster_options){.tcp = true});
    support_outside_tests(false);
}

void cluster_shared_stop(void)
{
    support_outside_tests(true);
    cluster_destroy(shared);
    folder_destroy(template);
    shared = NULL;
    template = NULL;
    support_outside_tests(false);
}

struct cluster *cluster_shared(void)
{
    if (!shared)
        support_fail("the test program did not call cluster_shared_start");
    return shared;
}

const char *cluster_socket_url(struct cluster *cluster, const char *database)
{
    return arena_printf(cluster->arena, "postgresql://postgres@/%s?host=%s&port=%d", database,
                        folder_path(cluster->folder), cluster->port);
}

const char *cluster_url(struct cluster *cluster, const char *database)
{
    if (!cluster->options.tcp)
        return cluster_socket_url(cluster, database);
    return arena_printf(cluster->arena, "postgresql://postgres@127.0.0.1:%d/%s", cluster->port, database);
}

const char *cluster_create_database(struct cluster *cluster)
{
    static int made;
    const char *name = arena_printf(cluster->arena, "test_%d_%d_%llx", (int)getpid(), ++made,
                                    (unsigned long long)wait_now_ms()); /* process ids come again */
    ;
    PGconn *conn = sql_connect(cluster_socket_url(cluster, "postgres"));

    sql_exec(conn, "CREATE DATABASE %s", name);
    PQfinish(conn);
    return name;
}

pid_t cluster_pid(const struct cluster *cluster)
{
    return cluster->pid;
}

int cluster_port(const struct cluster *cluster)
{
    return cluster->port;
}

char *cluster_log(struct cluster *cluster)
{
    return folder_read(cluster->folder, "log");
}

const char *cluster_socket_folder(const struct cluster *cluster)
{
    return folder_path(cluster->folder);
}
