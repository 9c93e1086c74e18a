/*
 * The daemon: configuration, the targets with their files, HTTP, signals and systemd, wired together on one loop.
 *
 * Life: load configuration and files (faults end it) -> HTTP up -> targets started -> loop -> asked to stop -> runs
 * ended -> HTTP closed -> out. Reloads (SIGHUP, changed files) never stop it: the last good ones go on serving.
 */
#ifndef MIGRATED_DAEMON_DAEMON_H
#define MIGRATED_DAEMON_DAEMON_H

#include "config/config.h"

/* Runs until it is told to stop. `source` is borrowed and read again at each reload. What ends it is logged, faults one
 * by one, all in the log's form; `error` gives the exit status (of faults in the configuration the first). */
bool daemon_run(const struct config_source *source, struct error *error);

#endif
