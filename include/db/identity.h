/* The question which database a session is in (core/identity.h). */
#ifndef MIGRATED_DB_IDENTITY_H
#define MIGRATED_DB_IDENTITY_H

#include "base/text.h"
#include "core/identity.h"

#include <libpq-fe.h>

struct arena;

/* `bare`: without the system identifier, where the role may not ask for it (42501). */
void identity_add_question(struct text *sql, bool bare);
/* Texts are owned by the arena. */
struct identity identity_read(struct arena *arena, const PGresult *result);

#endif
