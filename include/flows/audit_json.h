/* The audit's findings in JSON, shared by /status and `check --json`. */
#ifndef MIGRATED_FLOWS_AUDIT_JSON_H
#define MIGRATED_FLOWS_AUDIT_JSON_H

#include "core/audit.h"

#include <jansson.h>

/* An array of those of one kind, empty if `audit` is NULL: edited ones {revision, file, applied_checksum, checksum},
 * slipped-in ones {revision, file, before}. Owned by the caller. */
json_t *audit_json(const struct audit *audit, enum audit_kind kind);

#endif
