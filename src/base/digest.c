#include "base/digest.h"

#include "base/memory.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdlib.h>

_Static_assert(DIGEST_BYTES == SHA256_DIGEST_SIZE, "SHA-256");
_Static_assert(DIGEST_SHA1_HEX_SIZE == 2 * SHA1_DIGEST_SIZE + 1, "SHA-1");

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

static void write_hex(const unsigned char *bytes, size_t count, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * count] = '\0';
}

void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX_SIZE])
{
    write_hex(digest, DIGEST_BYTES, hex);
}

void digest_sha1_hex(const void *bytes, size_t length, char hex[DIGEST_SHA1_HEX_SIZE])
{
    struct sha1_ctx context;
    unsigned char digest[SHA1_DIGEST_SIZE];
    sha1_init(&context);
    sha1_update(&context, length, bytes);
    sha1_digest(&context, sizeof digest, digest);
    write_hex(digest, sizeof digest, hex);
}

void digest_sha384_hex(const void *bytes, size_t length, char hex[DIGEST_SHA384_HEX_SIZE])
{
    struct sha384_ctx context;
    unsigned char digest[SHA384_DIGEST_SIZE];
    sha384_init(&context);
    sha384_update(&context, length, bytes);
    sha384_digest(&context, sizeof digest, digest);
    write_hex(digest, sizeof digest, hex);
}
