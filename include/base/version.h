/* The version, read by the Makefile too. */
#ifndef MIGRATED_BASE_VERSION_H
#define MIGRATED_BASE_VERSION_H

#define MIGRATED_VERSION "0.1.0"

#endif
