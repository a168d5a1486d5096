/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_ENTRANCE_H
#define DEVICE_ENTRANCE_H

/* From an open port to a loader that runs and a flash that is known, at the beginning and in mid-run. */

#include "device/loader/reset.h"
#include "device/session.h"

/* What it takes to come into a loader; kept with the session, so that it can be done again. */
struct entrance {
    espbak_session_options options; /* `stub` is owned; `port` and `reset_sequence` are gone once that is over */
    reset_plan plan;
    uint32_t asked_baud; /* the highest rate that may be used; 0: the one the loader was found at */
};

ESPBAK_MUST_USE espbak_status entrance_new(entrance **out, const espbak_session_options *options, espbak_error *err);
void entrance_free(entrance *way);

/* Make the plan of resets, enter the loader, start a stub, raise the rate, learn the flash. */
ESPBAK_MUST_USE espbak_status entrance_come_in(espbak_session *session, const char *reset_sequence, espbak_error *err);

/* Whether this chip takes stubs and the user wants them. */
bool entrance_takes_stubs(const espbak_session *session);

/* Whether there is a way to start the chip anew: by modem lines, or out of a stub that answers. */
bool entrance_can_restart(const espbak_session *session);

/*
 * Start the chip anew in mid-run and come back with this loader, at `baud` where the line does it. A
 * stub of that kind that cannot be had leaves the ROM running; info.link says what runs. It has to be
 * the same device with the same flash, else ESPBAK_E_CONNECT, and what of the flash can be addressed is
 * tested again. After an error session->adrift is set: only a new session can go on.
 */
ESPBAK_MUST_USE espbak_status entrance_restart(espbak_session *session, espbak_loader loader, uint32_t baud,
                                               espbak_error *err);

#endif
