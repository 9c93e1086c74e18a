/* `migrated serve`: its pages, from before the first connection to ready. */
#include "serving.h"
#include "support/relay.h"
#include "support/wait.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *serve_suite(void);

static struct serving daemon_;

static void set_up(void)
{
    serving_create(&daemon_);
    folder_write(daemon_.files, "0001_guests.sql", "CREATE TABLE guests (id int);");
    folder_write(daemon_.files, "0002_rooms.sql", "CREATE TABLE rooms (id int);\n");
}

static void tear_down(void)
{
    serving_destroy(&daemon_);
    folder_destroy(daemon_.files);
}

/* The keys of an object in order, joined by commas. */
static char *keys_of(const json_t *object)
{
    static char keys[512];
    const char *key;
    json_t *value;
    keys[0] = '\0';
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
        snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "%s%s", keys[0] == '\0' ? "" : ",", key);
    return keys;
}

static void check_shape(const json_t *body)
{
    ck_assert_str_eq(keys_of(body), "ok,state,checked_at,age_seconds,checks");
    const json_t *checks = json_object_get(body, "checks");
    ck_assert_uint_eq(json_array_size(checks), 2);
    ck_assert_str_eq(keys_of(json_array_get(checks, 0)), "name,ok,ms,detail");
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(checks, 0), "name")), "db");
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(checks, 1), "name")), "migrations");
    ck_assert_str_eq(keys_of(json_object_get(json_array_get(checks, 0), "detail")), "message");
    ck_assert_str_eq(keys_of(json_object_get(json_array_get(checks, 1), "detail")),
                     "message,migrations_current,current_version,current_versions,expected_head,expected_heads,"
                     "pending,pending_revisions,migrations_check");
}

START_TEST(answers_before_the_database_does)
{
    struct relay *relay = relay_start("127.0.0.1:1"); /* takes connections, but nothing moves */
    char url[128];
    long status;
    relay_stall(relay);
    snprintf(url, sizeof url, "postgresql://postgres@127.0.0.1:%d/x", relay_port(relay));
    daemon_.url = url;
    serving_start(&daemon_, NULL);

    json_t *body = serving_get(&daemon_, "/readyz", &status);
    ck_assert_int_eq(status, 503);
    check_shape(body);
    ck_assert_str_eq(json_string_value(json_object_get(body, "state")), "connecting");
    ck_assert(json_is_null(json_object_get(body, "checked_at")));
    ck_assert(json_is_null(json_object_get(body, "age_seconds")));
    json_decref(body);
    serving_wait_value(&daemon_, "/readyz", "checks.1.detail.expected_head", "0002_rooms", SERVING_MS);
    serving_check_value(&daemon_, "/readyz", "checks.1.detail.migrations_check", "unknown");
    serving_check_value(&daemon_, "/livez", "ok", "true");
    serving_check_value(&daemon_, "/startupz", "ok", "false");
    serving_stop(&daemon_);
    relay_stop(relay);
}
END_TEST

START_TEST(says_unreachable_where_nobody_listens)
{
    daemon_.url = "postgresql://postgres@127.0.0.1:1/x";
    serving_start(&daemon_, NULL);

    serving_wait_state(&daemon_, "unreachable", SERVING_MS);
    serving_check_value(&daemon_, "/readyz", "checks.0.ok", "false");
    serving_check_value(&daemon_, "/readyz", "checked_at", "null");
    serving_check_value(&daemon_, "/health", "status", "fail");
    serving_stop(&daemon_);
}
END_TEST

START_TEST(applies_what_is_pending_and_is_ready)
{
    long status;
    serving_start(&daemon_, NULL);
    serving_wait_state(&daemon_, "ready", SERVING_MS);

    json_t *body = serving_get(&daemon_, "/readyz", &status);
    ck_assert_int_eq(status, 200);
    check_shape(body);
    ck_assert(json_is_string(json_object_get(body, "checked_at")));
    json_t *checks = json_incref(json_object_get(body, "checks"));
    json_object_set_new(json_array_get(checks, 0), "ms", json_null());
    json_object_set_new(json_array_get(checks, 1), "ms", json_null());
    char *text = json_dumps(checks, JSON_COMPACT);
    ck_assert_str_eq(
        text, "[{\"name\":\"db\",\"ok\":true,\"ms\":null,\"detail\":{\"message\":\"database reachable\"}},"
              "{\"name\":\"migrations\",\"ok\":true,\"ms\":null,\"detail\":{\"message\":\"migrations in sync\","
              "\"migrations_current\":true,\"current_version\":\"0002_rooms\",\"current_versions\":[\"0002_rooms\"],"
              "\"expected_head\":\"0002_rooms\",\"expected_heads\":[\"0002_rooms\"],\"pending\":0,"
              "\"pending_revisions\":[],\"migrations_check\":\"ok\"}}]");
    free(text);
    json_decref(checks);
    json_decref(body);

    char *rows = serving_sql(&daemon_, "SELECT version_num FROM alembic_version");
    ck_assert_str_eq(rows, "0002_rooms");
    free(rows);
    serving_check_value(&daemon_, "/health", "status", "pass");
    serving_check_value(&daemon_, "/health", "checks.db.0.status", "pass");
    serving_check_value(&daemon_, "/status", "targets.0.applied", "2");
    serving_check_value(&daemon_, "/status", "targets.0.blockers", "[]");
    serving_stop(&daemon_);
}
END_TEST

START_TEST(two_heads_are_sorted_lists_and_no_single_id)
{
    folder_remove(daemon_.files, "0001_guests.sql");
    folder_remove(daemon_.files, "0002_rooms.sql");
    folder_write(daemon_.files, "root.sql", "-- down_revision: none\nSELECT 1;");
    folder_write(daemon_.files, "left.sql", "-- revision: zz\n-- down_revision: root\nSELECT 1;");
    folder_write(daemon_.files, "right.sql", "-- revision: aa\n-- down_revision: root\nSELECT 1;");
    serving_start(&daemon_, NULL);
    serving_wait_state(&daemon_, "ready", SERVING_MS);

    serving_check_value(&daemon_, "/readyz", "checks.1.detail.current_versions", "[\"aa\",\"zz\"]");
    serving_check_value(&daemon_, "/readyz", "checks.1.detail.expected_heads", "[\"aa\",\"zz\"]");
    serving_check_value(&daemon_, "/readyz", "checks.1.detail.current_version", "null");
    serving_check_value(&daemon_, "/readyz", "checks.1.detail.expected_head", "null");
    serving_stop(&daemon_);
}
END_TEST

/* /startupz was good once: it stays so, and says so in its body too. */
START_TEST(startupz_is_latched)
{
    long status;
    serving_start(&daemon_, "MIGRATED_CACHE_TTL=300ms", NULL);
    serving_wait_state(&daemon_, "ready", SERVING_MS);
    serving_exec(&daemon_, "DELETE FROM alembic_version");
    serving_wait_state(&daemon_, "pending", SERVING_MS);

    json_t *body = serving_get(&daemon_, "/startupz", &status);
    ck_assert_int_eq(status, 200);
    ck_assert(json_is_true(json_object_get(body, "ok")));
    json_decref(body);
    serving_check_value(&daemon_, "/readyz", "ok", "false");
    serving_stop(&daemon_);
}
END_TEST

static const struct {
    const char *what, *method, *path, *header;
    long status;
    const char *body; /* what it holds; NULL: it is empty */
} requests[] = {
    {"GET", "GET", "/readyz", NULL, 200, "{\"ok\":true,"},
    {"HEAD", "HEAD", "/readyz", NULL, 200, NULL},
    {"OPTIONS", "OPTIONS", "/readyz", NULL, 200, NULL},
    {"text by query", "GET", "/readyz?format=text", NULL, 200, "[+]db database reachable\n[+]migrations "},
    {"text by header", "GET", "/readyz", "Accept: text/plain", 200, "[+]db database reachable\n"},
    {"health as text", "GET", "/health?format=text", NULL, 200, "pass: migrated "},
    {"livez", "GET", "/livez", NULL, 200, "{\"ok\":true}\n"},
    {"alias", "GET", "/healthz", NULL, 200, "{\"ok\":true}\n"},
    {"status", "GET", "/status", NULL, 200, "\"lock_key\": "},
    {"unknown path", "GET", "/nothing", NULL, 404, "{\"ok\":false,"},
    {"refused method", "POST", "/readyz", NULL, 405, "{\"ok\":false,"},
};

START_TEST(requests_are_answered)
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        if (i == 0) {
            serving_start(&daemon_, NULL);
            serving_wait_state(&daemon_, "ready", SERVING_MS);
        }
        char url[256];
        struct http_response response;
        const char *headers[] = {requests[i].header, NULL};
        snprintf(url, sizeof url, "%s%s", daemon_.http, requests[i].path);
        http_request(&(struct http_request){.url = url, .method = requests[i].method, .headers = headers}, &response);
        ck_assert_msg(response.status == requests[i].status, "%s: %ld", requests[i].what, response.status);
        if (requests[i].body == NULL)
            ck_assert_msg(response.body[0] == '\0', "%s: %s", requests[i].what, response.body);
        else
            ck_assert_msg(strstr(response.body, requests[i].body) != NULL &&
                              response.body[strlen(response.body) - 1] == '\n',
                          "%s: %s", requests[i].what, response.body);
        if (requests[i].status == 200) {
            char *cache = http_header(&response, "Cache-Control");
            ck_assert_str_eq(cache, "no-store");
            free(cache);
        }
        http_response_finish(&response);
    }
    serving_stop(&daemon_);
}
END_TEST

/* Not ready: OPTIONS (HAProxy's check) has the verdict's code, Retry-After the time until the next look. */
START_TEST(not_ready_says_when_to_come_back)
{
    struct http_response response;
    char url[256];
    serving_start(&daemon_, "MIGRATED_APPLY=never", NULL);
    serving_wait_state(&daemon_, "pending", SERVING_MS);
    snprintf(url, sizeof url, "%s/readyz", daemon_.http);

    http_request(&(struct http_request){.url = url, .method = "OPTIONS"}, &response);
    ck_assert_int_eq(response.status, 503);
    char *after = http_header(&response, "Retry-After");
    ck_assert_ptr_nonnull(after);
    ck_assert_int_ge(atoi(after), 1);
    ck_assert_int_le(atoi(after), 5);
    free(after);
    http_response_finish(&response);
    serving_check_value(&daemon_, "/readyz", "checks.1.detail.pending_revisions", "[\"0001_guests\",\"0002_rooms\"]");
    serving_check_value(&daemon_, "/health", "next_command", "migrated upgrade");
    serving_stop(&daemon_);

    serving_start(&daemon_, "MIGRATED_APPLY=never", "MIGRATED_CACHE_TTL=1s", NULL);
    serving_wait_state(&daemon_, "pending", SERVING_MS);
    snprintf(url, sizeof url, "%s/readyz", daemon_.http);
    http_get(url, &response);
    after = http_header(&response, "Retry-After");
    ck_assert_str_eq(after, "1");
    free(after);
    http_response_finish(&response);
    serving_stop(&daemon_);
}
END_TEST

/* Resident memory of the program's own kind: that of an idle daemon with the example's files. */
static long resident_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmRSS: %ld kB", &kb) == 1)
            break;
    fclose(file);
    return kb;
}

static bool is_sanitized(pid_t pid)
{
    char path[64], line[512];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
        found = strstr(line, "libasan") != NULL || strstr(line, "vgpreload") != NULL;
    if (file != NULL)
        fclose(file);
    return found;
}

START_TEST(idle_memory_is_small)
{
    serving_start(&daemon_, NULL);
    serving_wait_state(&daemon_, "ready", SERVING_MS);
    pid_t pid = program_pid(daemon_.program);
    long kb = resident_kb(pid);
    ck_assert_msg(is_sanitized(pid) || kb <= 12 * 1024, "%ld kB resident", kb);
    serving_stop(&daemon_);
}
END_TEST

Suite *serve_suite(void)
{
    Suite *suite = suite_create("serve");
    TCase *tests = tcase_create("serve");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, answers_before_the_database_does);
    tcase_add_test(tests, says_unreachable_where_nobody_listens);
    tcase_add_test(tests, applies_what_is_pending_and_is_ready);
    tcase_add_test(tests, two_heads_are_sorted_lists_and_no_single_id);
    tcase_add_test(tests, startupz_is_latched);
    tcase_add_test(tests, requests_are_answered);
    tcase_add_test(tests, not_ready_says_when_to_come_back);
    tcase_add_test(tests, idle_memory_is_small);
    suite_add_tcase(suite, tests);
    return suite;
}
