/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <mbedtls/md.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

struct digest {
    mbedtls_md_context_t context;
    digest_kind kind;
};

static const mbedtls_md_info_t *info_of(digest_kind kind)
{
    return mbedtls_md_info_from_type(kind == DIGEST_MD5 ? MBEDTLS_MD_MD5 : MBEDTLS_MD_SHA256);
}

espbak_status digest_new(digest **out, digest_kind kind, espbak_error *err)
{
    *out = NULL;
    digest *d = malloc(sizeof(*d));
    if (d == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    mbedtls_md_init(&d->context);
    const mbedtls_md_info_t *info = info_of(kind);
    d->kind = kind;
    if (info == NULL || mbedtls_md_setup(&d->context, info, 0) != 0 || mbedtls_md_starts(&d->context) != 0) {
        digest_free(d);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "mbedtls offers no %s", kind == DIGEST_MD5 ? "MD5" : "SHA-256");
    }
    *out = d;
    return ESPBAK_OK;
}

espbak_status digest_update(digest *d, const void *bytes, size_t size, espbak_error *err)
{
    if (size != 0 && mbedtls_md_update(&d->context, bytes, size) != 0)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "mbedtls could not hash");
    return ESPBAK_OK;
}

espbak_status digest_finish(digest *d, uint8_t *out, espbak_error *err)
{
    if (mbedtls_md_finish(&d->context, out) != 0 || mbedtls_md_starts(&d->context) != 0)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "mbedtls could not finish a hash");
    return ESPBAK_OK;
}

espbak_status digest_finish_short(digest *d, espbak_flash_digest *out, espbak_error *err)
{
    uint8_t whole[DIGEST_SHA256_SIZE];
    const espbak_status status = digest_finish(d, whole, err);
    out->kind = (espbak_digest_kind)d->kind;
    if (status == ESPBAK_OK)
        memcpy(out->bytes, whole, sizeof(out->bytes));
    return status;
}

void digest_free(digest *d)
{
    if (d == NULL)
        return;
    mbedtls_md_free(&d->context);
    free(d);
}

espbak_status digest_of(digest_kind kind, const void *bytes, size_t size, uint8_t *out, espbak_error *err)
{
    const mbedtls_md_info_t *info = info_of(kind);
    if (info == NULL || mbedtls_md(info, bytes, size, out) != 0)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "mbedtls could not hash");
    return ESPBAK_OK;
}

espbak_status digest_pair_new(digest_pair *pair, espbak_error *err)
{
    *pair = (digest_pair){0};
    espbak_status status = digest_new(&pair->sha256, DIGEST_SHA256, err);
    if (status == ESPBAK_OK)
        status = digest_new(&pair->md5, DIGEST_MD5, err);
    if (status != ESPBAK_OK)
        digest_pair_free(pair);
    return status;
}

espbak_status digest_pair_update(digest_pair *pair, const void *bytes, size_t size, espbak_error *err)
{
    const espbak_status status = digest_update(pair->sha256, bytes, size, err);
    return status == ESPBAK_OK ? digest_update(pair->md5, bytes, size, err) : status;
}

espbak_status digest_pair_finish(digest_pair *pair, uint8_t sha256[DIGEST_SHA256_SIZE], uint8_t md5[DIGEST_MD5_SIZE],
                                 espbak_error *err)
{
    const espbak_status status = digest_finish(pair->sha256, sha256, err);
    return status == ESPBAK_OK ? digest_finish(pair->md5, md5, err) : status;
}

void digest_pair_free(digest_pair *pair)
{
    digest_free(pair->sha256);
    digest_free(pair->md5);
    *pair = (digest_pair){0};
}

espbak_status digest_of_erased(uint64_t size, espbak_flash_digest *out, espbak_error *err)
{
    uint8_t blank[4096];
    digest *hash = NULL;
    memset(blank, 0xFF, sizeof(blank));
    espbak_status status = digest_new(&hash, (digest_kind)out->kind, err);
    for (uint64_t left = size; status == ESPBAK_OK && left > 0;) {
        const size_t part = (size_t)bytes_min64(left, sizeof(blank));
        status = digest_update(hash, blank, part, err);
        left -= part;
    }
    if (status == ESPBAK_OK)
        status = digest_finish_short(hash, out, err);
    digest_free(hash);
    return status;
}

espbak_status digest_md5_of_erased(uint64_t size, uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err)
{
    espbak_flash_digest blank = {.kind = ESPBAK_DIGEST_MD5};
    const espbak_status status = digest_of_erased(size, &blank, err);
    memcpy(md5, blank.bytes, sizeof(blank.bytes));
    return status;
}
