#include "serving.h"

#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/wait.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VARIABLES 20

/* ---- life ---- */

void serving_create(struct serving *serving)
{
    struct cluster *cluster = cluster_shared();
    *serving = (struct serving){
        .files = folder_create(),
        .url = cluster_url(cluster, cluster_create_database(cluster)),
    };
}

void serving_create_beside(struct serving *serving, const struct serving *other)
{
    *serving = (struct serving){.files = other->files, .url = other->url};
}

void serving_destroy(struct serving *serving)
{
    program_stop(serving->program);
    free(serving->http);
    serving->program = NULL;
    serving->http = NULL;
}

static char *assignment(const char *name, const char *value)
{
    struct text text = {0};
    text_addf(&text, "%s=%s", name, value);
    return text.bytes;
}

void serving_start(struct serving *serving, ...)
{
    const char *variables[MOST_VARIABLES + 1] = {"MIGRATED_LISTEN=127.0.0.1:0", "MIGRATED_LOG_FORMAT=text"};
    char *url = assignment("DATABASE_URL", serving->url);
    char *files = assignment("MIGRATED_MIGRATIONS", folder_path(serving->files));
    size_t count = 2;
    va_list more;

    variables[count++] = url;
    variables[count++] = files;
    va_start(more, serving);
    for (const char *one; (one = va_arg(more, const char *)) != NULL && count < MOST_VARIABLES;)
        variables[count++] = one;
    va_end(more);

    serving_destroy(serving);
    serving->program = program_start(&(struct program_options){.environment = variables}, "serve",
                                     serving->config == NULL ? NULL : "--config", serving->config, NULL);
    const char *line = program_wait_line(serving->program, "listening on ", SERVING_MS);
    serving->http = memory_string(strstr(line, "listening on ") + strlen("listening on "));
    free(url);
    free(files);
}

void serving_stop(struct serving *serving)
{
    program_signal(serving->program, SIGTERM);
    int status = program_wait(serving->program, SERVING_MS);
    if (status != 0)
        support_fail("the daemon ended with %d:\n%s", status, program_err(serving->program));
    serving_destroy(serving);
}

/* ---- asking ---- */

char *serving_body(const struct serving *serving, const char *path, long *status)
{
    struct http_response response;
    struct text url = {0};
    text_addf(&url, "%s%s", serving->http, path);
    http_get(text_string(&url), &response);
    text_finish(&url);
    if (status != NULL)
        *status = response.status;
    char *body = memory_string(response.body);
    http_response_finish(&response);
    return body;
}

json_t *serving_get(const struct serving *serving, const char *path, long *status)
{
    char *body = serving_body(serving, path, status);
    json_error_t error;
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        support_fail("%s: no JSON (%s): %s", path, error.text, body);
    free(body);
    return json;
}

static const json_t *find(const json_t *json, const char *place)
{
    while (*place != '\0' && json != NULL) {
        char name[64];
        size_t length = strcspn(place, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, place);
        json = json_is_array(json) ? json_array_get(json, strtoul(name, NULL, 10)) : json_object_get(json, name);
        place += length + (place[length] == '.');
    }
    return json;
}

char *serving_value(const struct serving *serving, const char *path, const char *place)
{
    json_t *json = serving_get(serving, path, NULL);
    const json_t *found = find(json, place);
    char *value = found == NULL ? memory_string("null")
                  : json_is_string(found)
                      ? memory_string(json_string_value(found))
                      : json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    json_decref(json);
    return value;
}

struct awaited {
    const struct serving *serving;
    const char *path, *place, *value;
    char *last;
};

static bool has_value(void *context)
{
    struct awaited *awaited = context;
    free(awaited->last);
    awaited->last = serving_value(awaited->serving, awaited->path, awaited->place);
    return strcmp(awaited->last, awaited->value) == 0;
}

void serving_wait_value(const struct serving *serving, const char *path, const char *place, const char *value,
                        int deadline_ms)
{
    struct awaited awaited = {serving, path, place, value, NULL};
    if (!wait_until(has_value, &awaited, deadline_ms))
        support_fail("%s: %s is %s, not %s; the log:\n%s", path, place, awaited.last, value,
                     program_err(serving->program));
    free(awaited.last);
}

void serving_wait_state(const struct serving *serving, const char *state, int deadline_ms)
{
    serving_wait_value(serving, "/readyz", "state", state, deadline_ms);
}

void serving_check_value(const struct serving *serving, const char *path, const char *place, const char *value)
{
    char *found = serving_value(serving, path, place);
    if (strcmp(found, value) != 0)
        support_fail("%s: %s is %s, not %s; the log:\n%s", path, place, found, value, program_err(serving->program));
    free(found);
}

static bool was_read_again(void *context)
{
    struct awaited *awaited = context;
    return !has_value(awaited);
}

void serving_let_readings_pass(const struct serving *serving)
{
    for (int i = 0; i < 2; i++) {
        char *before = serving_value(serving, "/readyz", "checked_at");
        struct awaited awaited = {serving, "/readyz", "checked_at", before, NULL};
        if (!wait_until(was_read_again, &awaited, SERVING_MS))
            support_fail("the database is not read again; the log:\n%s", program_err(serving->program));
        free(awaited.last);
        free(before);
    }
}

/* ---- the rest of the world ---- */

void serving_run(const struct serving *serving, int status, const char *command, const char *argument)
{
    struct program_result result;
    char *url = assignment("DATABASE_URL", serving->url);
    char *files = assignment("MIGRATED_MIGRATIONS", folder_path(serving->files));
    const char *const variables[] = {url, files, NULL};

    program_run(&result, &(struct program_options){.environment = variables}, SERVING_MS, command, argument, NULL);
    if (result.status != status)
        support_fail("migrated %s %s ended with %d: %s", command, argument == NULL ? "" : argument, result.status,
                     result.err);
    program_result_finish(&result);
    free(url);
    free(files);
}

char *serving_sql(const struct serving *serving, const char *query)
{
    PGconn *conn = sql_connect(serving->url);
    char *value = sql_value(conn, "%s", query);
    PQfinish(conn);
    return value;
}

void serving_exec(const struct serving *serving, const char *command)
{
    PGconn *conn = sql_connect(serving->url);
    sql_exec(conn, "%s", command);
    PQfinish(conn);
}
