/*
 * Reads the migrations of a Django project into the same tree as files/revision_dir.h: no Python runs. Rim, as there.
 */
#ifndef MIGRATED_FILES_DJANGO_DIR_H
#define MIGRATED_FILES_DJANGO_DIR_H

#include "files/revision_dir.h"

/* What the target's options say; all borrowed. */
struct django_options {
    const struct names *roots; /* where modules are looked for, in this order: the project, site-packages */
    const struct names *apps;  /* as in INSTALLED_APPS, or LABEL=MODULE; empty: the settings name them */
    const char *settings;      /* the settings module; NULL: as the project's manage.py says */
    const char *user_model;    /* AUTH_USER_MODEL; NULL: as the settings say */
    const char *expected;      /* a file with the output of showmigrations --plan, instead of all that; or NULL */
};

/*
 * ERROR_CONFIG: a root or the file of expected migrations can't be read. What can't be known of the settings, an app or
 * a migration is a fault in the tree. Revisions are "app.name", in the order in which Django would run them on an empty
 * database; the graph knows its project (graph_django).
 */
bool django_tree_read(struct arena *arena, const struct django_options *options, struct revision_tree *tree,
                      struct error *error);

/* The fingerprint alone, without reading migrations. */
bool django_tree_fingerprint(const struct django_options *options, char fingerprint[DIGEST_HEX_SIZE],
                             struct error *error);

#endif
