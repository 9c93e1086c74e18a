/* Everything that is wrong with a configuration, so that it is reported at once. */
#ifndef MIGRATED_CONFIG_FAULTS_H
#define MIGRATED_CONFIG_FAULTS_H

#include "base/error.h"

struct arena;

/* `struct config_faults faults = {.arena = arena};` is an empty list. */
struct config_faults {
    struct arena *arena; /* borrowed, must outlive the list */
    struct error *items; /* owned by the arena; ERROR_CONFIG, or ERROR_USAGE for a flag */
    size_t count, capacity;
};

void config_fault_add(struct config_faults *faults, const struct error *fault); /* copied */
/* By line and column: for faults of one file. */
void config_faults_sort(struct config_faults *faults);

#endif
