/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/guard.h"

#include <string.h>

#include "espbak/flash.h"
#include "ops/content/device_contents.h"
#include "ops/safety/refuse.h"

enum { ERASES = 4 };

static espbak_status look(const boot_guard *g, bool *gone, espbak_error *err)
{
    *gone = false;
    return g->can_hash ? device_contents_erased(g->session, g->offset, ESPBAK_FLASH_SECTOR, gone, err) : ESPBAK_OK;
}

static espbak_status erase(const boot_guard *g, espbak_error *err)
{
    espbak_log(g->events, ESPBAK_LOG_DETAIL,
               "erasing the bootloader's first sector at 0x%llX, so that nothing boots a mixture",
               (unsigned long long)g->offset);
    const espbak_status status = espbak_flash_erase(g->session, g->offset, ESPBAK_FLASH_SECTOR, err);
    if (status == ESPBAK_OK)
        err->flash_changed = true;
    return status;
}

/* Where it is erased already nothing is asked for: whether such an erase went elsewhere could not be seen here. */
espbak_status guard_take_away(const boot_guard *g, evidence *e, espbak_error *err)
{
    bool gone = false;
    espbak_status status = look(g, &gone, err);
    for (unsigned i = 0; status == ESPBAK_OK && !gone && i < ERASES; i++) {
        status = erase(g, err);
        if (status == ESPBAK_OK && !g->can_hash)
            return ESPBAK_OK;
        if (status == ESPBAK_OK)
            status = look(g, &gone, err);
        if (status == ESPBAK_OK && !gone)
            evidence_drop(e);
    }
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "taking the bootloader away");
    if (gone)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_DEVICE, "the bootloader's first sector at 0x%llX stays as it is when it is erased",
                (unsigned long long)g->offset);
    refuse_hint_unwritten(g->session, "run the restore again", err);
    return ESPBAK_E_DEVICE;
}

static espbak_status verify_behind(const boot_guard *g, espbak_error *err)
{
    const compare_options how = {.smallest = ESPBAK_FLASH_SECTOR, .phase = "verifying", .events = NULL};
    const difference_list nothing = {0};
    difference_list wrong = {0};
    piece_list behind = {0};
    espbak_status status = evidence_rest(g->session, g->pieces, &nothing, g->offset, &behind, err);
    if (status == ESPBAK_OK)
        status = compare_device(g->session, &behind, &how, &wrong, err);
    if (status == ESPBAK_OK && wrong.count > 0)
        status = espbak_fail(err, ESPBAK_E_DIFFERS, "writing the bootloader's first sector took 0x%llX along",
                             (unsigned long long)wrong.ranges[0].offset);
    piece_list_free(&behind);
    difference_list_free(&wrong);
    return status;
}

espbak_status guard_verify(const boot_guard *g, espbak_error *err)
{
    uint8_t expected[16], found[16];
    if (piece_list_md5(g->pieces, g->offset, ESPBAK_FLASH_SECTOR, expected, err) != ESPBAK_OK ||
        espbak_flash_md5(g->session, g->offset, ESPBAK_FLASH_SECTOR, found, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "verifying the bootloader's first sector");
    if (memcmp(expected, found, sizeof(found)) == 0)
        return verify_behind(g, err);
    return espbak_fail(err, ESPBAK_E_DIFFERS,
                       "the bootloader's first sector at 0x%llX does not hold what was written there",
                       (unsigned long long)g->offset);
}
