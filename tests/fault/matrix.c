/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "matrix.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "espbak/backup.h"
#include "espbak/ops.h"
#include "sim/fault.h"

enum { FLASH_SIZE = 256 * 1024, SECTOR = 4096, URL_SIZE = 512 };

typedef struct run {
    const fault_row *row;
    uint64_t seed, random;
    const char *folder;
    char url[URL_SIZE]; /* changed under the job's hands when the device comes back: then it is well again */
    char well[URL_SIZE];
    uint8_t contents[FLASH_SIZE], before[FLASH_SIZE];
    espbak_events events;
    espbak_error err;
    char *why;
} run;

/* Chips, loaders and stubs in turn. */
static const char *const chips[] = {"esp32", "esp32s3", "esp32,stub-kind=legacy", "esp8266", "esp32c3,usb=jtag"};

static uint64_t random_below(run *r, uint64_t limit)
{
    return sim_random(&r->random) % limit;
}

/* Half of it random, the rest runs of one value, as flash contents are. */
static void fill(run *r, uint8_t *bytes)
{
    for (size_t at = 0; at < FLASH_SIZE; at += SECTOR) {
        const uint64_t kind = random_below(r, 4);
        for (size_t i = 0; i < SECTOR; i++)
            bytes[at + i] = kind < 2 ? (uint8_t)sim_random(&r->random) : kind == 2 ? 0xFF : (uint8_t)(at / SECTOR);
    }
}

/* The other device's flash: some sectors are the same. */
static void fill_other(run *r, uint8_t *bytes, const uint8_t *like)
{
    fill(r, bytes);
    for (size_t at = 0; at < FLASH_SIZE; at += SECTOR) {
        if (random_below(r, 3) == 0)
            memcpy(bytes + at, like + at, SECTOR);
    }
}

static bool path_in(const run *r, const char *name, char path[URL_SIZE])
{
    return (size_t)snprintf(path, URL_SIZE, "%s/%s", r->folder, name) < URL_SIZE;
}

static bool save(const run *r, const char *name, const uint8_t *bytes)
{
    char path[URL_SIZE];
    FILE *out = path_in(r, name, path) ? fopen(path, "wb") : NULL;
    const bool ok = out != NULL && fwrite(bytes, 1, FLASH_SIZE, out) == FLASH_SIZE;
    return out != NULL && fclose(out) == 0 && ok;
}

static bool holds(const char *path, const uint8_t *bytes)
{
    static uint8_t found[FLASH_SIZE + 1];
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return false;
    const size_t size = fread(found, 1, sizeof(found), in);
    fclose(in);
    return size == FLASH_SIZE && memcmp(found, bytes, FLASH_SIZE) == 0;
}

static void on_log(void *user, espbak_log_level level, const char *text)
{
    run *r = user;
    if (getenv("MATRIX_LOG") != NULL)
        fprintf(stderr, "%d %s\n", (int)level, text);
    if (strstr(text, "looking for it again") != NULL || strstr(text, "connecting again") != NULL)
        memcpy(r->url, r->well, sizeof(r->url));
}

static void begin(run *r, const fault_row *row, uint64_t seed, const char *folder, char why[512])
{
    *r = (run){.row = row, .seed = seed, .random = seed, .folder = folder, .why = why};
    why[0] = '\0';
    r->events = (espbak_events){.log = on_log, .user = r};
    fill(r, r->contents);
}

/* Once-only faults strike anywhere in a run, in half of them early. */
static void set_url(run *r, const char *flash)
{
    char plan[128] = "";
    const char *chip = chips[r->seed % (sizeof(chips) / sizeof(chips[0]))];
    const uint64_t place = 1 + random_below(r, random_below(r, 2) == 0 ? FLASH_SIZE * 9 / 8 : 40000);
    snprintf(r->well, sizeof(r->well), "sim:%s,baud=real,flash=%s/%s", chip, r->folder, flash);
    if (r->row->plan != NULL && strstr(r->row->plan, "%llu") != NULL) {
        const char *colon = strchr(r->row->plan, ':');
        const bool of_flash = r->row->plan[0] == 'm' || strncmp(r->row->plan, "flick", 5) == 0;
        snprintf(plan, sizeof(plan), "%.*s:%llu", (int)(colon - r->row->plan), r->row->plan,
                 (unsigned long long)(of_flash ? 1 + place % (FLASH_SIZE - 1) : place));
    } else if (r->row->plan != NULL) {
        snprintf(plan, sizeof(plan), "%s", r->row->plan);
    }
    snprintf(r->url, sizeof(r->url), "%.380s%s%.100s,seed=%llu", r->well, plan[0] != '\0' ? ",fault=" : "", plan,
             (unsigned long long)r->seed);
}

static outcome wrong(run *r, const char *what)
{
    snprintf(r->why, 512, "%s: seed %llu, %.200s: %.180s", what, (unsigned long long)r->seed, r->url, r->err.message);
    return OUTCOME_WRONG;
}

static outcome failed(run *r)
{
    snprintf(r->why, 512, "seed %llu, %.180s: %.250s", (unsigned long long)r->seed, r->url, r->err.message);
    return OUTCOME_FAILED;
}

/* What a damaged line may end as; nothing of it blames the user, the files or a bug. */
static bool fits(espbak_status status)
{
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
    char path[ESPBAK_PATH_MAX + 16];
    if (status != ESPBAK_OK && result->sealed)
        return wrong(r, "sealed in spite of an error");
    if (status != ESPBAK_OK)
        return fits(status) ? failed(r) : wrong(r, espbak_status_name(status));
    snprintf(path, sizeof(path), "%s/flash.bin", result->path);
    if (!result->sealed || result->state != ESPBAK_STATE_VERIFIED)
        return wrong(r, "not verified");
    if (!holds(path, r->contents))
        return wrong(r, "another flash");
    const espbak_verify_options check = {.backup = result->path, .offline = true};
    espbak_verify_result *checked = calloc(1, sizeof(*checked));
    const bool ok = checked != NULL && espbak_verify_run(&check, checked, &r->err) == ESPBAK_OK;
    free(checked);
    return ok ? OUTCOME_COMPLETE : wrong(r, "it does not verify");
}

outcome matrix_backup(const fault_row *row, uint64_t seed, const char *folder, char why[512])
{
    static run r;
    espbak_backup_result *result = calloc(1, sizeof(*result));
    begin(&r, row, seed, folder, why);
    set_url(&r, "flash");
    if (result == NULL || !save(&r, "flash", r.contents)) {
        free(result);
        return wrong(&r, "no flash");
    }
    /* Erased blocks are left out of the transfer in one half of the runs. */
    const espbak_backup_options options = {.session = {.port = r.url, .events = &r.events, .connect_attempts = 3},
                                           .folder = folder,
                                           .name = "b",
                                           .full = seed % 2 == 0};
    const espbak_status status = espbak_backup_run(&options, result, &r.err);
    const outcome what = judge_backup(&r, status, result);
    free(result);
    clean(&r);
    return what;
}

/* The flash is what it was, or what it has to be, or its bootloader is gone. */
static bool boots_no_mixture(const run *r, const char *path)
{
    uint8_t sector[SECTOR];
    const long boot = strstr(r->well, "sim:esp32,") != NULL ? 0x1000 : 0;
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return false;
    const bool got = fseek(in, boot, SEEK_SET) == 0 && fread(sector, 1, SECTOR, in) == SECTOR;
    fclose(in);
    for (size_t i = 0; i < SECTOR && got; i++) {
        if (sector[i] != 0xFF)
            return holds(path, r->before) || holds(path, r->contents);
    }
    return got;
}

static espbak_status restore_once(run *r, const char *backup, const char *url, bool *verified)
{
    espbak_restore_result *result = calloc(1, sizeof(*result));
    const espbak_restore_options options = {
        .session = {.port = url, .events = &r->events, .connect_attempts = 3}, .backup = backup, .force = true};
    r->err = (espbak_error){0};
    if (result == NULL)
        return ESPBAK_E_INTERNAL;
    const espbak_status status = espbak_restore_run(&options, result, &r->err);
    *verified = result->verified;
    free(result);
    return status;
}

static outcome judge_restore(run *r, espbak_status status, bool verified, const char *flash, const char *backup)
{
    if (status == ESPBAK_OK)
        return verified && holds(flash, r->contents) ? OUTCOME_COMPLETE : wrong(r, "not what was to be restored");
    if (!fits(status))
        return wrong(r, espbak_status_name(status));
    if (!r->err.flash_changed && !holds(flash, r->before))
        return wrong(r, "flash was changed, and nothing says so");
    if (!boots_no_mixture(r, flash))
        return wrong(r, "a mixture that boots");
    const outcome what = failed(r);
    char why[512];
    snprintf(why, sizeof(why), "%s", r->why);
    if (restore_once(r, backup, r->well, &verified) != ESPBAK_OK || !holds(flash, r->contents))
        return wrong(r, "running it again does not finish it");
    snprintf(r->why, 512, "%s", why);
    return what;
}

outcome matrix_restore(const fault_row *row, uint64_t seed, const char *folder, char why[512])
{
    static run r;
    char backup[URL_SIZE], flash[URL_SIZE];
    bool verified = false;
    begin(&r, row, seed, folder, why);
    fill_other(&r, r.before, r.contents);
    set_url(&r, "flash");
    espbak_backup_result *result = calloc(1, sizeof(*result));
    const espbak_backup_options make = {.session = {.port = r.well}, .folder = folder, .name = "b"};
    bool ready = result != NULL && path_in(&r, "b", backup) && path_in(&r, "flash", flash) &&
                 save(&r, "flash", r.contents) && espbak_backup_run(&make, result, &r.err) == ESPBAK_OK &&
                 save(&r, "flash", r.before);
    free(result);
    outcome what = OUTCOME_WRONG;
    if (ready) {
        const espbak_status status = restore_once(&r, backup, r.url, &verified);
        what = judge_restore(&r, status, verified, flash, backup);
    } else {
        what = wrong(&r, "no backup");
    }
    clean(&r);
    return what;
}
