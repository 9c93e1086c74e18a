/* A plan for people and as JSON. */
#ifndef MIGRATED_CLI_PLAN_PRINT_H
#define MIGRATED_CLI_PLAN_PRINT_H

#include "core/plan.h"
#include "core/verdict.h"

void plan_print(const struct plan *plan);
/* {"steps":[{"revision","direction","file","transactional"}]} */
void plan_print_json(const struct plan *plan);
/* The warning, on stderr, that the database is ahead of the files. */
void plan_print_ahead(struct arena *arena, const struct verdict *verdict);

#endif
