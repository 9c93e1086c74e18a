/*
 * libcurl, loaded when a command asks a daemon, and only then: linked in, it would bring some twenty libraries into the
 * daemon too, a tenth of its memory and a millisecond of its start, for something the daemon never does.
 */
#ifndef MIGRATED_CLI_CURL_LIBRARY_H
#define MIGRATED_CLI_CURL_LIBRARY_H

#include "base/error.h"

#include <curl/curl.h>

/* Its functions, with the types of curl/curl.h. */
struct curl_library {
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
};

/* Loaded at the first call, kept until the end. NULL: it is not installed, or too old (ERROR_INTERNAL). */
const struct curl_library *curl_library(struct error *error);

#endif
