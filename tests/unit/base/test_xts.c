/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "base/cipher/xts.h"
#include "support/group.h"

/* IEEE 1619, vector 10: digits of e and pi, data unit 0xFF. */
static void gives_what_the_standard_has(void **state)
{
    (void)state;
    static const char keys[] = "27182818284590452353602874713526624977572470936999595749669676273"
                               "141592653589793238462643383279502884197169399375105820974944592";
    static const char wanted[] =
        "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b5d31e276f8fe4a8d66b317f9ac683f44";
    uint8_t key[XTS_KEY_SIZE], bytes[48];
    char hex[2 * sizeof(bytes) + 1];
    espbak_error err = {0};
    xts *x = NULL;
    assert_true(bytes_from_hex(key, sizeof(key), keys));
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(xts_new(&x, key, &err), ESPBAK_OK);
    assert_int_equal(xts_encrypt(x, 0xFF, bytes, sizeof(bytes), &err), ESPBAK_OK);
    bytes_to_hex(hex, bytes, sizeof(bytes));
    assert_string_equal(hex, wanted);
    assert_int_equal(xts_decrypt(x, 0xFF, bytes, sizeof(bytes), &err), ESPBAK_OK);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], i);
    xts_free(x);
    xts_free(NULL);
}

TEST_GROUP(xts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_the_standard_has),
    };
    return RUN_GROUP(tests);
}
