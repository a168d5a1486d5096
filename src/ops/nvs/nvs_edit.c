/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "espbak/chip.h"
#include "espbak/events.h"
#include "ops/content/backup_common.h"
#include "ops/nvs/edit_partition.h"

typedef struct edit_job {
    const espbak_nvs_edit_options *options;
    espbak_backup_result *result;
    flash_source source;
    edited_partition edited;
    espbak_manifest manifest;
    espbak_backup_writer *writer;
} edit_job;

enum { BUFFER_SIZE = 64 * 1024 };

static espbak_status open_source(edit_job *job, espbak_error *err)
{
    const espbak_nvs_edit_options *options = job->options;
    if (flash_source_open(&job->source, options->backup, NULL, &options->table, err) != ESPBAK_OK)
        return err->status;
    if (job->source.backup == NULL) {
        espbak_fail(err, ESPBAK_E_USAGE, "%s is a file, and settings are changed in a copy of a backup",
                    options->backup);
        if (!job->source.alone) {
            espbak_error_suggest(err, (const char *const[]){"import", "--", options->backup, NULL});
            espbak_error_hint(err, "make a backup of it:");
        }
        return ESPBAK_E_USAGE;
    }
    return backup_common_check(job->source.backup, options->events, err);
}

/* What the old one says of the device is true of the new one; how its bytes came here is not. */
static espbak_status copy_manifest(edit_job *job, espbak_error *err)
{
    const espbak_manifest *old = espbak_backup_manifest(job->source.backup);
    espbak_manifest *manifest = &job->manifest;
    char *json = NULL;
    if (espbak_manifest_format(old, &json, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_manifest_parse(manifest, json, strlen(json), err);
    espbak_free(json);
    if (status != ESPBAK_OK)
        return status;
    for (size_t i = 0; i < manifest->region_count; i++)
        free(manifest->regions[i].unreadable);
    manifest->region_count = 0;
    backup_common_describe(manifest, job->options->note != NULL ? job->options->note : old->note);
    manifest->state = old->state == ESPBAK_STATE_HOLES ? ESPBAK_STATE_HOLES : ESPBAK_STATE_EDITED;
    /* That it is a merged image has to be known further on. */
    if (strcmp(old->verify_method, ESPBAK_METHOD_IMPORTED) != 0)
        snprintf(manifest->verify_method, sizeof(manifest->verify_method), ESPBAK_METHOD_EDITED);
    manifest->read_by[0] = manifest->confirmed_by[0] = manifest->base[0] = '\0';
    manifest->confirmed_alone = false;
    manifest->line_bytes = manifest->erased_bytes = manifest->base_bytes = 0;
    manifest->source_count = 0;
    manifest->link = (espbak_link_info){.port = ""};
    return ESPBAK_OK;
}

static espbak_status note_edits(edit_job *job, espbak_error *err)
{
    const espbak_manifest *old = espbak_backup_manifest(job->source.backup);
    espbak_manifest_edited *edited = &job->manifest.edited;
    snprintf(edited->from, sizeof(edited->from), "%s", file_name_of(espbak_backup_path(job->source.backup)));
    memcpy(edited->from_created, old->created, sizeof(edited->from_created));
    for (size_t i = 0; i < job->edited.edit_count; i++) {
        if (espbak_manifest_add_edit(&job->manifest, &job->edited.edits[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* Put what was changed over bytes that begin at `at` of the flash. */
static void overlay(const edit_job *job, uint64_t at, uint8_t *bytes, size_t size)
{
    const uint64_t start = job->edited.entry->offset, end = start + job->edited.entry->size;
    const uint64_t from = at > start ? at : start, to = bytes_min64(at + size, end);
    if (from < to)
        memcpy(bytes + (from - at), job->edited.bytes + (from - start), (size_t)(to - from));
}

static espbak_status copy_region(edit_job *job, size_t index, uint64_t *done, uint8_t *buffer, espbak_error *err)
{
    const espbak_region *region = &espbak_backup_manifest(job->source.backup)->regions[index];
    espbak_region copy = *region;
    copy.unreadable = NULL;
    copy.unreadable_count = 0;
    if (espbak_backup_begin_region(job->writer, &copy, err) != ESPBAK_OK)
        return err->status;
    for (uint64_t at = 0; at < region->size;) {
        const size_t part = (size_t)bytes_min64(region->size - at, BUFFER_SIZE);
        if (cancel_check(job->options->cancel, err) != ESPBAK_OK ||
            espbak_backup_read(job->source.backup, index, at, buffer, part, err) != ESPBAK_OK)
            return err->status;
        overlay(job, region->offset + at, buffer, part);
        if (espbak_backup_append(job->writer, buffer, part, err) != ESPBAK_OK)
            return err->status;
        at += part;
        *done += part;
        espbak_report_progress(job->options->events, "copying", *done, job->result->size);
    }
    if (espbak_backup_end_region(job->writer, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < region->unreadable_count; i++) {
        if (espbak_manifest_add_hole(&job->manifest, index, &region->unreadable[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status copy_regions(edit_job *job, espbak_error *err)
{
    const espbak_manifest *old = espbak_backup_manifest(job->source.backup);
    uint8_t *buffer = malloc(BUFFER_SIZE);
    uint64_t done = 0;
    espbak_status status = ESPBAK_OK;
    if (buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < old->region_count; i++)
        job->result->size += old->regions[i].size;
    for (size_t i = 0; i < old->region_count && status == ESPBAK_OK; i++)
        status = copy_region(job, i, &done, buffer, err);
    free(buffer);
    return status;
}

static void describe_result(edit_job *job)
{
    const espbak_manifest *manifest = &job->manifest;
    espbak_backup_result *result = job->result;
    result->state = manifest->state;
    memcpy(result->verify_method, manifest->verify_method, sizeof(result->verify_method));
    result->device.chip = manifest->chip[0] != '\0' ? espbak_chip_by_name(manifest->chip) : NULL;
    result->device.flash = manifest->flash;
}

static espbak_status edit_backup(edit_job *job, espbak_error *err)
{
    const espbak_nvs_edit_options *options = job->options;
    if (backup_common_check_note(options->note, err) != ESPBAK_OK || open_source(job, err) != ESPBAK_OK ||
        edit_partition(&job->edited, &job->source, options, err) != ESPBAK_OK || copy_manifest(job, err) != ESPBAK_OK ||
        note_edits(job, err) != ESPBAK_OK)
        return err->status;
    const espbak_manifest *old = espbak_backup_manifest(job->source.backup);
    if (!espbak_manifest_is_flash(old))
        backup_common_name_parts(&job->manifest, old->regions, old->region_count);
    describe_result(job);
    if (espbak_backup_create(&job->writer, options->folder, options->name, &job->manifest, err) != ESPBAK_OK ||
        copy_regions(job, err) != ESPBAK_OK)
        return err->status;
    return backup_common_seal(job->writer, &job->manifest, job->result, err);
}

espbak_status espbak_nvs_edit_run(const espbak_nvs_edit_options *options, espbak_backup_result *result,
                                  espbak_error *err)
{
    espbak_error unheard = {0};
    edit_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_backup_result){0};
    const espbak_status status = edit_backup(&job, err);
    /* What it was made of is still there, so half a copy of it is worth nothing. */
    espbak_backup_writer_close(job.writer, !result->sealed);
    edit_partition_free(&job.edited);
    flash_source_close(&job.source);
    espbak_manifest_free(&job.manifest);
    return status;
}
