/* `type = sql`: the query returns one value, and that is true. */
#ifndef MIGRATED_CORE_CHECK_SQL_H
#define MIGRATED_CORE_CHECK_SQL_H

#include "core/check.h"

extern const struct check_type check_sql;

#endif
