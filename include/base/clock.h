/* Time and chance, for the rim and the flows; the core gets both as arguments. */
#ifndef MIGRATED_BASE_CLOCK_H
#define MIGRATED_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
int64_t clock_wall_ms(void); /* since 1970-01-01 UTC */

#define CLOCK_RFC3339_SIZE 32
/* "2026-01-06T12:34:56.789Z"; returns `out`. */
const char *clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_SIZE]);

/* In [0, 1). */
double clock_random(void);
/* A random (version 4) UUID, NUL-terminated. */
#define CLOCK_UUID_SIZE 37
void clock_uuid(char uuid[CLOCK_UUID_SIZE]);

#endif
