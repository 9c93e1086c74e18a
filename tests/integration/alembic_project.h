/* A small Alembic project in a folder, as people have them; each revision runs one statement. */
#ifndef MIGRATED_TESTS_INTEGRATION_ALEMBIC_PROJECT_H
#define MIGRATED_TESTS_INTEGRATION_ALEMBIC_PROJECT_H

#include "support/folder.h"

/* alembic.ini and env.py: the address is DATABASE_URL's, all revisions are one transaction. */
void alembic_project_create(struct folder *folder);
/* `parent` NULL: a base. */
void alembic_project_revision(struct folder *folder, const char *id, const char *parent, const char *sql);
/* "alembic -c .../alembic.ini upgrade heads"; owned by the caller. */
char *alembic_project_upgrade(struct folder *folder);

#endif
