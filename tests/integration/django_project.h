/* A small Django project in a folder, as people have them: the apps people (label folk) and shop. */
#ifndef MIGRATED_TESTS_INTEGRATION_DJANGO_PROJECT_H
#define MIGRATED_TESTS_INTEGRATION_DJANGO_PROJECT_H

#include "site.h"

/* manage.py and settings: the address is DATABASE_URL's. No migration yet. */
void django_project_create(struct folder *folder);
/* APP/migrations/NAME.py with this body of its class, whole lines. */
void django_project_migration(struct folder *folder, const char *app, const char *name, const char *body);
/* "python3 .../manage.py ARGUMENTS"; owned by the caller. */
char *django_project_command(struct folder *folder, const char *arguments);
/* manage.py itself, on the site's database; what it said is in `result`. The last two may be NULL. */
void django_project_manage(struct site *site, const char *command, const char *app, const char *name);

#endif
