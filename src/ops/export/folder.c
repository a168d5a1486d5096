/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/export/job.h"

static espbak_status take_bytes(export_job *job, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)offset;
    return file_write(job->out, data, size, err);
}

static espbak_status begin(export_job *job, const char *name, espbak_error *err)
{
    char *path = file_join(job->folder, name);
    const espbak_status status = path != NULL ? file_create_atomic(&job->out, path, false, err)
                                              : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    free(path);
    return status;
}

static espbak_status end(export_job *job, espbak_status status, espbak_error *err)
{
    file *const out = job->out;
    job->out = NULL;
    return file_end(out, status, err);
}

static espbak_status write_part(export_job *job, const espbak_exported_part *part, espbak_error *err)
{
    if (begin(job, part->file, err) != ESPBAK_OK)
        return err->status;
    return end(job, export_walk(job, part->offset, part->size, take_bytes, err), err);
}

static espbak_status write_all(export_job *job, espbak_error *err)
{
    const export_format *format = job->format;
    for (size_t i = 0; i < job->result->part_count; i++) {
        if (write_part(job, &job->result->parts[i], err) != ESPBAK_OK)
            return err->status;
    }
    if (begin(job, format->index, err) != ESPBAK_OK || end(job, format->tell(job, err), err) != ESPBAK_OK)
        return err->status;
    if (job->redacted == NULL)
        return ESPBAK_OK;
    if (begin(job, "REDACTED.txt", err) != ESPBAK_OK)
        return err->status;
    return end(job, export_notice(job, err), err);
}

/* The folder has another name until everything is in it. */
static espbak_status make(export_job *job, const char *target, espbak_error *err)
{
    bool existed = false;
    if (file_kind_of(target) != FILE_KIND_MISSING)
        return espbak_fail(err, ESPBAK_E_FILE, "cannot make the folder %s: it exists already", target);
    if (file_make_folder(job->folder, &existed, err) != ESPBAK_OK)
        return err->status;
    if (existed) {
        espbak_fail(err, ESPBAK_E_FILE, "%s is there already, of an export that did not end", job->folder);
        espbak_error_hint(err, "remove it, or choose another name");
        return ESPBAK_E_FILE;
    }
    espbak_status status = write_all(job, err);
    if (status == ESPBAK_OK)
        status = file_rename_new(job->folder, target, err);
    if (status != ESPBAK_OK)
        file_remove_all(job->folder);
    return status;
}

espbak_status export_folder(export_job *job, espbak_error *err)
{
    const char *target = job->result->target;
    const size_t size = strlen(target) + sizeof(".new");
    if (export_cut(job, err) != ESPBAK_OK)
        return err->status;
    job->folder = malloc(size);
    if (job->folder == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(job->folder, size, "%s.new", target);
    const espbak_status status = make(job, target, err);
    free(job->folder);
    job->folder = NULL;
    return status;
}
