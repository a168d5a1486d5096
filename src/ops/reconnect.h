/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_RECONNECT_H
#define OPS_RECONNECT_H

/* A device that went away and comes back, perhaps under another port name. */

#include "espbak/port.h"
#include "espbak/session.h"

typedef struct reconnect {
    const espbak_session_options *options; /* borrowed; `port` says where it was */
    unsigned wait_seconds;                 /* how long it may stay away; 0: one attempt */
    espbak_device_info device;             /* who it must be */
    espbak_port usb;                       /* where it hung; `usb_serial` is empty when it has none */
    /* Of the sessions that ended. */
    uint64_t wire_bytes;
    unsigned retries;
    unsigned times;
} reconnect;

/* Remember the device behind `session`. */
void reconnect_init(reconnect *r, const espbak_session_options *options, unsigned wait_seconds,
                    const espbak_session *session);

/*
 * Close what is left of *session and open a new one. `err` holds why the device is gone, and keeps it
 * when it does not come back. ESPBAK_E_CONNECT when another device is there instead.
 */
ESPBAK_MUST_USE espbak_status reconnect_run(reconnect *r, espbak_session **session, espbak_error *err);

/* Whether the chip still does what it is told. */
bool reconnect_is_needless(espbak_session *session);

/* What may pass when it is tried again, with a new session or without. */
bool reconnect_may_help(espbak_status status);

/*
 * Open a session, again when that fails after the chip had answered, or when the stub without which it
 * cannot be read did not get through. A chip that does not answer at all has been asked often enough.
 */
ESPBAK_MUST_USE espbak_status reconnect_open(espbak_session **session, const espbak_session_options *options,
                                             espbak_error *err);

#endif
