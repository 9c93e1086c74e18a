/*
 * Further looks at values, for rows of the option table: see `check` in config/option_table.h.
 */
#ifndef MIGRATED_CONFIG_OPTION_CHECK_H
#define MIGRATED_CONFIG_OPTION_CHECK_H

#include "base/error.h"

/* A plain identifier that PostgreSQL would not cut: no dots, no quotes, 63 bytes at most. */
bool check_identifier(const char *as, const char *value, struct error *error);
/* NAME or SCHEMA.NAME of two such. */
bool check_table(const char *as, const char *value, struct error *error);
/* ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH. Whether the address can be had is the HTTP server's matter. */
bool check_listen(const char *as, const char *value, struct error *error);

#endif
