/*
 * The options of `[check NAME]`, one row each, as those of config/option_table.h: they have no flags and no variables, since
 * there may be many checks.
 */
#ifndef MIGRATED_CONFIG_CHECK_CONFIG_H
#define MIGRATED_CONFIG_CHECK_CONFIG_H

#include "config/option_table.h"

#include <stdint.h>

enum check_need { CHECK_OPTIONAL, CHECK_REQUIRED };

struct check_config {
    const char *name;   /* as in the section, and in the pages */
    const char *type;   /* one that core/check.h knows */
    const char *query;  /* one SELECT */
    const char *target; /* the name of one */
    int64_t threshold_ms, interval_ms, timeout_ms;
    enum check_need required;
};

/* In the order in which etc/migrated.conf shows them. */
extern const struct config_option check_option_table[];
extern const size_t check_option_count;

#endif
