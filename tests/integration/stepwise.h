/* Revisions that go statement by statement, in tests. */
#ifndef MIGRATED_TESTS_INTEGRATION_STEPWISE_H
#define MIGRATED_TESTS_INTEGRATION_STEPWISE_H

#include "interrupt.h"

/* A site with an empty table `effects` (what text) and 100 rows in `stock` (a int, b int), whose index `old` is on both;
 * finish with site_close. */
void stepwise_open(struct site *site);

/* The query that names the invalid indexes of `stock`. */
extern const char stepwise_invalid[];

#endif
