/*
 * What a request asks for, by its text alone: which page, how it may be asked, and in which form the answer is wanted.
 */
#ifndef MIGRATED_HTTP_ROUTE_H
#define MIGRATED_HTTP_ROUTE_H

#include "http/server.h"

#include <stdbool.h>

/* Every path there is, as a JSON array for the 404's body. */
#define ROUTE_PATHS_JSON "[\"/readyz\",\"/health\",\"/startupz\",\"/livez\",\"/healthz\",\"/status\"]"

enum route_method { ROUTE_GET, ROUTE_OPTIONS, ROUTE_REFUSED };

/* GET and HEAD are one (the library leaves the body of HEAD out); anything but these and OPTIONS is refused. */
enum route_method route_method(const char *method);

/*
 * The page of a request target without its query, HTTP_N_PAGES for an unknown path. Takes the absolute form
 * ("http://host/readyz", RFC 9112 section 3.2.2) and a slash at the end, too.
 */
enum http_page_id route_page(const char *target);

/* How well a client likes text/plain and JSON, as far as its Accept headers were read. Starts zeroed. */
struct route_accept {
    struct route_liking {
        unsigned exactness; /* 0: not named, 1: by the range of all types, 2: by "text" alone, 3: in full */
        unsigned thousandths;
    } text, json;
};

/* Read one Accept header (RFC 9110 section 12.5.1); of several ranges the most exact one counts. */
void route_accept_add(struct route_accept *accept, const char *header);
/* Text is liked better than JSON, or no less and named more exactly. */
bool route_accept_text(const struct route_accept *accept);

#endif
