#include "page.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        memory_exhausted();
}

/* A response with the headers that every answer has. */
static struct MHD_Response *response_create(const char *body, unsigned status, unsigned retry_after)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), memory_string(body), MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        memory_exhausted();
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE && retry_after > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", retry_after);
        add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    return response;
}

static void add_allow(struct MHD_Response *response)
{
    add_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, OPTIONS");
}

static struct MHD_Response *body_create(const struct http_page *content, const char *body, const char *type)
{
    if (body == NULL)
        return NULL;
    struct MHD_Response *response = response_create(body, content->status, content->retry_after);
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (content->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        add_allow(response);
    return response;
}

void page_set(struct page *page, const struct http_page *content)
{
    static const char json[] = "application/json", text[] = "text/plain; charset=utf-8";
    page_finish(page);
    page->status = content->status;
    page->json = body_create(content, content->json, json);
    page->text = body_create(content, content->text, text);
    page->restricted_json = body_create(content, content->restricted_json, json);
    page->restricted_text = body_create(content, content->restricted_text, text);
    page->options = response_create("", content->status, content->retry_after);
    add_allow(page->options);
}

void page_finish(struct page *page)
{
    struct MHD_Response *owned[] = {page->json, page->text, page->restricted_json, page->restricted_text,
                                    page->options};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        if (owned[i] != NULL)
            MHD_destroy_response(owned[i]);
    *page = (struct page){0};
}

struct MHD_Response *page_response(const struct page *page, struct page_form form)
{
    if (form.text && page->text != NULL)
        return form.restricted && page->restricted_text != NULL ? page->restricted_text : page->text;
    return form.restricted && page->restricted_json != NULL ? page->restricted_json : page->json;
}
