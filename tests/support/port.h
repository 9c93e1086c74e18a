/*
 * A TCP port for a program that must be told one.
 */
#ifndef MIGRATED_TESTS_SUPPORT_PORT_H
#define MIGRATED_TESTS_SUPPORT_PORT_H

/* Free on the loopback address at this moment; another program may still be faster. */
int port_free(void);

#endif
