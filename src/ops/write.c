/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "device/visit/reconnect.h"
#include "espbak/chip.h"
#include "espbak/flash.h"
#include "ops/content/flash_reader.h"
#include "ops/pieces/piece_contents.h"
#include "ops/proof/witness.h"
#include "ops/restore/outside.h"
#include "ops/restore/rewrite.h"
#include "ops/safety/factory.h"
#include "ops/safety/refuse.h"
#include "ops/stats.h"

typedef struct write_job {
    const espbak_write_options *options;
    espbak_write_result *result;
    espbak_session *session;
    reconnect again;
    piece_list pieces;
    bool verify, can_hash;
    bool begun;    /* something may be on the flash already */
    bool doubtful; /* a try failed, or the device was away: what is there is compared in any case */
} write_job;

static espbak_status mind_factory_data(write_job *job, const espbak_contents *known, espbak_error *err)
{
    const factory_check check = {
        .session = job->session,
        .events = job->options->session.events,
        .table = &job->options->table,
        .known = known,
        .pieces = &job->pieces,
        .force = job->options->force,
    };
    return factory_refuse(&check, err);
}

/* Whether the device has a bootloader that could be lost. */
static espbak_status boots_now(const write_job *job, bool *found, espbak_error *err)
{
    espbak_error ignored = {0};
    espbak_image_header header;
    *found = false;
    if (espbak_flash_can_read(job->session, &ignored) != ESPBAK_OK)
        return ESPBAK_OK;
    flash_reader *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_image_reader reader = flash_reader_open(cache, job->session);
    const espbak_status status =
        espbak_image_header_read(&reader, job->result->device.chip->bootloader_offset, &header, found, err);
    free(cache);
    return status;
}

static espbak_status refuse(write_job *job, espbak_contents *known, espbak_error *err)
{
    const espbak_device_info *device = &job->result->device;
    const espbak_image_reader reader = piece_contents_reader(&job->pieces, device->flash.size);
    espbak_findings findings = {0};
    refuse_target target = {
        .device = device,
        .pieces = &job->pieces,
        .events = job->options->session.events,
        .table = &known->boot.table,
        .force = job->options->force,
    };
    /* What the files themselves say of the flash. */
    espbak_status status = espbak_partition_table_find(&reader, ESPBAK_PARTITION_TABLE_ANYWHERE, &known->boot.table,
                                                       &known->boot.table_found, &findings, err);
    if (status == ESPBAK_OK)
        status = boots_now(job, &target.boots_now, err);
    if (status == ESPBAK_OK)
        status = refuse_check(&target, err);
    if (status == ESPBAK_OK)
        status = mind_factory_data(job, known, err);
    espbak_findings_free(&findings);
    return status;
}

static espbak_status check_device(write_job *job, espbak_error *err)
{
    const espbak_device_info *device = &job->result->device;
    espbak_contents known = {.chip = device->chip, .flash_size = device->flash.size};
    espbak_error why = {0};
    if (piece_list_check_size(&job->pieces, device->flash.size, err) != ESPBAK_OK ||
        piece_list_check_chip(&job->pieces, device->chip, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = refuse(job, &known, err);
    espbak_contents_free(&known);
    if (status != ESPBAK_OK)
        return status;
    job->can_hash = espbak_flash_can_hash(job->session, &why) == ESPBAK_OK;
    job->verify = !job->options->no_verify && job->can_hash;
    if (!job->options->no_verify && !job->can_hash)
        espbak_log(job->options->session.events, ESPBAK_LOG_WARNING, "what is written will not be verified: %s",
                   why.message);
    return ESPBAK_OK;
}

static espbak_status write_pieces(write_job *job, espbak_error *err)
{
    uint64_t done = 0;
    for (size_t i = 0; i < job->pieces.count; i++) {
        const piece *item = &job->pieces.items[i];
        const espbak_flash_write_options how = {.progress_base = done, .progress_total = job->pieces.bytes};
        if (espbak_flash_write(job->session, item->offset, item->size, &how, piece_list_read, &job->pieces, err) !=
            ESPBAK_OK)
            return espbak_error_prefix(err, "writing %s", item->name);
        /* When a later piece fails this one is written already, so the flash has changed. */
        err->flash_changed = true;
        done += item->size;
    }
    return ESPBAK_OK;
}

static espbak_status verify(write_job *job, espbak_error *err)
{
    const compare_options how = {ESPBAK_FLASH_SECTOR, "verifying", job->options->session.events, 0};
    difference_list wrong = {0};
    espbak_status status = rewrite_until_right(job->session, &job->pieces, &how, &wrong, err);
    if (status == ESPBAK_OK && wrong.count == 0) {
        status = witness_confirm(job->session, &job->pieces, how.events, &job->result->witnesses, err);
    } else if (status == ESPBAK_OK) {
        status =
            espbak_fail(err, ESPBAK_E_DIFFERS, "the flash from 0x%llX to 0x%llX does not hold what was written there",
                        (unsigned long long)wrong.ranges[0].offset,
                        (unsigned long long)(wrong.ranges[0].offset + wrong.ranges[0].size));
        refuse_hint_unwritten(&job->result->device.flash, "write it again", err);
    }
    difference_list_free(&wrong);
    return status;
}

/* On another try the chip's MD5 shows what is missing, and only that is written. */
static espbak_status write_all(void *user, espbak_error *err)
{
    write_job *job = user;
    const bool first = !job->begun || !job->can_hash;
    job->doubtful = job->begun;
    job->begun = true;
    if (first && write_pieces(job, err) != ESPBAK_OK)
        return err->status;
    job->result->finished = job->result->finished || first;
    espbak_status status = ESPBAK_OK;
    if (job->verify || (job->doubtful && job->can_hash)) {
        status = verify(job, err);
        job->result->finished = job->result->finished || status == ESPBAK_OK || status == ESPBAK_E_DIFFERS;
        job->result->verified = status == ESPBAK_OK;
    }
    return status;
}

static void take_back(void *user)
{
    write_job *job = user;
    job->result->device.link = espbak_session_device(job->session)->link;
}

static espbak_status write_persistently(write_job *job, espbak_error *err)
{
    const reconnect_step step = {.run = write_all, .back = take_back, .user = job};
    const stats_start start = stats_begin(job->session);
    espbak_job_stats *stats = &job->result->stats;
    const espbak_status status = reconnect_insist(&job->again, &job->session, &step, err);
    stats_count(stats, &job->again, job->session, start, status == ESPBAK_OK ? job->pieces.bytes : 0);
    return status;
}

/* The rest of the flash is looked at before and afterwards; not where the device was away, and has run, in between. */
static espbak_status write_nothing_else(write_job *job, espbak_error *err)
{
    const espbak_range nothing = {.size = 0};
    outside rest = {.count = 0};
    espbak_status status = ESPBAK_OK;
    if (!job->options->no_verify)
        status = outside_begin(&rest, job->session, &job->pieces, nothing, job->options->session.events, err);
    if (status == ESPBAK_OK)
        status = write_persistently(job, err);
    if (job->again.times == 0)
        status = outside_end(&rest, job->session, status, err);
    outside_free(&rest);
    return status;
}

static espbak_status write_files(write_job *job, espbak_error *err)
{
    const espbak_write_options *options = job->options;
    if (piece_list_of_files(&job->pieces, options->files, options->file_count, true, err) != ESPBAK_OK)
        return err->status;
    job->result->bytes = job->pieces.bytes;
    piece_list_tell_files(&job->pieces, options->session.events);
    if (reconnect_open(&job->session, &options->session, err) != ESPBAK_OK)
        return err->status;
    reconnect_init(&job->again, &options->session, options->wait_seconds, job->session);
    job->result->device = *espbak_session_device(job->session);
    if (check_device(job, err) != ESPBAK_OK)
        return err->status;
    return write_nothing_else(job, err);
}

espbak_status espbak_write_run(const espbak_write_options *options, espbak_write_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    write_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_write_result){0};
    const espbak_status status = write_files(&job, err);
    espbak_session_close(job.session);
    piece_list_free(&job.pieces);
    return status;
}
