/* Which database a session is in: do two addresses lead to the same one? Pure; the question is db/identity.h. */
#ifndef MIGRATED_CORE_IDENTITY_H
#define MIGRATED_CORE_IDENTITY_H

#include "base/names.h"

/* As the server tells; texts are borrowed. */
struct identity {
    const char *database;   /* its name there, whatever a pooler calls it */
    const char *oid;        /* in pg_database */
    const char *system;     /* the cluster's identifier, NULL: the role may not ask */
    const char *started_us; /* when that server began */
    bool in_recovery;
    struct names path; /* the schemas that it finds tables in without being told: search_path, as far as it may */
};

/*
 * A standby is its primary's database. Two servers that are none are two databases though all else agrees: one is a copy
 * of the other.
 */
bool identity_is_same(const struct identity *a, const struct identity *b);

#endif
