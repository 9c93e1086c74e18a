#include "cli/curl_library.h"

#include <dlfcn.h>
#include <string.h>

/* dlsym gives a data pointer; POSIX promises that its bytes are a function's address. */
static bool find(void *handle, const char *name, void *function)
{
    void *symbol = dlsym(handle, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static bool load(struct curl_library *library)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
    void *handle = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && handle == NULL; i++)
        handle = dlopen(names[i], RTLD_NOW);
    return handle != NULL && find(handle, "curl_easy_init", &library->easy_init) &&
           find(handle, "curl_easy_setopt", &library->easy_setopt) &&
           find(handle, "curl_easy_perform", &library->easy_perform) &&
           find(handle, "curl_easy_getinfo", &library->easy_getinfo) &&
           find(handle, "curl_easy_strerror", &library->easy_strerror) &&
           find(handle, "curl_easy_cleanup", &library->easy_cleanup);
}

const struct curl_library *curl_library(struct error *error)
{
    static struct curl_library library;
    static bool loaded;
    if (!loaded && !load(&library)) {
        error_set(error, ERROR_INTERNAL, "libcurl could not be loaded: %s", dlerror());
        error_next(error, "install libcurl (Debian: apt-get install libcurl4)");
        return NULL;
    }
    loaded = true;
    return &library;
}
