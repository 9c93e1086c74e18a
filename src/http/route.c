#include "route.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *path;
    enum http_page_id page;
} routes[] = {
    {"/readyz", HTTP_READYZ}, {"/health", HTTP_HEALTH}, {"/startupz", HTTP_STARTUPZ},
    {"/livez", HTTP_LIVEZ},   {"/healthz", HTTP_LIVEZ}, {"/status", HTTP_STATUS},
};

enum route_method route_method(const char *method)
{
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return ROUTE_GET;
    return strcmp(method, "OPTIONS") == 0 ? ROUTE_OPTIONS : ROUTE_REFUSED;
}

/* The path of a target in absolute form; any other target is a path already. */
static const char *path_of(const char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;
    if (scheme == 0)
        return target;
    const char *path = strchr(target + scheme, '/');
    return path != NULL ? path : "/";
}

enum http_page_id route_page(const char *target)
{
    const char *path = path_of(target);
    size_t length = strlen(path);
    if (length > 1 && path[length - 1] == '/')
        length--;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strlen(routes[i].path) == length && memcmp(routes[i].path, path, length) == 0)
            return routes[i].page;
    return HTTP_N_PAGES;
}

/* A quality value ("0.5") in thousandths; what is not one counts as 1. Only digits are read: no locale, no exponent. */
static unsigned thousandths(const char *value)
{
    if (*value != '0')
        return 1000;
    unsigned result = 0, unit = 100;
    if (value[1] == '.')
        for (const char *c = value + 2; isdigit((unsigned char)*c) && unit > 0; c++, unit /= 10)
            result += (unsigned)(*c - '0') * unit;
    return result;
}

/* The q parameter among the parameters of a media range, which end at the next comma. */
static unsigned quality(const char *parameters)
{
    for (const char *c = parameters; *c != '\0' && *c != ','; c++) {
        if (*c != ';')
            continue;
        const char *name = c + 1 + strspn(c + 1, " \t");
        if (strncasecmp(name, "q=", 2) == 0)
            return thousandths(name + 2);
    }
    return 1000;
}

static void like(struct route_liking *liking, unsigned exactness, unsigned weight)
{
    if (exactness > liking->exactness)
        *liking = (struct route_liking){exactness, weight};
}

static bool is_range(const char *range, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(range, name, length) == 0;
}

void route_accept_add(struct route_accept *accept, const char *header)
{
    static const char blanks_and_commas[] = " \t,";
    for (const char *range = header + strspn(header, blanks_and_commas); *range != '\0';) {
        size_t length = strcspn(range, " \t,;");
        unsigned weight = quality(range + length);
        if (is_range(range, length, "text/plain"))
            like(&accept->text, 3, weight);
        else if (is_range(range, length, "text/*"))
            like(&accept->text, 2, weight);
        else if (is_range(range, length, "application/json"))
            like(&accept->json, 3, weight);
        else if (is_range(range, length, "application/*"))
            like(&accept->json, 2, weight);
        else if (is_range(range, length, "*/*")) {
            like(&accept->text, 1, weight);
            like(&accept->json, 1, weight);
        }
        range += strcspn(range, ",");
        range += strspn(range, blanks_and_commas);
    }
}

bool route_accept_text(const struct route_accept *accept)
{
    const struct route_liking *text = &accept->text, *json = &accept->json;
    if (text->thousandths == 0 || text->exactness == 0)
        return false;
    if (text->thousandths != json->thousandths)
        return text->thousandths > json->thousandths;
    return text->exactness > json->exactness;
}
