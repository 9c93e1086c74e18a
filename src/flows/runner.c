#include "runner_kind.h"

static const struct runner_kind *const kinds[] = {
    [ENGINE_SQL] = &apply_run_kind,
    [ENGINE_ALEMBIC] = &command_run_kind,
    [ENGINE_DJANGO] = &command_run_kind,
    [ENGINE_SCRIPT] = &apply_run_kind,
};

struct runner *runner_create(uv_loop_t *loop, const struct runner_options *options,
                             const struct runner_events *events)
{
    return kinds[options->target->engine]->create(loop, options, events);
}

void runner_start(struct runner *runner)
{
    runner->kind->start(runner);
}

void runner_set_graph(struct runner *runner, const struct graph *graph)
{
    runner->kind->set_graph(runner, graph);
}

void runner_stop(struct runner *runner, const struct error *why)
{
    runner->kind->stop(runner, why);
}

void runner_destroy(struct runner *runner)
{
    if (runner != NULL)
        runner->kind->destroy(runner);
}

void runner_look(const struct runner *runner, struct runner_view *view)
{
    runner->kind->look(runner, view);
}

const struct runner_result *runner_result(const struct runner *runner)
{
    return runner->kind->result(runner);
}
