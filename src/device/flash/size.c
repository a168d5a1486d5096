/* SPDX-License-Identifier: Apache-2.0 */
/* Prove the size of the flash, and find out how much of it can be addressed. */
#include <string.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/flash/hash_own.h"
#include "device/flash/id.h"

enum {
    MD5_SIZE = 16,
    MD5_TIME_PER_MB = 8 * ESPBAK_S,
    SMALLEST = 256 * 1024,
    SAMPLE = ESPBAK_FLASH_SECTOR,
    WIDE_SAMPLE = 64 * 1024,
    WIDE_SAMPLES = 16,
    ENOUGH_DISTINCT = 3, /* samples that are not alike */
};

/* Where a flash in use holds something: bootloaders, partition table, NVS, OTA data, the first app. */
static const uint32_t places[] = {0x0, 0x1000, 0x2000, 0x8000, 0x9000, 0xD000, 0x10000, 0x20000};
enum { PLACES = sizeof(places) / sizeof(places[0]) };

espbak_status flash_set_params(espbak_session *session, uint64_t size, espbak_error *err)
{
    uint8_t data[24] = {0};
    if (!session_has_stub(session) && (session->info.chip->rom_caps & ESPBAK_ROM_ATTACH) == 0)
        return ESPBAK_OK; /* such a ROM has no need of it */
    bytes_put_le32(data + 4, (uint32_t)size);
    bytes_put_le32(data + 8, 64 * 1024);
    bytes_put_le32(data + 12, ESPBAK_FLASH_SECTOR);
    bytes_put_le32(data + 16, 256);
    bytes_put_le32(data + 20, 0xFFFF);
    const espbak_status status =
        command_run(&session->link, OP_SPI_SET_PARAMS, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "telling the loader the flash size");
    return ESPBAK_OK;
}

static bool can_hash(const espbak_session *session)
{
    return session_has_stub(session) || (session->info.chip->rom_caps & ESPBAK_ROM_MD5) != 0;
}

/* The chip's MD5 as it comes, raw or in hex: only compared with others of the same kind. */
static espbak_status hash(espbak_session *session, uint64_t offset, uint32_t size, uint8_t out[2 * MD5_SIZE],
                          espbak_error *err)
{
    if (session_has_own_loader(session)) {
        memset(out, 0, 2 * MD5_SIZE);
        return flash_hash_one_by_own_loader(session, (uint32_t)offset, size, out, err);
    }
    const size_t answer = session_has_stub(session) ? MD5_SIZE : 2 * MD5_SIZE;
    const espbak_time timeout = COMMAND_DEFAULT_TIMEOUT + (espbak_time)size * MD5_TIME_PER_MB / 1000000;
    uint8_t data[16] = {0};
    command_response response;
    bytes_put_le32(data, (uint32_t)offset);
    bytes_put_le32(data + 4, size);
    const espbak_status status =
        command_run(&session->link, OP_SPI_FLASH_MD5, data, sizeof(data), answer, timeout, &response, err);
    memset(out, 0, 2 * MD5_SIZE);
    if (status == ESPBAK_OK)
        memcpy(out, response.data, answer);
    return status;
}

typedef uint8_t sample[2 * MD5_SIZE];

/* Hashes of some places, and how many of these differ: erased sectors are alike everywhere and prove nothing. */
static espbak_status hash_places(espbak_session *session, uint64_t base, sample samples[PLACES], espbak_error *err)
{
    for (unsigned i = 0; i < PLACES; i++) {
        const espbak_status status = hash(session, base + places[i], SAMPLE, samples[i], err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

static unsigned count_distinct(const sample *samples, unsigned count)
{
    unsigned distinct = 0;
    for (unsigned i = 0; i < count; i++) {
        bool seen = false;
        for (unsigned k = 0; k < i; k++)
            seen = seen || memcmp(samples[i], samples[k], sizeof(sample)) == 0;
        distinct += !seen;
    }
    return distinct;
}

/*
 * A flash of N bytes shows its beginning again at N. Three different sectors at the least must come
 * back, each where it belongs, for a smaller power of two to be the size; an erased flash proves nothing.
 */
/* Where addresses wrap around; *size = 0 when the contents cannot tell. */
static espbak_status probe_size(espbak_session *session, uint64_t *size, espbak_error *err)
{
    const uint64_t limit =
        session->info.chip->four_byte_stub && session_has_stub(session) ? FLASH_SMALL_LIMIT * 8 : FLASH_SMALL_LIMIT / 2;
    sample first[PLACES], other[PLACES];
    *size = 0;
    if (!can_hash(session))
        return ESPBAK_OK;
    espbak_status status = flash_set_params(session, limit * 2, err);
    if (status == ESPBAK_OK)
        status = hash_places(session, 0, first, err);
    if (status != ESPBAK_OK || count_distinct(first, PLACES) < ENOUGH_DISTINCT)
        return status;
    for (uint64_t candidate = SMALLEST; candidate <= limit; candidate *= 2) {
        status = hash_places(session, candidate, other, err);
        if (status != ESPBAK_OK)
            return status;
        if (memcmp(first, other, sizeof(first)) == 0) {
            *size = candidate;
            return ESPBAK_OK;
        }
    }
    return ESPBAK_OK;
}

static espbak_status refuse_unproven(const espbak_session *session, espbak_error *err)
{
    if (session->info.flash.jedec_id != 0)
        espbak_fail(err, ESPBAK_E_REFUSED,
                    "the size of the flash cannot be proven: its id %06X does not tell, nor do "
                    "its tables or contents",
                    (unsigned)session->info.flash.jedec_id);
    else
        espbak_fail(err, ESPBAK_E_REFUSED,
                    "the size of the flash cannot be proven: the flash does not identify itself");
    espbak_error_hint(err, "say how large it is with --flash-size, such as --flash-size 4M");
    return ESPBAK_E_REFUSED;
}

static espbak_status take_wanted(espbak_session *session, uint64_t wanted, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    if (wanted % ESPBAK_FLASH_SECTOR != 0 || wanted > UINT32_MAX)
        return espbak_fail(err, ESPBAK_E_USAGE, "--flash-size %llu is not a size that a flash has",
                           (unsigned long long)wanted);
    if (flash->size != 0 && wanted > flash->size) {
        espbak_fail(err, ESPBAK_E_REFUSED, "--flash-size says %llu bytes, but the flash has %llu",
                    (unsigned long long)wanted, (unsigned long long)flash->size);
        espbak_error_hint(err, "leave --flash-size out: the size is known");
        return ESPBAK_E_REFUSED;
    }
    flash->size = wanted;
    flash->size_source = ESPBAK_SIZE_USER;
    return ESPBAK_OK;
}

espbak_status flash_find_size(espbak_session *session, uint64_t wanted, bool optional, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    espbak_status status = ESPBAK_OK;
    if (flash->size == 0 && wanted == 0 && !session_is_locked(session)) {
        status = probe_size(session, &flash->size, err);
        if (status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED) {
            espbak_error_clear(err); /* a loader that does not hash proves nothing */
            status = ESPBAK_OK;
        }
        if (status == ESPBAK_OK && flash->size != 0)
            flash->size_source = ESPBAK_SIZE_PROBE;
    }
    if (status == ESPBAK_OK && wanted != 0)
        status = take_wanted(session, wanted, err);
    if (status != ESPBAK_OK)
        return status;
    if (flash->size == 0)
        return optional ? ESPBAK_OK : refuse_unproven(session, err);
    status = flash_set_params(session, flash->size, err);
    return status == ESPBAK_OK ? flash_find_addressable(session, err) : status;
}

/* Compare what stands in the lower half with what shows up 16 MB above it. */
static espbak_status compare_halves(espbak_session *session, bool *differ, unsigned *distinct, espbak_error *err)
{
    sample low[PLACES + WIDE_SAMPLES], high;
    espbak_status status = ESPBAK_OK;
    unsigned count = 0;
    *differ = false;
    for (; status == ESPBAK_OK && !*differ && count < PLACES + WIDE_SAMPLES; count++) {
        /* First the places that are used most, then one in each megabyte. */
        const uint64_t at = count < PLACES ? places[count] : (uint64_t)(count - PLACES) << 20;
        const uint32_t size = count < PLACES ? SAMPLE : WIDE_SAMPLE;
        status = hash(session, at, size, low[count], err);
        if (status == ESPBAK_OK)
            status = hash(session, at + FLASH_SMALL_LIMIT, size, high, err);
        *differ = status == ESPBAK_OK && memcmp(low[count], high, sizeof(high)) != 0;
    }
    *distinct = status == ESPBAK_OK ? count_distinct(low, count) : 0;
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
