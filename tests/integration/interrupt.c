#include "interrupt.h"

#include "base/text.h"
#include "support/wait.h"

#include <signal.h>

#define OURS "application_name LIKE 'migrated%' AND datname = current_database()"

struct relay *interrupt_relay(struct site *site)
{
    struct text target = {0};
    text_addf(&target, "127.0.0.1:%d", cluster_port(cluster_shared()));
    struct relay *relay = relay_start(text_string(&target));
    text_finish(&target);
    site_use_url(site, "postgresql://postgres@127.0.0.1:%d/%s", relay_port(relay), site->database);
    return relay;
}

static bool holds(void *relay)
{
    return relay_holds(relay);
}

struct program *interrupt_hold(const struct site *site, struct relay *relay, int turn, const char *command,
                               const char *argument)
{
    relay_hold_answer(relay, turn);
    struct program *program = program_start(&site->options, command, argument, NULL);
    ck_assert_msg(wait_until(holds, relay, SITE_DEADLINE_MS), "no answer %d; stderr:\n%s", turn,
                  program_err(program));
    return program;
}

void interrupt_kill(struct program *program)
{
    program_signal(program, SIGKILL);
    program_wait(program, SITE_DEADLINE_MS);
    program_stop(program);
}

void interrupt_before_answer(const struct site *site, struct relay *relay, int turn)
{
    interrupt_kill(interrupt_hold(site, relay, turn, "upgrade", NULL));
    relay_release(relay);
}

void interrupt_end_orphan(const struct site *site)
{
    if (PQserverVersion(site->conn) < 140000)
        sql_exec(site->conn,
                 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                 "datname = current_database()");
}

void interrupt_wait_alone(const struct site *site)
{
    if (PQserverVersion(site->conn) < 140000)
        sql_exec(site->conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE %s", OURS);
    site_wait(site, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE " OURS ")");
}

void interrupt_when(const struct site *site, const char *query)
{
    struct program *program = program_start(&site->options, "upgrade", NULL);
    site_wait(site, query);
    interrupt_kill(program);
    interrupt_wait_alone(site);
}
