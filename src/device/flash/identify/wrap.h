/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_WRAP_H
#define DEVICE_FLASH_WRAP_H

/*
 * What addresses show. A flash has no cells for address bits beyond its size and does not look at them: behind its end
 * it shows its beginning again. So two places that hold different things are two places. Two that hold the same are
 * one, or a copy; the more is the same, the less likely is a copy. Erased flash shows nothing.
 */

#include "base/digest.h"
#include "device/session.h"

enum { WRAP_PLACES = 8 };

/* Where a flash in use holds something. */
extern const uint32_t wrap_places[WRAP_PLACES];

/* What stands so many bytes behind the places that are looked at. */
typedef enum wrap_sight {
    WRAP_UNKNOWN, /* nothing there and nothing here, or it cannot be read twice the same */
    WRAP_SAME,    /* the same, and it is not erased */
    WRAP_ERASED,  /* nothing, where something is here */
    WRAP_OTHER,   /* something else */
} wrap_sight;

/* The places as they are at the beginning of the flash. */
typedef struct wrap {
    espbak_session *session;
    uint8_t blank[DIGEST_MD5_SIZE];
    uint8_t low[WRAP_PLACES][DIGEST_MD5_SIZE];
    bool known[WRAP_PLACES];
} wrap;

/* Whether the loader that runs can hash, which all of this is done by. */
bool wrap_can_look(const espbak_session *session);

ESPBAK_MUST_USE espbak_status wrap_begin(wrap *w, espbak_session *session, espbak_error *err);

/*
 * Compare the places with those `distance` bytes behind them, as few as will do: to show that there are cells for both,
 * until one differs; with `end`, to show that the flash ends there, until one is the same.
 */
ESPBAK_MUST_USE espbak_status wrap_look(wrap *w, uint64_t distance, bool end, wrap_sight *sight, espbak_error *err);

/* The smallest power of two up to `limit` behind which all places come again; 0 where too few of them differ to tell.
 */
ESPBAK_MUST_USE espbak_status wrap_probe(wrap *w, uint64_t limit, uint64_t *size, espbak_error *err);

/* The smallest power of two below `limit` before which all of the flash is the same as behind it; 0: there is none. */
ESPBAK_MUST_USE espbak_status wrap_find_repeat(wrap *w, uint64_t limit, uint64_t *at, espbak_error *err);

/* How many of these digests are different ones. */
unsigned wrap_count_distinct(const uint8_t (*digests)[DIGEST_MD5_SIZE], unsigned count);

#endif
