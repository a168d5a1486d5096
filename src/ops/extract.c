/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/digest.h"
#include "base/file.h"
#include "ops/content/backup_common.h"
#include "ops/content/source.h"

enum { BUFFER_SIZE = 64 * 1024 };

typedef struct extract_job {
    const espbak_extract_options *options;
    espbak_extract_result *result;
    flash_source source;
    digest_pair hashes;
    file *out;
    uint8_t *buffer;
} extract_job;

static espbak_status choose(extract_job *job, espbak_error *err)
{
    const espbak_extract_options *options = job->options;
    espbak_region part;
    if (flash_source_open(&job->source, options->backup, options->chip, &options->table, err) != ESPBAK_OK ||
        flash_source_choose(&job->source, options->name, &part, err) != ESPBAK_OK)
        return err->status;
    snprintf(job->result->name, sizeof(job->result->name), "%s", part.name);
    job->result->offset = part.offset;
    job->result->size = part.size;
    return ESPBAK_OK;
}

static espbak_status hand_on(extract_job *job, size_t size, espbak_error *err)
{
    if (job->out != NULL)
        return file_write(job->out, job->buffer, size, err);
    return job->options->sink(job->options->user, job->buffer, size, err);
}

static espbak_status copy(extract_job *job, espbak_error *err)
{
    const espbak_image_reader reader = job->source.reader;
    const uint64_t end = job->result->offset + job->result->size;
    for (uint64_t at = job->result->offset; at < end;) {
        const size_t part = (size_t)bytes_min64(end - at, BUFFER_SIZE);
        if (cancel_check(job->options->cancel, err) != ESPBAK_OK ||
            reader.read(reader.ctx, at, job->buffer, part, err) != ESPBAK_OK ||
            digest_pair_update(&job->hashes, job->buffer, part, err) != ESPBAK_OK ||
            hand_on(job, part, err) != ESPBAK_OK)
            return err->status;
        at += part;
    }
    return digest_pair_finish(&job->hashes, job->result->sha256, job->result->md5, err);
}

static espbak_status extract_part(extract_job *job, espbak_error *err)
{
    const espbak_extract_options *options = job->options;
    job->buffer = malloc(BUFFER_SIZE);
    if (job->buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (choose(job, err) != ESPBAK_OK)
        return err->status;
    if (options->file != NULL && file_create_atomic(&job->out, options->file, options->overwrite, err) != ESPBAK_OK)
        return err->status;
    if (job->source.backup != NULL && backup_common_check(job->source.backup, options->events, err) != ESPBAK_OK)
        return err->status;
    if (digest_pair_new(&job->hashes, err) != ESPBAK_OK || copy(job, err) != ESPBAK_OK)
        return err->status;
    if (job->source.backup != NULL)
        backup_common_warn_holes(job->source.backup, job->result->offset, job->result->size, options->events);
    file *out = job->out;
    job->out = NULL;
    return out != NULL ? file_commit(out, err) : ESPBAK_OK;
}

espbak_status espbak_extract_run(const espbak_extract_options *options, espbak_extract_result *result,
                                 espbak_error *err)
{
    espbak_error unheard = {0};
    extract_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_extract_result){0};
    const espbak_status status = extract_part(&job, err);
    file_close(job.out, true);
    digest_pair_free(&job.hashes);
    flash_source_close(&job.source);
    free(job.buffer);
    return status;
}
