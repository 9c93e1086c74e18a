/*
 * A look at connection text before libpq sees it, so that what is wrong can be said without quoting it.
 */
#ifndef MIGRATED_CONFIG_CONNINFO_TEXT_H
#define MIGRATED_CONFIG_CONNINFO_TEXT_H

#include "base/error.h"

struct arena;

/*
 * The text as libpq takes it: `+driver` and one newline at the end left out. NULL and ERROR_CONFIG for text that is
 * neither a PostgreSQL URL nor key=value settings, and for keys that libpq does not know. Owned by the arena.
 */
const char *conninfo_text_prepare(struct arena *arena, const char *as, const char *text, struct error *error);

#endif
