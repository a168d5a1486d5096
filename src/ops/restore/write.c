/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/erased_run.h"
#include "ops/proof/witness.h"
#include "ops/restore/guard.h"
#include "ops/restore/job.h"
#include "ops/restore/rewrite.h"
#include "ops/safety/end_of_flash.h"
#include "ops/safety/refuse.h"

espbak_status restore_choose_rest(restore_job *job, espbak_error *err)
{
    piece_list_free(&job->rest);
    return evidence_rest(job->session, &job->pieces, &job->differences, job->guarded ? job->guard : UINT64_MAX,
                         &job->rest, err);
}

static espbak_status write_run(restore_job *job, uint64_t start, uint64_t size, bool erased, espbak_error *err)
{
    const espbak_flash_write_options how = {.progress_base = job->done, .progress_total = job->todo};
    espbak_status status;
    if (erased)
        status = espbak_flash_erase(job->session, start, size, err);
    else
        status = espbak_flash_write(job->session, start, size, &how, piece_list_read, &job->pieces, err);
    if (status != ESPBAK_OK)
        return status;
    /* From here on every error means that the flash is not what it was. */
    err->flash_changed = true;
    job->done += size;
    if (erased)
        espbak_report_progress(job->options->session.events, "writing", job->done, job->todo);
    return ESPBAK_OK;
}

/* Sectors that only have to be erased are erased, except where the loader cannot erase single sectors. */
static espbak_status write_range(restore_job *job, uint64_t start, uint64_t end, espbak_error *err)
{
    for (uint64_t at = start, size; at < end; at += size) {
        bool erased = false;
        size = end_of_flash_step(job->session, at, end) - at;
        if (job->can_hash && erased_run(&job->pieces, at, at + size, &erased, &size, err) != ESPBAK_OK)
            return err->status;
        if (end_of_flash_check(job->session, at, &job->seen, err) != ESPBAK_OK ||
            write_run(job, at, size, erased, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status restore_confirm(restore_job *job, const piece_list *pieces, espbak_error *err)
{
    const espbak_status status =
        witness_confirm(job->session, pieces, job->options->session.events, &job->result->witnesses, err);
    if (status != ESPBAK_E_DIFFERS)
        return status;
    job->contradicted = true;
    if (job->guarded && job->differences.count > 0)
        err->status = ESPBAK_E_DEVICE; /* the bootloader is left out, so the job is unfinished */
    return err->status;
}

/* Whatever differs, but not the guarded sector. */
static espbak_status write_body(restore_job *job, espbak_error *err)
{
    const uint64_t guard_end = job->guard + ESPBAK_FLASH_SECTOR;
    for (size_t i = 0; i < job->differences.count; i++) {
        const uint64_t start = job->differences.ranges[i].offset, end = start + job->differences.ranges[i].size;
        if (!job->guarded || end <= job->guard || start >= guard_end) {
            if (write_range(job, start, end, err) != ESPBAK_OK)
                return err->status;
            continue;
        }
        if (write_range(job, start, job->guard, err) != ESPBAK_OK || write_range(job, guard_end, end, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* Where nothing irregular has happened, what was equal before counts; see evidence.h. */
static espbak_status verify_rest(restore_job *job, bool *verified, espbak_error *err)
{
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = job->options->session.events};
    difference_list wrong = {0};
    *verified = false;
    if (!evidence_holds(&job->evidence, job->session))
        return ESPBAK_OK;
    espbak_status status = restore_choose_rest(job, err);
    if (status == ESPBAK_OK)
        status = compare_device(job->session, &job->rest, &how, &wrong, err);
    *verified = status == ESPBAK_OK && wrong.count == 0 && evidence_holds(&job->evidence, job->session);
    job->result->verify_bytes += job->rest.bytes;
    difference_list_free(&wrong);
    return status;
}

/* As far as the loader knows that has written it. */
static espbak_status verify_written(restore_job *job, espbak_error *err)
{
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = job->options->session.events};
    difference_list wrong = {0};
    bool verified;
    espbak_status status = verify_rest(job, &verified, err);
    if (status != ESPBAK_OK || verified)
        return status;
    evidence_drop(&job->evidence);
    job->result->verify_bytes += job->body.bytes;
    status = rewrite_until_right(job->session, &job->body, &how, &wrong, err);
    if (status == ESPBAK_OK && wrong.count > 0) {
        /* With the bootloader still missing the job is unfinished; otherwise all is written, only wrong. */
        status = espbak_fail(err, job->guarded ? ESPBAK_E_DEVICE : ESPBAK_E_DIFFERS,
                             "the flash from 0x%llX to 0x%llX does not hold what was written there%s",
                             (unsigned long long)wrong.ranges[0].offset,
                             (unsigned long long)(wrong.ranges[0].offset + wrong.ranges[0].size),
                             job->guarded ? ", so the bootloader was left out" : "");
        refuse_hint_unwritten(job->session, "run the restore again", err);
    }
    difference_list_free(&wrong);
    return status;
}

/* What comes afterwards is done by the witness too. */
static espbak_status verify_body(restore_job *job, espbak_error *err)
{
    const espbak_status status = verify_written(job, err);
    return status == ESPBAK_OK ? restore_confirm(job, &job->body, err) : status;
}

static boot_guard guard_of(const restore_job *job)
{
    return (boot_guard){.session = job->session,
                        .pieces = &job->pieces,
                        .offset = job->guard,
                        .events = job->options->session.events,
                        .can_hash = job->can_hash};
}

static espbak_status erase_guard(restore_job *job, espbak_error *err)
{
    const boot_guard g = guard_of(job);
    return job->guarded || job->headless ? guard_take_away(&g, &job->evidence, err) : ESPBAK_OK;
}

static bool verifies(const restore_job *job)
{
    return !job->options->no_verify && job->can_hash;
}

/* A request of a try that failed may have arrived with another offset. */
static espbak_status look_elsewhere(restore_job *job, espbak_error *err)
{
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = job->options->session.events};
    difference_list wrong = {0};
    espbak_status status = compare_device(job->session, &job->body, &how, &wrong, err);
    job->result->verify_bytes += job->body.bytes;
    if (status == ESPBAK_OK && wrong.count > 0)
        status = espbak_fail(err, ESPBAK_E_DIFFERS, "writing the bootloader's first sector spoiled 0x%llX",
                             (unsigned long long)wrong.ranges[0].offset);
    difference_list_free(&wrong);
    return status;
}

/* Where the sector has to be erased it was seen to be: another request, which may go elsewhere, would prove nothing. */
static espbak_status fill_guard(restore_job *job, espbak_error *err)
{
    const uint64_t end = job->guard + ESPBAK_FLASH_SECTOR;
    bool erased = false;
    uint64_t size = 0;
    if (job->can_hash && erased_run(&job->pieces, job->guard, end, &erased, &size, err) != ESPBAK_OK)
        return err->status;
    if (!erased)
        return write_range(job, job->guard, end, err);
    job->done += ESPBAK_FLASH_SECTOR;
    return ESPBAK_OK;
}

static espbak_status write_guard_once(restore_job *job, espbak_error *err)
{
    const boot_guard g = guard_of(job);
    const unsigned retries = espbak_session_get_stats(job->session).retries;
    if (fill_guard(job, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "writing the bootloader's first sector");
    if (!verifies(job))
        return ESPBAK_OK;
    const espbak_status status = guard_verify(&g, err);
    if (status != ESPBAK_OK || espbak_session_get_stats(job->session).retries == retries)
        return status;
    return look_elsewhere(job, err);
}

/* It failed after something was written, and what is on the flash may boot. */
static espbak_status take_guard_back(restore_job *job, espbak_status failure, espbak_error *err)
{
    espbak_error why = {.flash_changed = true};
    evidence_drop(&job->evidence);
    const espbak_status status = (failure == ESPBAK_E_DIFFERS || failure == ESPBAK_E_LINK || failure == ESPBAK_E_DEVICE)
                                     ? erase_guard(job, &why)
                                     : ESPBAK_OK;
    if (failure == ESPBAK_E_DIFFERS && status != ESPBAK_OK)
        *err = why;
    return failure == ESPBAK_E_DIFFERS ? status : failure;
}

/* Where the sector is not what it has to be it is erased, what stands elsewhere proven again, and it is written again.
 */
static espbak_status write_guard(restore_job *job, espbak_error *err)
{
    for (unsigned tries = 1; job->guarded; tries++) {
        espbak_status status = write_guard_once(job, err);
        if (status == ESPBAK_OK)
            return ESPBAK_OK;
        const espbak_error kept = *err;
        status = take_guard_back(job, status, err);
        if (status != ESPBAK_OK)
            return status;
        if (!retry_again(RETRY_GUARD, tries, ESPBAK_E_DIFFERS))
            return espbak_fail(err, ESPBAK_E_DEVICE, "%.300s, so it was erased again", kept.message);
        retry_say(RETRY_GUARD, job->options->session.events, kept.message);
        job->done -= ESPBAK_FLASH_SECTOR;
        if (verify_body(job, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static uint64_t bytes_to_write(const restore_job *job)
{
    uint64_t inside = 0;
    const uint64_t guard_end = job->guard + ESPBAK_FLASH_SECTOR;
    for (size_t i = 0; i < job->differences.count; i++) {
        const espbak_range *range = &job->differences.ranges[i];
        if (job->guarded && range->offset <= job->guard && range->offset + range->size >= guard_end)
            inside = ESPBAK_FLASH_SECTOR;
    }
    return job->differences.bytes - inside + (job->guarded ? ESPBAK_FLASH_SECTOR : 0);
}

/* A file that has changed since it was checked is better found before anything is erased. */
static espbak_status look_at_files(const restore_job *job, espbak_error *err)
{
    uint8_t unused[16];
    for (size_t i = 0; i < job->differences.count; i++) {
        const espbak_range *range = &job->differences.ranges[i];
        if (piece_list_md5(&job->pieces, range->offset, range->size, unused, err) != ESPBAK_OK)
            return err->status;
    }
    return job->guarded ? piece_list_md5(&job->pieces, job->guard, ESPBAK_FLASH_SECTOR, unused, err) : ESPBAK_OK;
}

espbak_status restore_write_all(restore_job *job, espbak_error *err)
{
    if (look_at_files(job, err) != ESPBAK_OK)
        return err->status;
    job->todo = bytes_to_write(job);
    if (job->guarded && piece_list_without(&job->body, &job->pieces, job->guard, ESPBAK_FLASH_SECTOR, err) != ESPBAK_OK)
        return err->status;
    if (!job->guarded && piece_list_without(&job->body, &job->pieces, UINT64_MAX / 2, 0, err) != ESPBAK_OK)
        return err->status;
    if (erase_guard(job, err) != ESPBAK_OK || write_body(job, err) != ESPBAK_OK)
        return err->status;
    if (verifies(job) && verify_body(job, err) != ESPBAK_OK)
        return err->status;
    return write_guard(job, err);
}
