#include "base/text.h"
#include "cli/command.h"
#include "cli/daemon_page.h"
#include "cli/json_print.h"
#include "cli/report.h"
#include "cli/status_print.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS  5000
#define INTERVAL_MS 1000

static bool is_status(const struct daemon_answer *answer, const struct daemon_url *url, struct error *error)
{
    if (json_is_array(json_object_get(answer->body, "targets")))
        return true;
    error_set(error, ERROR_UNREACHABLE, "%s is not a daemon's /status", url->display);
    return error_next(error, "give the daemon's address alone, as http://127.0.0.1:8088");
}

static bool get(const struct daemon_url *url, struct daemon_answer *answer, struct error *error)
{
    return daemon_page_get(url, TIMEOUT_MS, answer, error) && is_status(answer, url, error);
}

static int show(const struct invocation *invocation, const struct daemon_url *url)
{
    struct daemon_answer answer;
    struct error error;
    struct text text = {0};
    int status = 0;
    if (!get(url, &answer, &error)) {
        status = report_error(&error);
    } else if (invocation->json) {
        daemon_answer_print(&answer);
    } else {
        status_add(&text, answer.body, report_has_colour(stdout));
        fputs(text_string(&text), stdout);
    }
    text_finish(&text);
    daemon_answer_finish(&answer);
    return status;
}

/* ---- --watch ---- */

/* Between two frames nothing is open that would need care. */
static void leave(int signal)
{
    _exit(128 + signal); /* what ERROR_INTERRUPTED and ERROR_TERMINATED stand for */
}

/* From the top left corner, each line cleared to its end: no flicker. */
static void repaint(const struct text *text)
{
    fputs("\033[H", stdout);
    for (const char *line = text_string(text); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        printf("%.*s\033[K\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    fputs("\033[J", stdout);
}

struct watching {
    const struct invocation *invocation;
    const struct daemon_url *url;
    bool terminal, reached;
    struct text shown; /* the last lines, where there is no terminal */
};

static void print_if_changed(struct watching *watching, const struct text *text, FILE *stream)
{
    if (strcmp(text_string(text), text_string(&watching->shown)) == 0)
        return;
    fputs(text_string(text), stream);
    text_clear(&watching->shown);
    text_add(&watching->shown, text_string(text));
}

/* `error` is shown like an answer: once reached, the daemon may be restarted while we watch. */
static void paint(struct watching *watching, const struct daemon_answer *answer, const struct error *error)
{
    struct text text = {0};
    bool json = watching->invocation->json;
    if (error->code != ERROR_NONE)
        text_addf(&text, "unreachable: %s\n", error->message);
    else if (watching->terminal)
        status_add(&text, answer->body, report_has_colour(stdout));
    else if (!json)
        status_add_brief(&text, answer->body);

    if (watching->terminal)
        repaint(&text);
    else
        print_if_changed(watching, &text, json ? stderr : stdout);
    if (json && error->code == ERROR_NONE)
        json_print(json_incref(answer->body));
    fflush(stdout);
    text_finish(&text);
}

/* False: nobody has answered yet. */
static bool look(struct watching *watching, struct error *error)
{
    struct daemon_answer answer;
    bool got = get(watching->url, &answer, error);
    if (got && !watching->reached && watching->terminal)
        fputs("\033[2J", stdout);
    watching->reached |= got;
    if (watching->reached)
        paint(watching, &answer, error);
    daemon_answer_finish(&answer);
    return watching->reached;
}

static int watch(const struct invocation *invocation, const struct daemon_url *url)
{
    const struct timespec interval = {.tv_sec = INTERVAL_MS / 1000};
    struct watching watching = {
        .invocation = invocation,
        .url = url,
        .terminal = report_is_terminal(stdout) && !invocation->json,
    };
    struct error error = {0};
    signal(SIGINT, leave);
    signal(SIGTERM, leave);
    while (look(&watching, &error)) {
        nanosleep(&interval, NULL);
        error = (struct error){0};
    }
    return report_error(&error);
}

static int run(struct invocation *invocation)
{
    struct daemon_url url;
    int status = daemon_page_find(invocation, "/status", &url);
    if (status != 0)
        return status;
    return invocation_flag(invocation, "watch") != NULL ? watch(invocation, &url) : show(invocation, &url);
}

const struct command cmd_status = {
    .name = "status",
    .arguments = "[URL]",
    .summary = "show what a running daemon is doing",
    .help = "URL is its address (http://127.0.0.1:8088, unix:/run/migrated.sock). Default: the configured one\n"
            "(listen). --watch paints it anew each second, or, if the output is no terminal, prints a line for each\n"
            "change. Exit 69: nobody answers.\n",
    .most = 1,
    .json = true,
    .uses = OPTION_FOR_ADDRESS,
    .flags = {{"watch", 0, NULL, "go on until Ctrl-C"}},
    .run = run,
};
