/* Natural order of names: runs of digits compare as numbers ("2_b" before "10_a"), everything else bytewise. A total order:
 * names that differ in leading zeros only are told apart bytewise. */
#ifndef MIGRATED_CORE_NATURAL_H
#define MIGRATED_CORE_NATURAL_H

int natural_compare(const char *a, const char *b);

#endif
