/* `migrated doctor` in tests: run it, look for a line, type what it says. */
#ifndef MIGRATED_TESTS_INTEGRATION_DOCTOR_H
#define MIGRATED_TESTS_INTEGRATION_DOCTOR_H

#include "site.h"

/* A site with two pending revisions, a and b, in which nothing is wrong; finish with site_close. */
void doctor_open(struct site *site);

/* Run it, with every open transaction a long one, and demand this exit status and nothing on stderr. */
void doctor_examine(struct site *site, int status);

/* A line of the last run that begins with this status and check holds `part`. */
void doctor_finds(const struct site *site, const char *status, const char *check, const char *part);

/* Run it, and execute what the findings of this check say to type, as superuser; the number of them. */
size_t doctor_type_next(struct site *site, const char *check);

#endif
