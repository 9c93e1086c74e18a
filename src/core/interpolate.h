/*
 * Variables of the environment in a text, as mfridman/interpolate has them (parser.go, interpolate.go), which goose uses:
 * $NAME, ${NAME}, ${NAME:-EXPRESSION} where it is unset or empty, ${NAME-EXPRESSION} where it is unset, ${NAME:OFFSET}
 * and ${NAME:OFFSET:LENGTH} in bytes, ${NAME?EXPRESSION} where it must be set. `$$` and `\$` are a dollar, `\\` and `$(`
 * stay. One that is not set is empty. Private to core.
 */
#ifndef MIGRATED_CORE_INTERPOLATE_H
#define MIGRATED_CORE_INTERPOLATE_H

#include "substitution.h"

/* Put the values into one line. What is no such expression is a fault: then nothing of it is put in. */
void interpolate(struct substitution *substitution, size_t offset, size_t length);

#endif
