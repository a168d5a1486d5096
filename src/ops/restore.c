/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/backup.h"
#include "espbak/chip.h"
#include "espbak/flash.h"
#include "ops/capture/stats.h"
#include "ops/content/backup_common.h"
#include "ops/content/efuses.h"
#include "ops/proof/compare.h"
#include "ops/proof/erased_run.h"
#include "ops/restore/another.h"
#include "ops/restore/job.h"
#include "ops/restore/outside.h"
#include "ops/restore/snapshot.h"
#include "ops/safety/match.h"
#include "ops/safety/refuse.h"
#include "ops/safety/unchanged.h"
#include "ops/safety/vital.h"

enum { LARGE_BLOCK = 64 * 1024, SMALL_BLOCK = 16 * 1024 };

/* Whether every part has a name that a table can have, and the table itself is not among them. */
static bool has_names(const espbak_manifest *manifest)
{
    if (espbak_manifest_is_flash(manifest))
        return false;
    for (size_t i = 0; i < manifest->region_count; i++) {
        const char *name = manifest->regions[i].name;
        bool known = strcmp(name, SELECT_BOOTLOADER) == 0;
        for (size_t k = 0; k < manifest->table.count && !known; k++)
            known = strcmp(name, manifest->table.entries[k].name) == 0;
        if (!known)
            return false;
    }
    return manifest->table.known;
}

/* Partitions without their table go where the device's table has their names, also when nobody says so. */
static espbak_status take_names(restore_job *job, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(job->backup);
    if (job->options->only_count > 0 || job->options->force || !has_names(manifest))
        return ESPBAK_OK;
    job->names = calloc(manifest->region_count, sizeof(job->names[0]));
    if (job->names == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < manifest->region_count; i++)
        job->names[i] = manifest->regions[i].name;
    job->by_name = *job->options;
    job->by_name.only = job->names;
    job->by_name.only_count = manifest->region_count;
    job->options = &job->by_name;
    return ESPBAK_OK;
}

static void add_part(espbak_restore_result *result, const char *name)
{
    const size_t used = strlen(result->parts);
    snprintf(result->parts + used, sizeof(result->parts) - used, "%s%s", used > 0 ? ", " : "", name);
}

static void name_parts(restore_job *job)
{
    const espbak_manifest *manifest = espbak_backup_manifest(job->backup);
    const size_t wanted = job->options->only_count;
    const bool whole = wanted == 0 && espbak_manifest_is_flash(manifest);
    for (size_t i = 0; i < wanted; i++)
        add_part(job->result, job->options->only[i]);
    for (size_t i = 0; wanted == 0 && !whole && i < manifest->region_count; i++)
        add_part(job->result, manifest->regions[i].name);
}

static espbak_status open_backup(restore_job *job, espbak_error *err)
{
    if (espbak_backup_open(&job->backup, job->options->backup, err) != ESPBAK_OK || take_names(job, err) != ESPBAK_OK)
        return err->status;
    const espbak_restore_options *options = job->options;
    name_parts(job);
    job->result->path = bytes_copy_text(espbak_backup_path(job->backup));
    if (job->result->path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (backup_common_check(job->backup, options->session.events, err) != ESPBAK_OK) {
        espbak_error_hint(err, "nothing was written; a backup that is damaged is not put on a device");
        return err->status;
    }
    if (options->only_count > 0)
        return restore_parts_choose(&job->parts, options, job->backup, err);
    if (options->activate)
        return espbak_fail(err, ESPBAK_E_USAGE, "--activate needs --only with the name of an application");
    return backup_parts_explain(&job->parts.from, job->backup, &options->table, false, err);
}

/* Nothing boots from half a bootloader: it is left out, and what is there of the old one goes. */
static espbak_status leave_bootloader_out(restore_job *job, espbak_error *err)
{
    piece_list rest = {0};
    espbak_log(job->options->session.events, ESPBAK_LOG_WARNING,
               "the device is left without a bootloader, since the backup has only a part of what starts it");
    if (piece_list_without(&rest, &job->pieces, job->guard, ESPBAK_FLASH_SECTOR, err) != ESPBAK_OK)
        return err->status;
    rest.hole_bytes = job->pieces.hole_bytes;
    job->uncut = job->pieces;
    job->pieces = rest;
    return ESPBAK_OK;
}

static espbak_status choose_guard(restore_job *job, const refuse_target *target, espbak_error *err)
{
    job->guard = target->device->chip->bootloader_offset;
    job->headless = target->missing != NULL;
    if (job->headless && leave_bootloader_out(job, err) != ESPBAK_OK)
        return err->status;
    job->guarded = piece_list_covers(&job->pieces, job->guard, ESPBAK_FLASH_SECTOR);
    return ESPBAK_OK;
}

static espbak_status check_device(restore_job *job, espbak_error *err)
{
    char missing[VITAL_TEXT_MAX];
    const refuse_target target = {
        .device = &job->result->device,
        .pieces = &job->pieces,
        .manifest = espbak_backup_manifest(job->backup),
        .events = job->options->session.events,
        .parts = job->options->only_count > 0,
        .boot = job->options->only_count > 0 ? NULL : &job->parts.from.contents->boot,
        .table = job->options->only_count > 0 ? NULL : &job->parts.from.contents->boot.table,
        .recognised = vital_chip(&job->parts.from),
        .missing = vital_missing(&job->parts.from, job->options->only_count > 0, &job->result->device, missing),
        .force = job->options->force,
    };
    const espbak_status placed = target.parts ? restore_parts_place(&job->parts, job->session, &job->pieces, err)
                                              : piece_list_without(&job->pieces, &job->parts.from.whole, 0, 0, err);
    if (placed != ESPBAK_OK || refuse_check_chip(&target, err) != ESPBAK_OK ||
        piece_list_check_size(&job->pieces, target.device->flash.size, err) != ESPBAK_OK)
        return err->status;
    if (refuse_check(&target, err) != ESPBAK_OK || restore_mind_factory_data(job, &target, err) != ESPBAK_OK)
        return err->status;
    return choose_guard(job, &target, err);
}

/* Compared first: blocks whose hash takes longer than the request for it, and no larger, since what differs is hashed
   again sector by sector. */
static uint64_t first_block(const restore_job *job)
{
    const espbak_flash_rates rates = espbak_flash_get_rates(job->session);
    const double hash = (double)SMALL_BLOCK / (double)rates.hash * (double)ESPBAK_S;
    return hash > 2.0 * (double)rates.round_trip ? SMALL_BLOCK : LARGE_BLOCK;
}

static espbak_status find_differences(restore_job *job, espbak_error *err)
{
    const espbak_events *events = job->options->session.events;
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "comparing", .events = events, .largest = first_block(job)};
    espbak_error why = {0};
    job->can_hash = espbak_flash_can_hash(job->session, &why) == ESPBAK_OK;
    if (job->can_hash)
        return evidence_compare(&job->evidence, job->session, &job->pieces, &how, &job->differences, err);
    espbak_log(events, ESPBAK_LOG_WARNING, "%s: everything is written, and nothing can be verified", why.message);
    return compare_assume_all(&job->pieces, &job->differences, err);
}

/* What the chip hashes afterwards. */
static uint64_t verify_bytes(const restore_job *job)
{
    if (job->options->no_verify || !job->can_hash || job->differences.count == 0)
        return 0;
    return evidence_holds(&job->evidence, job->session) ? job->rest.bytes : job->pieces.bytes;
}

/* Loaders erase whole blocks where they can. */
static double erase_seconds(const difference_list *list)
{
    enum { BLOCK = 64 * 1024 };
    const double sector = 0.045, block = 0.150;
    double seconds = 0;
    for (size_t i = 0; i < list->count; i++) {
        const uint64_t blocks = list->ranges[i].size / BLOCK;
        seconds += (double)blocks * block;
        seconds += (double)(list->ranges[i].size - blocks * BLOCK) / ESPBAK_FLASH_SECTOR * sector;
    }
    return seconds;
}

/* Told as it is known. From the line's rate, the hash rate measured by the comparison, and erase and program times of
 * data sheets. */
static double expected_seconds(const restore_job *job)
{
    const double program = 0.7e-3 / 256; /* a byte */
    const espbak_flash_rates rates = espbak_flash_get_rates(job->session);
    const double data = (double)(job->differences.bytes - job->result->erase_bytes);
    const double moved = data / (double)rates.read > data * program ? data / (double)rates.read : data * program;
    const double verify = (double)verify_bytes(job) / (double)rates.hash;
    espbak_expect_phase(job->options->session.events, "writing", moved + erase_seconds(&job->differences));
    espbak_expect_phase(job->options->session.events, "verifying", verify);
    return moved + erase_seconds(&job->differences) + verify;
}

static bool may_try_again(const restore_job *job, retry what, unsigned tries, espbak_status status)
{
    return retry_again(what, tries, status) && !job->options->activate && job->can_hash && !job->contradicted;
}

/* Before another try: find the device where it is gone, and forget what was different. */
static espbak_status prepare_again(restore_job *job, retry what, espbak_error *err)
{
    evidence_drop(&job->evidence);
    difference_list_free(&job->differences);
    return reconnect_start_over(&job->again, &job->session, what, err);
}

static espbak_status find_persistently(restore_job *job, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        const espbak_status status = find_differences(job, err);
        if (!may_try_again(job, RETRY_COMPARE, tries, status))
            return status;
        if (prepare_again(job, RETRY_COMPARE, err) != ESPBAK_OK)
            return err->status;
    }
}

static espbak_status make_plan(restore_job *job, espbak_restore_plan *plan, espbak_error *err)
{
    espbak_restore_result *result = job->result;
    if (find_persistently(job, err) != ESPBAK_OK || restore_choose_rest(job, err) != ESPBAK_OK)
        return err->status;
    result->total_bytes = job->pieces.bytes;
    result->hole_bytes = job->pieces.hole_bytes;
    result->write_bytes = job->differences.bytes + restore_parts_activation_bytes(&job->parts) +
                          (job->headless ? ESPBAK_FLASH_SECTOR : 0);
    result->write_ranges = job->differences.count;
    if (job->can_hash && erased_run_sum(&job->pieces, &job->differences, &result->erase_bytes, err) != ESPBAK_OK)
        return err->status;
    result->planned_seconds = expected_seconds(job);
    result->planned = true;
    *plan = (espbak_restore_plan){
        .path = result->path,
        .manifest = espbak_backup_manifest(job->backup),
        .device = &result->device,
        .total_bytes = result->total_bytes,
        .write_bytes = result->write_bytes,
        .erase_bytes = result->erase_bytes,
        .verify_bytes = verify_bytes(job),
        .seconds = result->planned_seconds,
        .hole_bytes = result->hole_bytes,
        .write_ranges = result->write_ranges,
        .compared = job->can_hash,
        .bootloader_last = job->guarded && result->write_bytes > 0,
        .other_device = match_is_other_device(espbak_backup_manifest(job->backup), &result->device),
        .parts = result->parts[0] != '\0' ? result->parts : NULL,
        .kept = job->kept[0] != '\0' ? job->kept : NULL,
        .activate = job->parts.activate != NULL ? job->parts.activate->label : NULL,
        .notes = result->notes,
        .note_count = result->note_count,
        .efuses = result->efuses,
        .efuse_count = result->efuse_count,
    };
    return ESPBAK_OK;
}

static espbak_status write_differences(restore_job *job, espbak_error *err)
{
    const stats_start start = stats_begin(job->session);
    const espbak_status status = restore_write_all(job, err);
    stats_count(&job->result->stats, &job->again, job->session, start, job->done);
    return status;
}

/* Where nothing differs the comparison for the plan was the verification. */
static espbak_status confirm_same(restore_job *job, espbak_error *err)
{
    return job->can_hash && job->differences.count == 0 ? restore_confirm(job, &job->pieces, err) : ESPBAK_OK;
}

static espbak_status write_and_verify(restore_job *job, espbak_error *err)
{
    piece_list_free(&job->body);
    job->done = 0;
    const bool writes = job->differences.count > 0 || job->headless;
    espbak_status status = writes ? write_differences(job, err) : confirm_same(job, err);
    if (status == ESPBAK_OK)
        status = restore_parts_activate(&job->parts, job->session, err);
    job->result->finished = status == ESPBAK_OK || status == ESPBAK_E_DIFFERS;
    job->result->verified =
        status == ESPBAK_OK && job->can_hash && (!job->options->no_verify || job->differences.count == 0);
    return status;
}

/*
 * Write again what is missing, where that may help. What otadata is to say was worked out from what it
 * said before; with --activate the device must not have run in between.
 */
static espbak_status write_persistently(restore_job *job, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        espbak_status status = tries > 1 ? find_differences(job, err) : ESPBAK_OK;
        if (status == ESPBAK_OK)
            status = write_and_verify(job, err);
        if (!may_try_again(job, RETRY_RESTORE, tries, status))
            return status;
        if (prepare_again(job, RETRY_RESTORE, err) != ESPBAK_OK)
            return err->status;
    }
}

/* The rest of the flash is looked at before and afterwards; not where the device was away, and has run, in between. */
static espbak_status write_nothing_else(restore_job *job, espbak_error *err)
{
    const restore_parts *const parts = &job->parts;
    const unsigned times = job->again.times;
    outside rest = {.count = 0};
    espbak_range spare = {.size = 0};
    espbak_status status = ESPBAK_OK;
    if (parts->activate != NULL)
        spare = (espbak_range){.offset = parts->boot.offset, .size = ESPBAK_OTADATA_SIZE};
    if (job->result->write_bytes > 0 && !job->options->no_verify)
        status = outside_begin(&rest, job->session, &job->pieces, spare, job->options->session.events, err);
    if (status == ESPBAK_OK)
        status = write_persistently(job, err);
    if (job->again.times == times)
        status = outside_end(&rest, job->session, status, err);
    outside_free(&rest);
    return status;
}

static espbak_status choose_snapshot(restore_job *job, snapshot *s, espbak_error *err)
{
    const restore_parts *parts = &job->parts;
    for (size_t i = 0; i < job->differences.count; i++) {
        const espbak_range *range = &job->differences.ranges[i];
        if (snapshot_add(s, range->offset, range->size, err) != ESPBAK_OK)
            return err->status;
    }
    if ((job->headless || (job->guarded && job->differences.count > 0)) &&
        snapshot_add(s, job->guard, ESPBAK_FLASH_SECTOR, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < 2; i++) {
        const uint64_t at = parts->boot.offset + i * ESPBAK_OTADATA_SECTOR;
        if (parts->boot.changed[i] && snapshot_add(s, at, ESPBAK_OTADATA_SECTOR, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status take_snapshot(restore_job *job, espbak_error *err)
{
    const espbak_restore_options *options = job->options;
    snapshot s = {.options = &options->session,
                  .wait_seconds = options->wait_seconds,
                  .session = &job->session,
                  .folder = options->snapshot_folder,
                  .of = file_name_of(job->result->path)};
    if (options->snapshot_folder == NULL)
        return ESPBAK_OK;
    espbak_status status = choose_snapshot(job, &s, err);
    if (status == ESPBAK_OK)
        status = snapshot_take(&s, err);
    if (s.reconnected)
        evidence_drop(&job->evidence);
    job->result->snapshot = s.path;
    if (s.path != NULL)
        espbak_log(options->session.events, ESPBAK_LOG_INFO, "what will be overwritten is saved in %s", s.path);
    snapshot_free(&s);
    return status;
}

/* What is refused for it is up to ops/safety; this is for people to see. */
static espbak_status compare_efuses(restore_job *job, espbak_error *err)
{
    const espbak_manifest *const manifest = espbak_backup_manifest(job->backup);
    const efuse_side there = efuses_of_manifest(manifest), here = efuses_of_device(&job->result->device);
    const bool same = match_is_same_device(manifest, &job->result->device);
    efuse_differences found;
    const espbak_status status = efuses_compare(&there, &here, &found, err);
    job->result->efuses = found.items;
    for (size_t i = 0; i < found.count; i++) {
        if (same || found.items[i].category == ESPBAK_EFUSE_SECURITY)
            found.items[job->result->efuse_count++] = found.items[i];
    }
    return status;
}

static espbak_status restore_backup(restore_job *job, espbak_error *err)
{
    const espbak_restore_options *options = job->options;
    espbak_restore_plan plan = {0};
    if (open_backup(job, err) != ESPBAK_OK)
        return err->status;
    if (reconnect_open(&job->session, &options->session, err) != ESPBAK_OK)
        return err->status;
    reconnect_init(&job->again, &options->session, options->wait_seconds, job->session);
    job->result->device = *espbak_session_device(job->session);
    if (options->to_another && another_check(job, err) != ESPBAK_OK)
        return err->status;
    if (compare_efuses(job, err) != ESPBAK_OK || check_device(job, err) != ESPBAK_OK ||
        make_plan(job, &plan, err) != ESPBAK_OK)
        return err->status;
    if (options->plan != NULL)
        options->plan(options->user, &plan);
    if (options->dry_run)
        return confirm_same(job, err);
    if (plan.write_bytes > 0 && options->ask != NULL && options->ask(options->user, &plan, err) != ESPBAK_OK)
        return err->status;
    if (take_snapshot(job, err) != ESPBAK_OK)
        return err->status;
    return write_nothing_else(job, err);
}

espbak_status espbak_restore_run(const espbak_restore_options *options, espbak_restore_result *result,
                                 espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_restore_options own = *options;
    restore_job job = {.options = &own, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_restore_result){0};
    own.session.efuses = true;
    espbak_status status = restore_backup(&job, err);
    status = unchanged_end(&job.session, &options->session, &job.again, status, err);
    espbak_session_close(job.session);
    piece_list_free(&job.body);
    piece_list_free(&job.rest);
    piece_list_free(&job.pieces);
    piece_list_free(&job.uncut);
    restore_parts_free(&job.parts);
    difference_list_free(&job.differences);
    espbak_backup_close(job.backup);
    free(job.names);
    return status;
}

void espbak_restore_result_free(espbak_restore_result *result)
{
    free(result->path);
    free(result->snapshot);
    free(result->notes);
    free(result->efuses);
    *result = (espbak_restore_result){0};
}
