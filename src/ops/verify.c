/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/reconnect.h"
#include "espbak/backup.h"
#include "espbak/flash.h"
#include "ops/content/backup_common.h"
#include "ops/proof/witness.h"
#include "ops/safety/match.h"
#include "ops/safety/unchanged.h"

typedef struct verify_job {
    const espbak_verify_options *options;
    espbak_verify_result *result;
    espbak_backup *backup;
    espbak_session *session;
    reconnect again;
    piece_list pieces;
    difference_list differences;
} verify_job;

static espbak_status open_backup(verify_job *job, espbak_error *err)
{
    const espbak_verify_options *options = job->options;
    if (espbak_backup_open(&job->backup, options->backup, err) != ESPBAK_OK)
        return err->status;
    const espbak_manifest *manifest = espbak_backup_manifest(job->backup);
    job->result->path = bytes_copy_text(espbak_backup_path(job->backup));
    if (job->result->path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    job->result->state = manifest->state;
    job->result->regions = manifest->region_count;
    job->result->flash_size = espbak_manifest_is_beginning(manifest) ? manifest->flash.size : 0;
    if (backup_common_check(job->backup, options->session.events, err) != ESPBAK_OK)
        return err->status;
    job->result->files_checked = true;
    if (piece_list_of_backup(&job->pieces, job->backup, err) != ESPBAK_OK)
        return err->status;
    job->result->size = job->pieces.bytes;
    job->result->hole_bytes = job->pieces.hole_bytes;
    return ESPBAK_OK;
}

static espbak_status open_files(verify_job *job, espbak_error *err)
{
    if (piece_list_of_files(&job->pieces, job->options->files, job->options->file_count, false, err) != ESPBAK_OK)
        return err->status;
    job->result->size = job->pieces.bytes;
    job->result->regions = job->pieces.count;
    return ESPBAK_OK;
}

static espbak_status report_differences(verify_job *job, espbak_error *err)
{
    const difference_list *found = &job->differences;
    espbak_verify_result *result = job->result;
    result->different_bytes = found->bytes;
    if (found->count == 0)
        return ESPBAK_OK;
    result->differences = calloc(found->count, sizeof(found->ranges[0]));
    if (result->differences == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    memcpy(result->differences, found->ranges, found->count * sizeof(found->ranges[0]));
    result->difference_count = found->count;
    const unsigned long long first = found->ranges[0].offset, end = first + found->ranges[0].size;
    espbak_fail(err, ESPBAK_E_DIFFERS,
                "the device differs from the %s, first from 0x%llX to 0x%llX; %llu bytes in %zu range%s, counted in "
                "sectors",
                job->backup != NULL ? "backup" : "files", first, end, (unsigned long long)found->bytes, found->count,
                found->count == 1 ? "" : "s");
    if (job->backup != NULL)
        espbak_error_hint(err, "the backup itself is sound; applications write to flash on their own, settings and "
                               "calibration on almost every start");
    return ESPBAK_E_DIFFERS;
}

/* All of it in one visit: what was compared before the device went away may have changed since. */
static espbak_status compare_all(void *user, espbak_error *err)
{
    verify_job *job = user;
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = job->options->session.events};
    difference_list_free(&job->differences);
    if (witness_call(job->session, &job->result->witnesses, err) != ESPBAK_OK)
        return err->status;
    return compare_device(job->session, &job->pieces, &how, &job->differences, err);
}

static espbak_status check_device(verify_job *job, espbak_error *err)
{
    const espbak_verify_options *options = job->options;
    const reconnect_step step = {.run = compare_all, .user = job};
    if (reconnect_open(&job->session, &options->session, err) != ESPBAK_OK)
        return err->status;
    reconnect_init(&job->again, &options->session, options->wait_seconds, job->session);
    job->result->device = *espbak_session_device(job->session);
    if (espbak_flash_can_hash(job->session, err) != ESPBAK_OK)
        return err->status;
    if (job->backup != NULL && match_same_device(espbak_backup_manifest(job->backup), &job->result->device,
                                                 options->session.events, err) != ESPBAK_OK)
        return err->status;
    if (piece_list_check_size(&job->pieces, job->result->device.flash.size, err) != ESPBAK_OK)
        return err->status;
    if (reconnect_insist(&job->again, &job->session, &step, err) != ESPBAK_OK)
        return err->status;
    job->result->device_checked = true;
    return report_differences(job, err);
}

static espbak_status check_files_and_device(verify_job *job, espbak_error *err)
{
    const espbak_status opened = job->options->backup != NULL ? open_backup(job, err) : open_files(job, err);
    if (opened != ESPBAK_OK || job->options->offline)
        return opened;
    return check_device(job, err);
}

espbak_status espbak_verify_run(const espbak_verify_options *options, espbak_verify_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_verify_options own = *options;
    verify_job job = {.options = &own, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_verify_result){0};
    own.session.reads_only = true;
    espbak_status status = check_files_and_device(&job, err);
    status = unchanged_end(&job.session, &own.session, &job.again, status, err);
    espbak_session_close(job.session);
    piece_list_free(&job.pieces);
    difference_list_free(&job.differences);
    espbak_backup_close(job.backup);
    return status;
}

void espbak_verify_result_free(espbak_verify_result *result)
{
    free(result->path);
    free(result->differences);
    *result = (espbak_verify_result){0};
}
