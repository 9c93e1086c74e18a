/*
 * Django's records against its migrations: the one place that turns rows of django_migrations into a verdict. Pure.
 * Source of the rules: django/db/migrations/executor.py (migration_plan), loader.py (check_consistent_history).
 */
#ifndef MIGRATED_CORE_DJANGO_VERDICT_H
#define MIGRATED_CORE_DJANGO_VERDICT_H

#include "core/django_graph.h"
#include "core/verdict.h"

/*
 * `rows` are all records, "app.name", once each. Pending is what is not applied of all that the leaves stand on, which is
 * what migrate would run; where a record lacks what it stands on, migrate refuses, and that counts as pending too. Then
 * other records say nothing. Records of apps that are not installed, and of migrations that a squash replaces, are
 * explained; others that no file explains are of a newer version of the project, or of files that are gone: ahead.
 * verdict->current: the last that is applied of each app, and what is not explained.
 */
void django_verdict_judge(struct arena *arena, const struct django_project *project, const struct names *rows,
                          struct verdict *verdict);

#endif
