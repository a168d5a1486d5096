/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

/*
 * MD5 and SHA-256 by mbedtls. Only its generic digest interface is used, and only here, so that
 * 2.28 and 3.x both build.
 */

#include <stddef.h>
#include <stdint.h>

#include "espbak/device.h"
#include "espbak/error.h"

typedef enum digest_kind { DIGEST_MD5 = ESPBAK_DIGEST_MD5, DIGEST_SHA256 = ESPBAK_DIGEST_SHA256 } digest_kind;

enum { DIGEST_MD5_SIZE = 16, DIGEST_SHA256_SIZE = 32, DIGEST_SHORT_SIZE = 16 };

typedef struct digest digest;

ESPBAK_MUST_USE espbak_status digest_new(digest **out, digest_kind kind, espbak_error *err);
ESPBAK_MUST_USE espbak_status digest_update(digest *d, const void *bytes, size_t size, espbak_error *err);
/** Writes 16 or 32 bytes and makes the digest ready for a new message. */
ESPBAK_MUST_USE espbak_status digest_finish(digest *d, uint8_t *out, espbak_error *err);
/** As a chip makes it: of a SHA-256 the first 16 bytes. `out->kind` says what `d` was made for. */
ESPBAK_MUST_USE espbak_status digest_finish_short(digest *d, espbak_flash_digest *out, espbak_error *err);
void digest_free(digest *d);

/** MD5 and SHA-256 of the same bytes. Zero-initialised ones are valid to free. */
typedef struct digest_pair {
    digest *sha256, *md5;
} digest_pair;

ESPBAK_MUST_USE espbak_status digest_pair_new(digest_pair *pair, espbak_error *err);
ESPBAK_MUST_USE espbak_status digest_pair_update(digest_pair *pair, const void *bytes, size_t size, espbak_error *err);
/** Both are ready for a new message then. */
ESPBAK_MUST_USE espbak_status digest_pair_finish(digest_pair *pair, uint8_t sha256[DIGEST_SHA256_SIZE],
                                                 uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err);
void digest_pair_free(digest_pair *pair);

/** One call for one buffer. */
ESPBAK_MUST_USE espbak_status digest_of(digest_kind kind, const void *bytes, size_t size, uint8_t *out,
                                        espbak_error *err);

/** `out->kind` of so many bytes of erased flash. */
ESPBAK_MUST_USE espbak_status digest_of_erased(uint64_t size, espbak_flash_digest *out, espbak_error *err);
/** The same, where it is MD5. */
ESPBAK_MUST_USE espbak_status digest_md5_of_erased(uint64_t size, uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err);

#endif
