#include "support/cluster.h"

#include "support/sql.h"
#include "support/wait.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *cluster_suite(void);

static void assert_value(PGconn *conn, const char *expected, const char *query)
{
    char *value = sql_value(conn, "%s", query);

    ck_assert_str_eq(value, expected);
    free(value);
}

START_TEST(test_the_shared_server_gives_each_test_a_database)
{
    struct cluster *cluster = cluster_shared();
    const char *name = cluster_create_database(cluster);
    PGconn *tcp = sql_connect(cluster_url(cluster, name));
    PGconn *local = sql_connect(cluster_socket_url(cluster, name));

    ck_assert_str_ne(name, cluster_create_database(cluster));
    assert_value(tcp, name, "SELECT current_database()");
    assert_value(tcp, "127.0.0.1", "SELECT host(inet_server_addr())");
    assert_value(local, "", "SELECT coalesce(host(inet_server_addr()), '')");
    assert_value(
        local, "UTF8 C",
        "SELECT getdatabaseencoding() || ' ' || datcollate FROM pg_database WHERE datname = current_database()");
    assert_value(local, "off", "SHOW fsync");
    PQfinish(tcp);
    PQfinish(local);
}
END_TEST

START_TEST(test_a_test_cannot_stop_the_shared_server)
{
    cluster_down(cluster_shared(), true);
}
END_TEST

START_TEST(test_settings_and_hba)
{
    const char *const settings[] = {"log_statement = 'all'", "work_mem = 2MB", NULL};
    struct cluster *cluster = cluster_start(
        &(struct cluster_options){.settings = settings, .hba = "local postgres all trust\nlocal all all reject\n"});
    PGconn *conn = sql_connect(cluster_url(cluster, "postgres"));
    PGconn *refused = PQconnectdb(cluster_url(cluster, "template1"));

    assert_value(conn, "2MB", "SHOW work_mem");
    ck_assert_int_ne(PQstatus(refused), CONNECTION_OK);

    char *log = cluster_log(cluster);

    ck_assert_ptr_nonnull(strstr(log, "SHOW work_mem"));
    free(log);
    PQfinish(refused);
    PQfinish(conn);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(test_restart_keeps_the_address)
{
    bool immediate = _i;
    struct cluster *cluster = cluster_start(&(struct cluster_options){.tcp = true});
    const char *url = cluster_url(cluster, "postgres");
    pid_t before = cluster_pid(cluster);
    PGconn *conn = sql_connect(url);

    sql_exec(conn, "CREATE TABLE t AS SELECT 1 AS a");
    cluster_down(cluster, immediate);
    ck_assert_int_eq(PQping(url), PQPING_NO_RESPONSE);
    cluster_up(cluster);
    ck_assert_int_ne(cluster_pid(cluster), before);
    PQreset(conn);
    assert_value(conn, "1", "SELECT a FROM t");
    cluster_restart(cluster, immediate);
    PQreset(conn);
    assert_value(conn, "1", "SELECT a FROM t");
    PQfinish(conn);
    cluster_destroy(cluster);
}
END_TEST

START_TEST(test_standby_is_in_recovery)
{
    struct cluster *cluster = cluster_start(&(struct cluster_options){.standby = true});
    PGconn *conn = sql_connect(cluster_url(cluster, "postgres"));

    assert_value(conn, "t", "SELECT pg_is_in_recovery()");
    PQfinish(conn);
    cluster_destroy(cluster);
}
END_TEST

struct remains {
    pid_t pid;
    int shared_memory; /* System V's, kept by the kernel until somebody removes it */
    char folder[128];
};

/* The seventh line of postmaster.pid: key and id. */
static int shared_memory_of(struct cluster *cluster)
{
    char path[256], line[256] = "";
    int key = 0, id = -1;

    snprintf(path, sizeof path, "%s/data/postmaster.pid", cluster_socket_folder(cluster));

    FILE *file = fopen(path, "re");

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 7; i++)
        ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    fclose(file);
    ck_assert_int_eq(sscanf(line, "%d %d", &key, &id), 2);
    return id;
}

static bool nothing_remains(void *context)
{
    const struct remains *remains = context;
    struct shmid_ds segment;

    while (waitpid(-1, NULL, WNOHANG) > 0) /* orphans come to this process */
        ;
    return kill(remains->pid, 0) < 0 && access(remains->folder, F_OK) < 0 &&
           shmctl(remains->shared_memory, IPC_STAT, &segment) < 0;
}

START_TEST(test_nothing_stays_after_kill)
{
    int pipes[2];
    struct remains remains = {0};

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    ck_assert_int_eq(pipe(pipes), 0);
    if (fork() == 0) {
        setpgid(0, 0);

        struct cluster *cluster = cluster_start(NULL);

        remains.pid = cluster_pid(cluster);
        remains.shared_memory = shared_memory_of(cluster);
        strncpy(remains.folder, cluster_socket_folder(cluster), sizeof remains.folder - 1);
        if (write(pipes[1], &remains, sizeof remains) > 0)
            kill(0, SIGKILL); /* the group, as Check does */
        _exit(EXIT_FAILURE);
    }
    ck_assert_int_eq(read(pipes[0], &remains, sizeof remains), sizeof remains);
    ck_assert_msg(wait_until(nothing_remains, &remains, 10000), "server %d, its memory %d or %s stayed", remains.pid,
                  remains.shared_memory, remains.folder);
}
END_TEST

START_TEST(test_sql_names_and_null)
{
    PGconn *conn = sql_connect(cluster_url(cluster_shared(), "postgres"));
    char *names = sql_names(conn, "VALUES ('a'), ('b')");
    char *none = sql_names(conn, "SELECT 1 WHERE false");

    ck_assert_str_eq(names, "a,b");
    ck_assert_str_eq(none, "");
    ck_assert_ptr_null(sql_value(conn, "SELECT NULL"));
    free(names);
    free(none);
    PQfinish(conn);
}
END_TEST

START_TEST(test_sql_error_fails_the_test)
{
    sql_exec(sql_connect(cluster_url(cluster_shared(), "postgres")), "SELEC %d", 1);
}
END_TEST

Suite *cluster_suite(void)
{
    Suite *suite = suite_create("support/cluster");
    TCase *tcase = tcase_create("cluster");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_the_shared_server_gives_each_test_a_database);
    tcase_add_exit_test(tcase, test_a_test_cannot_stop_the_shared_server, EXIT_FAILURE);
    tcase_add_test(tcase, test_settings_and_hba);
    tcase_add_loop_test(tcase, test_restart_keeps_the_address, 0, 2);
    tcase_add_test(tcase, test_standby_is_in_recovery);
    tcase_add_test(tcase, test_nothing_stays_after_kill);
    tcase_add_test(tcase, test_sql_names_and_null);
    tcase_add_exit_test(tcase, test_sql_error_fails_the_test, EXIT_FAILURE);
    suite_add_tcase(suite, tcase);
    return suite;
}
