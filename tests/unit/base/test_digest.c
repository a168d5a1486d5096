/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors: RFC 1321 (MD5), FIPS 180-2 (SHA-256). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "support/group.h"

typedef struct vector {
    digest_kind kind;
    const char *text, *hex;
} vector;

static const vector vectors[] = {
    {DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {DIGEST_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static size_t size_of(digest_kind kind)
{
    return kind == DIGEST_MD5 ? DIGEST_MD5_SIZE : DIGEST_SHA256_SIZE;
}

static void assert_hex(const uint8_t *bytes, const vector *v)
{
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    bytes_to_hex(hex, bytes, size_of(v->kind));
    assert_string_equal(hex, v->hex);
}

static void known_texts_have_known_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t out[DIGEST_SHA256_SIZE];
        espbak_error err = {0};
        const vector *v = &vectors[i];
        assert_int_equal(digest_of(v->kind, v->text, strlen(v->text), out, &err), ESPBAK_OK);
        assert_hex(out, v);
    }
}

static void pieces_hash_like_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint8_t out[DIGEST_SHA256_SIZE];
        espbak_error err = {0};
        digest *d = NULL;
        const vector *v = &vectors[i];
        assert_int_equal(digest_new(&d, v->kind, &err), ESPBAK_OK);
        /* twice: a finished digest is ready for a new message */
        for (int round = 0; round < 2; round++) {
            for (const char *p = v->text; *p != '\0'; p++)
                assert_int_equal(digest_update(d, p, 1, &err), ESPBAK_OK);
            assert_int_equal(digest_update(d, NULL, 0, &err), ESPBAK_OK);
            assert_int_equal(digest_finish(d, out, &err), ESPBAK_OK);
            assert_hex(out, v);
        }
        digest_free(d);
    }
    digest_free(NULL);
}

TEST_GROUP(digest)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_known_digests),
        cmocka_unit_test(pieces_hash_like_the_whole),
    };
    return RUN_GROUP(tests);
}
