/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/file.h"
#include "espbak/chip.h"
#include "ops/content/backup_common.h"
#include "ops/content/explain.h"

static const uint64_t SMALLEST = 256 * 1024; /* the least flash an ESP8266 module was sold with */

typedef struct import_job {
    const espbak_import_options *options;
    espbak_backup_result *result;
    file *dump;
    uint8_t *buffer;
    espbak_manifest manifest;
    espbak_backup_writer *writer;
} import_job;

enum { BUFFER_SIZE = 64 * 1024 };

static uint64_t flash_for(uint64_t size)
{
    uint64_t flash = SMALLEST;
    while (flash < size)
        flash *= 2;
    return flash;
}

static espbak_status check_size(import_job *job, espbak_error *err)
{
    const char *path = job->options->file;
    const uint64_t size = job->result->size;
    if (size == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "%s is empty", path);
    if (size > ESPBAK_FLASH_SIZE_MAX || size % ESPBAK_FLASH_SECTOR != 0) {
        espbak_fail(err, ESPBAK_E_FILE, "%s has %llu bytes, which is %s", path, (unsigned long long)size,
                    size > ESPBAK_FLASH_SIZE_MAX ? "more than any flash" : "no whole number of 4096-byte sectors");
        espbak_error_hint(err, "a dump of a whole flash is as long as the flash; this one may be cut short");
        return ESPBAK_E_FILE;
    }
    if (flash_for(size) != size)
        espbak_log(job->options->events, ESPBAK_LOG_WARNING,
                   "%s has %llu bytes, which is the size of no flash: is it a dump of the whole flash?", path,
                   (unsigned long long)size);
    return ESPBAK_OK;
}

static espbak_status read_dump(void *user, uint64_t offset, void *data, size_t size, espbak_error *err)
{
    return file_read_at(user, offset, data, size, err);
}

static espbak_status choose_chip(import_job *job, const espbak_chip **chip, espbak_error *err)
{
    const espbak_import_options *options = job->options;
    const espbak_image_reader reader = {.read = read_dump, .ctx = job->dump, .size = job->result->size};
    const espbak_chip *found = NULL;
    if (explain_chip(&reader, &found, err) != ESPBAK_OK)
        return err->status;
    if (options->chip != NULL && found != NULL && found != options->chip) {
        espbak_fail(err, ESPBAK_E_USAGE, "%s has a bootloader for %s, not for %s", options->file, found->title,
                    options->chip->title);
        espbak_error_hint(err, "leave --chip away, or give --chip %s", found->name);
        return ESPBAK_E_USAGE;
    }
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
    manifest->flash.size = flash_for(job->result->size);
    if (chip != NULL) {
        snprintf(manifest->chip, sizeof(manifest->chip), "%s", chip->name);
        snprintf(manifest->chip_description, sizeof(manifest->chip_description), "%s", chip->title);
    }
    job->result->device.chip = chip;
    job->result->device.flash.size = manifest->flash.size;
    job->result->state = manifest->state;
    memcpy(job->result->verify_method, manifest->verify_method, sizeof(job->result->verify_method));
}

static espbak_status copy(import_job *job, espbak_error *err)
{
    const uint64_t size = job->result->size;
    const espbak_region region = backup_common_region(size);
    if (espbak_backup_begin_region(job->writer, &region, err) != ESPBAK_OK)
        return err->status;
    for (uint64_t at = 0; at < size;) {
        const size_t part = (size_t)bytes_min64(size - at, BUFFER_SIZE);
        if (cancel_check(job->options->cancel, err) != ESPBAK_OK ||
            file_read_at(job->dump, at, job->buffer, part, err) != ESPBAK_OK ||
            espbak_backup_append(job->writer, job->buffer, part, err) != ESPBAK_OK)
            return err->status;
        at += part;
        espbak_report_progress(job->options->events, "importing", at, size);
    }
    return espbak_backup_end_region(job->writer, err);
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
    if (file_open(&job->dump, options->file, err) != ESPBAK_OK ||
        file_size(job->dump, &job->result->size, err) != ESPBAK_OK)
        return err->status;
    if (check_size(job, err) != ESPBAK_OK || choose_chip(job, &chip, err) != ESPBAK_OK)
        return err->status;
    describe(job, chip);
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
    file_close(job.dump, false);
    espbak_manifest_free(&job.manifest);
    free(job.buffer);
    return status;
}
