/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "espbak/backup.h"
#include "ops/backup_common.h"
#include "ops/device_contents.h"
#include "ops/job.h"
#include "ops/select.h"

typedef struct backup_job {
    const espbak_backup_options *options;
    espbak_backup_result *result;
    espbak_session *session;
    espbak_manifest manifest;
    espbak_backup_writer *writer;
    select_list *parts;       /* what is saved, in the order of the flash */
    espbak_contents *outline; /* of the device, where parts of it are wanted; NULL otherwise */
    uint64_t done;            /* bytes of the parts that were read or verified */
    file *written;            /* a data file, read back from the disk */
} backup_job;

static espbak_status append(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)offset;
    return espbak_backup_append(user, data, size, err);
}

/* Nothing is continued unasked, but whoever left something behind should know. */
static void mention_unfinished(const backup_job *job)
{
    espbak_backup_entry *entries = NULL;
    espbak_error ignored = {0};
    size_t count = 0;
    char mac[13], start[64];
    bytes_to_hex(mac, job->manifest.mac, sizeof(job->manifest.mac));
    snprintf(start, sizeof(start), "%s-%s-", job->manifest.chip, mac);
    if (!job->manifest.mac_known || file_kind_of(job->options->folder) == FILE_KIND_MISSING ||
        espbak_backup_list(job->options->folder, &entries, &count, &ignored) != ESPBAK_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].partial && strncmp(entries[i].name, start, strlen(start)) == 0)
            espbak_log(job->options->session.events, ESPBAK_LOG_WARNING,
                       "there is an unfinished backup of this device, %s; this run starts a new one", entries[i].path);
    }
    free(entries);
}

static espbak_status choose_named(backup_job *job, const espbak_selection *wanted, espbak_error *err)
{
    const uint64_t flash_size = job->result->device.flash.size;
    const espbak_events *events = job->options->session.events;
    job->outline = calloc(1, sizeof(*job->outline));
    if (job->outline == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (device_contents_look(job->session, &wanted->table, NULL, job->outline, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "looking for the partition table");
    explain_warn(job->outline, events);
    if (wanted->critical)
        return select_critical(job->parts, job->outline, flash_size, events, err);
    return select_names(job->parts, job->outline, flash_size, wanted->names, wanted->count, err);
}

static espbak_status choose_parts(backup_job *job, espbak_error *err)
{
    job->parts = calloc(1, sizeof(*job->parts));
    if (job->parts == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (job->options->parts == NULL) {
        job->parts->count = 1;
        job->parts->parts[0].region = backup_common_region(job->result->device.flash.size);
    } else if (choose_named(job, job->options->parts, err) != ESPBAK_OK) {
        return err->status;
    }
    for (size_t i = 0; i < job->parts->count; i++)
        job->result->size += job->parts->parts[i].region.size;
    return ESPBAK_OK;
}

static espbak_status start_backup(backup_job *job, espbak_error *err)
{
    const espbak_device_info *device = espbak_session_device(job->session);
    job->result->device = *device;
    if (espbak_flash_can_read(job->session, err) != ESPBAK_OK)
        return err->status;
    job->result->ciphertext = job_warn_ciphertext(device, job->options->session.events);
    espbak_manifest_set_device(&job->manifest, device);
    backup_common_describe(&job->manifest, job->options->note);
    if (choose_parts(job, err) != ESPBAK_OK)
        return err->status;
    mention_unfinished(job);
    return espbak_backup_create(&job->writer, job->options->folder, job->options->name, &job->manifest, err);
}

static espbak_status read_part(backup_job *job, const espbak_region *region, espbak_error *err)
{
    const espbak_flash_read_options how = {.progress_base = job->done, .progress_total = job->result->size};
    if (espbak_backup_begin_region(job->writer, region, err) != ESPBAK_OK)
        return err->status;
    snprintf(job->result->path, sizeof(job->result->path), "%s", espbak_backup_writer_path(job->writer));
    if (espbak_flash_read(job->session, region->offset, region->size, &how, append, job->writer, err) != ESPBAK_OK)
        return job->parts->count > 1 ? espbak_error_prefix(err, "%s", region->name) : err->status;
    job->done += region->size;
    return espbak_backup_end_region(job->writer, err);
}

static espbak_status read_flash(backup_job *job, espbak_error *err)
{
    const job_start start = job_start_now(job->session);
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < job->parts->count && status == ESPBAK_OK; i++)
        status = read_part(job, &job->parts->parts[i].region, err);
    job_stats(&job->result->stats, job->session, start, job->result->size);
    return status;
}

static espbak_status read_written(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    return file_read_at(user, offset, data, size, err);
}

static espbak_status verify_block(backup_job *job, const espbak_region *region, uint64_t at, uint64_t end,
                                  espbak_error *err)
{
    uint8_t file_md5[16], chip_md5[16];
    if (job_md5(read_written, job->written, at - region->offset, end - at, file_md5, err) != ESPBAK_OK)
        return err->status;
    if (espbak_flash_md5(job->session, at, end - at, chip_md5, err) != ESPBAK_OK)
        return err->status;
    if (memcmp(file_md5, chip_md5, sizeof(chip_md5)) == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_DIFFERS, "the backup from 0x%llX to 0x%llX is not what the chip says is there",
                (unsigned long long)at, (unsigned long long)end);
    espbak_error_hint(err, "run it again with a lower --baud; if it stays, with --no-stub");
    return ESPBAK_E_DIFFERS;
}

static espbak_status open_written(backup_job *job, const espbak_region *region, espbak_error *err)
{
    char *path = file_join(espbak_backup_writer_path(job->writer), region->file);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    file_close(job->written, false);
    job->written = NULL;
    const espbak_status status = file_open(&job->written, path, err);
    free(path);
    return status;
}

static espbak_status verify_part(backup_job *job, const espbak_region *region, espbak_error *err)
{
    const uint64_t last = region->offset + region->size;
    if (open_written(job, region, err) != ESPBAK_OK)
        return err->status;
    for (uint64_t at = region->offset, end; at < last; at = end) {
        end = job_second_look_end(at, last);
        if (verify_block(job, region, at, end, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "verifying the backup");
        job->done += end - at;
        espbak_report_progress(job->options->session.events, "verifying", job->done, job->result->size);
    }
    return ESPBAK_OK;
}

static espbak_status verify(backup_job *job, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    job->done = 0;
    for (size_t i = 0; i < job->parts->count && status == ESPBAK_OK; i++)
        status = verify_part(job, &job->parts->parts[i].region, err);
    return status;
}

static void set_state(backup_job *job, bool verified)
{
    espbak_manifest *manifest = &job->manifest;
    const espbak_job_stats *stats = &job->result->stats;
    manifest->state = verified ? ESPBAK_STATE_VERIFIED : ESPBAK_STATE_UNVERIFIED;
    snprintf(manifest->verify_method, sizeof(manifest->verify_method), "%s", verified ? "device-md5" : "none");
    manifest->retries = stats->retries;
    manifest->bytes_on_wire = stats->bytes_on_wire;
    manifest->seconds = stats->seconds;
    job->result->state = manifest->state;
    memcpy(job->result->verify_method, manifest->verify_method, sizeof(job->result->verify_method));
}

static espbak_status run(backup_job *job, espbak_error *err)
{
    if (backup_common_check_note(job->options->note, err) != ESPBAK_OK)
        return err->status;
    if (espbak_session_open(&job->session, &job->options->session, err) != ESPBAK_OK)
        return err->status;
    if (start_backup(job, err) != ESPBAK_OK || read_flash(job, err) != ESPBAK_OK)
        return err->status;
    if (!job->options->no_verify && verify(job, err) != ESPBAK_OK)
        return err->status;
    set_state(job, !job->options->no_verify);
    backup_common_explain(job->writer, &job->manifest, job->outline, job->result, job->options->session.events);
    return backup_common_seal(job->writer, &job->manifest, job->result, err);
}

espbak_status espbak_backup_run(const espbak_backup_options *options, espbak_backup_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    backup_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_backup_result){0};
    const espbak_status status = run(&job, err);
    file_close(job.written, false);
    espbak_backup_writer_close(job.writer, false);
    espbak_session_close(job.session);
    espbak_manifest_free(&job.manifest);
    free(job.parts);
    free(job.outline);
    if (result->path[0] != '\0' && !result->sealed && file_kind_of(result->path) == FILE_KIND_MISSING)
        result->path[0] = '\0';
    return status;
}
