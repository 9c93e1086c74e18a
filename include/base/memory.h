/*
 * malloc that does not fail: out of memory aborts. For objects with a life of their own (create/destroy); what belongs
 * to one run lives in an arena.
 */
#ifndef MIGRATED_BASE_MEMORY_H
#define MIGRATED_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size); /* zeroed, owned by the caller, freed by free() */
void *memory_resize(void *memory, size_t size);
char *memory_string(const char *text); /* copied, owned by the caller; NULL stays NULL */
_Noreturn void memory_exhausted(void);
void memory_trim(void); /* give what was freed back to the system: after a burst of work, in a program that stays */

#endif
