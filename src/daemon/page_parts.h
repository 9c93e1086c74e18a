/* What the pages share. JSON and texts are owned by the caller; `full` is for those who may see addresses and users. */
#ifndef MIGRATED_DAEMON_PAGE_PARTS_H
#define MIGRATED_DAEMON_PAGE_PARTS_H

#include "base/text.h"
#include "daemon/pages.h"

#include <jansson.h>

json_t *page_milliseconds(double ms);    /* null below 0 */
json_t *page_seconds(int64_t ms);        /* in tenths */
json_t *page_wall_time(int64_t wall_ms); /* null for 0 */
json_t *page_text(const char *text);     /* null for NULL and "" */
/* "db" and "migrations" for target main, "db:NAME" for others. */
json_t *page_check_name(const char *check, const struct target_view *target);

/* The state of the whole: the spokesman's; where all targets are ready, that of a required check that is not well: "failed",
 * or "unknown" without a result. */
const char *page_state(const struct pages_input *input);

/* page_checks.c: the checks of the configuration, behind those that are always there. */
void page_add_checks(json_t *array, const struct pages_input *input, bool full);
void page_add_checks_text(struct text *text, const struct pages_input *input, bool full);
void page_add_checks_health(json_t *object, const struct pages_input *input, bool full);
json_t *page_checks_status(const struct pages_input *input, bool full);
/* The first that is not well, of the required ones or of the others; NULL: there is none. */
const struct check_view *page_bad_check(const struct pages_input *input, bool required);

json_t *page_failure(const struct target_view *target, bool full);
json_t *page_running(const struct target_view *target);
/* Revisions that share a message come back together: the one that runs is not known, but where they end. */
const char *page_last_of_message(const struct runner_view *run);

char *page_readyz_text(const struct pages_input *input, bool full);   /* pages.c */
json_t *page_health_json(const struct pages_input *input, bool full); /* page_health.c */
char *page_health_text(const struct pages_input *input, bool full);
json_t *page_status_json(const struct pages_input *input, bool full); /* page_status.c */

#endif
