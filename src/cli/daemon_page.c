#include "cli/daemon_page.h"

#include "base/version.h"
#include "cli/curl_library.h"
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

#define MOST_BYTES (64u << 20) /* 100,000 pending revisions make some megabytes */

int daemon_page_find(struct invocation *invocation, const char *page, struct daemon_url *url)
{
    struct error error;
    struct config_faults faults = {.arena = invocation->arena};
    const char *given = invocation->arguments.count > 0 ? invocation->arguments.items[0] : NULL, *listen = "";
    if (given == NULL || given[0] == '/') {
        if (!config_load_all(invocation->arena, &invocation->source, &invocation->config, &faults))
            return report_config_faults(&faults);
        listen = invocation->config->listen;
    }
    return daemon_url_make(invocation->arena, given, listen, page, url, &error) ? 0 : report_error(&error);
}

/* ---- the transfer ---- */

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct text *text = context;
    if (text->length + size * count > MOST_BYTES)
        return 0; /* libcurl: a write error */
    text_add_bytes(text, bytes, size * count);
    return size * count;
}

static void set_up(const struct curl_library *library, CURL *curl, const struct daemon_url *url, int64_t timeout_ms,
                   struct text *text, char *reason)
{
    library->easy_setopt(curl, CURLOPT_URL, url->url);
    if (url->socket != NULL)
        library->easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, url->socket);
    library->easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    library->easy_setopt(curl, CURLOPT_PROXY, ""); /* a probe of this machine must not go through http_proxy */
    library->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    library->easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    library->easy_setopt(curl, CURLOPT_USERAGENT, "migrated/" MIGRATED_VERSION);
    library->easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    library->easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    library->easy_setopt(curl, CURLOPT_WRITEDATA, text);
}

static bool unreachable(const struct daemon_url *url, const char *reason, struct error *error)
{
    error_set(error, ERROR_UNREACHABLE, "no daemon answers at %s: %s", url->display, reason);
    return error_next(error, "is `migrated serve` running? its log tells the address it listens on");
}

static bool transfer(const struct daemon_url *url, int64_t timeout_ms, struct daemon_answer *answer,
                     struct error *error)
{
    char reason[CURL_ERROR_SIZE] = "";
    long os_error = 0;
    const struct curl_library *library = curl_library(error);
    if (library == NULL)
        return false;
    CURL *curl = library->easy_init();
    if (curl == NULL)
        return error_set(error, ERROR_INTERNAL, "libcurl can't be set up");
    set_up(library, curl, url, timeout_ms, &answer->text, reason);
    CURLcode code = library->easy_perform(curl);
    library->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    library->easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
    library->easy_cleanup(curl);
    if (code == CURLE_OK)
        return true;
    if (code == CURLE_COULDNT_CONNECT && os_error != 0) /* shorter, and right for unix sockets too */
        return unreachable(url, strerror((int)os_error), error);
    return unreachable(url, reason[0] == '\0' ? library->easy_strerror(code) : reason, error);
}

bool daemon_page_get(const struct daemon_url *url, int64_t timeout_ms, struct daemon_answer *answer,
                     struct error *error)
{
    *answer = (struct daemon_answer){0};
    if (!transfer(url, timeout_ms, answer, error))
        return false;
    if (answer->status == 200 || answer->status == 503)
        answer->body = json_loadb(text_string(&answer->text), answer->text.length, 0, NULL);
    if (json_is_object(answer->body))
        return true;
    error_set(error, ERROR_UNREACHABLE, "%s answers with HTTP status %ld%s: not a daemon's page", url->display,
              answer->status, answer->status == 200 || answer->status == 503 ? " and no JSON object" : "");
    return error_next(error, "check address and path: the daemon's log tells the address it listens on");
}

void daemon_answer_finish(struct daemon_answer *answer)
{
    text_finish(&answer->text);
    json_decref(answer->body);
    answer->body = NULL;
}

void daemon_answer_print(const struct daemon_answer *answer)
{
    size_t length = answer->text.length;
    fwrite(text_string(&answer->text), 1, length, stdout);
    if (length == 0 || answer->text.bytes[length - 1] != '\n')
        putchar('\n');
}
