/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "espbak/chip.h"
#include "espbak/restore.h"
#include "ops/content/source.h"

enum { PATH_SIZE = 1024, SPEC_MAX = PATH_SIZE + 256 };

typedef struct rehearsal {
    const espbak_rehearse_options *options;
    espbak_rehearse_result *result;
    espbak_backup *backup;
    char flash[PATH_SIZE]; /* the simulated flash; empty while there is none */
    char port[SPEC_MAX];
} rehearsal;

static const espbak_chip *chip_of(const rehearsal *r)
{
    const espbak_manifest *manifest = espbak_backup_manifest(r->backup);
    return manifest->chip[0] != '\0' ? espbak_chip_by_name(manifest->chip) : r->options->chip;
}

/* A file of its own, 0600, beside the backup: it will hold what the backup holds. */
static espbak_status make_flash(rehearsal *r, espbak_error *err)
{
    file *made = NULL;
    const uint64_t size = espbak_backup_manifest(r->backup)->flash.size;
    const int length = snprintf(r->flash, sizeof(r->flash), "%s.rehearsal", espbak_backup_path(r->backup));
    espbak_status status = ESPBAK_OK;
    if (length < 0 || (size_t)length >= sizeof(r->flash) || strchr(r->flash, ',') != NULL)
        status = espbak_fail(err, ESPBAK_E_FILE, "a simulated chip cannot use a path like %s", r->flash);
    if (status == ESPBAK_OK)
        status = file_need_space(espbak_backup_path(r->backup), size, err);
    if (status == ESPBAK_OK)
        status = file_create(&made, r->flash, err);
    if (status != ESPBAK_OK) {
        r->flash[0] = '\0';
        return espbak_error_prefix(err, "making a simulated flash");
    }
    return file_commit(made, err);
}

static void describe_chip(rehearsal *r, const espbak_chip *chip)
{
    const espbak_manifest *manifest = espbak_backup_manifest(r->backup);
    const uint8_t *m = manifest->mac;
    char mac[32] = "", revision[32] = "";
    if (manifest->mac_known)
        snprintf(mac, sizeof(mac), ",mac=%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    if (manifest->revision_known)
        snprintf(revision, sizeof(revision), ",revision=%u.%u", manifest->revision / 100, manifest->revision % 100);
    snprintf(r->port, sizeof(r->port), "sim:%s,flash=%s,size=%llu,baud=real%s%s%s", chip->name, r->flash,
             (unsigned long long)manifest->flash.size, mac, revision,
             manifest->security.flash_encryption == ESPBAK_YES ? ",encrypted" : "");
}

static espbak_status restore(rehearsal *r, const espbak_session_options *session, espbak_error *err)
{
    const espbak_restore_options options = {
        .session = *session,
        .backup = r->options->backup,
        .no_verify = true, /* what follows looks at all of it */
        .force = true,     /* it is a simulated chip, so nothing needs to be refused */
    };
    const espbak_status status = espbak_restore_run(&options, &r->result->restore, err);
    err->flash_changed = false; /* of a real device */
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "restoring into a simulated chip");
}

static espbak_status verify(rehearsal *r, const espbak_session_options *session, espbak_error *err)
{
    const espbak_verify_options options = {.session = *session, .backup = r->options->backup};
    espbak_verify_result found;
    const espbak_status status = espbak_verify_run(&options, &found, err);
    r->result->verified = status == ESPBAK_OK && found.device_checked;
    espbak_verify_result_free(&found);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "reading the simulated chip");
}

/* What is judged is what came out of the simulated chip; ciphertext and parts are judged as backups. */
static espbak_status judge(rehearsal *r, const espbak_chip *chip, espbak_error *err)
{
    const espbak_table_source usual = {.file = NULL};
    flash_source source;
    espbak_status status = flash_source_open(&source, r->options->backup, chip, &usual, err);
    const bool whole = status == ESPBAK_OK && flash_source_holds(&source, 0, source.reader.size) &&
                       source.contents->ciphertext != ESPBAK_YES;
    if (whole) {
        flash_source_close(&source);
        status = flash_source_open(&source, r->flash, chip, &usual, err);
    }
    if (status == ESPBAK_OK) {
        r->result->explained = true;
        r->result->verdict = source.contents->boot.verdict;
        snprintf(r->result->reason, sizeof(r->result->reason), "%s", source.contents->boot.reason);
        snprintf(r->result->condition, sizeof(r->result->condition), "%s", source.contents->boot.condition);
    }
    flash_source_close(&source);
    return status;
}

static espbak_status restore_verify_and_judge(rehearsal *r, espbak_error *err)
{
    if (espbak_backup_open(&r->backup, r->options->backup, err) != ESPBAK_OK)
        return err->status;
    const espbak_chip *chip = chip_of(r);
    if (chip == NULL) {
        espbak_fail(err, ESPBAK_E_USAGE, "the backup does not say which chip it is of");
        espbak_error_hint(err, "name it with --chip");
        return ESPBAK_E_USAGE;
    }
    if (make_flash(r, err) != ESPBAK_OK)
        return err->status;
    describe_chip(r, chip);
    const espbak_session_options session = {
        .port = r->port,
        .chip = chip,
        .flash_size = espbak_backup_manifest(r->backup)->flash.size,
        .no_stub = r->options->no_stub,
        .stub = r->options->stub,
        .events = r->options->events,
        .cancel = r->options->cancel,
    };
    if (restore(r, &session, err) != ESPBAK_OK || verify(r, &session, err) != ESPBAK_OK)
        return err->status;
    return judge(r, chip, err);
}

espbak_status espbak_rehearse_run(const espbak_rehearse_options *options, espbak_rehearse_result *result,
                                  espbak_error *err)
{
    espbak_error unheard = {0}, ignored = {0};
    rehearsal r = {.options = options, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_rehearse_result){.verified = false};
    const espbak_status status = restore_verify_and_judge(&r, err);
    if (r.flash[0] != '\0' && file_remove(r.flash, &ignored) != ESPBAK_OK)
        espbak_log(options->events, ESPBAK_LOG_WARNING, "%s", ignored.message);
    espbak_backup_close(r.backup);
    return status;
}

void espbak_rehearse_result_free(espbak_rehearse_result *result)
{
    espbak_restore_result_free(&result->restore);
    *result = (espbak_rehearse_result){0};
}
