/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_XTS_H
#define BASE_XTS_H

/*
 * XTS-AES with keys of 256 bits (IEEE 1619), over whole blocks of 16 bytes. AES itself is that of mbedtls; its own XTS
 * is not in every version that serves here, and whole blocks take no more than this.
 */

#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

enum { XTS_KEY_SIZE = 64, XTS_BLOCK = 16 };

typedef struct xts xts;

/** `key` is the one for the data and then the one for the tweak, 32 bytes each. */
ESPBAK_MUST_USE espbak_status xts_new(xts **out, const uint8_t key[XTS_KEY_SIZE], espbak_error *err);
/** One data unit with the number `unit`, in place; `size` is a multiple of XTS_BLOCK. */
ESPBAK_MUST_USE espbak_status xts_encrypt(xts *x, uint64_t unit, uint8_t *bytes, size_t size, espbak_error *err);
ESPBAK_MUST_USE espbak_status xts_decrypt(xts *x, uint64_t unit, uint8_t *bytes, size_t size, espbak_error *err);
/** The key goes with it. NULL is allowed. */
void xts_free(xts *x);

#endif
