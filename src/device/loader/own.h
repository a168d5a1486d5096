/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OWN_H
#define DEVICE_OWN_H

/*
 * Our own loader: espbak's program for a chip's RAM, which sends flash compressed (docs/loader.md).
 * It reads, hashes and writes, and knows no command of the ROM or of a stub.
 */

#include "device/loader/own/link.h"
#include "firmware/images.h"

enum { OWN_TRIES = 12 }; /* of one request: enough for a block of 1 KiB at one damaged byte in 500, mostly */

/* Kept while our own loader runs. */
typedef struct own_loader {
    own_link *link;
    uint32_t features, block_most, cpu_mhz;
    bool sha256_tried, sha256_right; /* whether one was asked for, and was what it should be */
    unsigned queue;
    uint32_t nonce, write_block, write_ahead; /* as in wire_info */
    uint32_t transaction;                     /* that may change the flash; 0: none */
    uint32_t protection;  /* status registers to be put back when it may not be changed any more; 0: none */
    bool protected_still; /* the flash did not let go of it */
} own_loader;

/* Why our own loader cannot run on this chip as it is, NULL when it can. */
const char *own_why_none(const espbak_session *session);

/* By the ROM loader into RAM. ESPBAK_E_LINK when that goes on failing: the ROM may have stopped. */
ESPBAK_MUST_USE espbak_status own_load(espbak_session *session, const loader_image *image, espbak_error *err);

/*
 * Run what was loaded. ESPBAK_E_LINK when it does not answer: the chip has to be reset then. It is told that the
 * flash has info.flash.size bytes.
 */
ESPBAK_MUST_USE espbak_status own_start(espbak_session *session, const loader_image *image, espbak_error *err);

/* It refuses what lies behind the size that it was told. Nothing is outstanding before. */
ESPBAK_MUST_USE espbak_status own_tell_flash_size(espbak_session *session, uint64_t size, espbak_error *err);

/* Free what is kept of it; the chip itself is not told. */
void own_free(espbak_session *session);

/*
 * As baud_change (own_baud.c). ESPBAK_E_DEVICE: our own loader, or the line, does not or cannot, and both ends are
 * where they were. That costs a third of a second, over a network one; a change that works takes 20 ms and three round
 * trips.
 */
ESPBAK_MUST_USE espbak_status own_change_baud(espbak_session *session, uint32_t baud, espbak_error *err);

/* Ask who is there, `tries` times at the most, and take what it says of itself. */
ESPBAK_MUST_USE espbak_status own_say_hello(espbak_session *session, unsigned tries, espbak_error *err);

/* Forget every request. A stream that reads ends with that: loader_state.own_era is counted up. */
void own_forget(espbak_session *session);

/* Cancel what it still has to do. */
ESPBAK_MUST_USE espbak_status own_resync(espbak_session *session, espbak_error *err);

/*
 * Let so many bytes of flash be changed, whole sectors, and nothing else, until the next call or own_forbid. Nothing is
 * outstanding before. Block protection is lifted until then, without changing what the flash keeps.
 */
ESPBAK_MUST_USE espbak_status own_allow(espbak_session *session, uint32_t offset, uint32_t size, espbak_error *err);

/* Nothing may be changed any more. */
ESPBAK_MUST_USE espbak_status own_forbid(espbak_session *session, espbak_error *err);

/* The shortest of some round trips, into the session. */
ESPBAK_MUST_USE espbak_status own_measure_round_trip(espbak_session *session, espbak_error *err);

/*
 * The op of the fastest digests: WIRE_OP_SHA256 where it says that it makes them, and has made the right one of the
 * flash's first bytes. Nothing is outstanding before.
 */
ESPBAK_MUST_USE espbak_status own_find_fastest_digest(espbak_session *session, uint32_t *op, espbak_error *err);

/* Whether the chip can go from our own loader back to its ROM loader by itself. */
bool own_knows_way_back(const espbak_session *session);

/*
 * An earlier run may have left our own loader running, and that does not understand SYNC: ask for the way back to the
 * ROM loader without knowing who listens. Nothing else understands these bytes.
 */
ESPBAK_MUST_USE espbak_status own_send_away_unseen(espbak_session *session, espbak_error *err);

/* Restart the chip as `how` (wire_leave) says. The session is on no loader afterwards. */
ESPBAK_MUST_USE espbak_status own_go_away(espbak_session *session, uint32_t how, espbak_error *err);

#endif
