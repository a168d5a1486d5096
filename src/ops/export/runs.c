/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/bytes.h"
#include "ops/export/job.h"

static int by_offset(const void *a, const void *b)
{
    const export_run *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void merge(export_job *job)
{
    size_t kept = 0;
    qsort(job->runs, job->run_count, sizeof(job->runs[0]), by_offset);
    for (size_t i = 1; i < job->run_count; i++) {
        export_run *last = &job->runs[kept];
        if (job->runs[i].offset <= last->offset + last->size)
            last->size += job->runs[i].size;
        else
            job->runs[++kept] = job->runs[i];
    }
    job->run_count = kept + 1;
}

/* A manifest and a container have checked that nothing overlaps, and that there is something. */
espbak_status export_find_runs(export_job *job, espbak_error *err)
{
    const flash_source *source = &job->source;
    const espbak_manifest *manifest = source->backup != NULL ? espbak_backup_manifest(source->backup) : NULL;
    const size_t count = manifest != NULL ? manifest->region_count : source->dump.raw->inside.part_count;
    job->runs = calloc(count + 1, sizeof(job->runs[0]));
    if (job->runs == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (count == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "%s holds nothing of a flash", source->path);
    for (size_t i = 0; i < count; i++) {
        if (manifest != NULL)
            job->runs[i] = (export_run){manifest->regions[i].offset, manifest->regions[i].size};
        else
            job->runs[i] =
                (export_run){source->dump.raw->inside.parts[i].offset, source->dump.raw->inside.parts[i].size};
    }
    job->run_count = count;
    if (source->alone)
        job->runs[0] = (export_run){0, job->reader.size};
    else
        merge(job);
    return ESPBAK_OK;
}

static espbak_status refuse(const char *hint, espbak_error *err)
{
    espbak_error_hint(err, "%s", hint);
    return ESPBAK_E_REFUSED;
}

static espbak_status judge_holes(export_job *job, const espbak_manifest *manifest, espbak_error *err)
{
    const espbak_export_options *options = job->options;
    for (size_t i = 0; i < manifest->region_count; i++) {
        for (size_t k = 0; k < manifest->regions[i].unreadable_count; k++)
            job->result->hole_bytes += manifest->regions[i].unreadable[k].size;
    }
    if (job->result->hole_bytes == 0)
        return ESPBAK_OK;
    if (!options->force) {
        espbak_fail(err, ESPBAK_E_REFUSED,
                    "refused: %llu bytes could not be read when the backup was made; --force makes them 0xFF",
                    (unsigned long long)job->result->hole_bytes);
        return refuse("what other programs get does not say which bytes are made up", err);
    }
    for (size_t i = 0; i < manifest->region_count; i++) {
        for (size_t k = 0; k < manifest->regions[i].unreadable_count; k++)
            espbak_log(options->events, ESPBAK_LOG_WARNING,
                       "forced: %llu bytes at 0x%llX could not be read when the backup was made; they are 0xFF here",
                       (unsigned long long)manifest->regions[i].unreadable[k].size,
                       (unsigned long long)manifest->regions[i].unreadable[k].offset);
    }
    return ESPBAK_OK;
}

/* Where the file is the whole flash. */
static espbak_status judge_missing(export_job *job, espbak_error *err)
{
    const espbak_events *events = job->options->events;
    const bool only_end = job->run_count == 1 && job->runs[0].offset == 0;
    uint64_t at = 0;
    job->result->missing_bytes = job->reader.size;
    for (size_t i = 0; i < job->run_count; i++)
        job->result->missing_bytes -= job->runs[i].size;
    if (job->result->missing_bytes == 0)
        return ESPBAK_OK;
    if (!only_end && !job->options->force) {
        espbak_fail(err, ESPBAK_E_REFUSED,
                    "refused: %llu of %llu bytes of the flash are not in it, and would be 0xFF; --force overrides this",
                    (unsigned long long)job->result->missing_bytes, (unsigned long long)job->reader.size);
        return refuse("--format esptool-args, hex and uf2 hold what is there, and where it belongs", err);
    }
    for (size_t i = 0; i <= job->run_count; i++) {
        const uint64_t next = i < job->run_count ? job->runs[i].offset : job->reader.size;
        if (next > at)
            espbak_log(events, ESPBAK_LOG_WARNING, "%llu bytes from 0x%llX on are not held; they are 0xFF in the file",
                       (unsigned long long)(next - at), (unsigned long long)at);
        at = i < job->run_count ? job->runs[i].offset + job->runs[i].size : next;
    }
    return ESPBAK_OK;
}

static void tell_rest(const export_job *job)
{
    uint64_t held = 0;
    for (size_t i = 0; i < job->run_count; i++)
        held += job->runs[i].size;
    if (held < job->reader.size)
        espbak_log(job->options->events, ESPBAK_LOG_INFO,
                   "it holds %llu of %llu bytes of the flash; what is not held is not in the export",
                   (unsigned long long)held, (unsigned long long)job->reader.size);
}

espbak_status export_judge(export_job *job, espbak_error *err)
{
    const espbak_events *events = job->options->events;
    if (job->source.backup != NULL) {
        const espbak_manifest *manifest = espbak_backup_manifest(job->source.backup);
        if (judge_holes(job, manifest, err) != ESPBAK_OK)
            return err->status;
        if (manifest->state == ESPBAK_STATE_UNVERIFIED)
            espbak_log(events, ESPBAK_LOG_WARNING, "the backup was never compared with its device a second time");
        if (manifest->state == ESPBAK_STATE_EDITED)
            espbak_log(events, ESPBAK_LOG_WARNING, "the backup was edited: no device ever held it");
        if (espbak_manifest_is_beginning(manifest))
            espbak_log(events, ESPBAK_LOG_WARNING, "the backup has no more of the flash than its beginning");
    }
    if (job->source.contents->ciphertext == ESPBAK_YES)
        espbak_log(events, ESPBAK_LOG_WARNING, "the contents are ciphertext that only the chip they are of can use");
    if (job->format->whole)
        return judge_missing(job, err);
    tell_rest(job);
    return ESPBAK_OK;
}
