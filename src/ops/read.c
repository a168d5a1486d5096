/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/bytes.h"
#include "espbak/flash.h"
#include "ops/capture/capture.h"
#include "ops/capture/plain_file.h"
#include "ops/capture/stats.h"
#include "ops/capture/stream.h"
#include "ops/safety/unchanged.h"

typedef struct read_job {
    const espbak_read_options *options;
    espbak_read_result *result;
    espbak_session *session;
    plain_file file; /* gets the bytes where one is named, else: */
    stream stream;
    espbak_region region;
    capture capture;
} read_job;

static espbak_status check_range(read_job *job, espbak_error *err)
{
    const uint64_t flash = job->result->device.flash.size;
    espbak_read_result *result = job->result;
    result->offset = job->options->offset;
    result->size = job->options->size;
    if (job->options->all && result->offset < flash)
        result->size = flash - result->offset;
    const bool fits = bytes_range_within(result->offset, result->size, flash);
    if (fits && result->size > 0 && result->offset < flash)
        return ESPBAK_OK;
    if (fits && result->offset < flash)
        return espbak_fail(err, ESPBAK_E_USAGE, "nothing to read: the size is 0");
    if (result->offset >= flash)
        espbak_fail(err, ESPBAK_E_USAGE, "offset 0x%llX is past the end of the flash at 0x%llX",
                    (unsigned long long)result->offset, (unsigned long long)flash);
    else
        espbak_fail(err, ESPBAK_E_USAGE, "0x%llX bytes from 0x%llX reach past the end of the flash at 0x%llX",
                    (unsigned long long)result->size, (unsigned long long)result->offset, (unsigned long long)flash);
    espbak_error_suggest(err, (const char *const[]){"info", NULL});
    espbak_error_hint(err, "ALL as the size reads up to the end; where the size is known from:");
    return ESPBAK_E_USAGE;
}

/* Unlike a backup a file has no list of what is missing, so a sector that cannot be read is an error. */
static espbak_status open_capture(read_job *job, espbak_error *err)
{
    const espbak_read_options *options = job->options;
    const saving_wanted wanted = {.full = options->full,
                                  .no_verify = options->no_verify,
                                  .base = options->base,
                                  .events = options->session.events};
    job->region = (espbak_region){.name = "flash", .offset = job->result->offset, .size = job->result->size};
    job->capture = (capture){
        .session = &job->session,
        .to = options->file != NULL ? to_file(&job->file) : to_stream(&job->stream),
        .regions = &job->region,
        .count = 1,
        .spots_max = 0,
        .link = &job->result->device.link,
        .events = options->session.events,
    };
    return capture_open(&job->capture, &options->session, options->wait_seconds, &wanted, err);
}

static espbak_status read_region(read_job *job, espbak_error *err)
{
    capture *c = &job->capture;
    espbak_read_result *result = job->result;
    const stats_start start = stats_begin(job->session);
    espbak_status status = open_capture(job, err);
    if (status == ESPBAK_OK)
        status = capture_read(c, err);
    stats_count(&result->stats, &c->again, job->session, start, c->to.ops->appended(c->to.impl));
    saving_report(&c->savings, &result->saved);
    if (status != ESPBAK_OK || !capture_needs_proof(c, job->options->no_verify))
        return status;
    status = capture_verify(c, err);
    result->witnesses = c->witnesses;
    result->verified = status == ESPBAK_OK;
    return status;
}

/* The hashes come last: verifying may have replaced sectors. */
static espbak_status keep(read_job *job, espbak_error *err)
{
    espbak_read_result *result = job->result;
    if (job->options->file == NULL)
        return stream_hash(&job->stream, result->sha256, result->md5, err);
    if (plain_file_hash(&job->file, result->sha256, result->md5, err) != ESPBAK_OK)
        return err->status;
    return plain_file_keep(&job->file, result->sha256, err);
}

static espbak_status read_and_keep(read_job *job, espbak_error *err)
{
    const espbak_read_options *options = job->options;
    espbak_read_result *result = job->result;
    if (options->file != NULL && plain_file_create(&job->file, options->file, options->overwrite, err) != ESPBAK_OK)
        return err->status;
    if (reconnect_open(&job->session, &options->session, err) != ESPBAK_OK)
        return err->status;
    result->device = *espbak_session_device(job->session);
    if (check_range(job, err) != ESPBAK_OK || espbak_flash_can_read(job->session, err) != ESPBAK_OK)
        return err->status;
    result->ciphertext = capture_warn_ciphertext(&result->device, options->session.events);
    if (read_region(job, err) != ESPBAK_OK)
        return err->status;
    if (unchanged_end(&job->session, &options->session, &job->capture.again, ESPBAK_OK, err) != ESPBAK_OK)
        return err->status;
    return keep(job, err);
}

espbak_status espbak_read_run(const espbak_read_options *options, espbak_read_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_read_options own = *options;
    read_job job = {.options = &own, .result = result, .stream = {.options = &own}};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_read_result){0};
    own.session.reads_only = true;
    espbak_status status = read_and_keep(&job, err);
    if (status != ESPBAK_OK)
        status = unchanged_end(&job.session, &own.session, &job.capture.again, status, err);
    espbak_session_close(job.session);
    capture_close(&job.capture);
    plain_file_close(&job.file);
    stream_close(&job.stream);
    return status;
}

void espbak_read_result_free(espbak_read_result *result)
{
    free(result->saved.base);
    *result = (espbak_read_result){0};
}
