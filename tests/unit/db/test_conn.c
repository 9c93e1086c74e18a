/* The connection: what a refused opening is told as, and cancels that come late, hang, or outlive what they were for. */
#include "db/conn.h"

#include "db/error.h"
#include "support/cluster.h"
#include "support/relay.h"
#include "support/wait.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *conn_suite(void);

#define DEADLINE_MS 10000

static uv_loop_t loop;
static uv_timer_t tick; /* turns the loop while nothing happens in it */
static struct db_conn *conn;
static struct {
    int opened, replied;
    struct error error; /* of the last of them */
    enum db_outcome outcome;
} seen;

static void on_opened(void *context, const struct error *error)
{
    (void)context;
    seen.opened++;
    seen.error = error == NULL ? (struct error){0} : *error;
}

static void on_reply(void *context, const struct db_reply *reply)
{
    (void)context;
    seen.replied++;
    seen.outcome = reply->outcome;
    seen.error = reply->error;
}

static void on_lost(void *context, const struct error *error)
{
    (void)context;
    ck_abort_msg("lost: %s", error->message);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void setup(void)
{
    uv_loop_init(&loop);
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10);
    memset(&seen, 0, sizeof seen);
    conn = db_conn_create(&loop, &(struct db_events){.opened = on_opened, .reply = on_reply, .lost = on_lost});
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void teardown(void)
{
    db_conn_destroy(conn);
    uv_walk(&loop, close_handle, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void turn_until(const int *count, int wanted)
{
    int64_t end_ms = wait_end_ms(DEADLINE_MS);
    while (*count < wanted && wait_left_ms(end_ms) > 0)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_int_eq(*count, wanted);
}

static void open_at(const char *host, int port)
{
    char number[16];
    snprintf(number, sizeof number, "%d", port);
    const char *keywords[] = {"host", "port", "user", "dbname", "sslmode", "gssencmode", "passfile", NULL};
    const char *values[] = {host, number, "postgres", "postgres", "disable", "disable", "/nowhere", NULL};
    db_conn_open(conn, keywords, values, DEADLINE_MS);
    turn_until(&seen.opened, seen.opened + 1);
}

/* ---- openings that are refused ---- */

/* What a server says to whoever connects. */
static const struct {
    const char *answer; /* type and fields of a message, a '|' for each NUL */
    enum error_code code;
    const char *sqlstate;
    bool final;
    const char *says; /* the end of our message */
} refusals[] = {
    {"ESFATAL|VFATAL|C28P01|MPasswort-Authentifizierung für Benutzer »app« "
     "fehlgeschlagen|Fauth.c|L334|Rauth_failed||",
     ERROR_DENIED, "28P01", true, "FATAL:  Passwort-Authentifizierung für Benutzer »app« fehlgeschlagen"},
    {"ES致命的エラー|VFATAL|C3D000|Mデータベース\"app\"は存在しません||", ERROR_UNREACHABLE, "3D000", true,
     "致命的エラー:  データベース\"app\"は存在しません"},
    {"ESFATAL|VFATAL|C28000|MRolle »app« existiert nicht||", ERROR_DENIED, "28000", true,
     "FATAL:  Rolle »app« existiert nicht"},
    {"ESFATAL|VFATAL|C42501|Mkeine Berechtigung|DVerbinden fehlt.|HFragen.||", ERROR_DENIED, "42501", true,
     "FATAL:  keine Berechtigung DETAIL:  Verbinden fehlt. HINT:  Fragen."},
    {"ESFATAL|VFATAL|C57P03|Mdas Datenbanksystem startet||", ERROR_UNREACHABLE, "57P03", false,
     "FATAL:  das Datenbanksystem startet"},
    {"ESFATAL|VFATAL|C53300|Mtut mir leid, schon zu viele Verbindungen||", ERROR_UNREACHABLE, "53300", false,
     "FATAL:  tut mir leid, schon zu viele Verbindungen"},
    {"ESFATAL|C08P01|MSASL authentication failed||", ERROR_DENIED, "28P01", true,
     "FATAL:  SASL authentication failed"},
    {"ESFATAL|C08P01|Mno such database: app||", ERROR_UNREACHABLE, "3D000", true, "FATAL:  no such database: app"},
    {"ESFATAL|C08P01|Mserver login has been failing||", ERROR_UNREACHABLE, "08P01", false,
     "FATAL:  server login has been failing"},
    {"R|||\003", ERROR_DENIED, "", true, "no password supplied"}, /* asks for one */
};

struct guest {
    uv_tcp_t tcp;
    uv_write_t write;
    char bytes[512], in[1024];
    size_t length;
};

static const char *refusal;

static void on_guest_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    uv_close((uv_handle_t *)write->handle, on_guest_closed);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    struct guest *guest = handle->data;
    (void)size;
    *buffer = uv_buf_init(guest->in, sizeof guest->in);
}

static void answer(struct guest *guest)
{
    size_t length = strlen(refusal);
    guest->bytes[0] = refusal[0];
    guest->bytes[3] = (char)((length + 3) >> 8);
    guest->bytes[4] = (char)(length + 3);
    for (size_t i = 1; i < length; i++)
        guest->bytes[4 + i] = refusal[i] == '|' ? '\0' : refusal[i];
    guest->length = 4 + length;
}

static void on_startup(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct guest *guest = stream->data;
    (void)buffer;
    uv_read_stop(stream);
    if (length < 0) {
        uv_close((uv_handle_t *)stream, on_guest_closed);
        return;
    }
    answer(guest);
    uv_buf_t out = uv_buf_init(guest->bytes, (unsigned)guest->length);
    uv_write(&guest->write, stream, &out, 1, on_written);
}

static void on_guest(uv_stream_t *listener, int status)
{
    struct guest *guest = calloc(1, sizeof *guest);
    ck_assert_int_eq(status, 0);
    uv_tcp_init(&loop, &guest->tcp);
    guest->tcp.data = guest;
    uv_accept(listener, (uv_stream_t *)&guest->tcp);
    uv_read_start((uv_stream_t *)&guest->tcp, on_alloc, on_startup);
}

static int listen_as_server(uv_tcp_t *listener)
{
    struct sockaddr_in address;
    int size = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&loop, listener);
    ck_assert_int_eq(uv_tcp_bind(listener, (const struct sockaddr *)&address, 0), 0);
    ck_assert_int_eq(uv_listen((uv_stream_t *)listener, 8, on_guest), 0);
    uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

START_TEST(a_refused_opening_is_told_by_its_sqlstate)
{
    static uv_tcp_t listener; /* closed by the teardown */
    refusal = refusals[_i].answer;
    open_at("127.0.0.1", listen_as_server(&listener));

    const char *message = seen.error.message, *says = refusals[_i].says;
    size_t length = strlen(message);
    ck_assert_msg(length >= strlen(says) && strcmp(message + length - strlen(says), says) == 0, "%s", message);
    ck_assert_int_eq(seen.error.code, refusals[_i].code);
    ck_assert_str_eq(seen.error.sqlstate, refusals[_i].sqlstate);
    ck_assert_int_eq(db_error_is_final(&seen.error), refusals[_i].final);
}
END_TEST

START_TEST(nobody_there_is_not_final)
{
    open_at("127.0.0.1", 1);
    ck_assert_int_eq(seen.error.code, ERROR_UNREACHABLE);
    ck_assert_str_eq(seen.error.sqlstate, "");
    ck_assert(!db_error_is_final(&seen.error));
}
END_TEST

/* ---- cancels ---- */

static struct relay *relay;

static void setup_server(void)
{
    char target[64];
    setup();
    snprintf(target, sizeof target, "127.0.0.1:%d", cluster_port(cluster_shared()));
    relay = relay_start(target);
}

/* With the relay gone no cancel hangs in the pool. */
static void teardown_server(void)
{
    relay_stop(relay);
    teardown();
}

static void open_direct(void)
{
    open_at("127.0.0.1", cluster_port(cluster_shared()));
    ck_assert_str_eq(seen.error.message, "");
}

static void open_relayed(void)
{
    open_at("127.0.0.1", relay_port(relay));
    ck_assert_str_eq(seen.error.message, "");
}

static void ask(const char *sql, int deadline_ms)
{
    db_conn_send(conn, &(struct db_request){.sql = sql, .deadline_ms = deadline_ms});
}

static void wait_for_reply(enum db_outcome outcome, const char *sqlstate)
{
    turn_until(&seen.replied, seen.replied + 1);
    ck_assert_msg(seen.outcome == outcome, "%d %s", (int)seen.outcome, seen.error.message);
    ck_assert_str_eq(seen.error.sqlstate, sqlstate);
}

START_TEST(a_cancel_ends_its_request)
{
    open_direct();
    ask("SELECT pg_sleep(60)", 0);
    db_conn_cancel(conn);
    wait_for_reply(DB_REFUSED, "57014");
}
END_TEST

static bool has_more_turns(void *turns)
{
    return relay_turns(relay) >= *(long *)turns;
}

/* Behind a handshake of its own it reaches the server when the answer has left, and the next request would run. */
START_TEST(a_late_cancel_does_not_hit_the_next_request)
{
    open_relayed();
    long turns = relay_turns(relay) + 2;
    relay_delay(relay, RELAY_TO_SERVER, 100);
    ask("SELECT 1", 0);
    db_conn_cancel(conn);
    ck_assert(wait_until(has_more_turns, &turns, DEADLINE_MS));
    relay_delay(relay, RELAY_TO_SERVER, 0);
    wait_for_reply(DB_DONE, "");
    ask("SELECT pg_sleep(0.3)", 0);
    wait_for_reply(DB_DONE, "");
}
END_TEST

/* Nor is it sent again, half a second after it has come back. */
START_TEST(a_hanging_cancel_does_not_touch_the_next_connection)
{
    open_relayed();
    ask("SELECT pg_sleep(60)", 0);
    relay_stall(relay);
    db_conn_cancel(conn);
    db_conn_close(conn);
    open_direct();
    ask("SELECT pg_sleep(1)", 0);
    relay_resume(relay);
    wait_for_reply(DB_DONE, "");
}
END_TEST

START_TEST(a_hanging_cancel_holds_up_no_deadline)
{
    open_relayed();
    ask("SELECT pg_sleep(60)", 300);
    relay_stall(relay);
    db_conn_cancel(conn);
    wait_for_reply(DB_LOST, "");
    ck_assert(db_conn_timed_out(conn));
}
END_TEST

START_TEST(a_connection_is_destroyed_while_its_cancel_hangs)
{
    open_relayed();
    ask("SELECT pg_sleep(60)", 0);
    relay_stall(relay);
    db_conn_cancel(conn);
    uv_run(&loop, UV_RUN_NOWAIT);
    db_conn_destroy(conn);
    conn = NULL;
}
END_TEST

Suite *conn_suite(void)
{
    Suite *suite = suite_create("conn");
    TCase *opening = tcase_create("opening"), *cancels = tcase_create("cancels");
    tcase_add_checked_fixture(opening, setup, teardown);
    tcase_add_loop_test(opening, a_refused_opening_is_told_by_its_sqlstate, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(opening, nobody_there_is_not_final);
    suite_add_tcase(suite, opening);

    tcase_set_timeout(cancels, 30);
    tcase_add_checked_fixture(cancels, setup_server, teardown_server);
    tcase_add_test(cancels, a_cancel_ends_its_request);
    tcase_add_test(cancels, a_late_cancel_does_not_hit_the_next_request);
    tcase_add_test(cancels, a_hanging_cancel_does_not_touch_the_next_connection);
    tcase_add_test(cancels, a_hanging_cancel_holds_up_no_deadline);
    tcase_add_test(cancels, a_connection_is_destroyed_while_its_cancel_hangs);
    suite_add_tcase(suite, cancels);
    return suite;
}
