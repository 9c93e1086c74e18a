#include "cli/database.h"

#include "base/arena.h"
#include "flows/refresh.h"

#include <string.h>

struct look {
    struct invocation *invocation;
    struct refresh *refresh;
    struct database_look *out;
    struct error *error;
    bool read;
};

static void copy_stored(struct arena *arena, const struct stored_graph *from, struct stored_graph *to)
{
    struct stored_revision *revisions = arena_array(arena, from->count, sizeof *revisions);
    for (size_t i = 0; i < from->count; i++)
        revisions[i] = (struct stored_revision){
            .id = arena_string(arena, from->revisions[i].id),
            .down_revisions = names_copy(arena, &from->revisions[i].down_revisions),
            .depends_on = names_copy(arena, &from->revisions[i].depends_on),
            .contract = from->revisions[i].contract,
        };
    *to = (struct stored_graph){revisions, from->count};
}

static void on_result(void *context, const struct refresh_result *result)
{
    struct look *look = context;
    struct arena *arena = look->invocation->arena;
    if (result->error != NULL) {
        *look->error = *result->error;
    } else {
        look->read = true;
        look->out->rows = names_copy(arena, &result->rows);
        names_sort(&look->out->rows);
        look->out->version_width = result->version_width;
        look->out->has_stored = result->stored != NULL;
        if (result->stored != NULL)
            copy_stored(arena, result->stored, &look->out->stored);
        look->out->tenants = tenants_copy(arena, result->tenants);
    }
    look->out->display = arena_string(arena, refresh_display(look->refresh));
    uv_stop(refresh_loop(look->refresh));
}

static void ignore(void *context)
{
    (void)context;
}

static void ignore_error(void *context, const struct error *error)
{
    (void)context;
    (void)error;
}

bool database_read(struct invocation *invocation, const struct graph *graph, struct database_look *out,
                   struct error *error)
{
    uv_loop_t loop;
    struct look look = {.invocation = invocation, .out = out, .error = error};
    struct refresh_events events = {on_result, ignore, ignore_error, &look};

    *out = (struct database_look){.display = ""};
    uv_loop_init(&loop);
    look.refresh = refresh_create(&loop, invocation->target, graph, &events);
    refresh_set_once(look.refresh);
    refresh_now(look.refresh);
    uv_run(&loop, UV_RUN_DEFAULT);
    refresh_destroy(look.refresh);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return look.read;
}

bool database_read_current(struct invocation *invocation, const struct graph *graph, struct database_look *look,
                           struct error *error)
{
    struct verdict verdict;
    if (!database_read(invocation, graph, look, error))
        return false;
    if (graph_django(graph) == NULL)
        return true;
    verdict_judge(invocation->arena, graph, &look->rows, NULL, &verdict);
    look->rows = verdict.current;
    return true;
}
