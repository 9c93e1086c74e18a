/*
 * sqitch.conf, as far as it says how the files of a project are read (App::Sqitch::Target; App::Sqitch::Command::deploy,
 * _collect_vars): the engine's own values before those of [core]. Private to core. Pure.
 */
#ifndef MIGRATED_CORE_SQITCH_CONF_H
#define MIGRATED_CORE_SQITCH_CONF_H

#include "core/layout.h"
#include "core/parameters.h"

struct sqitch_conf {
    const char *extension; /* of the scripts, without its dot */
    bool verify;
    struct parameters *variables; /* of psql */
};

/*
 * Read the listing's configuration. One that is not there, or of another project, says nothing: then everything is as
 * sqitch has it by itself. What is not done here is a fault. Owned by the listing's arena.
 */
struct sqitch_conf sqitch_conf_read(const struct layout_listing *listing);

#endif
