/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/digest.h"
#include "base/file.h"
#include "ops/content/backup_common.h"
#include "ops/files/flash_view.h"
#include "ops/files/match.h"
#include "ops/files/tar.h"

typedef struct files_job {
    const espbak_extract_files_options *options;
    espbak_extract_files_result *result;
    flash_view view;
    flash_range range; /* of the file system */
    espbak_volume *volume;
    espbak_findings findings;
    espbak_file_list list;
    tar archive;
    file *out;          /* where the present file goes; NULL: the sink */
    digest_pair hashes; /* of the one file */
    bool refused;       /* what was read could not be written */
} files_job;

/* ---- the file system that is meant ---- */

static espbak_status try_range(files_job *job, const flash_range *range, espbak_error *err)
{
    espbak_volume *volume = NULL;
    if (espbak_volume_open(&volume, &job->view.reader, range->offset, range->size, &job->options->from.options,
                           &job->findings, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "files of %s", range->name);
    if (volume == NULL)
        return ESPBAK_OK;
    if (job->volume != NULL) {
        espbak_volume_close(volume);
        return espbak_fail(err, ESPBAK_E_USAGE, "%s and %s hold files: name one, as in %s:%s", job->range.name,
                           range->name, range->name, job->options->pattern);
    }
    job->volume = volume;
    job->range = *range;
    return ESPBAK_OK;
}

static espbak_status open_volume(files_job *job, espbak_error *err)
{
    const espbak_files_source *from = &job->options->from;
    flash_range ranges[ESPBAK_PARTITIONS_MAX];
    size_t count = 0;
    if (flash_view_ranges(&job->view, ranges, &count, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < count; i++) {
        if (try_range(job, &ranges[i], err) != ESPBAK_OK)
            return err->status;
    }
    if (job->volume == NULL)
        return flash_view_fail_none(&job->view, from->name != NULL ? from->name : "the flash", &job->findings, err);
    snprintf(job->result->name, sizeof(job->result->name), "%s", job->range.name);
    return espbak_volume_list(job->volume, &job->list, err);
}

/* ---- one file ---- */

static espbak_status take_bytes(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    files_job *job = user;
    espbak_status status = cancel_check(job->options->from.session.cancel, err);
    if (status == ESPBAK_OK && job->hashes.sha256 != NULL)
        status = digest_pair_update(&job->hashes, data, size, err);
    if (status == ESPBAK_OK && job->out != NULL)
        status = file_write(job->out, data, size, err);
    else if (status == ESPBAK_OK && job->result->path == NULL)
        status = tar_write(&job->archive, data, size, err);
    else if (status == ESPBAK_OK)
        status = job->options->sink(job->options->user, data, size, err);
    job->refused = status != ESPBAK_OK;
    return status;
}

static espbak_status write_file(files_job *job, const espbak_file *entry, const char *path, espbak_error *err)
{
    espbak_status status = file_create_atomic(&job->out, path, job->options->overwrite, err);
    job->refused = status != ESPBAK_OK;
    if (status == ESPBAK_OK)
        status = espbak_volume_read(job->volume, entry, take_bytes, job, err);
    file *const out = job->out;
    job->out = NULL;
    return file_end(out, status, err);
}

static espbak_status name_target(files_job *job, const espbak_file *entry, espbak_error *err)
{
    const char *target = job->options->target, *name = strrchr(entry->path, '/') + 1;
    const bool folder = file_is_folder(target) || file_name_of(target)[0] == '\0';
    if (folder && !file_name_is_safe(name))
        return espbak_fail(err, ESPBAK_E_FILE, "no file here can have its name: name the file that is to get it");
    if (folder && file_make_folders(target, err) != ESPBAK_OK)
        return err->status;
    job->result->target = folder ? file_join(target, name) : bytes_copy_text(target);
    return job->result->target != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

static espbak_status extract_one(files_job *job, const espbak_file *entry, espbak_error *err)
{
    espbak_extract_files_result *result = job->result;
    result->path = bytes_copy_text(entry->path);
    if (result->path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (digest_pair_new(&job->hashes, err) != ESPBAK_OK ||
        (job->options->target != NULL && name_target(job, entry, err) != ESPBAK_OK))
        return err->status;
    const espbak_status status = result->target != NULL ? write_file(job, entry, result->target, err)
                                                        : espbak_volume_read(job->volume, entry, take_bytes, job, err);
    if (status != ESPBAK_OK)
        return status;
    result->files = 1;
    result->bytes = entry->size;
    return digest_pair_finish(&job->hashes, result->sha256, result->md5, err);
}

/* ---- several ---- */

/* A path that leads nowhere but into the folder. */
static bool is_safe(const char *path)
{
    char name[ESPBAK_FILE_PATH_MAX];
    for (const char *p = path + 1;; p++) {
        const size_t length = strcspn(p, "/");
        memcpy(name, p, length);
        name[length] = '\0';
        p += length;
        if (!file_name_is_safe(name))
            return false;
        if (*p == '\0')
            return true;
    }
}

static espbak_status into_folder(files_job *job, const espbak_file *entry, espbak_error *err)
{
    char *path = file_join(job->options->target, entry->path + 1);
    char *folder = path == NULL ? NULL : entry->folder ? bytes_copy_text(path) : file_folder_of(path);
    espbak_status status = ESPBAK_OK;
    if (folder == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = file_make_folders(folder, err);
    job->refused = status != ESPBAK_OK;
    if (status == ESPBAK_OK && !entry->folder)
        status = write_file(job, entry, path, err);
    free(folder);
    free(path);
    return status;
}

static espbak_status into_archive(files_job *job, const espbak_file *entry, espbak_error *err)
{
    espbak_error later = {0};
    espbak_status status = tar_begin(&job->archive, entry, err);
    job->refused = status != ESPBAK_OK;
    if (status == ESPBAK_OK && !entry->folder)
        status = espbak_volume_read(job->volume, entry, take_bytes, job, err);
    if (job->refused || tar_end(&job->archive, &later) == ESPBAK_OK)
        return status;
    job->refused = true;
    *err = later;
    return err->status;
}

static espbak_status extract_entry(files_job *job, const espbak_file *entry, espbak_error *err)
{
    espbak_extract_files_result *result = job->result;
    const espbak_events *events = job->options->from.session.events;
    char shown[ESPBAK_FILE_PATH_MAX];
    result->files += !entry->folder;
    result->folders += entry->folder;
    if (!is_safe(entry->path)) {
        bytes_printable(shown, sizeof(shown), entry->path, strlen(entry->path));
        espbak_log(events, ESPBAK_LOG_WARNING, "%s is left out: no file here can have its name", shown);
        result->failed++;
        return ESPBAK_OK;
    }
    const espbak_status status =
        job->options->target != NULL ? into_folder(job, entry, err) : into_archive(job, entry, err);
    if (status == ESPBAK_OK)
        result->bytes += entry->size;
    if (status != ESPBAK_E_FILE || job->refused)
        return status;
    espbak_log(events, ESPBAK_LOG_WARNING, "%s", err->message);
    espbak_error_clear(err);
    result->failed++;
    return ESPBAK_OK;
}

static espbak_status extract_several(files_job *job, espbak_error *err)
{
    const espbak_extract_files_options *options = job->options;
    espbak_extract_files_result *result = job->result;
    job->archive = (tar){.sink = options->sink, .user = options->user};
    for (size_t i = 0; i < job->list.count; i++) {
        const espbak_file *entry = &job->list.entries[i];
        if (match_path(options->pattern, entry->path) && extract_entry(job, entry, err) != ESPBAK_OK)
            return err->status;
    }
    if (result->files + result->folders == 0 && strcmp(options->pattern, "/") != 0) {
        espbak_fail(err, ESPBAK_E_FILE, "%s holds nothing that is called %s", result->name, options->pattern);
        espbak_error_hint(err, "the command files lists what there is");
        return ESPBAK_E_FILE;
    }
    if (options->target == NULL && tar_finish(&job->archive, err) != ESPBAK_OK)
        return err->status;
    result->target = bytes_copy_text(options->target);
    if (result->failed > 0)
        return espbak_fail(err, ESPBAK_E_FILE, "%zu of %zu files of %s could not be had whole", result->failed,
                           result->files, result->name);
    return ESPBAK_OK;
}

/* ---- the job ---- */

static void warn(const files_job *job)
{
    for (size_t i = 0; i < job->findings.count; i++) {
        if (job->findings.entries[i].severity != ESPBAK_FINDING_NOTE)
            espbak_log(job->options->from.session.events, ESPBAK_LOG_WARNING, "%s", job->findings.entries[i].text);
    }
}

static espbak_status extract(files_job *job, espbak_error *err)
{
    const espbak_extract_files_options *options = job->options;
    flash_source *source = &job->view.source;
    if (flash_view_open(&job->view, &options->from, err) != ESPBAK_OK || open_volume(job, err) != ESPBAK_OK)
        return err->status;
    if (source->backup != NULL) {
        if (backup_common_check(source->backup, options->from.session.events, err) != ESPBAK_OK)
            return err->status;
        backup_common_warn_holes(source->backup, job->range.offset, job->range.size, options->from.session.events);
    }
    warn(job);
    const espbak_file *single = match_single(&job->list, options->pattern);
    return single != NULL ? extract_one(job, single, err) : extract_several(job, err);
}

espbak_status espbak_extract_files_run(const espbak_extract_files_options *options, espbak_extract_files_result *result,
                                       espbak_error *err)
{
    espbak_error unheard = {0};
    files_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_extract_files_result){.files = 0};
    espbak_status status = extract(&job, err);
    if (job.view.session != NULL)
        result->device = *espbak_session_device(job.view.session);
    espbak_file_list_free(&job.list);
    espbak_volume_close(job.volume);
    digest_pair_free(&job.hashes);
    espbak_findings_free(&job.findings);
    return flash_view_end(&job.view, status, err);
}

void espbak_extract_files_result_free(espbak_extract_files_result *result)
{
    free(result->path);
    free(result->target);
    *result = (espbak_extract_files_result){.files = 0};
}
