#include "core/identity.h"

#include <stddef.h>
#include <string.h>

bool identity_is_same(const struct identity *a, const struct identity *b)
{
    if (strcmp(a->database, b->database) != 0 || strcmp(a->oid, b->oid) != 0)
        return false;
    if (a->system != NULL && b->system != NULL && strcmp(a->system, b->system) != 0)
        return false;
    return a->in_recovery || b->in_recovery || strcmp(a->started_us, b->started_us) == 0;
}
