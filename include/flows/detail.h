/* The JSON of the `migrations` check, shared by /readyz and `check --json`. */
#ifndef MIGRATED_FLOWS_DETAIL_H
#define MIGRATED_FLOWS_DETAIL_H

#include "core/readiness.h"

#include <jansson.h>

/* The `detail` object: message, migrations_current, current_version(s), expected_head(s), pending,
 * pending_revisions, tenants where there may be some, migrations_check. `verdict` NULL: nothing is known yet, `graph` still
 * tells the heads. Without `full` no tenant is named. Owned by the caller. */
json_t *detail_json(const struct graph *graph, const struct verdict *verdict, const struct readiness *readiness,
                    const char *message, bool full);

/* The real heads that the files expect. */
json_t *detail_heads(const struct graph *graph);
json_t *detail_tenants(const struct verdict *verdict, bool full); /* {"total", "behind", "first": []} */
json_t *detail_names(const struct names *names);

#endif
