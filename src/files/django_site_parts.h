/* What the parts that find a Django project's apps share. Private to files. */
#ifndef MIGRATED_FILES_DJANGO_SITE_PARTS_H
#define MIGRATED_FILES_DJANGO_SITE_PARTS_H

#include "django_site.h"

/* Set site->settings; false if nothing could be read, with a fault where that is wrong. */
bool django_site_read_settings(struct django_site *site);

#endif
