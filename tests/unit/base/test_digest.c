#include "base/digest.h"

#include <check.h>
#include <pthread.h>
#include <string.h>

Suite *digest_suite(void);

/* FIPS 180-2, appendix B.1 */
static const char *const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void *hash(void *hex)
{
    unsigned char digest[DIGEST_BYTES];
    digest_sha256("abc", 3, digest);
    digest_hex(digest, hex);
    return NULL;
}

START_TEST(two_threads_at_once)
{
    char one[DIGEST_HEX_SIZE], other[DIGEST_HEX_SIZE];
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, hash, other), 0);
    hash(one);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_str_eq(one, abc);
    ck_assert_str_eq(other, abc);
}
END_TEST

START_TEST(pieces_make_the_whole)
{
    unsigned char result[DIGEST_BYTES];
    char hex[DIGEST_HEX_SIZE];
    struct digest *digest = digest_begin();
    digest_add(digest, "a", 1);
    digest_add(digest, "", 0);
    digest_add(digest, "bc", 2);
    digest_end(digest, result);
    digest_hex(result, hex);
    ck_assert_str_eq(hex, abc);
}
END_TEST

/* FIPS 180-2, appendix A.1 */
START_TEST(the_older_one)
{
    char hex[DIGEST_SHA1_HEX_SIZE];
    digest_sha1_hex("abc", 3, hex);
    ck_assert_str_eq(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
}
END_TEST

Suite *digest_suite(void)
{
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");
    tcase_add_test(tests, two_threads_at_once);
    tcase_add_test(tests, pieces_make_the_whole);
    tcase_add_test(tests, the_older_one);
    suite_add_tcase(suite, tests);
    return suite;
}
