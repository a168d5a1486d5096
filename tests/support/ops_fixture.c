/* SPDX-License-Identifier: Apache-2.0 */
#include "support/ops_fixture.h"
#include "espbak/restore.h"

static void note_log(void *user, espbak_log_level level, const char *text)
{
    job_log *log = user;
    const size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof(log->text) - used, "%d %s\n", level, text);
}

static void note_progress(void *user, const espbak_progress *now)
{
    job_log *log = user;
    const size_t used = strlen(log->phases), length = strlen(now->phase);
    assert_true(now->total == 0 || now->done <= now->total);
    if (used < length || strcmp(log->phases + used - length, now->phase) != 0)
        snprintf(log->phases + used, sizeof(log->phases) - used, " %s", now->phase);
    if (log->cancel_in != NULL && strcmp(now->phase, log->cancel_in) == 0 && now->done >= log->cancel_from)
        log->cancel.requested = 1;
}

job_log *new_log(void)
{
    job_log *log = calloc(1, sizeof(*log));
    assert_non_null(log);
    log->events = (espbak_events){.log = note_log, .progress = note_progress, .user = log};
    return log;
}

espbak_session_options session_of(char url[256], job_log *log, const fixture *fix, const char *name, const char *more)
{
    snprintf(url, 256, "sim:esp32,flash=%s/%s%s", fix->folder, name, more);
    return (espbak_session_options){.port = url, .events = &log->events, .cancel = &log->cancel};
}

void make_flash(const fixture *fix, const char *name, unsigned seed)
{
    store_noise(fix->folder, name, FLASH_SIZE, seed);
}

void change_flash(const fixture *fix, const char *name, size_t at)
{
    size_t size;
    char *bytes = load(fix->folder, name, &size);
    bytes[at] = (char)~bytes[at];
    store(fix->folder, name, bytes, size);
    free(bytes);
}

void backup_flash(fixture *fix, const char *name, espbak_backup_result *result)
{
    char url[256];
    job_log *log = new_log();
    const espbak_backup_options options = {
        .session = session_of(url, log, fix, name, ""), .folder = fix->folder, .name = "b", .note = "n"};
    espbak_backup_result_free(result);
    assert_ok(espbak_backup_run(&options, result, &fix->err), &fix->err);
    free(log);
}

espbak_status restore(fixture *fix, const char *backup, const char *flash, const char *more, job_log *log,
                      espbak_restore_result *result)
{
    char url[256];
    const espbak_restore_options options = {.session = session_of(url, log, fix, flash, more), .backup = backup};
    fix->err = (espbak_error){0};
    espbak_restore_result_free(result);
    return espbak_restore_run(&options, result, &fix->err);
}
