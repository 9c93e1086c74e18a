/*
 * psql's variables in a text: :name as it is, :'name' as a literal, :"name" as an identifier, :{?name} whether it is set;
 * not in quotes and comments, and not behind another colon (psqlscan.l). One that is not set stays as it is written, as in
 * psql; with quotes that would be no SQL, and is a fault. Private to core.
 */
#ifndef MIGRATED_CORE_PSQL_VARIABLES_H
#define MIGRATED_CORE_PSQL_VARIABLES_H

struct substitution;

void psql_variables_put(struct substitution *substitution);

#endif
