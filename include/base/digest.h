/*
 * SHA-256 by Nettle: checksums of revisions and the lock key; SHA-1 and SHA-384, where another tool has them. No state of
 * the process: any thread may use it.
 */
#ifndef MIGRATED_BASE_DIGEST_H
#define MIGRATED_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES    32
#define DIGEST_HEX_SIZE (2 * DIGEST_BYTES + 1)

void digest_sha256(const void *bytes, size_t length, unsigned char digest[DIGEST_BYTES]);

/* The same in pieces: digest_begin, digest_add as often as wanted, digest_end, which frees. */
struct digest;

struct digest *digest_begin(void);
void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_end(struct digest *digest, unsigned char result[DIGEST_BYTES]);

/* Lower-case hex, NUL-terminated. */
void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_SIZE]);

#define DIGEST_SHA1_HEX_SIZE 41

void digest_sha1_hex(const void *bytes, size_t length, char hex[DIGEST_SHA1_HEX_SIZE]);

#define DIGEST_SHA384_HEX_SIZE 97

void digest_sha384_hex(const void *bytes, size_t length, char hex[DIGEST_SHA384_HEX_SIZE]);

#endif
