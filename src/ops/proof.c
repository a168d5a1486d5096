/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/flash.h"
#include "ops/compare.h"

/* A pass with repairs is followed by another one over everything. */
enum { PASSES = 4 };

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
    espbak_fail(err, ESPBAK_E_DIFFERS, "%s from 0x%llX to 0x%llX is not what the chip says is there", p->what,
                (unsigned long long)range->offset, (unsigned long long)(range->offset + range->size));
    espbak_error_hint(err, "run it again with a lower --baud; if it stays, with --no-stub");
    return ESPBAK_E_DIFFERS;
}

static espbak_status run_pass(proof *p, unsigned pass, bool *clean, espbak_error *err)
{
    /* 251 sectors, a prime number of them and no multiple of any chunk size. */
    const compare_options how = {ESPBAK_FLASH_SECTOR, p->phase, p->events, (uint64_t)251 * ESPBAK_FLASH_SECTOR};
    difference_list list = {0};
    p->reading = false;
    espbak_status status = compare_device(p->session, p->pieces, &how, &list, err);
    *clean = list.count == 0;
    if (status == ESPBAK_OK && !*clean) {
        if (pass + 1 == PASSES || p->patch == NULL) {
            status = give_up(p, &list.ranges[0], err);
        } else {
            p->reading = true;
            status = read_again(p, &list, err);
        }
    }
    difference_list_free(&list);
    return status;
}

espbak_status proof_run(proof *p, espbak_error *err)
{
    bool clean = false;
    p->repaired = 0;
    for (unsigned pass = 0; pass < PASSES && !clean; pass++) {
        if (run_pass(p, pass, &clean, err) != ESPBAK_OK)
            return err->status;
    }
    if (p->repaired > 0)
        espbak_log(p->events, ESPBAK_LOG_DETAIL, "%llu bytes of %s were put right", (unsigned long long)p->repaired,
                   p->what);
    return ESPBAK_OK;
}
