/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/restore/outside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/flash.h"

enum {
    RANGE_MAX = 1024 * 1024, /* hashed by one request; ranges end at multiples of it */
    SMALL = 4 * 1024 * 1024, /* so much is hashed twice before, on a line without errors too */
    TRIES = 3,
};

void outside_free(outside *rest)
{
    free(rest->ranges);
    *rest = (outside){0};
}

static espbak_status add(outside *rest, uint64_t offset, uint64_t size, espbak_error *err)
{
    if (rest->count == rest->capacity) {
        const size_t capacity = rest->capacity != 0 ? 2 * rest->capacity : 16;
        outside_range *const more = realloc(rest->ranges, capacity * sizeof(*more));
        if (more == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        rest->ranges = more;
        rest->capacity = capacity;
    }
    rest->ranges[rest->count++] = (outside_range){.offset = offset, .size = size};
    rest->bytes += size;
    return ESPBAK_OK;
}

static bool is_free(const piece_list *pieces, espbak_range spare, uint64_t sector)
{
    return !piece_list_touches(pieces, sector, ESPBAK_FLASH_SECTOR) &&
           (sector + ESPBAK_FLASH_SECTOR <= spare.offset || sector >= spare.offset + spare.size);
}

static espbak_status choose(outside *rest, const piece_list *pieces, espbak_range spare, uint64_t size,
                            espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (uint64_t at = 0, end; status == ESPBAK_OK && at < size; at = end) {
        end = at + ESPBAK_FLASH_SECTOR;
        if (!is_free(pieces, spare, at))
            continue;
        while (end < size && end % RANGE_MAX != 0 && is_free(pieces, spare, end))
            end += ESPBAK_FLASH_SECTOR;
        status = add(rest, at, end - at, err);
    }
    return status;
}

/* Neither a request nor an answer has a checksum: on a line that has shown errors, twice the same. */
static espbak_status hash(espbak_session *session, outside_range *range, bool twice, espbak_error *err)
{
    uint8_t first[16];
    espbak_status status = espbak_flash_md5(session, range->offset, range->size, range->md5, err);
    for (unsigned i = 0; twice && status == ESPBAK_OK && i < TRIES; i++) {
        memcpy(first, range->md5, sizeof(first));
        status = espbak_flash_md5(session, range->offset, range->size, range->md5, err);
        if (status == ESPBAK_OK && memcmp(first, range->md5, sizeof(first)) == 0)
            return status;
    }
    return status == ESPBAK_OK && twice
               ? espbak_fail(err, ESPBAK_E_LINK, "each hash of 0x%" PRIX64 " is another one", range->offset)
               : status;
}

espbak_status outside_begin(outside *rest, espbak_session *session, const piece_list *pieces, espbak_range spare,
                            const espbak_events *events, espbak_error *err)
{
    const espbak_device_info *const device = espbak_session_device(session);
    espbak_error why = {0};
    if (device->link.loader == ESPBAK_LOADER_OWN || espbak_flash_can_hash(session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    espbak_status status = choose(rest, pieces, spare, device->flash.size, err);
    const espbak_session_stats line = espbak_session_get_stats(session);
    const bool twice = rest->bytes <= SMALL || line.retries + line.repairs.resyncs + line.noise > 0;
    uint64_t done = 0;
    for (size_t i = 0; status == ESPBAK_OK && i < rest->count; i++) {
        status = hash(session, &rest->ranges[i], twice, err);
        if (status == ESPBAK_E_UNSUPPORTED) { /* what this loader cannot address it does not write either */
            espbak_error_clear(err);
            rest->count = i;
            return ESPBAK_OK;
        }
        done += rest->ranges[i].size;
        espbak_report_progress(events, "looking at the rest", done, rest->bytes);
    }
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "before anything is written");
}

static espbak_status tell(const outside_range *range, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_REFUSED,
                "the flash of this device has changed where nothing was to be written: somewhere from 0x%" PRIX64
                " to 0x%" PRIX64,
                range->offset, range->offset + range->size);
    err->flash_changed = true;
    espbak_error_hint(err,
                      "a request that the line damaged may have named another place; put back what was there from a "
                      "backup of the whole device, and use a better cable or a lower rate");
    return ESPBAK_E_REFUSED;
}

/* What differs is asked for again, until two answers are alike. */
static espbak_status check(espbak_session *session, const outside_range *range, espbak_error *err)
{
    outside_range now = *range;
    espbak_status status = hash(session, &now, false, err);
    if (status == ESPBAK_OK && memcmp(now.md5, range->md5, sizeof(now.md5)) != 0)
        status = hash(session, &now, true, err);
    if (status != ESPBAK_OK)
        return status;
    return memcmp(now.md5, range->md5, sizeof(now.md5)) == 0 ? ESPBAK_OK : tell(range, err);
}

espbak_status outside_end(const outside *rest, espbak_session *session, espbak_status status, espbak_error *err)
{
    espbak_error why = {.flash_changed = false};
    for (size_t i = 0; session != NULL && i < rest->count; i++) {
        const espbak_status found = check(session, &rest->ranges[i], &why);
        if (found == ESPBAK_OK)
            continue;
        /* Where the job has failed that is what is told, unless this is worse. */
        if (status == ESPBAK_OK || why.flash_changed) {
            why.flash_changed = why.flash_changed || err->flash_changed;
            *err = why;
        }
        return err->status;
    }
    return status;
}
