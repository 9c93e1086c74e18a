#include "base/duration.h"
#include "cli/command.h"
#include "cli/daemon_page.h"
#include "cli/report.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 5000

static bool is_ok(const json_t *object)
{
    return json_is_true(json_object_get(object, "ok"));
}

static const char *check_message(const json_t *check)
{
    return json_string_value(json_object_get(json_object_get(check, "detail"), "message"));
}

static bool is_required(const json_t *check)
{
    return !json_is_false(json_object_get(check, "required"));
}

static bool is_about_revisions(const json_t *check)
{
    const char *name = json_string_value(json_object_get(check, "name"));
    return name != NULL && strncmp(name, "migrations", strlen("migrations")) == 0;
}

/* The first required check that is not well speaks for all; else the last one that is about the revisions. */
static const char *message_of(const json_t *body)
{
    const json_t *checks = json_object_get(body, "checks"), *speaker = NULL;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        if (!is_ok(check) && is_required(check))
            return check_message(check);
        if (is_about_revisions(check))
            speaker = check;
    }
    return check_message(speaker);
}

static void print_line(const struct daemon_answer *answer)
{
    const char *state = json_string_value(json_object_get(answer->body, "state"));
    const char *message = message_of(answer->body);
    if (state == NULL) /* /livez and other pages have no state */
        state = answer->status == 200 ? "ok" : "not ok";
    printf("%s%s%s\n", state, message == NULL ? "" : ": ", message == NULL ? "" : message);
}

static int run(struct invocation *invocation)
{
    int64_t timeout_ms = TIMEOUT_MS;
    struct error error = {0};
    struct daemon_url url;
    struct daemon_answer answer;
    const char *timeout = invocation_flag(invocation, "timeout");
    if (timeout != NULL && (!duration_parse(timeout, true, &timeout_ms) || timeout_ms < 1 || timeout_ms > INT_MAX))
        return report_usage("--timeout %s: not a duration such as 500ms or 5s", timeout);
    int status = daemon_page_find(invocation, "/readyz", &url);
    if (status != 0)
        return status;

    if (!daemon_page_get(&url, timeout_ms, &answer, &error)) {
        status = report_error(&error);
    } else {
        if (invocation->json)
            daemon_answer_print(&answer);
        else
            print_line(&answer);
        status = answer.status == 200 ? 0 : error_exit_status(ERROR_NOT_IN_SYNC);
    }
    daemon_answer_finish(&answer);
    return status;
}

const struct command cmd_probe = {
    .name = "probe",
    .arguments = "[URL]",
    .summary = "ask a running daemon whether it is ready: exit 0 or 3",
    .help =
        "For images without curl. URL is a base (http://127.0.0.1:8088, unix:/run/migrated.sock) whose /readyz is\n"
        "asked, or has a path of its own. Default: the configured address (listen). Exit 69: nobody answers.\n",
    .most = 1,
    .json = true,
    .uses = OPTION_FOR_ADDRESS,
    .flags = {{"timeout", 0, "DURATION", "how long to wait for the answer (default 5s)"}},
    .run = run,
};
