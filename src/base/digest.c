#include "base/digest.h"

#include "base/memory.h"

#include <openssl/evp.h>

void digest_sha256(const void *bytes, size_t length, unsigned char digest[DIGEST_BYTES])
{
    if (EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL) != 1)
        memory_exhausted(); /* the only way in which hashing memory fails */
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
