/* SPDX-License-Identifier: Apache-2.0 */
#include "image/container/unpack.h"

#include "base/bytes.h"

enum { HEAD = 64 };

espbak_status unpack_open(unpacked *out, const espbak_image_reader *file, uint64_t limit, espbak_error *err)
{
    uint8_t bytes[HEAD];
    const size_t size = (size_t)bytes_min64(HEAD, file->size);
    *out = (unpacked){.reader = *file};
    if (size > 0 && file->read(file->ctx, 0, bytes, size, err) != ESPBAK_OK)
        return err->status;
    out->by = gunzip_begins(bytes, size) ? PACKING_GZIP : unzstd_begins(bytes, size) ? PACKING_ZSTD : PACKING_NONE;
    espbak_status status = ESPBAK_OK;
    if (out->by == PACKING_GZIP)
        status = gunzip_open(&out->gzip, file, limit, err);
    if (out->by == PACKING_ZSTD)
        status = unzstd_open(&out->zstd, file, limit, err);
    if (status == ESPBAK_OK && out->gzip != NULL)
        out->reader = gunzip_reader(out->gzip);
    if (status == ESPBAK_OK && out->zstd != NULL)
        out->reader = unzstd_reader(out->zstd);
    return status;
}

void unpack_close(unpacked *u)
{
    gunzip_close(u->gzip);
    unzstd_close(u->zstd);
    u->gzip = NULL;
    u->zstd = NULL;
}
