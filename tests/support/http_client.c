#include "support/http_client.h"

#include "base/memory.h"
#include "base/text.h"
#include "support/fail.h"
#include "support/wait.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_MS 5000

static size_t collect(char *bytes, size_t size, size_t count, void *context)
{
    text_add_bytes(context, bytes, size * count);
    return size * count;
}

static CURL *prepare(const struct http_request *request, struct text *headers, struct text *body)
{
    CURL *curl = curl_easy_init();
    const char *method = request->method ? request->method : "GET";

    if (!curl)
        support_fail("libcurl does not start");
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(method, "HEAD") == 0 ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     (request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS) * (long)wait_patience());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    return curl;
}

bool http_try(const struct http_request *request, struct http_response *response)
{
    struct text headers = {0}, body = {0};
    struct curl_slist *sent = NULL;
    CURL *curl = prepare(request, &headers, &body);

    for (const char *const *header = request->headers; header && *header; header++)
        sent = curl_slist_append(sent, *header);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sent);

    CURLcode code = curl_easy_perform(curl);

    *response = (struct http_response){0};
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    response->headers = headers.bytes ? headers.bytes : memory_string("");
    response->body = body.bytes ? body.bytes : memory_string("");
    curl_slist_free_all(sent);
    curl_easy_cleanup(curl);
    return code == CURLE_OK;
}

void http_request(const struct http_request *request, struct http_response *response)
{
    if (!http_try(request, response))
        support_fail("%s: no answer (status %ld, so far: %s)", request->url, response->status, response->body);
}

void http_get(const char *url, struct http_response *response)
{
    http_request(&(struct http_request){.url = url}, response);
}

char *http_header(const struct http_response *response, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = response->headers; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;

        const char *value = line + length + 1;

        value += strspn(value, " \t");
        return strndup(value, strcspn(value, "\r\n"));
    }
    return NULL;
}

struct awaited {
    struct http_request request;
    long status;
    struct http_response last;
};

static bool has_status(void *context)
{
    struct awaited *awaited = context;

    http_response_finish(&awaited->last);
    return http_try(&awaited->request, &awaited->last) && awaited->last.status == awaited->status;
}

void http_wait_status(const char *url, long status, int deadline_ms)
{
    struct awaited awaited = {.request = {.url = url}, .status = status};

    if (!wait_until(has_status, &awaited, deadline_ms))
        support_fail("%s: no status %ld; the last answer: %ld %s", url, status, awaited.last.status,
                     awaited.last.body);
    http_response_finish(&awaited.last);
}

void http_response_finish(struct http_response *response)
{
    free(response->headers);
    free(response->body);
    *response = (struct http_response){0};
}
