/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/restart.h"
#include "device/visit/retry.h"
#include "espbak/flash.h"
#include "ops/content/device_contents.h"
#include "ops/proof/compare.h"
#include "ops/proof/witness.h"

enum { VANISHED_LEAST = 128 * 1024 };

typedef struct repair {
    proof *p;
    uint8_t before[ESPBAK_FLASH_SECTOR];
} repair;

/* Only what is different is touched, and counted in sectors. */
static espbak_status put_right(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    repair *r = user;
    proof *p = r->p;
    while (size > 0) {
        const uint64_t rest = ESPBAK_FLASH_SECTOR - offset % ESPBAK_FLASH_SECTOR;
        const size_t part = (size_t)bytes_min64(size, rest);
        if (piece_list_read((void *)p->pieces, offset, r->before, part, err) != ESPBAK_OK)
            return err->status;
        if (memcmp(r->before, data, part) != 0) {
            p->repaired += part;
            if (p->patch(p->user, offset, data, part, err) != ESPBAK_OK)
                return err->status;
        }
        offset += part;
        data += part;
        size -= part;
        p->at = offset;
    }
    return ESPBAK_OK;
}

static espbak_status read_again(proof *p, const difference_list *list, espbak_error *err)
{
    repair r = {.p = p};
    uint64_t done = 0;
    for (size_t i = 0; i < list->count; i++) {
        const espbak_range *range = &list->ranges[i];
        const espbak_flash_read_options how = {
            .may_restart = true, .progress_base = done, .progress_total = list->bytes};
        espbak_log(p->events, ESPBAK_LOG_DETAIL, "0x%llX to 0x%llX: %s and the chip differ, so it is read again",
                   (unsigned long long)range->offset, (unsigned long long)(range->offset + range->size), p->what);
        p->at = range->offset;
        if (espbak_flash_read(p->session, range->offset, range->size, &how, put_right, &r, err) != ESPBAK_OK)
            return err->status;
        done += range->size;
    }
    return ESPBAK_OK;
}

static espbak_status give_up(const proof *p, const espbak_range *range, espbak_error *err)
{
    if (p->witness)
        return witness_contradicts(p->session, range, err);
    espbak_fail(err, ESPBAK_E_DIFFERS, "%s from 0x%llX to 0x%llX is not what the chip says is there", p->what,
                (unsigned long long)range->offset, (unsigned long long)(range->offset + range->size));
    espbak_error_hint(err, "run it again with a lower --baud; if it stays, with --loader rom");
    return ESPBAK_E_DIFFERS;
}

/*
 * One damaged bit makes a READ_FLASH (0xD2) an ERASE_FLASH (0xD0), which the current stub performs
 * whatever else the request says (esp-flasher-stub command_handler.c). Then what was read before is all
 * there is left, and must not be put "right".
 */
static espbak_status check_still_there(proof *p, const difference_list *list, espbak_error *err)
{
    bool gone = p->pieces->bytes >= VANISHED_LEAST;
    for (size_t i = 0; i < list->count && gone; i++) {
        if (device_contents_erased(p->session, list->ranges[i].offset, list->ranges[i].size, &gone, err) != ESPBAK_OK)
            return err->status;
    }
    for (size_t i = 0; i < p->pieces->count && gone; i++) {
        const piece *item = &p->pieces->items[i];
        if (item->size > 0 && device_contents_erased(p->session, item->offset, item->size, &gone, err) != ESPBAK_OK)
            return err->status;
    }
    if (!gone)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_DIFFERS, "all of it is erased on the device now, which it was not when it was read");
    err->flash_changed = true;
    espbak_error_hint(err,
                      "%s holds what was read before: keep it. A request that was damaged on its way can have "
                      "erased the flash; use another cable or a lower --baud",
                      p->what);
    return ESPBAK_E_DIFFERS;
}

/* Whom the witness has contradicted reads once more, and the witness looks at that: the two have to agree. */
static espbak_status read_again_without_witness(proof *p, const difference_list *list, espbak_error *err)
{
    espbak_status status = restart_without_witness(p->session, err);
    if (status == ESPBAK_OK)
        status = read_again(p, list, err);
    return status == ESPBAK_OK ? restart_with_witness(p->session, err) : status;
}

/* A witness may itself have been misheard: before anything is read again it is asked once more. */
static espbak_status settle(proof *p, unsigned pass, const difference_list *list, espbak_error *err)
{
    if (!retry_again(RETRY_PROOF, pass, ESPBAK_E_DIFFERS))
        return give_up(p, &list->ranges[0], err);
    if (p->witness && retry_again(RETRY_WITNESS, pass, ESPBAK_E_DIFFERS))
        return ESPBAK_OK;
    const espbak_status status = check_still_there(p, list, err);
    p->reading = status == ESPBAK_OK;
    if (status != ESPBAK_OK)
        return status;
    return p->witness ? read_again_without_witness(p, list, err) : read_again(p, list, err);
}

static espbak_status run_pass(proof *p, unsigned pass, bool *clean, espbak_error *err)
{
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = p->phase, .events = p->events, .largest = COMPARE_ODD_BLOCK};
    difference_list list = {0};
    p->reading = false;
    espbak_status status = compare_device(p->session, p->pieces, &how, &list, err);
    *clean = list.count == 0;
    if (status == ESPBAK_OK && !*clean)
        status = settle(p, pass, &list, err);
    difference_list_free(&list);
    return status;
}

espbak_status proof_run(proof *p, espbak_error *err)
{
    bool clean = false;
    p->repaired = 0;
    /* A pass with repairs is followed by another one over everything. */
    for (unsigned pass = 1; !clean; pass++) {
        if (run_pass(p, pass, &clean, err) != ESPBAK_OK)
            return err->status;
    }
    if (p->repaired > 0)
        espbak_log(p->events, ESPBAK_LOG_DETAIL, "%llu bytes of %s were put right", (unsigned long long)p->repaired,
                   p->what);
    return ESPBAK_OK;
}
