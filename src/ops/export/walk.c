/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/cancel.h"
#include "ops/export/job.h"

espbak_status export_put(export_job *job, const void *bytes, size_t size, espbak_error *err)
{
    if (size == 0)
        return ESPBAK_OK;
    if (digest_pair_update(&job->hashes, bytes, size, err) != ESPBAK_OK)
        return err->status;
    return job->out != NULL ? file_write(job->out, bytes, size, err)
                            : job->options->sink(job->options->user, bytes, size, err);
}

espbak_status export_walk(export_job *job, uint64_t offset, uint64_t size, export_take take, espbak_error *err)
{
    for (uint64_t at = offset; at < offset + size;) {
        const size_t part = (size_t)bytes_min64(offset + size - at, EXPORT_CHUNK);
        if (cancel_check(job->options->cancel, err) != ESPBAK_OK ||
            job->reader.read(job->reader.ctx, at, job->buffer, part, err) != ESPBAK_OK ||
            take(job, at, job->buffer, part, err) != ESPBAK_OK)
            return err->status;
        at += part;
        job->result->size += part;
        espbak_report_progress(job->options->events, "exporting", job->result->size, job->total);
    }
    return ESPBAK_OK;
}

espbak_status export_is_erased(export_job *job, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                               bool *erased, espbak_error *err)
{
    *erased = true;
    for (uint64_t at = 0; at < size && *erased;) {
        const size_t part = (size_t)bytes_min64(EXPORT_CHUNK, size - at);
        if (reader->read(reader->ctx, offset + at, job->buffer, part, err) != ESPBAK_OK)
            return err->status;
        *erased = bytes_are_all(job->buffer, part, 0xFF);
        at += part;
    }
    return ESPBAK_OK;
}
