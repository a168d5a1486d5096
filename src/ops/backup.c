/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "espbak/backup.h"
#include "ops/capture/capture.h"
#include "ops/capture/erased_since.h"
#include "ops/capture/stats.h"
#include "ops/capture/unfinished.h"
#include "ops/content/backup_common.h"
#include "ops/content/device_contents.h"
#include "ops/content/efuses.h"
#include "ops/content/select.h"
#include "ops/safety/unchanged.h"

typedef struct backup_job {
    const espbak_backup_options *options;
    espbak_backup_result *result;
    espbak_session *session;
    espbak_manifest manifest;
    espbak_backup_writer *writer;
    select_list *parts;       /* what is saved, in the order of the flash */
    espbak_contents *outline; /* of the device, where parts of it are wanted; NULL otherwise */
    espbak_region *regions;   /* of the parts */
    capture capture;
    bool proof; /* everything is compared with the device once more */
} backup_job;

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
        return select_critical(job->parts, job->outline, &wanted->table, flash_size, events, err);
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
    job->regions = calloc(job->parts->count, sizeof(*job->regions));
    if (job->regions == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < job->parts->count; i++) {
        job->regions[i] = job->parts->parts[i].region;
        job->result->size += job->regions[i].size;
    }
    return ESPBAK_OK;
}

static espbak_status create_writer(backup_job *job, espbak_error *err)
{
    const espbak_backup_options *options = job->options;
    const unfinished_wanted left = {.folder = options->folder, .device = &job->manifest, .file = job->regions[0].file};
    char *path = unfinished_seek(&left);
    if (options->parts != NULL)
        backup_common_name_parts(&job->manifest, job->regions, job->parts->count);
    const espbak_status status =
        espbak_backup_create(&job->writer, options->folder, options->name, &job->manifest, err);
    if (status == ESPBAK_OK)
        unfinished_mention(path, options->session.events);
    free(path);
    return status;
}

static espbak_status resume_writer(backup_job *job, espbak_error *err)
{
    const espbak_backup_options *options = job->options;
    const unfinished_wanted wanted = {
        .folder = options->folder, .name = options->name, .device = &job->manifest, .file = job->regions[0].file};
    char *path = NULL;
    if (unfinished_find(&wanted, &path, err) != ESPBAK_OK)
        return err->status;
    espbak_log(options->session.events, ESPBAK_LOG_INFO, "going on with %s", path);
    job->result->resumed = true;
    const espbak_status status = espbak_backup_continue(&job->writer, path, &job->manifest, err);
    free(path);
    return status;
}

static espbak_status start_backup(backup_job *job, espbak_error *err)
{
    const espbak_device_info *device = espbak_session_device(job->session);
    job->result->device = *device;
    if (espbak_flash_can_read(job->session, err) != ESPBAK_OK)
        return err->status;
    job->result->ciphertext = capture_warn_ciphertext(device, job->options->session.events);
    espbak_manifest_set_device(&job->manifest, device);
    backup_common_describe(&job->manifest, job->options->note);
    if (efuses_name(&job->manifest, err) != ESPBAK_OK || choose_parts(job, err) != ESPBAK_OK)
        return err->status;
    if (job->options->resume)
        return resume_writer(job, err);
    if (create_writer(job, err) != ESPBAK_OK)
        return err->status;
    /* Of several parts the first may fit and the last not. */
    return file_need_space(espbak_backup_writer_path(job->writer), job->result->size, err);
}

static espbak_status open_capture(backup_job *job, espbak_error *err)
{
    const espbak_backup_options *options = job->options;
    const saving_wanted wanted = {.full = options->full,
                                  .no_verify = options->no_verify,
                                  .base = options->base,
                                  .folder = options->folder,
                                  .events = options->session.events};
    job->capture = (capture){
        .session = &job->session,
        .to = to_backup(job->writer),
        .regions = job->regions,
        .count = job->parts->count,
        .spots_max = CAPTURE_SPOTS_MAX,
        .link = &job->manifest.link,
        .events = options->session.events,
    };
    if (backup_common_set_path(job->result, espbak_backup_writer_path(job->writer), err) != ESPBAK_OK)
        return err->status;
    return capture_open(&job->capture, &options->session, options->wait_seconds, &wanted, err);
}

static void count(backup_job *job, stats_start start)
{
    const capture *c = &job->capture;
    espbak_backup_result *result = job->result;
    stats_count(&result->stats, &c->again, job->session, start, result->size);
    result->reconnects = c->again.times;
    result->found_bytes = c->found;
    result->changed_bytes = c->changed;
    result->repaired_bytes = c->repaired;
    saving_report(&c->savings, &result->saved);
    for (size_t i = 0; i < c->spot_count; i++)
        result->hole_bytes += c->spots[i].hole.size;
}

/* Spots that cannot be read spoil a backup unless holes in it are allowed. */
static espbak_status read_and_verify(backup_job *job, espbak_error *err)
{
    const espbak_backup_options *options = job->options;
    capture *c = &job->capture;
    if (capture_read(c, err) != ESPBAK_OK)
        return err->status;
    job->proof = capture_needs_proof(c, options->no_verify);
    if (job->proof && (c->spot_count == 0 || options->allow_unreadable) && capture_verify(c, err) != ESPBAK_OK)
        return err->status;
    if (c->spot_count == 0)
        return ESPBAK_OK;
    if (options->allow_unreadable)
        return capture_list_spots(c, &job->manifest, err);
    const espbak_status status = capture_fail_spots(c, err);
    espbak_error_hint(err, "--resume tries them again; with --allow-unreadable as well it makes a backup with holes");
    return status;
}

static espbak_status read_flash(backup_job *job, espbak_error *err)
{
    const stats_start start = stats_begin(job->session);
    espbak_status status = open_capture(job, err);
    if (status == ESPBAK_OK)
        status = read_and_verify(job, err);
    count(job, start);
    return status;
}

/* The name of its folder: where that stands is of no use on another computer. */
static void note_base(espbak_manifest *manifest, const char *path)
{
    const char *name = path;
    for (const char *p = path; *p != '\0'; p++) {
        if ((*p == '/' || *p == '\\') && p[1] != '\0')
            name = p + 1;
    }
    bytes_printable(manifest->base, sizeof(manifest->base), name, strlen(name));
}

static espbak_status note_sources(espbak_manifest *manifest, const espbak_savings *saved, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    manifest->line_bytes = saved->line_bytes;
    manifest->erased_bytes = saved->erased_bytes;
    manifest->base_bytes = saved->base_bytes;
    if (saved->base_bytes > saved->known_bytes && saved->base != NULL)
        note_base(manifest, saved->base);
    for (size_t i = 0; i < saved->source_count && status == ESPBAK_OK; i++)
        status = espbak_manifest_add_source(manifest, &saved->sources[i], err);
    return status;
}

static void set_state(backup_job *job, bool verified)
{
    espbak_manifest *manifest = &job->manifest;
    const espbak_job_stats *stats = &job->result->stats;
    manifest->state = verified ? ESPBAK_STATE_VERIFIED : ESPBAK_STATE_UNVERIFIED;
    if (job->capture.spot_count > 0)
        manifest->state = ESPBAK_STATE_HOLES;
    capture_describe_proof(&job->capture, verified, manifest);
    manifest->retries = stats->retries;
    manifest->repairs = stats->repairs;
    manifest->link.baud = stats->baud != 0 ? stats->baud : manifest->link.baud;
    manifest->bytes_on_wire = stats->bytes_on_wire;
    manifest->seconds = stats->seconds;
    manifest->reconnects = job->result->reconnects;
    manifest->reread_bytes = job->result->changed_bytes + job->result->repaired_bytes;
    job->result->state = manifest->state;
    job->result->witnesses = job->capture.witnesses;
    memcpy(job->result->verify_method, manifest->verify_method, sizeof(job->result->verify_method));
}

static espbak_status make_backup(backup_job *job, espbak_error *err)
{
    if (backup_common_check_note(job->options->note, err) != ESPBAK_OK)
        return err->status;
    if (job->options->full && job->options->base != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "a full read takes nothing from another backup: --full or --base, not both");
    if (reconnect_open(&job->session, &job->options->session, err) != ESPBAK_OK)
        return err->status;
    if (start_backup(job, err) != ESPBAK_OK || read_flash(job, err) != ESPBAK_OK)
        return err->status;
    if (unchanged_end(&job->session, &job->options->session, &job->capture.again, ESPBAK_OK, err) != ESPBAK_OK)
        return err->status;
    if (job->options->parts == NULL)
        erased_since_warn(&job->capture.savings, &job->result->device, &job->regions[0],
                          espbak_backup_writer_path(job->writer));
    set_state(job, job->proof);
    if (note_sources(&job->manifest, &job->result->saved, err) != ESPBAK_OK)
        return err->status;
    backup_common_explain(job->writer, &job->manifest, job->outline, job->result, job->options->session.events);
    if (backup_common_seal(job->writer, &job->manifest, job->result, err) != ESPBAK_OK)
        return err->status;
    return job->capture.spot_count > 0 ? capture_fail_spots(&job->capture, err) : ESPBAK_OK;
}

espbak_status espbak_backup_run(const espbak_backup_options *options, espbak_backup_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_backup_options own = *options;
    backup_job job = {.options = &own, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_backup_result){0};
    own.session.reads_only = true;
    own.session.efuses = true;
    espbak_status status = make_backup(&job, err);
    if (status != ESPBAK_OK && !result->sealed)
        status = unchanged_end(&job.session, &own.session, &job.capture.again, status, err);
    capture_close(&job.capture);
    espbak_backup_writer_close(job.writer, false);
    espbak_session_close(job.session);
    espbak_manifest_free(&job.manifest);
    free(job.parts);
    free(job.regions);
    explain_discard(job.outline);
    if (result->path != NULL && !result->sealed && file_kind_of(result->path) == FILE_KIND_MISSING) {
        free(result->path);
        result->path = NULL;
    }
    return status;
}
