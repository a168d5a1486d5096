/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/flash.h"
#include "ops/capture/pieces.h"
#include "ops/proof/proof.h"
#include "ops/proof/witness.h"

enum { SPOTS_LONGEST = 30 * 60 }; /* seconds */

static espbak_status append(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    const capture *c = user;
    (void)offset;
    return c->to.ops->append(c->to.impl, data, size, err);
}

static uint64_t appended(const capture *c)
{
    return c->to.ops->appended(c->to.impl);
}

/* Bytes of all regions that were read. */
static uint64_t reached(const capture *c)
{
    return c->before + (c->index < c->count ? appended(c) : 0);
}

/* ---- a device that is gone ---- */

static bool goes_on(capture *c, espbak_status status)
{
    return reconnect_goes_on(&c->again, *c->session, status);
}

static uint64_t tell_reached(const void *user)
{
    return reached(user);
}

static void take_back(void *user)
{
    capture *c = user;
    *c->link = espbak_session_device(*c->session)->link;
    c->unproven = true;
    c->restarts = 0;
}

static espbak_status insist(capture *c, espbak_status (*run)(void *user, espbak_error *err), espbak_error *err)
{
    const reconnect_step step = {.run = run, .reached = tell_reached, .back = take_back, .user = c};
    return reconnect_insist(&c->again, c->session, &step, err);
}

/* ---- spots that cannot be read ---- */

static espbak_status note_spot(capture *c, size_t region, uint64_t offset, uint64_t size, espbak_error *err)
{
    if (c->spots_max == 0)
        return err->status;
    if (c->spot_count == c->spots_max || c->spots_time > (espbak_time)SPOTS_LONGEST * ESPBAK_S)
        return espbak_error_prefix(err, "%zu sectors could not be read before this one", c->spot_count);
    espbak_log(c->events, ESPBAK_LOG_WARNING, "0x%llX to 0x%llX cannot be read: %s", (unsigned long long)offset,
               (unsigned long long)(offset + size), err->message);
    c->spots[c->spot_count++] = (capture_spot){region, {offset, size}};
    espbak_error_clear(err);
    return ESPBAK_OK;
}

static uint64_t sector_rest(uint64_t offset, uint64_t end)
{
    return bytes_min64(ESPBAK_FLASH_SECTOR - offset % ESPBAK_FLASH_SECTOR, end - offset);
}

static espbak_status try_sector(capture *c, uint64_t offset, uint64_t size, espbak_error *err)
{
    const uint64_t before = c->savings.sum.erased_bytes + c->savings.sum.base_bytes;
    const espbak_flash_read_options how = {.chunk_size = ESPBAK_FLASH_SECTOR,
                                           .plain = true,
                                           .may_restart = true,
                                           .progress_base = reached(c) - before,
                                           .progress_total = c->total - before};
    for (unsigned tries = 1;; tries++) {
        espbak_error_clear(err);
        const espbak_status status = espbak_flash_read(*c->session, offset, size, &how, append, c, err);
        if (!retry_again(RETRY_SECTOR, tries, status))
            return status;
    }
}

/* Get past the sector at which reading failed: read it alone, or leave it out. */
static espbak_status pass_spot(capture *c, espbak_error *err)
{
    uint8_t erased[ESPBAK_FLASH_SECTOR];
    const espbak_region *region = &c->regions[c->index];
    const uint64_t offset = region->offset + appended(c);
    const uint64_t size = sector_rest(offset, region->offset + region->size);
    const espbak_clock *const clock = espbak_transport_clock(espbak_session_transport(*c->session));
    const espbak_time begun = espbak_clock_now(clock);
    const espbak_status status = try_sector(c, offset, size, err);
    c->spots_time += espbak_clock_now(clock) - begun;
    if (!goes_on(c, status))
        return status;
    if (note_spot(c, c->index, offset, size, err) != ESPBAK_OK)
        return err->status;
    memset(erased, 0xFF, sizeof(erased));
    return c->to.ops->append(c->to.impl, erased, (size_t)size, err);
}

/* The region that has a byte, among those that were begun. */
static size_t region_at(const capture *c, uint64_t offset)
{
    for (size_t i = 0; i < c->count; i++) {
        if (offset >= c->regions[i].offset && offset - c->regions[i].offset < c->regions[i].size)
            return i;
    }
    return c->count;
}

static espbak_status patch(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    const capture *c = user;
    const size_t index = region_at(c, offset);
    if (index == c->count)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "no region has a byte at 0x%llX", (unsigned long long)offset);
    return c->to.ops->patch(c->to.impl, index, offset - c->regions[index].offset, data, size, err);
}

/* The loader that runs now may not reach as far as the one that an earlier run had. */
static espbak_status leave_out(capture *c, uint64_t at, espbak_error *err)
{
    uint8_t erased[ESPBAK_FLASH_SECTOR];
    const size_t index = region_at(c, at);
    if (index == c->count)
        return err->status;
    const espbak_region *region = &c->regions[index];
    const uint64_t floor = at - at % ESPBAK_FLASH_SECTOR;
    const uint64_t offset = floor > region->offset ? floor : region->offset;
    const uint64_t size = sector_rest(offset, region->offset + region->size);
    if (note_spot(c, index, offset, size, err) != ESPBAK_OK)
        return err->status;
    memset(erased, 0xFF, sizeof(erased));
    return patch(c, offset, erased, (size_t)size, err);
}

/* ---- the proof ---- */

/* Compare what was read with the device until nothing differs. */
static espbak_status prove(capture *c, const char *phase, uint64_t *repaired, espbak_error *err)
{
    if (c->to.ops->handed != NULL)
        return handed_compare(c->to.ops->handed(c->to.impl), *c->session, phase, c->events, err);
    for (;;) {
        piece_list pieces = {0};
        proof p = {.session = *c->session,
                   .pieces = &pieces,
                   .patch = patch,
                   .user = c,
                   .witness = c->witness,
                   .events = c->events,
                   .phase = phase,
                   .what = c->to.ops->what};
        espbak_status status = capture_pieces(&pieces, c, err);
        if (status == ESPBAK_OK)
            status = proof_run(&p, err);
        piece_list_free(&pieces);
        *repaired += p.repaired;
        if (!p.reading || !goes_on(c, status))
            return status;
        if (leave_out(c, p.at, err) != ESPBAK_OK)
            return err->status;
    }
}

static espbak_status prove_earlier(capture *c, espbak_error *err)
{
    const uint64_t before = c->changed;
    if (reached(c) > 0 && prove(c, "comparing", &c->changed, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "comparing what was read earlier");
    c->unproven = false;
    if (c->changed > before)
        espbak_log(c->events, ESPBAK_LOG_INFO,
                   "%llu KiB had changed on the device since they were read, and were read again",
                   (unsigned long long)((c->changed - before + 1023) / 1024));
    return ESPBAK_OK;
}

/* ---- reading ---- */

espbak_status capture_open(capture *c, const espbak_session_options *options, unsigned wait_seconds,
                           const saving_wanted *wanted, espbak_error *err)
{
    const espbak_region *last = &c->regions[c->count - 1];
    const uint64_t from = c->regions[0].offset;
    reconnect_init(&c->again, options, wait_seconds, *c->session);
    return saving_open(&c->savings, *c->session, wanted, from, last->offset + last->size - from, err);
}

void capture_close(capture *c)
{
    saving_close(&c->savings);
}

bool capture_needs_proof(const capture *c, bool no_verify)
{
    return !no_verify || reconnect_needs_proof(&c->again, *c->session);
}

bool capture_warn_ciphertext(const espbak_device_info *device, const espbak_events *events)
{
    if (device->security.flash_encryption != ESPBAK_YES)
        return false;
    espbak_log(events, ESPBAK_LOG_WARNING,
               "flash encryption is on: what is read is ciphertext, which only this very chip can use");
    return true;
}

/* Where hashing fails and reading may not, everything is read. */
static espbak_status plan_rest(capture *c, uint64_t offset, uint64_t size, espbak_sparse_plan **plan, espbak_error *err)
{
    const espbak_status status = saving_plan(&c->savings, *c->session, offset, size, plan, err);
    if (!goes_on(c, status))
        return status;
    espbak_log(c->events, ESPBAK_LOG_DETAIL, "%s: everything is read", err->message);
    espbak_error_clear(err);
    c->savings.options.full = true;
    return saving_plan(&c->savings, *c->session, offset, size, plan, err);
}

/* Progress counts what comes over the line: the time that is left depends on nothing else. */
static espbak_flash_read_options show_progress(const capture *c, uint64_t left_out)
{
    const espbak_savings *sum = &c->savings.sum;
    const uint64_t before = sum->erased_bytes + sum->base_bytes;
    return (espbak_flash_read_options){
        .may_restart = true, .progress_base = reached(c) - before, .progress_total = c->total - before - left_out};
}

static espbak_status read_planned(capture *c, const espbak_sparse_plan *plan, espbak_error *err)
{
    const espbak_region *region = &c->regions[c->index];
    espbak_status status = ESPBAK_OK;
    uint64_t left_out = espbak_sparse_plan_summary(plan).size - espbak_sparse_plan_summary(plan).line_bytes;
    for (uint64_t done; status == ESPBAK_OK && (done = appended(c)) < region->size;) {
        const espbak_savings before = c->savings.sum;
        const espbak_flash_read_options how = show_progress(c, left_out);
        const uint64_t from = region->offset + done;
        status = espbak_sparse_read(*c->session, plan, from, region->size - done, &how, append, c, err);
        saving_count(&c->savings, plan, from, region->offset + appended(c));
        left_out -= c->savings.sum.erased_bytes + c->savings.sum.base_bytes - before.erased_bytes - before.base_bytes;
        if (goes_on(c, status))
            status = pass_spot(c, err);
    }
    return status;
}

/* The application of a chip that was started anew in mid-run has perhaps written meanwhile. */
static void note_restarts(capture *c)
{
    const unsigned restarts = espbak_session_get_stats(*c->session).repairs.restarts;
    c->unproven = c->unproven || restarts != c->restarts;
    c->restarts = restarts;
}

/* Where the base cannot be read any more its blocks are read from the device instead. */
static espbak_status plan_and_read(capture *c, espbak_error *err)
{
    const espbak_region *region = &c->regions[c->index];
    espbak_status status;
    do {
        const uint64_t done = appended(c);
        espbak_sparse_plan *plan = NULL;
        status = plan_rest(c, region->offset + done, region->size - done, &plan, err);
        if (status == ESPBAK_OK)
            status = read_planned(c, plan, err);
        if (status == ESPBAK_OK)
            saving_share(&c->savings, plan, &c->to, region->offset);
        espbak_sparse_plan_free(plan);
    } while (status == ESPBAK_E_FILE && saving_lost_base(&c->savings, err));
    return status;
}

static espbak_status read_rest(void *user, espbak_error *err)
{
    capture *c = user;
    if (c->unproven && prove_earlier(c, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = plan_and_read(c, err);
    note_restarts(c);
    return status == ESPBAK_OK && c->unproven ? prove_earlier(c, err) : status;
}

static espbak_status read_region(capture *c, espbak_error *err)
{
    const espbak_region *region = &c->regions[c->index];
    if (c->to.ops->begin(c->to.impl, region, err) != ESPBAK_OK)
        return err->status;
    const uint64_t found = appended(c);
    c->found += found;
    c->unproven = c->unproven || found > 0;
    if (insist(c, read_rest, err) != ESPBAK_OK)
        return c->count > 1 ? espbak_error_prefix(err, "%s", region->name) : err->status;
    return c->to.ops->end(c->to.impl, err);
}

espbak_status capture_read(capture *c, espbak_error *err)
{
    c->total = 0;
    for (size_t i = 0; i < c->count; i++)
        c->total += c->regions[i].size;
    for (c->index = 0, c->before = 0; c->index < c->count; c->index++) {
        if (read_region(c, err) != ESPBAK_OK)
            return err->status;
        c->before += c->regions[c->index].size;
    }
    return ESPBAK_OK;
}

static espbak_status look_again(void *user, espbak_error *err)
{
    capture *c = user;
    c->unproven = false;
    if (witness_call(*c->session, &c->witnesses, err) != ESPBAK_OK)
        return err->status;
    c->witness = witness_runs(*c->session);
    return prove(c, "verifying", &c->repaired, err);
}

espbak_status capture_verify(capture *c, espbak_error *err)
{
    reconnect_begin_part(&c->again);
    if (insist(c, look_again, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "verifying %s", c->to.ops->what);
    return ESPBAK_OK;
}

void capture_describe_proof(const capture *c, bool verified, espbak_manifest *manifest)
{
    snprintf(manifest->verify_method, sizeof(manifest->verify_method), "%s",
             verified ? ESPBAK_METHOD_DEVICE_MD5 : ESPBAK_METHOD_NONE);
    if (!verified)
        return;
    snprintf(manifest->read_by, sizeof(manifest->read_by), "%s", espbak_loader_name(c->witnesses.moved_by));
    snprintf(manifest->confirmed_by, sizeof(manifest->confirmed_by), "%s",
             espbak_loader_name(c->witnesses.confirmed_by));
    manifest->confirmed_alone = c->witnesses.alone;
}

espbak_status capture_list_spots(const capture *c, espbak_manifest *manifest, espbak_error *err)
{
    for (size_t i = 0; i < c->spot_count; i++) {
        const espbak_hole *hole = &c->spots[i].hole;
        if (espbak_manifest_add_hole(manifest, c->spots[i].region, hole, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status capture_fail_spots(const capture *c, espbak_error *err)
{
    char text[256] = "";
    size_t used = 0, shown = 0;
    for (; shown < c->spot_count && used + 40 < sizeof(text); shown++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s0x%llX", shown > 0 ? ", " : "",
                                 (unsigned long long)c->spots[shown].hole.offset);
    return espbak_fail(err, ESPBAK_E_DEVICE, "%zu sector%s of the flash cannot be read: %s%s", c->spot_count,
                       c->spot_count == 1 ? "" : "s", text, shown < c->spot_count ? " and more" : "");
}
