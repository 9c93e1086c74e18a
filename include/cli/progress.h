/* What a person sees while revisions run: a bar on a terminal, plain lines otherwise. On stderr. */
#ifndef MIGRATED_CLI_PROGRESS_H
#define MIGRATED_CLI_PROGRESS_H

#include "flows/runner.h"

struct progress {
    bool bar; /* a terminal */
    int64_t started_ms;
    size_t told; /* plain lines: steps already told */
    enum apply_state told_state;
    bool told_wrapped;
    bool drawn;
};

void progress_init(struct progress *progress);
/* Draw again, or tell what is new. */
void progress_show(struct progress *progress, const struct runner *run);
/* Take the bar away. */
void progress_end(struct progress *progress);

#endif
