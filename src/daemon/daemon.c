#include "daemon/daemon.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/version.h"
#include "config/conninfo.h"
#include "daemon/checks.h"
#include "daemon/failure_log.h"
#include "daemon/fleet.h"
#include "daemon/pages.h"
#include "notify/systemd.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REBUILD_MS        1000 /* a body that shows its age is no older than this when it is sent */
#define EXTEND_TIMEOUT_MS 30000
#define EXTEND_EVERY_MS   10000
#define LAST_MS           1000 /* for what is still in libuv's pool at the end: it is not waited for */

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
#define N_SIGNALS (sizeof signals / sizeof *signals)

struct daemon {
    uv_loop_t loop;
    const struct config_source *source; /* borrowed */
    struct arena *arena;                /* of the configuration in force */
    struct arena **retired;             /* of earlier ones that a run may still use */
    size_t n_retired;
    struct config *config;
    struct http_server *server;
    struct systemd systemd;
    struct fleet *fleet;
    struct checks *checks;
    uv_signal_t signals[N_SIGNALS];
    uv_timer_t heartbeat; /* systemd's watchdog and timeouts */
    uv_timer_t publisher; /* pages are rebuilt once for a burst of changes */
    uv_timer_t limit;     /* of stopping */
    int64_t started_ms, published_ms;
    bool was_ready, has_files, stopping, closing;
    struct error failure; /* it ended by itself; code ERROR_NONE: it did not */
    char *config_warning;
    char status[256];
};

/* ---- pages ---- */

/* The one that applies something, else the one that speaks for all; of several targets it is named. */
static void tell_systemd(struct daemon *daemon, const struct pages_input *input)
{
    char status[sizeof daemon->status];
    const struct target_view *view = pages_spokesman(input);
    for (size_t i = 0; i < input->n_targets; i++)
        if (input->targets[i].running && input->targets[i].run.running != NULL)
            view = &input->targets[i];
    const char *name = input->n_targets > 1 ? view->name : "", *colon = input->n_targets > 1 ? ": " : "";
    if (view->running && view->run.running != NULL)
        snprintf(status, sizeof status, "%s%sapplying %zu/%zu %s", name, colon, view->run.position + 1,
                 view->run.total, view->run.running->id);
    else
        snprintf(status, sizeof status, "%s%s%s: %s", name, colon, readiness_state_name(view->readiness.state),
                 view->readiness.message);
    if (strcmp(status, daemon->status) == 0)
        return;
    memcpy(daemon->status, status, sizeof status);
    systemd_status(&daemon->systemd, status);
}

static void free_retired(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->n_retired; i++)
        arena_destroy(daemon->retired[i]);
    daemon->n_retired = 0;
}

static void retire(struct daemon *daemon, struct arena *arena)
{
    daemon->retired = memory_resize(daemon->retired, (daemon->n_retired + 1) * sizeof(struct arena *));
    daemon->retired[daemon->n_retired++] = arena;
}

static void publish(struct daemon *daemon)
{
    struct arena *arena = arena_create();
    size_t count;
    const struct target_view *views = fleet_look(daemon->fleet, arena, &count);
    struct pages_input input = {
        .targets = views,
        .n_targets = count,
        .stopping = daemon->stopping,
        .started = daemon->was_ready,
        .uptime_ms = clock_monotonic_ms() - daemon->started_ms,
        .warnings = &daemon->config->warnings,
        .config_warning = daemon->config_warning,
        .cache_ttl_ms = daemon->config->cache_ttl_ms,
    };
    input.checks = checks_look(daemon->checks, arena, &input.n_checks);
    for (size_t i = 0; i < input.n_targets; i++)
        checks_follow(daemon->checks, input.targets[i].name, input.targets[i].readiness.ok);
    daemon->was_ready |= pages_started(&input);
    input.started = daemon->was_ready;
    pages_publish(daemon->server, &input);
    tell_systemd(daemon, &input);
    if (!fleet_is_busy(daemon->fleet))
        free_retired(daemon);
    daemon->published_ms = clock_monotonic_ms();
    arena_destroy(arena);
}

static void on_publisher(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    fleet_arrange(daemon->fleet);
    publish(daemon);
}

/* Many changes in one turn of the loop make one set of pages. */
static void on_changed(void *context)
{
    struct daemon *daemon = context;
    if (daemon->server != NULL && !uv_is_active((uv_handle_t *)&daemon->publisher))
        uv_timer_start(&daemon->publisher, on_publisher, 0, 0);
}

static void before_request(void *context, enum http_page_id page)
{
    struct daemon *daemon = context;
    (void)page;
    if (daemon->fleet != NULL && clock_monotonic_ms() - daemon->published_ms > REBUILD_MS)
        publish(daemon);
}

/* ---- files ---- */

/* Started, as far as systemd is concerned: from now on readiness tells of everything else. */
static void on_filled(void *context)
{
    struct daemon *daemon = context;
    daemon->has_files = true;
    systemd_ready(&daemon->systemd);
}

static void end(struct daemon *daemon);

static void on_no_files(void *context, const struct error *error)
{
    struct daemon *daemon = context;
    daemon->failure = *error;
    end(daemon);
}

/* ---- reload ---- */

static void set_log(const struct config *config)
{
    static const enum log_severity severities[] = {LOG_SEVERITY_DEBUG, LOG_SEVERITY_INFO, LOG_SEVERITY_WARNING,
                                                   LOG_SEVERITY_ERROR};
    bool json =
        config->log_format == LOG_FORMAT_JSON || (config->log_format == LOG_FORMAT_AUTO && !isatty(STDERR_FILENO));
    log_init(json ? LOG_STYLE_JSON : LOG_STYLE_TEXT, severities[config->log_level]);
    log_show_targets(config->n_targets > 1);
}

static void log_warnings(const struct config *config)
{
    for (size_t i = 0; i < config->warnings.count; i++)
        log_warning("%s", config->warnings.items[i]);
}

/* In the log all of them, in the pages the first. */
static void refuse_config(struct daemon *daemon, const struct config_faults *faults)
{
    struct text warning = {0};
    for (size_t i = 0; i < faults->count; i++)
        failure_log(&faults->items[i]);
    failure_add(&warning, &faults->items[0]);
    if (faults->count > 1)
        text_addf(&warning, " (and %zu more)", faults->count - 1);
    log_warning("the changed configuration is faulty, the last good one stays in force: %s", text_string(&warning));
    free(daemon->config_warning);
    daemon->config_warning = memory_string(text_string(&warning));
    text_finish(&warning);
}

static void reload(struct daemon *daemon)
{
    struct config *config;
    struct arena *arena = arena_create();
    struct config_faults faults = {.arena = arena};

    systemd_reloading(&daemon->systemd, (uint64_t)clock_monotonic_us());
    bool good = config_load_all(arena, daemon->source, &config, &faults);
    if (good) {
        config_keep(arena, daemon->config, config);
        good = config_check_serve(config, &faults);
    }
    if (!good) {
        refuse_config(daemon, &faults);
        arena_destroy(arena);
        fleet_read(daemon->fleet);
        on_changed(daemon);
    } else {
        struct arena *old = daemon->arena;
        free(daemon->config_warning);
        daemon->config_warning = NULL;
        daemon->arena = arena;
        daemon->config = config;
        set_log(config);
        log_warnings(config);
        http_server_set_details(daemon->server, (enum http_details)config->details);
        fleet_reload(daemon->fleet, config);
        checks_reload(daemon->checks, config);
        retire(daemon, old);
        on_changed(daemon);
        log_info("configuration reloaded");
    }
    if (daemon->has_files)
        systemd_ready(&daemon->systemd);
}

/* ---- the end ---- */

/* Without a word to whatever is still under way, in libuv's pool or at the server: exit() would wait for the pool. */
static void leave(void *context)
{
    const struct daemon *daemon = context;
    log_info("stopped");
    _exit(daemon->failure.code == ERROR_NONE ? 0 : error_exit_status(daemon->failure.code));
}

static void on_last(uv_timer_t *timer)
{
    leave(timer->data);
}

static void close_rest(void *context)
{
    struct daemon *daemon = context;
    daemon->server = NULL;
    uv_timer_start(&daemon->limit, on_last, LAST_MS, 0);
    uv_unref((uv_handle_t *)&daemon->limit); /* fires only if something else keeps the loop */
    fleet_destroy(daemon->fleet);
    daemon->fleet = NULL;
    checks_destroy(daemon->checks);
    daemon->checks = NULL;
    for (size_t i = 0; i < N_SIGNALS; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    uv_close((uv_handle_t *)&daemon->heartbeat, NULL);
    uv_close((uv_handle_t *)&daemon->publisher, NULL);
}

static void close_http(struct daemon *daemon, void (*closed)(void *context))
{
    if (daemon->closing)
        return;
    daemon->closing = true;
    uv_timer_stop(&daemon->publisher);
    uv_timer_stop(&daemon->limit);
    http_server_close(daemon->server, closed, daemon);
}

static void on_stopped(void *context)
{
    close_http(context, close_rest);
}

/* The server has got the cancel request or is out of reach. Each revision is one transaction: it stays whole or is
 * undone whole, and the next start finds out which. */
static void give_up(struct daemon *daemon, const char *why)
{
    if (!daemon->closing)
        log_warning("%s: giving up the connection; the server rolls back, or ends, what it has begun", why);
    close_http(daemon, leave);
}

static void on_limit(uv_timer_t *timer)
{
    give_up(timer->data, "no answer within stop_timeout");
}

static void stop(struct daemon *daemon, int signal)
{
    const char *name = signal == SIGINT ? "SIGINT" : "SIGTERM";
    if (daemon->stopping) {
        give_up(daemon, signal == SIGINT ? "SIGINT again" : "SIGTERM again");
        return;
    }
    log_info("%s: stopping", name);
    end(daemon);
}

static void end(struct daemon *daemon)
{
    daemon->stopping = true;
    systemd_stopping(&daemon->systemd);
    uv_timer_start(&daemon->limit, on_limit, (uint64_t)daemon->config->stop_timeout_ms, 0);
    fleet_stop(daemon->fleet, on_stopped, daemon);
    publish(daemon);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    struct daemon *daemon = handle->data;
    if (signal == SIGHUP && !daemon->stopping)
        reload(daemon);
    else if (signal != SIGHUP)
        stop(daemon, signal);
}

/* ---- systemd ---- */

static void on_heartbeat(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    systemd_watchdog(&daemon->systemd);
    if (daemon->stopping || fleet_is_busy(daemon->fleet))
        systemd_extend_timeout(&daemon->systemd, EXTEND_TIMEOUT_MS);
}

static void start_heartbeat(struct daemon *daemon)
{
    if (daemon->systemd.socket < 0)
        return;
    uint64_t every = EXTEND_EVERY_MS;
    if (daemon->systemd.watchdog_ms > 0 && daemon->systemd.watchdog_ms / 2 < every)
        every = daemon->systemd.watchdog_ms / 2;
    uv_timer_start(&daemon->heartbeat, on_heartbeat, every, every);
}

/* ---- the beginning ---- */

static void init_handles(struct daemon *daemon)
{
    uv_timer_init(&daemon->loop, &daemon->heartbeat);
    uv_timer_init(&daemon->loop, &daemon->publisher);
    uv_timer_init(&daemon->loop, &daemon->limit);
    daemon->heartbeat.data = daemon->publisher.data = daemon->limit.data = daemon;
    for (size_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], on_signal, signals[i]);
    }
    signal(SIGPIPE, SIG_IGN);
}

static bool start_http(struct daemon *daemon, struct error *error)
{
    struct http_options options = {
        .listen = daemon->config->listen,
        .inherited_fd = systemd_listen_fd(),
        .details = (enum http_details)daemon->config->details,
        .before_request = before_request,
        .context = daemon,
    };
    daemon->server = http_server_create(&daemon->loop, &options, error);
    if (daemon->server == NULL)
        return false;
    log_info("listening on %s", http_server_url(daemon->server));
    return true;
}

/* The addresses of the database are checked before anything starts: a faulty one never becomes right by waiting. */
static bool check_addresses(const struct config *config, struct error *error)
{
    struct arena *arena = arena_create();
    struct conninfo info;
    bool good = true;
    for (size_t i = 0; i < config->n_targets && good; i++) {
        const struct target_config *target = &config->targets[i];
        good = conninfo_resolve(arena, target, &info, error) &&
               (target->apply == APPLY_NEVER || conninfo_resolve_to_migrate(arena, target, &info, error));
    }
    arena_destroy(arena);
    return good;
}

static bool begin(struct daemon *daemon, struct error *error)
{
    struct fleet_events events = {on_changed, on_filled, on_no_files, daemon};

    log_warnings(daemon->config);
    if (!check_addresses(daemon->config, error) || !start_http(daemon, error)) {
        failure_log(error);
        return false;
    }
    log_info("migrated %s", MIGRATED_VERSION);
    daemon->fleet = fleet_create(&daemon->loop, daemon->config, &events);
    daemon->checks = checks_create(&daemon->loop, daemon->config, &(struct checks_events){on_changed, daemon});
    init_handles(daemon);
    publish(daemon);
    start_heartbeat(daemon);
    fleet_start(daemon->fleet);
    return true;
}

/* All faults are logged, the first one is the error. */
static bool load(struct daemon *daemon, struct error *error)
{
    struct config_faults faults = {.arena = daemon->arena};
    bool good = config_load_all(daemon->arena, daemon->source, &daemon->config, &faults) &&
                config_check_serve(daemon->config, &faults);
    set_log(daemon->config);
    for (size_t i = 0; i < faults.count; i++)
        failure_log(&faults.items[i]);
    if (!good)
        *error = faults.items[0];
    return good;
}

bool daemon_run(const struct config_source *source, struct error *error)
{
    struct daemon *daemon = memory_alloc(sizeof *daemon);

    uv_loop_init(&daemon->loop);
    daemon->source = source;
    daemon->arena = arena_create();
    daemon->started_ms = clock_monotonic_ms();
    systemd_init(&daemon->systemd);
    bool good = load(daemon, error) && begin(daemon, error);
    if (good) {
        uv_run(&daemon->loop, UV_RUN_DEFAULT);
        uv_close((uv_handle_t *)&daemon->limit, NULL);
        log_info("stopped");
        *error = daemon->failure;
        good = error->code == ERROR_NONE;
    }
    fleet_destroy(daemon->fleet);
    checks_destroy(daemon->checks);
    uv_run(&daemon->loop, UV_RUN_DEFAULT); /* close callbacks */
    uv_loop_close(&daemon->loop);
    systemd_finish(&daemon->systemd);
    free_retired(daemon);
    free(daemon->retired);
    arena_destroy(daemon->arena);
    free(daemon->config_warning);
    free(daemon);
    return good;
}
