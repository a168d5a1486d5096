/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cipher/xts.h"

#include <mbedtls/version.h>
#include <stdlib.h>

/* What mbedtls 4 counts among its private parts is public before. */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000 || defined(TF_PSA_CRYPTO_VERSION_NUMBER)
#define MBEDTLS_DECLARE_PRIVATE_IDENTIFIERS
#include <mbedtls/private/aes.h>
#else
#include <mbedtls/aes.h>
#endif

enum { HALF = XTS_KEY_SIZE / 2, HALF_BITS = 8 * HALF };

struct xts {
    mbedtls_aes_context encrypt, decrypt, tweak;
};

espbak_status xts_new(xts **out, const uint8_t key[XTS_KEY_SIZE], espbak_error *err)
{
    *out = NULL;
    xts *x = malloc(sizeof(*x));
    if (x == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    mbedtls_aes_init(&x->encrypt);
    mbedtls_aes_init(&x->decrypt);
    mbedtls_aes_init(&x->tweak);
    if (mbedtls_aes_setkey_enc(&x->encrypt, key, HALF_BITS) != 0 ||
        mbedtls_aes_setkey_dec(&x->decrypt, key, HALF_BITS) != 0 ||
        mbedtls_aes_setkey_enc(&x->tweak, key + HALF, HALF_BITS) != 0) {
        xts_free(x);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "mbedtls took no key for AES");
    }
    *out = x;
    return ESPBAK_OK;
}

/* Times x in the field of 2^128 elements, lowest byte first. */
static void double_tweak(uint8_t tweak[XTS_BLOCK])
{
    unsigned carry = 0;
    for (size_t i = 0; i < XTS_BLOCK; i++) {
        const unsigned next = tweak[i] >> 7;
        tweak[i] = (uint8_t)((unsigned)tweak[i] << 1 | carry);
        carry = next;
    }
    tweak[0] ^= carry != 0 ? 0x87 : 0;
}

static void mix(uint8_t *bytes, const uint8_t tweak[XTS_BLOCK])
{
    for (size_t i = 0; i < XTS_BLOCK; i++)
        bytes[i] ^= tweak[i];
}

static espbak_status transform(xts *x, int mode, uint64_t unit, uint8_t *bytes, size_t size, espbak_error *err)
{
    uint8_t tweak[XTS_BLOCK] = {0};
    mbedtls_aes_context *data = mode == MBEDTLS_AES_ENCRYPT ? &x->encrypt : &x->decrypt;
    for (size_t i = 0; i < sizeof(unit); i++)
        tweak[i] = (uint8_t)(unit >> 8 * i);
    int failed = mbedtls_aes_crypt_ecb(&x->tweak, MBEDTLS_AES_ENCRYPT, tweak, tweak);
    for (size_t at = 0; at + XTS_BLOCK <= size && failed == 0; at += XTS_BLOCK) {
        mix(bytes + at, tweak);
        failed = mbedtls_aes_crypt_ecb(data, mode, bytes + at, bytes + at);
        mix(bytes + at, tweak);
        double_tweak(tweak);
    }
    return failed == 0 ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "mbedtls could not do AES");
}

espbak_status xts_encrypt(xts *x, uint64_t unit, uint8_t *bytes, size_t size, espbak_error *err)
{
    return transform(x, MBEDTLS_AES_ENCRYPT, unit, bytes, size, err);
}

espbak_status xts_decrypt(xts *x, uint64_t unit, uint8_t *bytes, size_t size, espbak_error *err)
{
    return transform(x, MBEDTLS_AES_DECRYPT, unit, bytes, size, err);
}

void xts_free(xts *x)
{
    if (x == NULL)
        return;
    mbedtls_aes_free(&x->encrypt);
    mbedtls_aes_free(&x->decrypt);
    mbedtls_aes_free(&x->tweak);
    free(x);
}
