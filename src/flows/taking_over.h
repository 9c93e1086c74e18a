/* What a stamp that takes over from another tool does besides (flows/stamp_run.h). Private to flows. */
#ifndef MIGRATED_FLOWS_TAKING_OVER_H
#define MIGRATED_FLOWS_TAKING_OVER_H

#include "db/adopt.h"
#include "flows/session.h"
#include "flows/stamp_run.h"

/* Where the source's table is, its schema the tool's own or as the session's version table's if none was given. */
struct adopt_source taking_over_source(const struct stamp_source *source, const struct session *session);

/* Judge the answer to adopt_add_question. False: refused; what was found is in `adoption` all the same. Reads files whose
 * checksums the tool keeps. The arena owns what is found. */
bool taking_over_judge(struct arena *arena, const struct stamp_options *options, const struct adopt_source *source,
                       const struct names *version_rows, struct adopted_rows *rows, struct adoption *adoption,
                       struct error *error);

/* The server cannot answer: the table is not there, or not as this tool makes it. */
void taking_over_explain(const struct adopt_source *source, struct error *error);

#endif
