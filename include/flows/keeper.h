/*
 * Remembers what this daemon has applied, and notices when a server that took over has lost it (core/lineage.h): asks on
 * the watching connection, between readings.
 *
 * Happy path: keeper_applied -> a reading in sync: the mark is asked for -> a reading in which what we applied is pending,
 * and nothing that no run had applied: asked again -> lost. Somebody took it back on purpose: all is forgotten.
 * Failure modes: the connection is busy: tried again soon; gone, or the question timed out: with the next reading; the
 * server does not tell: logged, once, when it matters, and nothing is concluded.
 */
#ifndef MIGRATED_FLOWS_KEEPER_H
#define MIGRATED_FLOWS_KEEPER_H

#include "core/verdict.h"
#include "flows/refresh.h"

struct keeper;

/* `refresh` is borrowed, `name` (the target's, for the log) copied. `lost` is called from the loop, and has been logged. */
struct keeper *keeper_create(uv_loop_t *loop, struct refresh *refresh, const char *name, void (*lost)(void *context),
                             void *context);
void keeper_destroy(struct keeper *keeper); /* NULL is fine; the refresh goes first */

/* A run of this daemon has durably applied these (copied); its id begins its attempts' ids. */
void keeper_applied(struct keeper *keeper, const struct names *applied, const char *run);
/* What a primary's reading was judged to be. */
void keeper_look(struct keeper *keeper, const struct verdict *verdict);

#endif
