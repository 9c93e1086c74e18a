/* One kind of run, as flows/runner.h asks it; `struct runner` is the first member of each kind's own struct. */
#ifndef MIGRATED_FLOWS_RUNNER_KIND_H
#define MIGRATED_FLOWS_RUNNER_KIND_H

#include "flows/runner.h"

struct runner_kind {
    struct runner *(*create)(uv_loop_t *loop, const struct runner_options *options,
                             const struct runner_events *events);
    void (*start)(struct runner *runner);
    void (*set_graph)(struct runner *runner, const struct graph *graph);
    void (*stop)(struct runner *runner, const struct error *why);
    void (*destroy)(struct runner *runner);
    void (*look)(const struct runner *runner, struct runner_view *view);
    const struct runner_result *(*result)(const struct runner *runner);
};

struct runner {
    const struct runner_kind *kind;
};

extern const struct runner_kind apply_run_kind, command_run_kind;

#endif
