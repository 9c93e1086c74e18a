/* A plan for people and as JSON. */
#ifndef MIGRATED_CLI_PLAN_PRINT_H
#define MIGRATED_CLI_PLAN_PRINT_H

#include "core/plan.h"
#include "core/verdict.h"

/* What cannot be run is marked. */
void plan_print(struct arena *arena, const struct plan *plan);
/* {"steps":[{"revision","direction","file","transactional","not_transactional"}]}, and "error" for a plan that is
 * refused (code ERROR_NONE: it is not). */
void plan_print_json(const struct plan *plan, const struct error *refusal);
/* The warning, on stderr, that the database is ahead of the files. */
void plan_print_ahead(struct arena *arena, const struct verdict *verdict);

#endif
