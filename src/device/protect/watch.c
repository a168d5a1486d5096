/* SPDX-License-Identifier: Apache-2.0 */
#include "device/protect/watch.h"

#include <inttypes.h>
#include <string.h>

#include "device/flash/facts.h"
#include "device/flash/read.h"
#include "device/loader/resync.h"
#include "espbak/chip.h"
#include "espbak/flash.h"

enum {
    TRIES = 8,
    FIRST_SIZE = 0x9000,      /* bootloader and partition table, where most devices have them */
    SECOND_SIZE = 0x9000,     /* settings, OTA data, the beginning of the first application */
    PARTS = WATCH_RANGES - 1, /* then a sector in each of so many parts of the flash */
};

/* ---- hashing ---- */

/* A damaged request may look like one that the loader refuses, or does not know. */
static bool may_pass(espbak_status status)
{
    return status == ESPBAK_E_LINK || status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED;
}

static espbak_status hash(espbak_session *session, const watch_range *range, uint8_t md5[DIGEST_MD5_SIZE],
                          espbak_error *err)
{
    espbak_status status = ESPBAK_E_LINK;
    for (unsigned i = 0; i < TRIES && may_pass(status); i++) {
        espbak_error_clear(err);
        if (i > 0 && loader_resync(session, err) != ESPBAK_OK)
            return err->status;
        status = flash_engine_of(session)->hash(session, range->offset, range->size, md5, err);
    }
    return status;
}

/* Neither the request nor the answer has a checksum: two in a row have to be the same. */
static espbak_status hash_twice(espbak_session *session, const watch_range *range, uint8_t md5[DIGEST_MD5_SIZE],
                                espbak_error *err)
{
    uint8_t before[DIGEST_MD5_SIZE];
    espbak_status status = hash(session, range, before, err);
    for (unsigned i = 0; status == ESPBAK_OK && i < TRIES; i++) {
        status = hash(session, range, md5, err);
        if (status == ESPBAK_OK && memcmp(before, md5, sizeof(before)) == 0)
            return ESPBAK_OK;
        memcpy(before, md5, sizeof(before));
    }
    return status == ESPBAK_OK ? espbak_fail(err, ESPBAK_E_DIFFERS, "each hash of the same range is another one")
                               : status;
}

static espbak_status is_erased(const watch_range *range, const uint8_t md5[DIGEST_MD5_SIZE], bool *erased,
                               espbak_error *err)
{
    uint8_t blank[DIGEST_MD5_SIZE];
    const espbak_status status = digest_md5_of_erased(range->size, blank, err);
    *erased = status == ESPBAK_OK && memcmp(blank, md5, sizeof(blank)) == 0;
    return status;
}

/* ---- what is watched ---- */

static void add(watch_facts *watch, uint64_t offset, uint64_t size, uint64_t limit)
{
    if (offset >= limit || watch->count == WATCH_RANGES)
        return;
    size = size < limit - offset ? size : limit - offset;
    watch->ranges[watch->count++] = (watch_range){.offset = (uint32_t)offset, .size = (uint32_t)size};
}

static void choose(watch_facts *watch, uint64_t limit)
{
    watch->count = 0;
    add(watch, 0, FIRST_SIZE, limit);
    add(watch, FIRST_SIZE, SECOND_SIZE, limit);
    for (unsigned i = 1; i < PARTS; i++) {
        const uint64_t at = limit / PARTS * i / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
        if (at >= FIRST_SIZE + SECOND_SIZE)
            add(watch, at, ESPBAK_FLASH_SECTOR, limit);
    }
}

const watch_facts *watch_of(const espbak_session *session)
{
    return &session->protect->watch;
}

/* By a loader of others, which can hash. */
static bool can_watch(const espbak_session *session)
{
    return session->info.chip != NULL && !session_is_locked(session) && session->flash->addressable > 0 &&
           (session_has_stub(session) ||
            (session->info.link.loader == ESPBAK_LOADER_ROM && (session->info.chip->rom_caps & ESPBAK_ROM_MD5) != 0));
}

/* Flash that reads in another way each time cannot be watched; reading it will tell. */
static espbak_status take(espbak_session *session, watch_range *range, espbak_error *err)
{
    const espbak_status status = hash_twice(session, range, range->md5, err);
    if (status == ESPBAK_E_DIFFERS) {
        range->size = 0;
        espbak_error_clear(err);
        return ESPBAK_OK;
    }
    return status == ESPBAK_OK ? is_erased(range, range->md5, &range->erased, err) : status;
}

espbak_status watch_begin(espbak_session *session, espbak_error *err)
{
    watch_facts *const watch = &session->protect->watch;
    espbak_status status = ESPBAK_OK;
    if (watch->known)
        return watch_look(session, err);
    if (!can_watch(session))
        return ESPBAK_OK;
    choose(watch, session->flash->addressable);
    for (unsigned i = 0; status == ESPBAK_OK && i < watch->count; i++)
        status = take(session, &watch->ranges[i], err);
    watch->known = status == ESPBAK_OK;
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "hashing some of the flash before it is read");
}

/* ---- comparing ---- */

/* What is told at the end of a run is worded here; *erased: nothing stands there any more. */
static espbak_status tell(const watch_range *range, bool erased, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_REFUSED,
                "the flash of this device has changed while it was only read: from 0x%" PRIX32 " to 0x%" PRIX32
                " it %s",
                range->offset, range->offset + range->size, erased ? "is erased" : "holds something else than before");
    err->flash_changed = true;
    espbak_error_hint(err, "a request that the line damaged may have erased it; what was read before that is all there "
                           "is, and an earlier backup can be put back");
    return ESPBAK_E_REFUSED;
}

/* A digest that differs is asked for again, until two are alike. */
static espbak_status compare(espbak_session *session, const watch_range *range, bool *same, bool *erased,
                             espbak_error *err)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    espbak_status status = hash(session, range, md5, err);
    *same = status == ESPBAK_OK && memcmp(md5, range->md5, sizeof(md5)) == 0;
    if (status != ESPBAK_OK || *same)
        return status;
    status = hash_twice(session, range, md5, err);
    *same = status == ESPBAK_OK && memcmp(md5, range->md5, sizeof(md5)) == 0;
    return status == ESPBAK_OK ? is_erased(range, md5, erased, err) : status;
}

/* With `ran` applications may have written: then the first range counts, and whether nothing is left anywhere. */
static espbak_status compare_all(espbak_session *session, const watch_facts *watch, bool ran, espbak_error *err)
{
    const watch_range *lost = NULL;
    bool all_erased = true;
    espbak_error why = {0};
    espbak_error_clear(err);
    /* The ROM of an ESP8266 cannot hash what its stub has hashed. */
    if (!watch->known || session_is_locked(session) || espbak_flash_can_hash(session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    for (unsigned i = 0; i < watch->count; i++) {
        const watch_range *const range = &watch->ranges[i];
        bool same = false, erased = false;
        if (range->size == 0 || range->offset + (uint64_t)range->size > session->flash->addressable)
            continue;
        if (compare(session, range, &same, &erased, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "looking whether the flash is as it was");
        if (!same && (i == 0 || !ran))
            return tell(range, erased, err);
        all_erased = all_erased && (same ? range->erased : erased);
        lost = !same && erased ? range : lost;
    }
    return lost != NULL && all_erased ? tell(lost, true, err) : ESPBAK_OK;
}

espbak_status watch_look(espbak_session *session, espbak_error *err)
{
    return compare_all(session, &session->protect->watch, false, err);
}

void watch_end(espbak_session *session)
{
    session->protect->watch.known = false;
}

espbak_status watch_look_after(espbak_session *session, const watch_facts *before, espbak_error *err)
{
    return compare_all(session, before, true, err);
}
