/* SPDX-License-Identifier: Apache-2.0 */
/* What was blanked, for whoever gets the export. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/export/job.h"

static espbak_status put(export_job *job, const char *text, espbak_error *err)
{
    return file_write(job->out, text, strlen(text), err);
}

espbak_status export_notice(export_job *job, espbak_error *err)
{
    const espbak_export_result *result = job->result;
    if (put(job, "REDACTED by espbak: not to be written to a device.\n\nBlanked:\n", err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < result->redacted_count; i++) {
        const espbak_redacted *row = &result->redacted[i];
        char line[256], count[32] = "";
        if (row->count > 0)
            snprintf(count, sizeof(count), ": %zu", row->count);
        snprintf(line, sizeof(line), "  %s, 0x%llx, %llu bytes: %s%s\n", row->name, (unsigned long long)row->offset,
                 (unsigned long long)row->size, row->what, count);
        if (put(job, line, err) != ESPBAK_OK)
            return err->status;
    }
    if (result->redacted_count == 0 && put(job, "  nothing: no secret was found\n", err) != ESPBAK_OK)
        return err->status;
    return put(
        job, "\nKept: programs, names of keys and files, contents of other files, and what else is not listed here.\n",
        err);
}

espbak_status export_notice_beside(export_job *job, espbak_error *err)
{
    static const char ending[] = ".redacted.txt";
    const size_t size = strlen(job->result->target) + sizeof(ending);
    job->result->notice = malloc(size);
    if (job->result->notice == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(job->result->notice, size, "%s%s", job->result->target, ending);
    if (file_create_atomic(&job->out, job->result->notice, job->options->overwrite, err) != ESPBAK_OK ||
        export_notice(job, err) != ESPBAK_OK)
        return err->status;
    file *const out = job->out;
    job->out = NULL;
    return file_commit(out, err);
}
