/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/content/backup_common.h"
#include "ops/export/redact.h"

/* What a format needs, and what has to be known for it. */
static espbak_status check_known(const export_job *job, const export_format *format, espbak_error *err)
{
    const espbak_contents *contents = job->source.contents;
    if (job->source.alone && !format->whole)
        return espbak_fail(err, ESPBAK_E_USAGE, "where it belongs on a flash is not known: %s", contents->boot.reason);
    if (format->knows != NULL && job->result->chip == NULL) {
        espbak_fail(err, ESPBAK_E_USAGE, "the chip is not known, and --format %s tells it", format->name);
        espbak_error_hint(err, "name it with --chip");
        return ESPBAK_E_USAGE;
    }
    if (format->knows != NULL && !format->knows(job->result->chip))
        return espbak_fail(err, ESPBAK_E_USAGE, "--format %s does not know the %s", format->name,
                           job->result->chip->title);
    if (!format->table || contents->boot.table_found)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "there is no partition table%s",
                contents->ciphertext == ESPBAK_YES ? ": the flash is encrypted" : "");
    espbak_error_hint(err, "name its file with --partition-table, or its place with --table-offset");
    return ESPBAK_E_FILE;
}

static espbak_status open_source(export_job *job, espbak_error *err)
{
    const espbak_export_options *options = job->options;
    flash_source *source = &job->source;
    if (flash_source_open(source, options->path, options->chip, &options->table, err) != ESPBAK_OK)
        return err->status;
    job->buffer = malloc(EXPORT_CHUNK);
    if (job->buffer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    job->reader = source->reader;
    job->result->chip = source->contents->chip;
    if (source->backup == NULL)
        raw_file_tell(source->dump.raw, options->path, options->events);
    return source->backup != NULL ? backup_common_check(source->backup, options->events, err) : ESPBAK_OK;
}

/* How much of a file's name comes before what it ends in: ".bin", ".bin.gz". */
static size_t stem_of(const char *name)
{
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, ".gz") == 0)
        length -= 3;
    for (size_t i = length; i-- > 1;) {
        if (name[i] == '.')
            return i;
    }
    return length;
}

/* After the backup; of a file without what its name ends in. */
static espbak_status name_target(export_job *job, const export_format *format, espbak_error *err)
{
    const espbak_export_options *options = job->options;
    const char *name = file_name_of(job->source.path);
    const size_t length = job->source.backup != NULL ? strlen(name) : stem_of(name);
    if (options->sink != NULL)
        return ESPBAK_OK;
    const char *redacted = options->redact ? "-redacted" : "";
    const size_t size = length + strlen(redacted) + strlen(format->ending) + 1;
    char *target = options->target != NULL ? bytes_copy_text(options->target) : malloc(size);
    if (target == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (options->target == NULL)
        snprintf(target, size, "%.*s%s%s", (int)length, name, redacted, format->ending);
    for (size_t i = strlen(target); format->index != NULL && i > 1 && (target[i - 1] == '/' || target[i - 1] == '\\');
         i--)
        target[i - 1] = '\0';
    job->result->target = target;
    return ESPBAK_OK;
}

static espbak_status write_file(export_job *job, const export_format *format, espbak_error *err)
{
    const char *target = job->result->target;
    if (target != NULL && file_create_atomic(&job->out, target, job->options->overwrite, err) != ESPBAK_OK)
        return err->status;
    if (digest_pair_new(&job->hashes, err) != ESPBAK_OK || format->write(job, err) != ESPBAK_OK ||
        digest_pair_finish(&job->hashes, job->result->sha256, job->result->md5, err) != ESPBAK_OK)
        return err->status;
    file *const out = job->out;
    job->out = NULL;
    if (out == NULL)
        return ESPBAK_OK;
    if (file_commit(out, err) != ESPBAK_OK)
        return err->status;
    return job->redacted != NULL ? export_notice_beside(job, err) : ESPBAK_OK;
}

static espbak_status redact(export_job *job, espbak_error *err)
{
    job->redacted = redact_new(job);
    if (job->redacted == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    return redact_flash(job->redacted, err);
}

static espbak_status export_source(export_job *job, espbak_error *err)
{
    const export_format *format = export_format_of(job->options->format);
    job->format = format;
    if (format->index != NULL && job->options->sink != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--format %s makes a folder, which only a name can be given to",
                           format->name);
    if (open_source(job, err) != ESPBAK_OK || name_target(job, format, err) != ESPBAK_OK ||
        check_known(job, format, err) != ESPBAK_OK || export_find_runs(job, err) != ESPBAK_OK ||
        export_judge(job, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < job->run_count && !format->whole; i++)
        job->total += job->runs[i].size;
    if (format->whole)
        job->total = job->reader.size;
    if (job->options->redact && redact(job, err) != ESPBAK_OK)
        return err->status;
    return format->index != NULL ? format->write(job, err) : write_file(job, format, err);
}

espbak_status espbak_export_run(const espbak_export_options *options, espbak_export_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    export_job job = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_export_result){.format = options->format};
    const espbak_status status = export_source(&job, err);
    file_close(job.out, true);
    digest_pair_free(&job.hashes);
    redact_free(job.redacted);
    flash_source_close(&job.source);
    free(job.runs);
    free(job.buffer);
    return status;
}

void espbak_export_result_free(espbak_export_result *result)
{
    free(result->parts);
    free(result->target);
    free(result->notice);
    free(result->redacted);
    *result = (espbak_export_result){.size = 0};
}
