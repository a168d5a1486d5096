/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/diff.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "device/visit/reconnect.h"
#include "espbak/flash.h"
#include "ops/content/device_contents.h"
#include "ops/content/efuses.h"
#include "ops/content/flash_reader.h"
#include "ops/proof/compare.h"
#include "ops/safety/match.h"
#include "ops/safety/unchanged.h"

typedef struct diff_job {
    const espbak_diff_options *options;
    espbak_diff_result *result;
    flash_source first, second;
    espbak_session *session; /* NULL without a device */
    flash_reader *cache;
    espbak_contents *on_device;
    piece_list pieces; /* of `first`, to be compared by the chip */
    difference_list differences;
    diff_side a, b;
} diff_job;

static bool is_held(const diff_side *side, uint64_t offset, size_t size)
{
    if (!bytes_range_within(offset, size, side->reader.size))
        return false;
    return side->source == NULL || flash_source_holds(side->source, offset, size);
}

/* Sectors that both have. */
static espbak_status compare_sector(diff_job *job, uint64_t at, espbak_error *err)
{
    uint8_t mine[ESPBAK_FLASH_SECTOR], theirs[ESPBAK_FLASH_SECTOR];
    const size_t size = (size_t)bytes_min64(sizeof(mine), bytes_min64(job->a.reader.size, job->b.reader.size) - at);
    espbak_diff_part *part = diff_parts_find(job->result, at);
    if (job->a.reader.read(job->a.reader.ctx, at, mine, size, err) != ESPBAK_OK ||
        job->b.reader.read(job->b.reader.ctx, at, theirs, size, err) != ESPBAK_OK)
        return err->status;
    uint64_t different = 0;
    for (size_t i = 0; i < size; i++)
        different += mine[i] != theirs[i];
    part->bytes += different;
    part->sectors += different > 0;
    return ESPBAK_OK;
}

static espbak_status compare_files(diff_job *job, espbak_error *err)
{
    const espbak_diff_options *options = job->options;
    const uint64_t end = bytes_min64(job->a.reader.size, job->b.reader.size);
    for (uint64_t at = 0; at < end; at += ESPBAK_FLASH_SECTOR) {
        const size_t size = (size_t)bytes_min64(ESPBAK_FLASH_SECTOR, end - at);
        if (cancel_check(options->session.cancel, err) != ESPBAK_OK)
            return err->status;
        if (!is_held(&job->a, at, size) || !is_held(&job->b, at, size))
            continue;
        diff_parts_find(job->result, at)->compared++;
        if (compare_sector(job, at, err) != ESPBAK_OK)
            return err->status;
        if (at % (1024 * 1024) == 0)
            espbak_report_progress(options->session.events, "comparing", at, end);
    }
    return ESPBAK_OK;
}

/* The chip's digest finds the sectors; only those that differ are read. */
static espbak_status compare_with_device(diff_job *job, espbak_error *err)
{
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "comparing", .events = job->options->session.events};
    if (compare_device(job->session, &job->pieces, &how, &job->differences, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < job->pieces.count; i++) {
        const piece *item = &job->pieces.items[i];
        for (uint64_t at = item->offset; at < item->offset + item->size; at += ESPBAK_FLASH_SECTOR)
            diff_parts_find(job->result, at)->compared++;
    }
    for (size_t i = 0; i < job->differences.count; i++) {
        const espbak_range *range = &job->differences.ranges[i];
        for (uint64_t at = range->offset; at < range->offset + range->size; at += ESPBAK_FLASH_SECTOR) {
            if (compare_sector(job, at, err) != ESPBAK_OK)
                return err->status;
        }
    }
    return ESPBAK_OK;
}

static espbak_status list_pieces(diff_job *job, espbak_error *err)
{
    if (job->first.backup != NULL)
        return piece_list_of_backup(&job->pieces, job->first.backup, err);
    const espbak_raw_file raw = {.offset = 0, .path = job->options->a};
    return piece_list_of_files(&job->pieces, &raw, 1, false, err);
}

static espbak_status open_device(diff_job *job, espbak_error *err)
{
    const espbak_diff_options *options = job->options;
    job->cache = calloc(1, sizeof(*job->cache));
    job->on_device = calloc(1, sizeof(*job->on_device));
    if (job->cache == NULL || job->on_device == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (reconnect_open(&job->session, &options->session, err) != ESPBAK_OK)
        return err->status;
    job->result->device = *espbak_session_device(job->session);
    if (espbak_flash_can_hash(job->session, err) != ESPBAK_OK)
        return err->status;
    if (job->first.backup != NULL && match_same_device(espbak_backup_manifest(job->first.backup), &job->result->device,
                                                       options->session.events, err) != ESPBAK_OK)
        return err->status;
    if (device_contents_look(job->session, &options->table, NULL, job->on_device, err) != ESPBAK_OK ||
        list_pieces(job, err) != ESPBAK_OK)
        return err->status;
    job->b = (diff_side){flash_reader_open(job->cache, job->session), job->on_device, NULL};
    return piece_list_check_size(&job->pieces, job->result->device.flash.size, err);
}

static espbak_status open_second(diff_job *job, espbak_error *err)
{
    const espbak_table_source same = job->options->table;
    if (job->options->b == NULL)
        return open_device(job, err);
    if (flash_source_open(&job->second, job->options->b, job->options->chip, &same, err) != ESPBAK_OK)
        return err->status;
    job->b = (diff_side){job->second.reader, job->second.contents, &job->second};
    return ESPBAK_OK;
}

static efuse_side efuses_of_file(const flash_source *source)
{
    static const espbak_efuses none = {.count = 0};
    return source->backup != NULL ? efuses_of_manifest(espbak_backup_manifest(source->backup))
                                  : (efuse_side){&none, NULL, 0};
}

static espbak_status compare_efuses(diff_job *job, espbak_error *err)
{
    const efuse_side a = efuses_of_file(&job->first);
    const efuse_side b = job->session != NULL ? efuses_of_device(&job->result->device) : efuses_of_file(&job->second);
    efuse_differences found;
    const espbak_status status = efuses_compare(&a, &b, &found, err);
    job->result->efuses = found.items;
    job->result->efuse_count = found.count;
    return status;
}

static espbak_status conclude(diff_job *job, espbak_error *err)
{
    espbak_diff_result *result = job->result;
    const char *other = job->options->b != NULL ? job->options->b : "the device";
    for (size_t i = 0; i < result->part_count; i++) {
        result->compared += result->parts[i].compared;
        result->sectors += result->parts[i].sectors;
        result->bytes += result->parts[i].bytes;
    }
    if (result->compared == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "%s and %s have no part in common", job->options->a, other);
    if (result->sectors == 0 && result->a_size == result->b_size)
        return ESPBAK_OK;
    if (result->sectors == 0)
        return espbak_fail(err, ESPBAK_E_DIFFERS, "%s and %s are of flashes of different size", job->options->a, other);
    return espbak_fail(err, ESPBAK_E_DIFFERS, "%s and %s differ: %llu bytes in %llu of %llu sectors", job->options->a,
                       other, (unsigned long long)result->bytes, (unsigned long long)result->sectors,
                       (unsigned long long)result->compared);
}

static espbak_status compare_both(diff_job *job, espbak_error *err)
{
    const espbak_diff_options *options = job->options;
    if (flash_source_open(&job->first, options->a, options->chip, &options->table, err) != ESPBAK_OK)
        return err->status;
    job->a = (diff_side){job->first.reader, job->first.contents, &job->first};
    if (open_second(job, err) != ESPBAK_OK)
        return err->status;
    job->result->a_size = job->a.reader.size;
    job->result->b_size = job->b.reader.size;
    job->result->tables_differ = job->a.contents->boot.table_found && job->b.contents->boot.table_found &&
                                 diff_tables_differ(&job->a.contents->boot.table, &job->b.contents->boot.table);
    if (diff_parts_lay_out(job->result, job->a.contents, job->a.reader.size, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = job->session != NULL ? compare_with_device(job, err) : compare_files(job, err);
    const difference_list *known = job->session != NULL ? &job->differences : NULL;
    if (status != ESPBAK_OK || diff_nvs(job->result, options, &job->a, &job->b, err) != ESPBAK_OK ||
        diff_files(job->result, &job->a, &job->b, known, options->session.cancel, err) != ESPBAK_OK ||
        compare_efuses(job, err) != ESPBAK_OK)
        return err->status;
    return conclude(job, err);
}

espbak_status espbak_diff_run(const espbak_diff_options *options, espbak_diff_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_diff_options own = *options;
    diff_job job = {.options = &own, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_diff_result){.part_count = 0};
    own.session.reads_only = true;
    own.session.efuses = true;
    espbak_status status = compare_both(&job, err);
    status = unchanged_end(&job.session, &own.session, NULL, status, err);
    espbak_session_close(job.session);
    difference_list_free(&job.differences);
    piece_list_free(&job.pieces);
    flash_source_close(&job.first);
    flash_source_close(&job.second);
    explain_discard(job.on_device);
    free(job.cache);
    return status;
}

void espbak_diff_result_free(espbak_diff_result *result)
{
    for (size_t i = 0; i < result->file_count; i++)
        free(result->files[i].path);
    free(result->files);
    free(result->parts);
    free(result->keys);
    free(result->efuses);
    *result = (espbak_diff_result){.part_count = 0};
}
