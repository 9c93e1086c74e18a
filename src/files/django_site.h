/* Where the migrations of a Django project are: its settings, the apps they name, their packages. Private to files. */
#ifndef MIGRATED_FILES_DJANGO_SITE_H
#define MIGRATED_FILES_DJANGO_SITE_H

#include "base/digest.h"
#include "core/django_graph.h"
#include "core/django_settings.h"
#include "files/django_dir.h"

struct django_package {
    const char *label;
    const char *directory; /* of its migrations; NULL: it has none */
};

struct django_site {
    struct arena *arena; /* borrowed, as options and faults */
    const struct django_options *options;
    struct faults *faults;
    struct digest *digest; /* owned by the caller: what is read goes into it */
    struct django_settings *settings;
    struct django_package *packages;
    size_t count, capacity;
    struct names folders; /* where changes are looked for: those of settings and apps */
    size_t folders_capacity;
    bool without_settings; /* with a fault: no settings module can be found */
};

/* False with `error`: a root can't be read. */
bool django_site_find(struct django_site *site, struct error *error);

/* Note a folder to look for changes in; owned by the site's arena. */
void django_site_watch(struct django_site *site, const char *folder);

/* ---- modules, which the first root that has them gives ---- */

enum django_module_kind { DJANGO_NO_MODULE, DJANGO_MODULE, DJANGO_PACKAGE, DJANGO_NAMESPACE };

/* "a.b": *path is the file of a module, or the directory of a package or namespace. */
enum django_module_kind django_module_find(struct django_site *site, const char *name, const char **path);

/* The whole file, owned by the arena, and what the file system says of it added to the digest. NULL: errno. */
const char *django_file_read(struct django_site *site, const char *path, size_t *length);

#endif
