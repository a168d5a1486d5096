/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <mbedtls/md.h>
#include <stdlib.h>

struct digest {
    mbedtls_md_context_t context;
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
