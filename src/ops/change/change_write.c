/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "espbak/flash.h"
#include "ops/capture/stats.h"
#include "ops/change/change.h"
#include "ops/proof/witness.h"
#include "ops/restore/outside.h"
#include "ops/restore/rewrite.h"
#include "ops/safety/end_of_flash.h"
#include "ops/safety/refuse.h"

enum { ERASE_STEP = 1024 * 1024 };

/* In steps, so that there is something to be seen. */
static espbak_status erase_piece(const change_job *job, const piece *item, uint64_t done, espbak_error *err)
{
    for (uint64_t at = 0, step; at < item->size; at += step) {
        step = bytes_min64(ERASE_STEP, item->size - at);
        if (espbak_flash_erase(job->session, item->offset + at, step, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "erasing %s", item->name);
        err->flash_changed = true;
        espbak_report_progress(job->options->events, "erasing", done + at + step, job->pieces.bytes);
    }
    return ESPBAK_OK;
}

static espbak_status write_piece(change_job *job, const piece *item, uint64_t done, espbak_error *err)
{
    espbak_flash_write_options how = {.progress_total = job->pieces.bytes};
    const uint64_t end = item->offset + item->size;
    if (job->wish.erase)
        return erase_piece(job, item, done, err);
    for (uint64_t at = item->offset, next; at < end; at = next) {
        next = end_of_flash_step(job->session, at, end);
        how.progress_base = done + (at - item->offset);
        espbak_status status = end_of_flash_check(job->session, at, &job->seen, err);
        if (status == ESPBAK_OK)
            status = espbak_flash_write(job->session, at, next - at, &how, piece_list_read, &job->pieces, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "writing %s", item->name);
        /* When a later piece fails this one is written already, so the flash has changed. */
        err->flash_changed = true;
    }
    return ESPBAK_OK;
}

/* Otadata comes last: it names an application that is there by then. */
static espbak_status write_pieces(change_job *job, espbak_error *err)
{
    uint64_t done = 0;
    for (int otadata = 0; otadata < 2; otadata++) {
        for (size_t i = 0; i < job->pieces.count; i++) {
            const piece *item = &job->pieces.items[i];
            if (view_is_otadata(job->view, item) != (otadata == 1))
                continue;
            if (write_piece(job, item, done, err) != ESPBAK_OK)
                return err->status;
            done += item->size;
        }
    }
    return ESPBAK_OK;
}

static espbak_status verify(change_job *job, espbak_error *err)
{
    const compare_options how = {.smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = job->options->events};
    difference_list wrong = {0};
    espbak_status status = rewrite_until_right(job->session, &job->pieces, &how, &wrong, err);
    if (status == ESPBAK_OK && wrong.count == 0) {
        status = witness_confirm(job->session, &job->pieces, how.events, &job->result->witnesses, err);
    } else if (status == ESPBAK_OK) {
        status = espbak_fail(err, ESPBAK_E_DIFFERS,
                             job->wish.erase ? "the flash from 0x%llX to 0x%llX is not erased"
                                             : "the flash from 0x%llX to 0x%llX does not hold what was written there",
                             (unsigned long long)wrong.ranges[0].offset,
                             (unsigned long long)(wrong.ranges[0].offset + wrong.ranges[0].size));
        refuse_hint_unwritten(job->session, job->wish.erase ? "erase it again" : "write it again", err);
    }
    difference_list_free(&wrong);
    return status;
}

/* On another try the chip's digest shows what is missing, and only that is written. */
static espbak_status write_all(void *user, espbak_error *err)
{
    change_job *job = user;
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
    change_job *job = user;
    job->result->device.link = espbak_session_device(job->session)->link;
}

static espbak_status write_persistently(change_job *job, espbak_error *err)
{
    const reconnect_step step = {.run = write_all, .back = take_back, .user = job};
    const stats_start start = stats_begin(job->session);
    espbak_job_stats *stats = &job->result->stats;
    const espbak_status status = reconnect_insist(&job->again, &job->session, &step, err);
    stats_count(stats, &job->again, job->session, start, status == ESPBAK_OK ? job->pieces.bytes : 0);
    return status;
}

/* The rest of the flash is looked at before and afterwards; not where the device was away, and has run, in between. */
espbak_status change_write(change_job *job, espbak_error *err)
{
    const espbak_range nothing = {.size = 0};
    const unsigned times = job->again.times;
    outside rest = {.count = 0};
    espbak_status status = ESPBAK_OK;
    if (!job->no_verify)
        status = outside_begin(&rest, job->session, &job->pieces, nothing, job->options->events, err);
    if (status == ESPBAK_OK)
        status = write_persistently(job, err);
    if (job->again.times == times)
        status = outside_end(&rest, job->session, status, err);
    outside_free(&rest);
    return status;
}
