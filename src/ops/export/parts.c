/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "ops/content/select.h"
#include "ops/export/job.h"

static espbak_status add(export_job *job, const espbak_region *from, uint64_t offset, uint64_t size, espbak_error *err)
{
    espbak_export_result *result = job->result;
    espbak_exported_part *parts = realloc(result->parts, (result->part_count + 1) * sizeof(*parts));
    if (parts == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    result->parts = parts;
    espbak_exported_part *part = &parts[result->part_count++];
    *part = (espbak_exported_part){.offset = offset, .size = size};
    if (from != NULL && from->offset == offset) {
        snprintf(part->name, sizeof(part->name), "%s", from->name);
        snprintf(part->file, sizeof(part->file), "%s", from->file);
        return ESPBAK_OK;
    }
    snprintf(part->name, sizeof(part->name), "at-0x%llX", (unsigned long long)offset);
    snprintf(part->file, sizeof(part->file), "%s.bin", part->name);
    return ESPBAK_OK;
}

/* What is held of [start, end); `from` NULL: it lies between the parts. */
static espbak_status cut(export_job *job, const espbak_region *from, uint64_t start, uint64_t end, espbak_error *err)
{
    for (size_t i = 0; i < job->run_count; i++) {
        const export_run *run = &job->runs[i];
        const uint64_t first = run->offset > start ? run->offset : start;
        const uint64_t last = bytes_min64(run->offset + run->size, end);
        bool left_out = false;
        if (first >= last)
            continue;
        if (from == NULL && export_is_erased(job, &job->reader, first, last - first, &left_out, err) != ESPBAK_OK)
            return err->status;
        if (left_out)
            job->result->left_out_bytes += last - first;
        else if (add(job, from, first, last - first, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status cut_by(export_job *job, const select_list *list, espbak_error *err)
{
    uint64_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        const espbak_region *region = &list->parts[i].region;
        if (cut(job, NULL, at, region->offset, err) != ESPBAK_OK ||
            cut(job, region, region->offset, region->offset + region->size, err) != ESPBAK_OK)
            return err->status;
        at = region->offset + region->size;
    }
    return cut(job, NULL, at, job->reader.size, err);
}

/* Without names that can be told apart it is in as many files as it is held in. */
static espbak_status cut_by_runs(export_job *job, espbak_error *err)
{
    for (size_t i = 0; i < job->run_count; i++) {
        if (add(job, NULL, job->runs[i].offset, job->runs[i].size, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status choose(export_job *job, select_list *list, espbak_error *err)
{
    static const char *const all[] = {"all"};
    const espbak_contents *contents = job->source.contents;
    espbak_error why = {0};
    if (contents->boot.table_found && select_names(list, contents, job->reader.size, all, 1, &why) == ESPBAK_OK)
        return cut_by(job, list, err);
    if (contents->boot.table_found && job->format->table) {
        *err = why;
        return err->status;
    }
    if (contents->boot.table_found)
        espbak_log(job->options->events, ESPBAK_LOG_WARNING, "it is not cut into partitions: %s", why.message);
    return cut_by_runs(job, err);
}

espbak_status export_cut(export_job *job, espbak_error *err)
{
    select_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = choose(job, list, err);
    free(list);
    if (status == ESPBAK_OK && job->result->left_out_bytes > 0)
        espbak_log(job->options->events, ESPBAK_LOG_INFO,
                   "%llu bytes that no partition has are erased, and have no file",
                   (unsigned long long)job->result->left_out_bytes);
    return status;
}
