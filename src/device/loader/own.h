/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OWN_H
#define DEVICE_OWN_H

/*
 * Our own loader: espbak's program for a chip's RAM, which sends flash compressed (docs/loader.md).
 * It reads and hashes, and knows no command of the ROM or of a stub.
 */

#include "device/loader/own/link.h"
#include "firmware/images.h"

enum { OWN_TRIES = 12 }; /* of one request: a block of 1 KiB gets through one damage in 500 bytes mostly */

/* What a session on our own loader has. */
typedef struct own_loader {
    own_link *link;
    uint32_t features, block_most, cpu_mhz;
    unsigned queue;
} own_loader;

/* Why our own loader cannot run on this chip as it is, NULL when it can. */
const char *own_why_none(const espbak_session *session);

/*
 * Load our own loader for this chip from the ROM loader and run it. ESPBAK_E_LINK when it does not answer:
 * the chip has to be reset then. It believes in a flash of info.flash.size bytes from now on.
 */
ESPBAK_MUST_USE espbak_status own_start(espbak_session *session, const loader_image *image, espbak_error *err);

/* Forget about it; the chip itself is not told. */
void own_free(espbak_session *session);

/* As baud_change. ESPBAK_E_DEVICE: our own loader does not or cannot, and both ends are where they were. */
ESPBAK_MUST_USE espbak_status own_change_baud(espbak_session *session, uint32_t baud, espbak_error *err);

/* Expect no answer to anything that was asked. What was streaming ends here: loader_state.own_era moves on. */
void own_forget(espbak_session *session);

/* Bring it back to where it has nothing to do. */
ESPBAK_MUST_USE espbak_status own_resync(espbak_session *session, espbak_error *err);

/* The shortest of some round trips, into the session. */
ESPBAK_MUST_USE espbak_status own_measure_round_trip(espbak_session *session, espbak_error *err);

/* Whether the chip can go from our own loader back to its ROM loader by itself. */
bool own_knows_way_back(const espbak_session *session);

/*
 * One that an earlier run has left behind hears no SYNC: ask whatever listens to go back to the ROM loader.
 * Nothing else understands these bytes.
 */
ESPBAK_MUST_USE espbak_status own_send_away_unseen(espbak_session *session, espbak_error *err);

/* Restart the chip as `how` (wire_leave) says. The session is on no loader afterwards. */
ESPBAK_MUST_USE espbak_status own_go_away(espbak_session *session, uint32_t how, espbak_error *err);

#endif
