/*
 * One answer in all its forms, built before anybody asks. Responses are reference counted by the library: one that is
 * on its way to a client outlives its replacement.
 */
#ifndef MIGRATED_HTTP_PAGE_H
#define MIGRATED_HTTP_PAGE_H

#include "http/server.h"

#include <microhttpd.h>
#include <stdbool.h>

/* Which of a page's bodies a client gets; forms that a page lacks fall back as http/server.h says. */
struct page_form {
    bool text;       /* text/plain instead of JSON */
    bool restricted; /* without what only this machine may see */
};

struct page {
    unsigned status;
    struct MHD_Response *json, *text, *restricted_json, *restricted_text; /* owned; NULL: page lacks it */
    struct MHD_Response *options;                                         /* owned; headers without a body */
};

/* Replace what a page (zeroed at first) answers; all text is copied. */
void page_set(struct page *page, const struct http_page *content);
void page_finish(struct page *page);

struct MHD_Response *page_response(const struct page *page, struct page_form form); /* borrowed */

#endif
