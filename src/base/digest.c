#include "base/digest.h"

#include "base/memory.h"

#include <nettle/sha2.h>
#include <stdlib.h>

_Static_assert(DIGEST_BYTES == SHA256_DIGEST_SIZE, "SHA-256");

struct digest {
    struct sha256_ctx context;
};

void digest_sha256(const void *bytes, size_t length, unsigned char digest[DIGEST_BYTES])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, length, bytes);
    sha256_digest(&context, DIGEST_BYTES, digest);
}

struct digest *digest_begin(void)
{
    struct digest *digest = memory_alloc(sizeof *digest);
    sha256_init(&digest->context);
    return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    sha256_update(&digest->context, length, bytes);
}

void digest_end(struct digest *digest, unsigned char result[DIGEST_BYTES])
{
    sha256_digest(&digest->context, DIGEST_BYTES, result);
    free(digest);
}

void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[DIGEST_HEX_SIZE - 1] = '\0';
}
