/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/file.h"
#include "espbak/chip.h"
#include "ops/content/backup_common.h"
#include "ops/explain/explain.h"
#include "ops/pieces/dump.h"
#include "ops/pieces/redacted.h"

typedef struct import_job {
    const espbak_import_options *options;
    espbak_backup_result *result;
    dump_file dump;
    uint8_t *buffer;
    espbak_manifest manifest;
    espbak_backup_writer *writer;
} import_job;

enum { BUFFER_SIZE = 64 * 1024 };

/* A part is no flash: an application would be written where the bootloader belongs. */
static espbak_status refuse_part(import_job *job, espbak_error *err)
{
    espbak_boot_report report;
    const espbak_chip *chip;
    bool alone = false;
    const espbak_image_reader reader = dump_held_reader(&job->dump);
    if (explain_alone(&reader, job->options->chip, &report, &chip, &alone, err) != ESPBAK_OK)
        return err->status;
    if (!alone)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "%s: %s", job->options->file, report.reason);
    if (raw_file_is_placed(job->dump.raw)) {
        espbak_error_suggest(err, (const char *const[]){"write", "0x0", "--", job->options->file, NULL});
        espbak_error_hint(err, "it says itself where it belongs; write it there:");
    }
    espbak_error_hint(err, "write it to the offset that it belongs to, with the command write");
    espbak_boot_report_free(&report);
    return ESPBAK_E_FILE;
}

static uint64_t sector_floor(uint64_t at)
{
    return at / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
}

/* Backups are made of whole sectors. */
static espbak_region region_of(const import_job *job, size_t index)
{
    const container *inside = &job->dump.raw->inside;
    const container_part *part = &inside->parts[index];
    const uint64_t start = sector_floor(part->offset);
    espbak_region region =
        backup_common_region(sector_floor(part->offset + part->size + ESPBAK_FLASH_SECTOR - 1) - start);
    region.offset = start;
    if (inside->part_count > 1) {
        snprintf(region.name, sizeof(region.name), "at-0x%llX", (unsigned long long)start);
        snprintf(region.file, sizeof(region.file), "at-0x%llX.bin", (unsigned long long)start);
    }
    return region;
}

static void tell_size(import_job *job)
{
    const espbak_events *events = job->options->events;
    const container *inside = &job->dump.raw->inside;
    uint64_t held = 0;
    raw_file_tell(job->dump.raw, job->options->file, events);
    for (size_t i = 0; i < inside->part_count; i++) {
        held += inside->parts[i].size;
        job->result->size += region_of(job, i).size;
    }
    if (job->result->size != held)
        espbak_log(events, ESPBAK_LOG_INFO, "%s has %llu bytes: padded with 0xFF to %llu", job->options->file,
                   (unsigned long long)held, (unsigned long long)job->result->size);
    if (inside->kind != CONTAINER_NONE)
        espbak_log(events, ESPBAK_LOG_INFO, "the rest of the flash is not in it, and is left as it is by a restore");
    else if (!dump_is_whole(&job->dump))
        espbak_log(events, ESPBAK_LOG_WARNING, "%s has %llu bytes: it is kept as the beginning of a flash of %llu KiB",
                   job->options->file, (unsigned long long)held, (unsigned long long)(job->dump.flash_size >> 10));
}

static espbak_status choose_chip(import_job *job, const espbak_chip **chip, espbak_error *err)
{
    const espbak_import_options *options = job->options;
    const espbak_image_reader reader = dump_reader(&job->dump);
    const espbak_chip *found = NULL;
    if (explain_chip(&reader, &found, err) != ESPBAK_OK)
        return err->status;
    if (options->chip != NULL && found != NULL && found != options->chip) {
        espbak_fail(err, ESPBAK_E_USAGE, "%s is for %s, not for %s", options->file, found->title, options->chip->title);
        espbak_error_hint(err, "leave --chip away, or give --chip %s", found->name);
        return ESPBAK_E_USAGE;
    }
    if (found == NULL)
        found = job->dump.raw->chip;
    *chip = options->chip != NULL ? options->chip : found;
    if (found == NULL && options->chip != NULL)
        espbak_log(options->events, ESPBAK_LOG_WARNING, "no bootloader of %s was found in %s", options->chip->title,
                   options->file);
    if (*chip == NULL)
        espbak_log(options->events, ESPBAK_LOG_WARNING,
                   "no bootloader was found in %s, so its chip is not known; give it with --chip", options->file);
    return ESPBAK_OK;
}

static void describe(import_job *job, const espbak_chip *chip)
{
    espbak_manifest *manifest = &job->manifest;
    backup_common_describe(manifest, job->options->note);
    manifest->state = ESPBAK_STATE_UNVERIFIED;
    snprintf(manifest->verify_method, sizeof(manifest->verify_method), ESPBAK_METHOD_IMPORTED);
    manifest->flash.size = job->dump.flash_size;
    if (chip != NULL) {
        snprintf(manifest->chip, sizeof(manifest->chip), "%s", chip->name);
        snprintf(manifest->chip_description, sizeof(manifest->chip_description), "%s", chip->title);
    }
    job->result->device.chip = chip;
    job->result->device.flash.size = manifest->flash.size;
    job->result->state = manifest->state;
    memcpy(job->result->verify_method, manifest->verify_method, sizeof(job->result->verify_method));
}

/* Whoever looks at the backup later is told, and nothing restores it without being told to. */
static void note_redacted(import_job *job)
{
    const espbak_image_reader reader = dump_reader(&job->dump);
    const container *inside = &job->dump.raw->inside;
    uint64_t at = 0;
    for (size_t i = 0; i < inside->part_count; i++) {
        if (!redacted_find(&reader, inside->parts[i].offset, inside->parts[i].size, &at))
            continue;
        espbak_log(job->options->events, ESPBAK_LOG_WARNING,
                   "%s is redacted: it can be looked into, and a restore of it is refused", job->options->file);
        if (job->manifest.note[0] == '\0')
            snprintf(job->manifest.note, sizeof(job->manifest.note), "redacted: not to be restored");
        return;
    }
}

static espbak_status copy_region(import_job *job, const espbak_region *region, uint64_t *done, espbak_error *err)
{
    const espbak_image_reader reader = dump_reader(&job->dump);
    if (espbak_backup_begin_region(job->writer, region, err) != ESPBAK_OK)
        return err->status;
    for (uint64_t at = 0; at < region->size;) {
        const size_t part = (size_t)bytes_min64(region->size - at, BUFFER_SIZE);
        if (cancel_check(job->options->cancel, err) != ESPBAK_OK ||
            reader.read(reader.ctx, region->offset + at, job->buffer, part, err) != ESPBAK_OK ||
            espbak_backup_append(job->writer, job->buffer, part, err) != ESPBAK_OK)
            return err->status;
        at += part;
        *done += part;
        espbak_report_progress(job->options->events, "importing", *done, job->result->size);
    }
    return espbak_backup_end_region(job->writer, err);
}

static espbak_status copy(import_job *job, espbak_error *err)
{
    uint64_t done = 0;
    for (size_t i = 0; i < job->dump.raw->inside.part_count; i++) {
        const espbak_region region = region_of(job, i);
        if (copy_region(job, &region, &done, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status import_dump(import_job *job, espbak_error *err)
{
    const espbak_import_options *options = job->options;
    const espbak_chip *chip = NULL;
    if (backup_common_check_note(options->note, err) != ESPBAK_OK)
        return err->status;
    job->buffer = malloc(BUFFER_SIZE);
    if (job->buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (dump_open(&job->dump, options->file, err) != ESPBAK_OK || refuse_part(job, err) != ESPBAK_OK)
        return err->status;
    tell_size(job);
    if (choose_chip(job, &chip, err) != ESPBAK_OK)
        return err->status;
    describe(job, chip);
    note_redacted(job);
    if (espbak_backup_create(&job->writer, options->folder, options->name, &job->manifest, err) != ESPBAK_OK)
        return err->status;
    if (copy(job, err) != ESPBAK_OK)
        return err->status;
    backup_common_explain(job->writer, &job->manifest, NULL, job->result, options->events);
    return backup_common_seal(job->writer, &job->manifest, job->result, err);
}

espbak_status espbak_import_run(const espbak_import_options *options, espbak_backup_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    import_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_backup_result){0};
    const espbak_status status = import_dump(&job, err);
    /* The dump is still there, so half a copy of it is worth nothing. */
    espbak_backup_writer_close(job.writer, !result->sealed);
    dump_close(&job.dump);
    espbak_manifest_free(&job.manifest);
    free(job.buffer);
    return status;
}
