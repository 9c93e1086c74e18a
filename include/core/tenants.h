/*
 * Tenants: schemas that repeat a target, each with version rows of its own. They are known by what is recorded in them, so
 * that thousands with the same records cost one judgement. Pure.
 *
 * Source of the rule: django_tenants/migration_executors/base.py runs the whole `migrate` in each schema, and its router
 * (routers.py) keeps operations from running, not migrations from being recorded: every schema's django_migrations holds all
 * installed apps, shared and tenant ones alike.
 */
#ifndef MIGRATED_CORE_TENANTS_H
#define MIGRATED_CORE_TENANTS_H

#include "core/verdict.h"

struct tenant_set {
    struct names rows;  /* what is recorded in each of them */
    struct names first; /* the first of their names, at most TENANTS_FIRST */
    size_t count;
};

struct tenants {
    const struct tenant_set *sets;
    size_t count, total;
    const char *refusal; /* they could not be listed or read: the server's words; NULL: they are known */
};

/*
 * A target's verdict by its shared schema becomes that of all: pending while a tenant is behind, with what is pending
 * anywhere; ahead when one is. That they cannot be read matters where the shared schema has nothing pending: before that
 * their list is not there. `verdict` was judged in the same arena.
 */
void tenants_judge(struct arena *arena, const struct graph *graph, const struct tenants *tenants,
                   struct verdict *verdict);

/* Copied into the arena; NULL stays NULL. */
struct tenants *tenants_copy(struct arena *arena, const struct tenants *tenants);

#endif
