#include "../../../src/http/route.h"

#include <check.h>

Suite *route_suite(void);

static const struct {
    const char *target;
    enum http_page_id page;
} targets[] = {
    {"/readyz", HTTP_READYZ},
    {"/health", HTTP_HEALTH},
    {"/startupz", HTTP_STARTUPZ},
    {"/livez", HTTP_LIVEZ},
    {"/healthz", HTTP_LIVEZ},
    {"/status", HTTP_STATUS},
    {"/readyz/", HTTP_READYZ},
    {"http://db.example:8088/readyz", HTTP_READYZ},
    {"HTTPS://[::1]/status/", HTTP_STATUS},
    {"http://db.example", HTTP_N_PAGES},
    {"/", HTTP_N_PAGES},
    {"", HTTP_N_PAGES},
    {"*", HTTP_N_PAGES},
    {"//readyz", HTTP_N_PAGES},
    {"/readyz//", HTTP_N_PAGES},
    {"/ready", HTTP_N_PAGES},
    {"/readyzz", HTTP_N_PAGES},
    {"/READYZ", HTTP_N_PAGES},
    {"readyz", HTTP_N_PAGES},
    {"/readyz/x", HTTP_N_PAGES},
};

START_TEST(target)
{
    ck_assert_msg(route_page(targets[_i].target) == targets[_i].page, "%s", targets[_i].target);
}
END_TEST

static const struct {
    const char *method;
    enum route_method kind;
} methods[] = {
    {"GET", ROUTE_GET},     {"HEAD", ROUTE_GET},    {"OPTIONS", ROUTE_OPTIONS}, {"POST", ROUTE_REFUSED},
    {"PUT", ROUTE_REFUSED}, {"get", ROUTE_REFUSED}, {"", ROUTE_REFUSED},        {"GETS", ROUTE_REFUSED},
};

START_TEST(method)
{
    ck_assert_msg(route_method(methods[_i].method) == methods[_i].kind, "%s", methods[_i].method);
}
END_TEST

static const struct {
    const char *what, *first, *second; /* Accept fields */
    bool text;
} accepts[] = {
    {"no field", NULL, NULL, false},
    {"an empty one", "", NULL, false},
    {"any type, as curl and kubelet ask", "*/*", NULL, false},
    {"text alone", "text/plain", NULL, true},
    {"another case", "TEXT/Plain", NULL, true},
    {"with parameters", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", NULL, true},
    {"a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", NULL, false},
    {"a script's text, any type", "application/json, text/plain, */*", NULL, false},
    {"text, any type", "text/plain, */*", NULL, true},
    {"any type, then text", "*/*,text/plain", NULL, true},
    {"text less than json", "text/plain;q=0.5, application/json", NULL, false},
    {"text more than json", "application/json;q=0.5 , text/plain; q=0.501", NULL, true},
    {"text more than any application", "application/*;q=0.2,text/plain;q=0.3", NULL, true},
    {"text and json alike", "text/plain, application/json", NULL, false},
    {"any text", "text/*", NULL, true},
    {"any text, but not plain", "text/*, text/plain;q=0", NULL, false},
    {"text is not wanted", "text/plain;q=0", NULL, false},
    {"text is not wanted at all", "text/plain;q=0.000", NULL, false},
    {"a longer name", "text/plainly", NULL, false},
    {"a name within another", "x-text/plain", NULL, false},
    {"a parameter named like it", "application/json;profile=text/plain", NULL, false},
    {"two fields", "application/json;q=0.1", "text/plain", true},
    {"blanks and commas", " , ,\ttext/plain ,", NULL, true},
    {"a quality that is none", "text/plain;q=high, application/json;q=0.9", NULL, true},
};

START_TEST(preference)
{
    struct route_accept read = {0};
    if (accepts[_i].first != NULL)
        route_accept_add(&read, accepts[_i].first);
    if (accepts[_i].second != NULL)
        route_accept_add(&read, accepts[_i].second);
    ck_assert_msg(route_accept_text(&read) == accepts[_i].text, "%s", accepts[_i].what);
}
END_TEST

Suite *route_suite(void)
{
    Suite *suite = suite_create("http/route");
    TCase *tests = tcase_create("requests");
    tcase_add_loop_test(tests, target, 0, sizeof targets / sizeof *targets);
    tcase_add_loop_test(tests, method, 0, sizeof methods / sizeof *methods);
    tcase_add_loop_test(tests, preference, 0, sizeof accepts / sizeof *accepts);
    suite_add_tcase(suite, tests);
    return suite;
}
