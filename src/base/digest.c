#include "base/digest.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <pthread.h>

static EVP_MD *sha256;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256 == NULL)
        memory_exhausted();
}

/* Fetched once: EVP_sha256() is looked up again, under libcrypto's locks, for each digest. */
static const EVP_MD *algorithm(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch);
    return sha256;
}

void digest_sha256(const void *bytes, size_t length, unsigned char digest[DIGEST_BYTES])
{
    if (EVP_Digest(bytes, length, digest, NULL, algorithm(), NULL) != 1)
        memory_exhausted(); /* the only way in which hashing memory fails */
}

/* libcrypto's context under a name of our own: no header of ours includes OpenSSL's. */
static EVP_MD_CTX *context_of(struct digest *digest)
{
    return (EVP_MD_CTX *)(void *)digest;
}

struct digest *digest_begin(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, algorithm(), NULL) != 1)
        memory_exhausted();
    return (struct digest *)(void *)context;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    if (EVP_DigestUpdate(context_of(digest), bytes, length) != 1)
        memory_exhausted();
}

void digest_end(struct digest *digest, unsigned char result[DIGEST_BYTES])
{
    if (EVP_DigestFinal_ex(context_of(digest), result, NULL) != 1)
        memory_exhausted();
    EVP_MD_CTX_free(context_of(digest));
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
