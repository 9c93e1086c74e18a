/*
 * Standbys and failover: readiness served from a streaming standby, migrations that wait for a primary, and a primary
 * that is lost in the middle of a run. Replication is asynchronous here: the new primary may lack what the old one had
 * committed. Its rows decide: what it has is not run again, what it lacks is, and every effect is there once.
 */
#include "serving.h"
#include "support/wait.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *standby_suite(void);

#define FAILOVER_MS 60000
#define PADDING     300000 /* more than revisions that share a message may have */

static struct cluster *primary, *standby;
static struct serving server;
static char url[256];

static void set_up(void)
{
    primary = cluster_start(&(struct cluster_options){.tcp = true});
    standby = cluster_start_standby(primary);
    server = (struct serving){.files = folder_create()};
    folder_write(server.files, "0001_first.sql",
                 "CREATE TABLE effects (revision text);\nINSERT INTO effects VALUES ('0001_first');");
}

static void tear_down(void)
{
    serving_destroy(&server);
    folder_destroy(server.files);
    cluster_destroy(standby);
    cluster_destroy(primary);
}

static void use(struct cluster *cluster)
{
    server.url = cluster_url(cluster, "postgres");
}

static void use_both(struct cluster *first, struct cluster *second, const char *attributes)
{
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d,127.0.0.1:%d/postgres?target_session_attrs=%s",
             cluster_port(first), cluster_port(second), attributes);
    server.url = url;
}

static void write_effect(const char *id, const char *before, size_t padding)
{
    char name[64];
    char *sql = malloc(padding + 256);
    ck_assert_ptr_nonnull(sql);
    int length = sprintf(sql, "%s\nINSERT INTO effects VALUES ('%s');\n-- ", before, id);
    memset(sql + length, '.', padding);
    sql[length + padding] = '\0';
    snprintf(name, sizeof name, "%s.sql", id);
    folder_write(server.files, name, sql);
    free(sql);
}

static void check_on(struct cluster *cluster, const char *query, const char *expected)
{
    PGconn *conn = sql_connect(cluster_url(cluster, "postgres"));
    char *found = sql_names(conn, query);
    ck_assert_msg(strcmp(found, expected) == 0, "%s\nreturned %s\nexpected %s\nthe daemon's log:\n%s", query, found,
                  expected, server.program == NULL ? "" : program_err(server.program));
    free(found);
    PQfinish(conn);
}

static void check_never_written(struct cluster *cluster)
{
    char *log = cluster_log(cluster);
    ck_assert_msg(strstr(log, "ERROR:") == NULL, "the standby had to refuse something:\n%s", log);
    free(log);
}

/* ---- a standby ---- */

START_TEST(readiness_is_served_from_a_standby)
{
    use(primary);
    serving_run(&server, 0, "upgrade", NULL);
    cluster_catch_up(standby, primary);
    use(standby);
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.standby", "true");

    serving_exec(&server, "SELECT pg_wal_replay_pause()");
    write_effect("0002_second", "", 0);
    use(primary);
    serving_run(&server, 0, "upgrade", NULL);
    use(standby);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_let_readings_pass(&server);
    serving_check_value(&server, "/readyz", "checks.1.detail.pending_revisions.0", "0002_second");
    serving_exec(&server, "SELECT pg_wal_replay_resume()");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
    check_never_written(standby);
}
END_TEST

START_TEST(what_is_pending_waits_for_the_promotion)
{
    use(primary);
    serving_run(&server, 0, "upgrade", NULL);
    cluster_catch_up(standby, primary);
    write_effect("0002_second", "", 0);
    use(standby);
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", "MIGRATED_APPLY=startup", NULL);
    serving_wait_state(&server, "pending", SERVING_MS);
    serving_let_readings_pass(&server);
    serving_check_value(&server, "/readyz", "state", "pending");
    serving_check_value(&server, "/status", "targets.0.standby", "true");
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
    serving_run(&server, 78, "upgrade", NULL);
    serving_run(&server, 3, "check", NULL);
    check_never_written(standby);

    cluster_promote(standby);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/status", "targets.0.standby", "false");
    check_on(standby, "SELECT revision FROM effects ORDER BY 1", "0001_first,0002_second");
    serving_stop(&server);
}
END_TEST

START_TEST(the_primary_is_found_among_several_hosts)
{
    use_both(standby, primary, "primary");
    serving_run(&server, 0, "upgrade", NULL);
    cluster_catch_up(standby, primary);
    use_both(standby, primary, "any");
    serving_run(&server, 0, "upgrade", NULL); /* nothing is pending */
    write_effect("0002_second", "", 0);
    serving_run(&server, 78, "upgrade", NULL);
    use_both(standby, primary, "read-write");
    serving_run(&server, 0, "upgrade", NULL);
    check_on(primary, "SELECT revision FROM effects ORDER BY 1", "0001_first,0002_second");
}
END_TEST

/* ---- failover ---- */

static bool somebody_waits(void *context)
{
    char *waiting = sql_value(
        context, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 42");
    bool waits = strcmp(waiting, "0") != 0;
    free(waiting);
    return waits;
}

/* The first two revisions share a message, which is answered; the third one runs until the primary is gone. */
static PGconn *start_and_stop_short(void)
{
    PGconn *holder = sql_connect(cluster_url(primary, "postgres"));
    write_effect("0002_second", "", 0);
    write_effect("0003_third", "SELECT pg_advisory_xact_lock(42);", PADDING);
    write_effect("0004_fourth", "", 0);
    sql_exec(holder, "SELECT pg_advisory_lock(42)");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    ck_assert(wait_until(somebody_waits, holder, SERVING_MS));
    serving_check_value(&server, "/status", "targets.0.running.revision", "0003_third");
    return holder;
}

static void check_everything_once(void)
{
    check_on(standby, "SELECT revision FROM effects ORDER BY 1", "0001_first,0002_second,0003_third,0004_fourth");
    check_on(standby, "SELECT revision FROM migrated.history WHERE outcome = 'applied' ORDER BY id",
             "0001_first,0002_second,0003_third,0004_fourth");
    check_on(standby, "SELECT version_num FROM alembic_version", "0004_fourth");
    check_on(standby, "SELECT revision FROM migrated.revision ORDER BY 1",
             "0001_first,0002_second,0003_third,0004_fourth");
    serving_check_value(&server, "/status", "targets.0.last_failure", "null");
}

static const struct {
    const char *attributes;
    bool lost; /* nothing of the run had reached the standby */
} failovers[] = {{"primary", false}, {"primary", true}, {"any", false}, {"any", true}};

START_TEST(a_failover_in_the_middle_of_a_run)
{
    bool lost = failovers[_i].lost, any = strcmp(failovers[_i].attributes, "any") == 0;
    use_both(primary, standby, failovers[_i].attributes);
    if (lost)
        cluster_down(standby, false);
    PGconn *holder = start_and_stop_short();
    if (!lost) {
        cluster_catch_up(standby, primary);
        check_on(standby, "SELECT revision FROM effects ORDER BY 1", "0001_first,0002_second");
    }

    cluster_down(primary, true);
    PQfinish(holder);
    cluster_up(standby);
    if (any)
        serving_wait_value(&server, "/status", "targets.0.standby", "true", FAILOVER_MS);
    check_on(standby, "SELECT to_regclass('effects')", lost ? "" : "effects");
    cluster_promote(standby);
    serving_wait_state(&server, "ready", FAILOVER_MS);
    check_everything_once();
    serving_stop(&server);
}
END_TEST

START_TEST(a_failover_after_the_run)
{
    use_both(primary, standby, "primary");
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&server, "ready", SERVING_MS);
    cluster_catch_up(standby, primary);
    cluster_down(primary, true);
    serving_wait_state(&server, "unreachable", FAILOVER_MS);
    cluster_promote(standby);
    serving_wait_state(&server, "ready", FAILOVER_MS);
    check_on(standby, "SELECT revision FROM effects", "0001_first");
    serving_stop(&server);
}
END_TEST

/* ---- wait_for_replicas ---- */

START_TEST(a_run_waits_until_replicas_have_it)
{
    use(standby);
    serving_exec(&server, "SELECT pg_wal_replay_pause()");
    use(primary);
    serving_start(&server, "MIGRATED_CACHE_TTL=300ms", "MIGRATED_WAIT_FOR_REPLICAS=1min", NULL);
    serving_wait_value(&server, "/status", "targets.0.rows.0", "0001_first", SERVING_MS);
    serving_let_readings_pass(&server);
    serving_check_value(&server, "/readyz", "state", "migrating");
    char *message = serving_value(&server, "/readyz", "checks.1.detail.message");
    ck_assert_msg(strstr(message, "waiting for replicas: walreceiver lacks ") != NULL, "%s", message);
    free(message);

    use(standby);
    serving_exec(&server, "SELECT pg_wal_replay_resume()");
    serving_wait_state(&server, "ready", SERVING_MS);
    check_on(standby, "SELECT revision FROM effects", "0001_first");
    serving_stop(&server);
}
END_TEST

START_TEST(a_replica_that_stays_behind_is_not_waited_for_for_ever)
{
    use(standby);
    serving_exec(&server, "SELECT pg_wal_replay_pause()");
    use(primary);
    serving_start(&server, "MIGRATED_WAIT_FOR_REPLICAS=1s", NULL);
    program_wait_line(server.program, "1 replica has not replayed what was applied, walreceiver lacks ", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

START_TEST(replicas_that_cannot_be_seen_are_told)
{
    use(primary);
    serving_exec(&server, "CREATE ROLE app LOGIN; CREATE SCHEMA app AUTHORIZATION app;"
                          "GRANT CREATE ON DATABASE postgres TO app");
    snprintf(url, sizeof url, "postgresql://app@127.0.0.1:%d/postgres", cluster_port(primary));
    server.url = url;
    folder_write(server.files, "0001_first.sql", "CREATE TABLE app.first (id int);");
    serving_start(&server, "MIGRATED_WAIT_FOR_REPLICAS=1min", "MIGRATED_VERSION_SCHEMA=app", NULL);
    program_wait_line(server.program, "GRANT pg_read_all_stats TO \"app\"", SERVING_MS);
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_stop(&server);
}
END_TEST

Suite *standby_suite(void)
{
    Suite *suite = suite_create("standby");
    TCase *tests = tcase_create("standby");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, readiness_is_served_from_a_standby);
    tcase_add_test(tests, what_is_pending_waits_for_the_promotion);
    tcase_add_test(tests, the_primary_is_found_among_several_hosts);
    tcase_add_loop_test(tests, a_failover_in_the_middle_of_a_run, 0, sizeof failovers / sizeof *failovers);
    tcase_add_test(tests, a_failover_after_the_run);
    tcase_add_test(tests, a_run_waits_until_replicas_have_it);
    tcase_add_test(tests, a_replica_that_stays_behind_is_not_waited_for_for_ever);
    tcase_add_test(tests, replicas_that_cannot_be_seen_are_told);
    suite_add_tcase(suite, tests);
    return suite;
}
