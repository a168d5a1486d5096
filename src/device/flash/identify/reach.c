/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the flash the loader that runs can address. */
#include <string.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/flash/identify/id.h"
#include "device/flash/identify/wrap.h"
#include "device/flash/read.h"

enum {
    SAMPLE = ESPBAK_FLASH_SECTOR,
    WIDE_SAMPLE = 64 * 1024,
    WIDE_SAMPLES = 16,
    ENOUGH_DISTINCT = 3, /* samples that are not alike */
};

/* Compare what stands in the lower half with what shows up 16 MB above it. */
static espbak_status compare_halves(espbak_session *session, bool *differ, unsigned *distinct, espbak_error *err)
{
    uint8_t low[WRAP_PLACES + WIDE_SAMPLES][DIGEST_MD5_SIZE], high[DIGEST_MD5_SIZE];
    const flash_engine *const engine = flash_engine_of(session);
    espbak_status status = ESPBAK_OK;
    unsigned count = 0;
    *differ = false;
    for (; status == ESPBAK_OK && !*differ && count < WRAP_PLACES + WIDE_SAMPLES; count++) {
        /* First the places that are used most, then one in each megabyte. */
        const uint64_t at = count < WRAP_PLACES ? wrap_places[count] : (uint64_t)(count - WRAP_PLACES) << 20;
        const uint32_t size = count < WRAP_PLACES ? SAMPLE : WIDE_SAMPLE;
        status = engine->hash(session, (uint32_t)at, size, low[count], err);
        if (status == ESPBAK_OK)
            status = engine->hash(session, (uint32_t)(at + FLASH_SMALL_LIMIT), size, high, err);
        *differ = status == ESPBAK_OK && memcmp(low[count], high, sizeof(high)) != 0;
    }
    *distinct = status == ESPBAK_OK ? wrap_count_distinct((const uint8_t(*)[DIGEST_MD5_SIZE])low, count) : 0;
    return status;
}

/*
 * Beyond 16 MB a loader needs four-byte addresses, or it shows the lower part again, and its MD5
 * agrees with that. One difference proves the addresses. Different sectors that all come again 16 MB
 * further up are the same sectors. Only where all samples are alike (an erased flash, say) nothing
 * can tell: then the chip's row is believed, for a current stub and for our own loader.
 */
espbak_status flash_find_addressable(espbak_session *session, espbak_error *err)
{
    const uint64_t size = session->info.flash.size;
    const bool wide =
        session->info.link.loader == ESPBAK_LOADER_STUB_CURRENT || session->info.link.loader == ESPBAK_LOADER_OWN;
    bool differ = false;
    unsigned distinct = 0;
    session->flash->addressable = bytes_min64(size, FLASH_SMALL_LIMIT);
    if (size <= FLASH_SMALL_LIMIT ||
        (!session_has_own_loader(session) && (!session_has_stub(session) || !session->info.chip->four_byte_stub)))
        return ESPBAK_OK;
    const espbak_status status = compare_halves(session, &differ, &distinct, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "testing addresses above 16 MB");
    if (differ || (wide && distinct < ENOUGH_DISTINCT))
        session->flash->addressable = size;
    if (session->flash->addressable < size)
        espbak_log(session->events, ESPBAK_LOG_WARNING,
                   "this loader shows the first 16 MB of the flash again above 16 MB: "
                   "what lies there cannot be reached");
    else if (!differ)
        espbak_log(session->events, ESPBAK_LOG_DETAIL,
                   "the flash is too empty to test addresses above 16 MB: the "
                   "loader is believed");
    return ESPBAK_OK;
}
