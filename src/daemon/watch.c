#include "daemon/watch.h"

#include "base/memory.h"

#include <stdlib.h>

#define SETTLE_MS 200 /* an editor or a deploy writes several times */

struct watch {
    uv_fs_event_t **events;
    size_t count;
    uv_timer_t *settle;
    void (*changed)(void *context);
    void *context;
};

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void on_settled(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    watch->changed(watch->context);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    struct watch *watch = event->data;
    (void)name;
    (void)events;
    (void)status;
    uv_timer_start(watch->settle, on_settled, SETTLE_MS, 0);
}

static void watch_paths(struct watch *watch, uv_loop_t *loop, const struct names *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        uv_fs_event_t *event = memory_alloc(sizeof *event);
        uv_fs_event_init(loop, event);
        event->data = watch;
        uv_fs_event_start(event, on_event, paths->items[i], 0);
        watch->events[watch->count++] = event;
    }
}

struct watch *watch_create(uv_loop_t *loop, const struct names *directories, const struct names *folders,
                           void (*changed)(void *context), void *context)
{
    struct watch *watch = memory_alloc(sizeof *watch);
    watch->changed = changed;
    watch->context = context;
    watch->events = memory_alloc((directories->count + folders->count) * sizeof(uv_fs_event_t *));
    watch->settle = memory_alloc(sizeof *watch->settle);
    watch->settle->data = watch;
    uv_timer_init(loop, watch->settle);
    watch_paths(watch, loop, directories);
    watch_paths(watch, loop, folders);
    return watch;
}

void watch_destroy(struct watch *watch)
{
    if (watch == NULL)
        return;
    for (size_t i = 0; i < watch->count; i++)
        uv_close((uv_handle_t *)watch->events[i], free_handle);
    uv_close((uv_handle_t *)watch->settle, free_handle);
    free(watch->events);
    free(watch);
}
