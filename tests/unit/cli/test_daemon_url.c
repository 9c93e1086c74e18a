#include "base/arena.h"
#include "cli/daemon_url.h"

#include <check.h>
#include <string.h>

Suite *daemon_url_suite(void);

#define LISTEN "[::]:8088"

static const struct {
    const char *what, *given, *listen;
    const char *url, *socket, *display; /* display NULL: as url */
} cases[] = {
    {"configured address", NULL, "127.0.0.1:8088", "http://127.0.0.1:8088/page", NULL, NULL},
    {"all addresses, IPv6", NULL, "[::]:8088", "http://127.0.0.1:8088/page", NULL, NULL},
    {"all addresses, IPv4", NULL, "0.0.0.0:9", "http://127.0.0.1:9/page", NULL, NULL},
    {"port alone", NULL, ":8088", "http://127.0.0.1:8088/page", NULL, NULL},
    {"loopback, IPv6", NULL, "[::1]:8088", "http://[::1]:8088/page", NULL, NULL},
    {"configured socket", NULL, "unix:/run/m.sock", "http://localhost/page", "/run/m.sock", "unix:/run/m.sock"},
    {"path alone", "/health", LISTEN, "http://127.0.0.1:8088/health", NULL, NULL},
    {"path alone, socket", "/health", "unix:s", "http://localhost/health", "s", "unix:s"},
    {"slash alone", "/", LISTEN, "http://127.0.0.1:8088/page", NULL, NULL},
    {"base URL", "http://db:80", LISTEN, "http://db:80/page", NULL, NULL},
    {"base URL with slash", "http://db:80/", LISTEN, "http://db:80/page", NULL, NULL},
    {"base URL with prefix", "https://db/m/", LISTEN, "https://db/m/page", NULL, NULL},
    {"full path", "http://db/readyz", LISTEN, "http://db/readyz", NULL, NULL},
    {"query", "http://db/readyz?format=text", LISTEN, "http://db/readyz?format=text", NULL, NULL},
    {"no scheme", "db:80", LISTEN, "http://db:80/page", NULL, NULL},
    {"no scheme, path", "db/x", LISTEN, "http://db/x", NULL, NULL},
    {"no port", "db", LISTEN, "http://db/page", NULL, NULL},
    {"socket", "unix:/s", LISTEN, "http://localhost/page", "/s", "unix:/s"},
    {"password", "http://u:p@db:1/x", LISTEN, "http://u:p@db:1/x", NULL, "http://db:1/x"},
};

START_TEST(makes)
{
    struct arena *arena = arena_create();
    struct daemon_url url;
    struct error error = {0};
    const char *display = cases[_i].display == NULL ? cases[_i].url : cases[_i].display;
    ck_assert_msg(daemon_url_make(arena, cases[_i].given, cases[_i].listen, "/page", &url, &error), "%s: %s",
                  cases[_i].what, error.message);
    ck_assert_msg(strcmp(url.url, cases[_i].url) == 0, "%s: %s", cases[_i].what, url.url);
    ck_assert_msg(strcmp(url.display, display) == 0, "%s: %s", cases[_i].what, url.display);
    ck_assert_pstr_eq(url.socket, cases[_i].socket);
    arena_destroy(arena);
}
END_TEST

static const struct {
    const char *what, *given, *listen, *message;
} refusals[] = {
    {"other scheme", "ftp://db", LISTEN, "ftp://"},
    {"port is no number", "db:x", LISTEN, ":x"},
    {"port is empty", "db:", LISTEN, ":"},
    {"port behind a number", "db:80x", LISTEN, ":80x"},
    {"too large a port", "db:800000", LISTEN, ":800000"},
    {"port by chance", NULL, "127.0.0.1:0", "chosen when the daemon starts"},
    {"port by chance, typed", ":00", LISTEN, "chosen when the daemon starts"},
};

START_TEST(refuses)
{
    struct arena *arena = arena_create();
    struct daemon_url url;
    struct error error = {0};
    ck_assert_msg(!daemon_url_make(arena, refusals[_i].given, refusals[_i].listen, "/page", &url, &error), "%s",
                  refusals[_i].what);
    ck_assert_int_eq(error.code, ERROR_USAGE);
    ck_assert_msg(strstr(error.message, refusals[_i].message) != NULL, "%s: %s", refusals[_i].what, error.message);
    ck_assert_str_ne(error.next, "");
    arena_destroy(arena);
}
END_TEST

Suite *daemon_url_suite(void)
{
    Suite *suite = suite_create("daemon_url");
    TCase *tcase = tcase_create("make");
    tcase_add_loop_test(tcase, makes, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tcase, refuses, 0, sizeof refusals / sizeof *refusals);
    suite_add_tcase(suite, tcase);
    return suite;
}
