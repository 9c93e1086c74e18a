/*
 * How a connection is called in logs.
 */
#ifndef MIGRATED_CONFIG_CONNINFO_DISPLAY_H
#define MIGRATED_CONFIG_CONNINFO_DISPLAY_H

struct arena;
struct conninfo;

/* "db.example:5432/app as deploy", with what libpq will add; owned by the arena. */
const char *conninfo_display(struct arena *arena, const struct conninfo *conninfo);

/* A password file that libpq will pass over, and what to do; NULL: none. Owned by the arena. */
const char *conninfo_passfile_warning(struct arena *arena, const struct conninfo *conninfo);

#endif
