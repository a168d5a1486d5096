/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RECONNECT_H
#define DEVICE_RECONNECT_H

/* A device that went away and comes back, perhaps under another port name, and steps that are taken again then. */

#include "device/visit/retry.h"
#include "espbak/session.h"

typedef struct reconnect {
    const espbak_session_options *options; /* borrowed; `port` says where it was */
    unsigned wait_seconds;                 /* how long it may stay away; 0: one attempt */
    espbak_device_info device;             /* who it must be */
    espbak_usb_id usb;                     /* known: it has a serial number that no other port had */
    espbak_session_stats ended;            /* what the sessions that ended have counted */
    unsigned times;                        /* so many were there */
    /* Of the steps. */
    bool silent;            /* the device did not answer when it was asked last */
    uint64_t reached;       /* bytes, when it was lost last */
    unsigned lost_in_place; /* times it was lost since without getting on */
} reconnect;

/* A part of a job that may be run again from where it stopped. */
typedef struct reconnect_step {
    espbak_status (*run)(void *user, espbak_error *err);
    uint64_t (*reached)(const void *user); /* bytes so far: what gets on is given up later; may be NULL */
    void (*back)(void *user);              /* the device was away, and its application may have run; may be NULL */
    void *user;
} reconnect_step;

/* Remember the device behind `session`, while it is there. */
void reconnect_init(reconnect *r, const espbak_session_options *options, unsigned wait_seconds,
                    espbak_session *session);

/* Another part of the job begins: where the device was lost before counts no more. */
void reconnect_begin_part(reconnect *r);

/*
 * Run a step, again where that may help, as often as the device comes back. *session is replaced then,
 * and NULL when it stayed away.
 */
ESPBAK_MUST_USE espbak_status reconnect_insist(reconnect *r, espbak_session **session, const reconnect_step *step,
                                               espbak_error *err);

/* Whether the job can go on with this session: the failure may pass, and the chip still does what it is told. */
bool reconnect_goes_on(reconnect *r, espbak_session *session, espbak_status status);

/* Before all of `what` is done again: say so, or find the device where it is gone. `err` holds why. */
ESPBAK_MUST_USE espbak_status reconnect_start_over(reconnect *r, espbak_session **session, retry what,
                                                   espbak_error *err);

/* What all sessions have counted, the present one included where there is one. */
espbak_session_stats reconnect_stats(const reconnect *r, const espbak_session *session);

/*
 * Whether a job that was told not to look twice has to do so all the same: requests carry no checksum, so
 * on a line that damages bytes one for another place brings wrong contents with the right digest.
 */
bool reconnect_needs_proof(const reconnect *r, espbak_session *session);

/*
 * Open a session, again when that fails after the chip had answered, or when the stub without which it
 * cannot be read did not get through. A chip that does not answer at all has been asked often enough.
 */
ESPBAK_MUST_USE espbak_status reconnect_open(espbak_session **session, const espbak_session_options *options,
                                             espbak_error *err);

#endif
