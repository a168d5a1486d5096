/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/inspect.h"
#include "espbak/ops.h"
#include "espbak/restore.h"
#include "sim/common/random.h"
#include "support/sim_choice.h"

enum {
    FLASH_SIZE = SIM_CHOICE_FLASH,
    SECTOR = SIM_CHOICE_SECTOR,
    PATH_SIZE = 256,
    URL_SIZE = 768,
    WRITE_AT = 0x20000,
    WRITE_SIZE = 5 * SECTOR,
    PLACE_SECONDS = 90, /* the longest that one sector is tried; see docs/reliability.md */
    LONGEST = FLASH_SIZE / SECTOR * PLACE_SECONDS + 600,
};

typedef struct attempt {
    const lie *lie;
    const char *folder;
    uint64_t random;
    const sim_chip *chip;
    char url[URL_SIZE], flash[PATH_SIZE], saved[PATH_SIZE], out[PATH_SIZE];
    /* What the device holds first, what it has to hold in the end, and what an earlier backup of it holds. */
    uint8_t before[FLASH_SIZE], after[FLASH_SIZE], kept[FLASH_SIZE];
    espbak_session_options session;
    espbak_events events;
    uint8_t mac[6];
    liar liar;
    espbak_transport *line;
    espbak_error err;
    attempt_result result;
} attempt;

static bool wrong(attempt *a, const char *what)
{
    a->result.outcome = ATTEMPT_WRONG;
    snprintf(a->result.why, sizeof(a->result.why), "%s: %s: %.300s", what, espbak_status_name(a->err.status),
             a->err.message);
    return false;
}

static bool holds(const char *path, const uint8_t *bytes)
{
    return sim_flash_first_wrong(path, bytes) == FLASH_SIZE;
}

/* Whether the device is right: what is told once is not believed. Another size or chip is the end of it. */
static bool is_the_device(attempt *a, const espbak_device_info *device)
{
    const bool right = device->chip != NULL && strcmp(device->chip->name, a->chip->name) == 0 &&
                       device->flash.size == FLASH_SIZE &&
                       (!device->mac_known || memcmp(device->mac, a->mac, sizeof(a->mac)) == 0);
    return right || a->liar.rate != LIAR_ONCE ? true : wrong(a, "another device");
}

/* ---- jobs: they return whether nothing is wrong; err.status says how they ended ---- */

static bool do_info(attempt *a)
{
    espbak_info_result result;
    const espbak_info_options options = {.session = a->session};
    const espbak_status status = espbak_info_run(&options, &result, &a->err);
    const bool right = status != ESPBAK_OK || is_the_device(a, &result.device);
    espbak_info_result_free(&result);
    return right;
}

/* What came of reading is what the device held, or what it holds where a request has changed it. */
static bool judge_contents(attempt *a, const char *path)
{
    uint8_t now[FLASH_SIZE];
    const bool found = holds(path, a->before) || (a->lie->harm != LIE_IS_SAFE &&
                                                  sim_read_flash(a->flash, 0, now, FLASH_SIZE) && holds(path, now));
    return found ? true : wrong(a, "other contents were read");
}

static bool judge_backup(attempt *a, const espbak_backup_result *result)
{
    char path[PATH_SIZE + 16];
    if (a->err.status != ESPBAK_OK)
        return result->sealed ? wrong(a, "sealed in spite of an error") : true;
    snprintf(path, sizeof(path), "%s/flash.bin", result->path);
    if (!result->sealed || result->state != ESPBAK_STATE_VERIFIED)
        return wrong(a, "not verified");
    return judge_contents(a, path) ? is_the_device(a, &result->device) : false;
}

static bool do_backup(attempt *a)
{
    espbak_backup_result result;
    const espbak_backup_options options = {
        .session = a->session, .folder = a->folder, .name = "new", .full = sim_random(&a->random) % 2 == 0};
    (void)(espbak_backup_run(&options, &result, &a->err) == ESPBAK_OK);
    const bool right = judge_backup(a, &result);
    espbak_backup_result_free(&result);
    return right;
}

static bool do_read(attempt *a)
{
    espbak_read_result result;
    const espbak_read_options options = {.session = a->session, .all = true, .file = a->out};
    const espbak_status status = espbak_read_run(&options, &result, &a->err);
    espbak_read_result_free(&result);
    return status != ESPBAK_OK || judge_contents(a, a->out);
}

static bool do_verify(attempt *a)
{
    espbak_verify_result result;
    const espbak_verify_options options = {.session = a->session, .backup = a->saved};
    const espbak_status status = espbak_verify_run(&options, &result, &a->err);
    espbak_verify_result_free(&result);
    return status != ESPBAK_OK || memcmp(a->before, a->kept, FLASH_SIZE) == 0 ? true : wrong(a, "it is not the same");
}

static bool do_restore(attempt *a)
{
    espbak_restore_result result;
    const espbak_restore_options options = {.session = a->session, .backup = a->saved, .force = true};
    memcpy(a->after, a->kept, FLASH_SIZE);
    const espbak_status status = espbak_restore_run(&options, &result, &a->err);
    const bool right = status != ESPBAK_OK || result.verified ? true : wrong(a, "not verified");
    espbak_restore_result_free(&result);
    return right;
}

static bool do_write(attempt *a)
{
    espbak_write_result result;
    const espbak_raw_file file = {.offset = WRITE_AT, .path = a->out};
    const espbak_write_options options = {.session = a->session, .files = &file, .file_count = 1, .force = true};
    FILE *out = fopen(a->out, "wb");
    const bool made = out != NULL && fwrite(a->kept, 1, WRITE_SIZE, out) == WRITE_SIZE;
    if (out == NULL || fclose(out) != 0 || !made)
        return wrong(a, "no file to write");
    memcpy(a->after + WRITE_AT, a->kept, WRITE_SIZE);
    const espbak_status status = espbak_write_run(&options, &result, &a->err);
    const bool can_verify = strcmp(a->chip->name, "esp8266") != 0; /* where its ROM is what is left */
    return status != ESPBAK_OK || result.verified || !can_verify ? true : wrong(a, "not verified");
}

static const struct attempt_job {
    const char *name;
    bool (*run)(attempt *a);
    bool writes, whole;
} jobs[] = {
    {"info", do_info, false, false},     {"backup", do_backup, false, false}, {"backup", do_backup, false, false},
    {"read", do_read, false, false},     {"verify", do_verify, false, false}, {"restore", do_restore, true, true},
    {"restore", do_restore, true, true}, {"write", do_write, true, false},
};
enum { JOBS = sizeof(jobs) / sizeof(jobs[0]) };

/* ---- preparing ---- */

static void on_log(void *user, espbak_log_level level, const char *text)
{
    (void)user;
    fprintf(stderr, "%d %s\n", (int)level, text);
}

static void set_session(attempt *a)
{
    static const espbak_session_options loaders[] = {
        {.own_loader = ESPBAK_OWN_LOADER_AUTO},
        {.own_loader = ESPBAK_OWN_LOADER_ON},
        {.own_loader = ESPBAK_OWN_LOADER_OFF},
        {.own_loader = ESPBAK_OWN_LOADER_OFF, .no_stub = true},
    };
    a->session = loaders[sim_random(&a->random) % 4];
    a->session.connect_attempts = 3;
    a->events.log = getenv("ATTACK_LOG") != NULL ? on_log : NULL;
    a->session.events = &a->events;
    if (a->session.no_stub && strcmp(a->chip->name, "esp8266") == 0) /* its ROM can neither read nor hash */
        a->session.no_stub = false;
}

/* The same but for some sectors, one, or none. */
static void make_contents(attempt *a)
{
    sim_fill_flash(&a->random, a->before);
    memcpy(a->kept, a->before, FLASH_SIZE);
    const uint64_t kind = sim_random(&a->random) % 4;
    if (kind == 0)
        sim_fill_other_flash(&a->random, a->kept, a->before);
    else if (kind < 3)
        a->kept[sim_random(&a->random) % FLASH_SIZE] ^= 0x20;
    memcpy(a->after, a->before, FLASH_SIZE);
}

static bool make_backup(attempt *a)
{
    espbak_backup_result result = {0};
    const espbak_backup_options options = {.session = {.port = a->url}, .folder = a->folder, .name = "saved"};
    const bool made = sim_save_flash(a->flash, a->kept) && espbak_backup_run(&options, &result, &a->err) == ESPBAK_OK &&
                      result.sealed;
    memcpy(a->mac, result.device.mac, sizeof(a->mac));
    espbak_backup_result_free(&result);
    return made ? sim_save_flash(a->flash, a->before) : wrong(a, "no backup to begin with");
}

static bool open_line(attempt *a)
{
    espbak_transport *chip = NULL;
    if (espbak_transport_open(&chip, a->url, NULL, NULL, &a->err) != ESPBAK_OK ||
        !liar_open(&a->liar, &a->line, chip, sim_random(&a->random)))
        return wrong(a, "no line");
    a->liar.lie = a->lie;
    a->liar.rate = (liar_rate)(sim_random(&a->random) % LIAR_RATES);
    /* Early and late in the run. */
    a->liar.once = (unsigned)(sim_random(&a->random) % (1u << sim_random(&a->random) % 9));
    a->session.transport = a->line;
    return true;
}

static bool prepare(attempt *a, uint64_t seed)
{
    const char *met = "";
    a->chip = sim_choose_chip(sim_random(&a->random), true, &met);
    snprintf(a->flash, sizeof(a->flash), "%s/flash", a->folder);
    snprintf(a->saved, sizeof(a->saved), "%s/saved", a->folder);
    snprintf(a->out, sizeof(a->out), "%s/out", a->folder);
    snprintf(a->url, sizeof(a->url), "sim:%s%s,baud=real,flash=%s,seed=%llu", a->chip->name, met, a->flash,
             (unsigned long long)seed);
    set_session(a);
    make_contents(a);
    return make_backup(a) && open_line(a);
}

/* ---- judging ---- */

/* Nothing of it blames the user, the files or a bug. */
static bool fits(espbak_status status)
{
    return status != ESPBAK_E_INTERNAL && status != ESPBAK_E_USAGE && status != ESPBAK_E_FILE &&
           status != ESPBAK_E_CANCELLED;
}

/* The one from before, or the new one: what stands in its place because it was written elsewhere is none. */
static bool has_a_bootloader(const attempt *a)
{
    uint8_t sector[SECTOR];
    const size_t at = a->chip->bootloader_offset;
    return sim_read_flash(a->flash, at, sector, SECTOR) && !bytes_are_all(sector, SECTOR, 0xFF) &&
           (memcmp(sector, a->before + at, SECTOR) == 0 || memcmp(sector, a->after + at, SECTOR) == 0);
}

/*
 * What a request does that somebody puts there on purpose is not seen everywhere: a sector is erased, and reads as such
 * from then on. A flash of which nothing is left is never passed over, nor is what came of a job ever another flash
 * than the device has in the end.
 */
static bool is_honest(attempt *a)
{
    uint8_t now[FLASH_SIZE];
    if (!sim_read_flash(a->flash, 0, now, FLASH_SIZE))
        return wrong(a, "no flash");
    const bool said = a->err.status != ESPBAK_OK && a->err.flash_changed;
    if (!said && bytes_are_all(now, FLASH_SIZE, 0xFF) && !bytes_are_all(a->before, FLASH_SIZE, 0xFF))
        return wrong(a, "the flash was erased, and nothing says so");
    return true;
}

/* Something that is new to it stands there; what was erased elsewhere is none. */
static bool holds_some_of_both(const attempt *a)
{
    uint8_t now[FLASH_SIZE];
    if (!sim_read_flash(a->flash, 0, now, FLASH_SIZE))
        return false;
    for (size_t at = 0; at < FLASH_SIZE; at += SECTOR) {
        if (!bytes_are_all(now + at, SECTOR, 0xFF) && memcmp(now + at, a->before + at, SECTOR) != 0)
            return true;
    }
    return false;
}

static bool judge_flash(attempt *a, const struct attempt_job *job)
{
    const bool same = holds(a->flash, a->before), right = holds(a->flash, a->after);
    const bool untold = a->lie->harm == LIE_HARMS && !job->writes && !a->err.flash_changed;
    if (!same && (untold || a->lie->harm == LIE_ADDS))
        return is_honest(a);
    if (a->err.status == ESPBAK_OK)
        return right ? true : wrong(a, job->writes ? "not what was to be written" : "flash was changed unnoticed");
    if (!job->writes && !same && a->lie->harm == LIE_IS_SAFE)
        return wrong(a, "a command that reads has changed flash");
    if (!same && !a->err.flash_changed)
        return wrong(a, "flash was changed, and nothing says so");
    if (job->whole && !same && !right && has_a_bootloader(a) && holds_some_of_both(a))
        return wrong(a, "a mixture that boots");
    return true;
}

/* What is told once is asked again and found out, and costs no run; a copy that really differs is told to do so. */
static bool is_worth_it(const attempt *a, const struct attempt_job *job)
{
    const bool differs = job->run == do_verify && memcmp(a->before, a->kept, FLASH_SIZE) != 0;
    /* What was written elsewhere cannot be put right from a file that has only what was to be written. */
    const bool spoilt = job->writes && !job->whole && a->err.flash_changed;
    return a->err.status == ESPBAK_OK || a->liar.rate != LIAR_ONCE || a->lie->harm != LIE_IS_SAFE ||
           (differs && a->err.status == ESPBAK_E_DIFFERS) || spoilt;
}

static void clean(const attempt *a)
{
    char command[PATH_SIZE + 64];
    snprintf(command, sizeof(command), "rm -rf '%s'/*", a->folder);
    if (system(command) != 0)
        fprintf(stderr, "%s cannot be emptied\n", a->folder);
}

static void tell_lies(attempt *a, const struct attempt_job *job)
{
    const espbak_clock *clock = espbak_transport_clock(a->line);
    const espbak_time begun = espbak_clock_now(clock);
    a->err = (espbak_error){0};
    bool right = job->run(a);
    a->result.waited = espbak_clock_now(clock) - begun;
    a->result.told = a->liar.told;
    a->result.rate = a->liar.rate;
    espbak_transport_close(a->line); /* and the flash is in its file */
    right = right && judge_flash(a, job);
    if (right && !fits(a->err.status))
        right = wrong(a, "a status that does not fit");
    if (right && !is_worth_it(a, job))
        right = wrong(a, "a single lie has ended it");
    if (right && a->result.waited > (espbak_time)LONGEST * ESPBAK_S)
        right = wrong(a, "it takes too long");
    if (right)
        a->result.outcome = a->err.status == ESPBAK_OK ? ATTEMPT_COMPLETE : ATTEMPT_FAILED;
}

attempt_result attempt_lie(const lie *row, uint64_t seed, const char *folder)
{
    static attempt a;
    memset(&a, 0, sizeof(a));
    a.lie = row;
    a.folder = folder;
    a.random = seed;
    const struct attempt_job *job = &jobs[sim_random(&a.random) % JOBS];
    a.result.job = job->name;
    if (prepare(&a, seed))
        tell_lies(&a, job);
    if (a.result.outcome == ATTEMPT_FAILED)
        snprintf(a.result.why, sizeof(a.result.why), "%s: %.300s", espbak_status_name(a.err.status), a.err.message);
    const size_t end = strlen(a.result.why);
    snprintf(a.result.why + end, sizeof(a.result.why) - end, " [%s, %s%s, %u told of %u chances]", a.url,
             a.session.no_stub                               ? "rom"
             : a.session.own_loader == ESPBAK_OWN_LOADER_OFF ? "stub"
                                                             : "own",
             a.session.own_loader == ESPBAK_OWN_LOADER_ON ? " on" : "", a.liar.told, a.liar.chances);
    clean(&a);
    return a.result;
}
