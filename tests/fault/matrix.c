/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "matrix.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/ops.h"
#include "espbak/restore.h"
#include "sim/common/random.h"
#include "support/sim_choice.h"

enum { FLASH_SIZE = SIM_CHOICE_FLASH, URL_SIZE = 512 };

typedef struct run {
    const fault_row *row;
    uint64_t seed, random;
    const sim_chip *chip;
    const char *folder;
    char url[URL_SIZE]; /* changed under the job's hands when the device comes back: then it is well again */
    char well[URL_SIZE];
    uint8_t contents[FLASH_SIZE], before[FLASH_SIZE];
    espbak_events events;
    espbak_error err;
    fault_result result;
} run;

/* What struck once may be over when a device that was lost is there again. */
static bool is_of_flash(const fault_row *row)
{
    static const char *const kinds[] = {"mute:", "flicker:", "waver:", "garble:", "crash:"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(row->plan, kinds[i], strlen(kinds[i])) == 0)
            return true;
    }
    return false;
}

static bool strikes_once(const fault_row *row)
{
    return row->plan != NULL && strstr(row->plan, "%llu") != NULL && !is_of_flash(row);
}

static uint64_t random_below(run *r, uint64_t limit)
{
    return sim_random(&r->random) % limit;
}

static bool path_in(const run *r, const char *name, char path[URL_SIZE])
{
    return (size_t)snprintf(path, URL_SIZE, "%s/%s", r->folder, name) < URL_SIZE;
}

static bool save(const run *r, const char *name, const uint8_t *bytes)
{
    char path[URL_SIZE];
    return path_in(r, name, path) && sim_save_flash(path, bytes);
}

static bool holds(const char *path, const uint8_t *bytes)
{
    return sim_flash_first_wrong(path, bytes) == FLASH_SIZE;
}

/* A line that is opened again is as bad as before, but not bad at the same places. */
static void change_luck(run *r)
{
    char *seed = strstr(r->url, ",seed=");
    if (seed != NULL)
        snprintf(seed, sizeof(r->url) - (size_t)(seed - r->url), ",seed=%llu",
                 (unsigned long long)sim_random(&r->random) >> 32);
}

static void on_log(void *user, espbak_log_level level, const char *text)
{
    run *r = user;
    if (getenv("MATRIX_LOG") != NULL)
        fprintf(stderr, "%d %s\n", (int)level, text);
    if (strstr(text, "looking for it again") == NULL && strstr(text, "connecting again") == NULL)
        return;
    if (strikes_once(r->row))
        memcpy(r->url, r->well, sizeof(r->url));
    else
        change_luck(r);
}

static void begin(run *r, const fault_row *row, uint64_t seed, const char *folder)
{
    *r = (run){.row = row, .seed = seed, .random = seed, .folder = folder};
    r->events = (espbak_events){.log = on_log, .user = r};
    sim_fill_flash(&r->random, r->contents);
}

/* Once-only faults strike anywhere in a run, in most of them early. */
static void set_url(run *r, bool own, const char *flash)
{
    char plan[128] = "";
    const char *met;
    r->chip = sim_choose_chip(r->seed, own, &met);
    static const uint64_t limits[] = {4000, 12000, 40000, FLASH_SIZE * 9 / 8};
    const uint64_t place = 1 + random_below(r, limits[random_below(r, sizeof(limits) / sizeof(limits[0]))]);
    const char *time = r->seed / 5 % 2 == 0 ? "default" : "none";
    snprintf(r->well, sizeof(r->well), "sim:%s%s,baud=real,flash-time=%s,flash=%s/%s", r->chip->name, met, time,
             r->folder, flash);
    if (r->row->plan != NULL && strstr(r->row->plan, "%llu") != NULL) {
        const char *colon = strchr(r->row->plan, ':');
        snprintf(plan, sizeof(plan), "%.*s:%llu", (int)(colon - r->row->plan), r->row->plan,
                 (unsigned long long)(is_of_flash(r->row) ? 1 + place % (FLASH_SIZE - 1) : place));
    } else if (r->row->plan != NULL) {
        snprintf(plan, sizeof(plan), "%s", r->row->plan);
    }
    snprintf(r->url, sizeof(r->url), "%.280s%s%.100s,fault-count=%.60s/count,seed=%llu", r->well,
             plan[0] != '\0' ? ",fault=" : "", plan, r->folder, (unsigned long long)r->seed);
}

/* What happened on all the lines to the device that there were. */
static unsigned long long count_strikes(const run *r)
{
    char path[URL_SIZE], kind[32];
    unsigned long long all = 0, some = 0;
    FILE *in = path_in(r, "count", path) ? fopen(path, "r") : NULL;
    while (in != NULL && fscanf(in, "%31s %llu", kind, &some) == 2)
        all += some;
    if (in != NULL)
        fclose(in);
    return all;
}

static outcome wrong(run *r, const char *what)
{
    snprintf(r->result.why, sizeof(r->result.why), "%s: seed %llu, %.200s: %.180s", what, (unsigned long long)r->seed,
             r->url, r->err.message);
    return OUTCOME_WRONG;
}

static outcome failed(run *r)
{
    snprintf(r->result.why, sizeof(r->result.why), "seed %llu, %.180s: %.250s", (unsigned long long)r->seed, r->url,
             r->err.message);
    return OUTCOME_FAILED;
}

/* What a damaged line may end as; nothing of it blames the user, the files or a bug. */
static bool fits(const run *r, espbak_status status)
{
    if (r->row->ends != ESPBAK_OK)
        return status == r->row->ends;
    return status == ESPBAK_E_LINK || status == ESPBAK_E_DEVICE || status == ESPBAK_E_CONNECT ||
           status == ESPBAK_E_PORT || status == ESPBAK_E_DIFFERS || status == ESPBAK_E_REFUSED ||
           status == ESPBAK_E_UNSUPPORTED;
}

static void clean(const run *r)
{
    char command[URL_SIZE + 64];
    snprintf(command, sizeof(command), "rm -rf '%s'/*", r->folder);
    if (system(command) != 0)
        fprintf(stderr, "%s cannot be emptied\n", r->folder);
}

static outcome judge_backup(run *r, espbak_status status, const espbak_backup_result *result)
{
    char path[URL_SIZE + 16];
    if (status != ESPBAK_OK && result->sealed)
        return wrong(r, "sealed in spite of an error");
    if (status != ESPBAK_OK)
        return fits(r, status) ? failed(r) : wrong(r, espbak_status_name(status));
    snprintf(path, sizeof(path), "%s/flash.bin", result->path);
    if (!result->sealed || result->state != ESPBAK_STATE_VERIFIED)
        return wrong(r, "not verified");
    const size_t place = sim_flash_first_wrong(path, r->contents);
    if (place != FLASH_SIZE) {
        (void)espbak_fail(&r->err, ESPBAK_E_DIFFERS, "wrong from 0x%zX on", place);
        return wrong(r, "another flash");
    }
    const espbak_verify_options check = {.backup = result->path, .offline = true};
    espbak_verify_result checked;
    const bool ok = espbak_verify_run(&check, &checked, &r->err) == ESPBAK_OK;
    espbak_verify_result_free(&checked);
    return ok ? OUTCOME_COMPLETE : wrong(r, "it does not verify");
}

static fault_result run_backup(const fault_row *row, uint64_t seed, const char *folder, bool own)
{
    static run r;
    espbak_backup_result result;
    begin(&r, row, seed, folder);
    set_url(&r, own, "flash");
    if (!save(&r, "flash", r.contents))
        return (fault_result){.what = OUTCOME_WRONG, .why = "no flash"};
    /* Erased blocks are left out of the transfer in one half of the runs. */
    const espbak_backup_options options = {
        .session = {.port = r.url,
                    .events = &r.events,
                    .connect_attempts = 3,
                    .own_loader = own ? ESPBAK_OWN_LOADER_ON : ESPBAK_OWN_LOADER_OFF},
        .folder = folder,
        .name = "b",
        .full = seed % 2 == 0};
    const espbak_status status = espbak_backup_run(&options, &result, &r.err);
    r.result.what = judge_backup(&r, status, &result);
    r.result.strikes = count_strikes(&r);
    espbak_backup_result_free(&result);
    clean(&r);
    return r.result;
}

fault_result matrix_backup(const fault_row *row, uint64_t seed, const char *folder)
{
    return run_backup(row, seed, folder, false);
}

fault_result matrix_own(const fault_row *row, uint64_t seed, const char *folder)
{
    return run_backup(row, seed, folder, true);
}

/* The flash is what it was, or what it has to be, or its bootloader is gone. */
static bool boots_no_mixture(const run *r, const char *path)
{
    return sim_flash_cannot_boot(path, r->chip) || holds(path, r->before) || holds(path, r->contents);
}

static espbak_status restore_once(run *r, const char *backup, const char *url, bool *verified)
{
    espbak_restore_result result;
    const espbak_restore_options options = {
        .session = {.port = url, .events = &r->events, .connect_attempts = 3}, .backup = backup, .force = true};
    r->err = (espbak_error){0};
    const espbak_status status = espbak_restore_run(&options, &result, &r->err);
    *verified = result.verified;
    espbak_restore_result_free(&result);
    return status;
}

static outcome judge_restore(run *r, espbak_status status, bool verified, const char *flash, const char *backup)
{
    if (status == ESPBAK_OK)
        return verified && holds(flash, r->contents) ? OUTCOME_COMPLETE : wrong(r, "not what was to be restored");
    if (!fits(r, status))
        return wrong(r, espbak_status_name(status));
    if (!r->err.flash_changed && !holds(flash, r->before))
        return wrong(r, "flash was changed, and nothing says so");
    if (!boots_no_mixture(r, flash))
        return wrong(r, "a mixture that boots");
    const outcome what = failed(r);
    const fault_result first = r->result;
    if (restore_once(r, backup, r->well, &verified) != ESPBAK_OK || !holds(flash, r->contents))
        return wrong(r, "running it again does not finish it");
    r->result = first;
    return what;
}

fault_result matrix_restore(const fault_row *row, uint64_t seed, const char *folder)
{
    static run r;
    char backup[URL_SIZE], flash[URL_SIZE];
    bool verified = false;
    begin(&r, row, seed, folder);
    sim_fill_other_flash(&r.random, r.before, r.contents);
    set_url(&r, false, "flash");
    espbak_backup_result result = {0};
    const espbak_backup_options make = {.session = {.port = r.well}, .folder = folder, .name = "b"};
    bool ready = path_in(&r, "b", backup) && path_in(&r, "flash", flash) && save(&r, "flash", r.contents) &&
                 espbak_backup_run(&make, &result, &r.err) == ESPBAK_OK && save(&r, "flash", r.before);
    espbak_backup_result_free(&result);
    if (ready) {
        const espbak_status status = restore_once(&r, backup, r.url, &verified);
        r.result.what = judge_restore(&r, status, verified, flash, backup);
    } else {
        r.result.what = wrong(&r, "no backup");
    }
    r.result.strikes = count_strikes(&r);
    clean(&r);
    return r.result;
}
