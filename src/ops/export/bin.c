/* SPDX-License-Identifier: Apache-2.0 */
/* The flash itself, and packed with gzip (RFC 1952). */
#include <stdlib.h>
#include <zlib.h>

#include "ops/export/job.h"

static espbak_status take_bytes(export_job *job, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)offset;
    return export_put(job, data, size, err);
}

espbak_status export_bin(export_job *job, espbak_error *err)
{
    return export_walk(job, 0, job->reader.size, take_bytes, err);
}

struct export_packer {
    z_stream stream;
    gz_header header;
    uint8_t out[EXPORT_CHUNK];
};
typedef struct export_packer packer;

static espbak_status pack(export_job *job, int flush, espbak_error *err)
{
    packer *p = job->packer;
    do {
        p->stream.next_out = p->out;
        p->stream.avail_out = sizeof(p->out);
        if (deflate(&p->stream, flush) == Z_STREAM_ERROR)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "zlib does not go on");
        if (export_put(job, p->out, sizeof(p->out) - p->stream.avail_out, err) != ESPBAK_OK)
            return err->status;
    } while (p->stream.avail_out == 0);
    return ESPBAK_OK;
}

static espbak_status take_to_pack(export_job *job, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    packer *p = job->packer;
    (void)offset;
    p->stream.next_in = (Bytef *)data;
    p->stream.avail_in = (uInt)size;
    return pack(job, Z_NO_FLUSH, err);
}

espbak_status export_gz(export_job *job, espbak_error *err)
{
    enum { LEVEL = 6, WITH_GZIP_HEADER = 16 + MAX_WBITS, MEMORY = 8, NO_SYSTEM = 255 };
    packer *p = calloc(1, sizeof(*p));
    if (p == NULL ||
        deflateInit2(&p->stream, LEVEL, Z_DEFLATED, WITH_GZIP_HEADER, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(p);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    }
    p->header.os = NO_SYSTEM;
    espbak_status status = ESPBAK_OK;
    if (deflateSetHeader(&p->stream, &p->header) != Z_OK)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "zlib takes no header");
    job->packer = p;
    if (status == ESPBAK_OK)
        status = export_walk(job, 0, job->reader.size, take_to_pack, err);
    if (status == ESPBAK_OK)
        status = pack(job, Z_FINISH, err);
    job->packer = NULL;
    (void)deflateEnd(&p->stream);
    free(p);
    return status;
}
