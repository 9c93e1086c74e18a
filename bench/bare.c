/*
 * The reference: what PostgreSQL and libpq take for the very messages that migrated sends.
 *
 *     bare apply DIR CONNINFO     one message a revision, guards included, one PQexec each
 *     bare select CONNINFO [DIR]  connect, read the version rows, leave; with DIR the bytes of each file there too
 *     bare serve PORT CONNINFO    connect, read the version rows, answer 200 to whatever is asked on loopback: no start
 *                                 of a daemon can be shorter
 *
 * `apply` prints the milliseconds from connecting to the last answer: files are read, messages built and the books
 * created before that. `select` prints nothing; whoever starts it holds the watch.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/version.h"
#include "core/message.h"
#include "core/plan.h"
#include "db/books.h"
#include "files/revision_dir.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TIMEOUT_MS 2000 /* migrated's default */

struct set {
    struct arena *arena;
    struct revision_tree tree;
    struct plan plan;
    const char **messages;
};

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "bare: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static PGconn *open_connection(const char *conninfo)
{
    PGconn *conn = PQconnectdb(conninfo);
    if (PQstatus(conn) != CONNECTION_OK)
        give_up("connect", PQerrorMessage(conn));
    return conn;
}

static void run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up("server", PQerrorMessage(conn));
    PQclear(result);
}

/* ---- the messages ---- */

static void read_set(struct set *set, const char *directory)
{
    struct names directories = {.items = &directory, .count = 1}, no_rows = {0};
    struct error error;
    if (!revision_tree_read(set->arena, &directories, "auto", &set->tree, &error))
        give_up(directory, error.message);
    if (set->tree.graph == NULL)
        give_up(set->tree.faults.items[0].file, set->tree.faults.items[0].message);
    if (!plan_upgrade(set->arena, set->tree.graph, &no_rows, "heads", &set->plan, &error))
        give_up(directory, error.message);
}

static struct ledger describe_ledger(struct arena *arena, const PGconn *conn)
{
    return (struct ledger){
        .target = "main",
        .version_schema = "public",
        .version_table = "alembic_version",
        .bookkeeping = "migrated",
        .host = "bench",
        .program = arena_printf(arena, "migrated %s", MIGRATED_VERSION),
        .lock_key = ledger_lock_key(PQdb(conn), "public", "alembic_version"),
        .server_version = PQserverVersion(conn),
    };
}

static void create_books(PGconn *conn, const struct ledger *ledger)
{
    struct text sql = {0};
    struct books_facts facts = {.database = PQdb(conn), .version_schema = ledger->version_schema};
    books_add_creation(&sql, ledger, &facts);
    run(conn, text_string(&sql));
    text_finish(&sql);
}

static const char *build_message(struct set *set, const struct ledger *ledger, const struct message_step *step)
{
    struct message message;
    message_init(&message, set->arena);
    message_add(&message, ledger, step);
    const char *sql = arena_string(set->arena, text_string(&message.sql));
    message_finish(&message);
    return sql;
}

/* The version rows of a chain: one, and before the first step none. */
static void build_messages(struct set *set, const struct ledger *ledger)
{
    struct nodes none = {0};
    struct version_rows *rows = version_rows_create(set->arena, set->tree.graph, none);
    char uuid[CLOCK_UUID_SIZE];
    clock_uuid(uuid);
    set->messages = arena_array(set->arena, set->plan.count, sizeof *set->messages);
    for (size_t i = 0; i < set->plan.count; i++) {
        struct step step = set->plan.steps[i];
        struct error error;
        char *text;
        struct message_step message_step = {
            .revision = graph_revision(set->tree.graph, step.node),
            .direction = step.direction,
            .before = version_rows_ids(rows, set->arena),
            .attempt = arena_printf(set->arena, "%s/%zu/1", uuid, i + 1),
            .lock_timeout_ms = LOCK_TIMEOUT_MS,
            .durable = i + 1 == set->plan.count,
        };
        version_rows_step(rows, step);
        message_step.after = version_rows_ids(rows, set->arena);
        if (!revision_text_read(message_step.revision, step.direction, &text, &message_step.text_length, &error))
            give_up(error.file, error.message);
        message_step.text = text;
        set->messages[i] = build_message(set, ledger, &message_step);
        free(text);
    }
}

static void apply(const char *directory, const char *conninfo)
{
    struct set set = {.arena = arena_create()};
    read_set(&set, directory);

    PGconn *conn = open_connection(conninfo);
    struct ledger ledger = describe_ledger(set.arena, conn);
    create_books(conn, &ledger);
    build_messages(&set, &ledger);
    PQfinish(conn);

    double started_ms = now_ms();
    conn = open_connection(conninfo);
    for (size_t i = 0; i < set.plan.count; i++)
        run(conn, set.messages[i]);
    PQfinish(conn);
    printf("%.3f\n", now_ms() - started_ms);
    arena_destroy(set.arena);
}

/* What nobody can do without who compares a directory with a database. */
static void read_bytes(const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        give_up(directory, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        static char bytes[1 << 20];
        int descriptor = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC);
        struct stat status;
        if (descriptor < 0 || fstat(descriptor, &status) != 0)
            give_up(entry->d_name, strerror(errno));
        if (S_ISREG(status.st_mode) && read(descriptor, bytes, sizeof bytes) != status.st_size)
            give_up(entry->d_name, "can't be read whole");
        close(descriptor);
    }
    closedir(stream);
}

static void select_rows(const char *conninfo)
{
    PGconn *conn = open_connection(conninfo);
    run(conn, "SELECT version_num FROM public.alembic_version");
    PQfinish(conn);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **request)
{
    (void)url, (void)method, (void)version, (void)data, (void)size;
    if (*request == NULL) { /* the header alone is here: an answer now would close the connection */
        *request = context;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

static void serve(const char *port, const char *conninfo)
{
    PGconn *conn = open_connection(conninfo);
    run(conn, "SELECT version_num FROM public.alembic_version");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    static char body[] = "{\"status\": \"ok\"}\n";
    struct MHD_Response *response = MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    if (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR,
                         &address, MHD_OPTION_END) == NULL)
        give_up("listen", port);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "apply") == 0) {
        apply(argv[2], argv[3]);
    } else if ((argc == 3 || argc == 4) && strcmp(argv[1], "select") == 0) {
        if (argc == 4)
            read_bytes(argv[3]);
        select_rows(argv[2]);
    } else if (argc == 4 && strcmp(argv[1], "serve") == 0) {
        serve(argv[2], argv[3]);
    } else {
        fprintf(stderr, "usage: bare apply DIR CONNINFO | bare select CONNINFO [DIR] | bare serve PORT CONNINFO\n");
        return 64;
    }
    return EXIT_SUCCESS;
}
