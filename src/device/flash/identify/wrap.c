/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/identify/wrap.h"

#include <string.h>

#include "device/flash/read.h"
#include "device/loader/resync.h"
#include "espbak/chip.h"

enum {
    SAMPLE = ESPBAK_FLASH_SECTOR,
    PIECE = 64 * 1024, /* in which all of it is compared */
    TRIES = 3,
    SMALLEST = 256 * 1024,
    ENOUGH_DISTINCT = 3,
};

/* Bootloaders, partition table, NVS, OTA data, the first app. */
const uint32_t wrap_places[WRAP_PLACES] = {0x0, 0x1000, 0x2000, 0x8000, 0x9000, 0xD000, 0x10000, 0x20000};

bool wrap_can_look(const espbak_session *session)
{
    return session_has_stub(session) || session_has_own_loader(session) ||
           (session->info.chip->rom_caps & ESPBAK_ROM_MD5) != 0;
}

espbak_status wrap_begin(wrap *w, espbak_session *session, espbak_error *err)
{
    *w = (wrap){.session = session};
    return digest_md5_of_erased(SAMPLE, w->blank, err);
}

/* Once more where the line failed; what cannot be hashed is left to those who read it. */
static espbak_status hash(wrap *w, uint64_t at, uint32_t size, uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err)
{
    const flash_engine *const engine = flash_engine_of(w->session);
    espbak_status status = engine->hash(w->session, (uint32_t)at, size, md5, err);
    if (status != ESPBAK_E_LINK)
        return status;
    espbak_error_clear(err);
    status = loader_resync(w->session, err);
    return status == ESPBAK_OK ? engine->hash(w->session, (uint32_t)at, size, md5, err) : status;
}

static bool same(const uint8_t a[DIGEST_MD5_SIZE], const uint8_t b[DIGEST_MD5_SIZE])
{
    return memcmp(a, b, DIGEST_MD5_SIZE) == 0;
}

/*
 * A request for a digest has no checksum: what differs has to differ twice in the same way. What is the same needs no
 * second look, and proves what was found here.
 */
static espbak_status look_at(wrap *w, unsigned i, uint64_t distance, wrap_sight *sight, espbak_error *err)
{
    const uint64_t at = wrap_places[i];
    uint8_t there[DIGEST_MD5_SIZE], here[DIGEST_MD5_SIZE], again[DIGEST_MD5_SIZE];
    espbak_status status = ESPBAK_OK;
    *sight = WRAP_UNKNOWN;
    for (unsigned tries = 0; status == ESPBAK_OK && tries < TRIES; tries++) {
        if (!w->known[i])
            status = hash(w, at, SAMPLE, w->low[i], err);
        if (status == ESPBAK_OK)
            status = hash(w, at + distance, SAMPLE, there, err);
        if (status != ESPBAK_OK)
            return status;
        if (same(w->low[i], there)) {
            w->known[i] = true;
            *sight = same(there, w->blank) ? WRAP_UNKNOWN : WRAP_SAME;
            return ESPBAK_OK;
        }
        status = hash(w, at, SAMPLE, here, err);
        if (status == ESPBAK_OK)
            status = hash(w, at + distance, SAMPLE, again, err);
        w->known[i] = status == ESPBAK_OK && same(here, w->low[i]);
        if (w->known[i] && same(there, again)) {
            *sight = same(there, w->blank) ? WRAP_ERASED : WRAP_OTHER;
            return ESPBAK_OK;
        }
    }
    return status;
}

/* The place that decides most often is looked at first. */
static unsigned place_of_bootloader(const espbak_session *session)
{
    for (unsigned i = 0; i < WRAP_PLACES; i++) {
        if (wrap_places[i] == session->info.chip->bootloader_offset)
            return i;
    }
    return 0;
}

espbak_status wrap_look(wrap *w, uint64_t distance, bool end, wrap_sight *sight, espbak_error *err)
{
    const unsigned first = place_of_bootloader(w->session);
    *sight = WRAP_UNKNOWN;
    for (unsigned k = 0; k < WRAP_PLACES; k++) {
        const unsigned i = k == 0 ? first : k <= first ? k - 1 : k;
        wrap_sight seen;
        if (look_at(w, i, distance, &seen, err) != ESPBAK_OK)
            return err->status;
        if (seen == WRAP_UNKNOWN)
            continue;
        *sight = seen;
        if (seen == WRAP_OTHER || seen == (end ? WRAP_SAME : WRAP_ERASED))
            return ESPBAK_OK;
    }
    /* A flash that is filled with one and the same shows no more than an erased one. */
    if (*sight == WRAP_SAME && wrap_count_distinct((const uint8_t(*)[DIGEST_MD5_SIZE])w->low, WRAP_PLACES) < 2)
        *sight = WRAP_UNKNOWN;
    return ESPBAK_OK;
}

unsigned wrap_count_distinct(const uint8_t (*digests)[DIGEST_MD5_SIZE], unsigned count)
{
    unsigned distinct = 0;
    for (unsigned i = 0; i < count; i++) {
        bool seen = false;
        for (unsigned k = 0; k < i; k++)
            seen = seen || same(digests[i], digests[k]);
        distinct += !seen;
    }
    return distinct;
}

espbak_status wrap_probe(wrap *w, uint64_t limit, uint64_t *size, espbak_error *err)
{
    *size = 0;
    for (uint64_t candidate = SMALLEST; candidate <= limit; candidate *= 2) {
        wrap_sight sight;
        if (wrap_look(w, candidate, false, &sight, err) != ESPBAK_OK)
            return err->status;
        if (sight != WRAP_SAME)
            continue;
        *size = wrap_count_distinct((const uint8_t(*)[DIGEST_MD5_SIZE])w->low, WRAP_PLACES) >= ENOUGH_DISTINCT
                    ? candidate
                    : 0;
        return ESPBAK_OK;
    }
    return ESPBAK_OK;
}

static espbak_status compare_piece(wrap *w, uint64_t at, uint64_t distance, bool *equal, espbak_error *err)
{
    uint8_t here[DIGEST_MD5_SIZE], there[DIGEST_MD5_SIZE];
    espbak_status status = ESPBAK_OK;
    *equal = false;
    for (unsigned tries = 0; status == ESPBAK_OK && !*equal && tries < TRIES; tries++) {
        status = hash(w, at, PIECE, here, err);
        if (status == ESPBAK_OK)
            status = hash(w, at + distance, PIECE, there, err);
        *equal = status == ESPBAK_OK && same(here, there);
    }
    return status;
}

espbak_status wrap_find_repeat(wrap *w, uint64_t limit, uint64_t *at, espbak_error *err)
{
    *at = 0;
    for (uint64_t candidate = SMALLEST / 4; candidate < limit; candidate *= 2) {
        wrap_sight sight;
        if (wrap_look(w, candidate, false, &sight, err) != ESPBAK_OK)
            return err->status;
        bool equal = sight == WRAP_SAME;
        for (uint64_t done = 0; equal && done < candidate; done += PIECE) {
            if (compare_piece(w, done, candidate, &equal, err) != ESPBAK_OK)
                return err->status;
        }
        if (equal) {
            *at = candidate;
            return ESPBAK_OK;
        }
    }
    return ESPBAK_OK;
}
