/* The tools of core/adopt.h, each in its own file. Private to core. */
#ifndef MIGRATED_CORE_ADOPT_PARTS_H
#define MIGRATED_CORE_ADOPT_PARTS_H

#include "core/adopt.h"

extern const struct adopted_tool adopted_dbmate, adopted_diesel, adopted_flyway, adopted_golang_migrate,
    adopted_goose, adopted_graphile_migrate, adopted_liquibase, adopted_morph, adopted_node_pg_migrate, adopted_pop,
    adopted_prisma, adopted_sourcegraph, adopted_sqlx;

/* What stands in most of them: a table with a row a revision, found by one column. */
#define ADOPTED_TABLE " :\"schema\".:\"table\" "

#endif
