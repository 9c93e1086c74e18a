#include "flows/denied.h"

#include <string.h>

void denied_explain(struct error *error, const char *tried)
{
    struct error kept = *error;
    if (strcmp(error->sqlstate, "42501") != 0)
        return;
    error_set(error, kept.code, "%s: %s", tried, kept.message);
    memcpy(error->sqlstate, kept.sqlstate, sizeof error->sqlstate);
    memcpy(error->detail, kept.detail, sizeof error->detail);
    error_next(error, "`migrated doctor` tells what to GRANT");
}
