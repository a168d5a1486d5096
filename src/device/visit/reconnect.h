/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RECONNECT_H
#define DEVICE_RECONNECT_H

/* A device that went away and comes back, perhaps under another port name, and steps that are taken again then. */

#include "device/protect/facts.h"
#include "device/visit/retry.h"
#include "espbak/session.h"

typedef struct reconnect {
    const espbak_session_options *options; /* borrowed; `port` says where it was */
    unsigned wait_seconds;                 /* how long it may stay away; 0: one attempt */
    espbak_device_info device;             /* who it must be */
    espbak_usb_id usb;                     /* known: it has a serial number that no other port had */
    espbak_session_stats ended;            /* sums of the sessions before the present one */
    unsigned times;                        /* how many those were */
    bool without_own;                      /* our own loader did not work in one of them */
    watch_facts watched;                   /* what the first of them knew of the flash */
    bool changed;                          /* one of them has written or erased */
    /* Kept from one step to the next. */
    bool silent;            /* the last question to the device got no answer */
    uint64_t reached;       /* bytes done when the device was lost last */
    unsigned lost_in_place; /* times it was lost since then with no byte more */
} reconnect;

/* A part of a job that may be run again from where it stopped. */
typedef struct reconnect_step {
    espbak_status (*run)(void *user, espbak_error *err);
    uint64_t (*reached)(const void *user); /* bytes done so far: a step that advances gets more tries; may be NULL */
    void (*back)(void *user);              /* the device was away, and its application may have run; may be NULL */
    void *user;
} reconnect_step;

/* Remember the device behind `session`, while it is there. */
void reconnect_init(reconnect *r, const espbak_session_options *options, unsigned wait_seconds,
                    espbak_session *session);

/* Another part of the job begins: forget where the device was lost before. */
void reconnect_begin_part(reconnect *r);

/*
 * Run a step, and again each time the device goes away and comes back, as long as that gets anywhere. *session is
 * replaced then, and NULL when the device stayed away.
 */
ESPBAK_MUST_USE espbak_status reconnect_insist(reconnect *r, espbak_session **session, const reconnect_step *step,
                                               espbak_error *err);

/* Whether the job can go on with this session: the failure may be a passing one, and the chip still answers. */
bool reconnect_goes_on(reconnect *r, espbak_session *session, espbak_status status);

/* Before all of `what` is done again: say so, or find the device where it is gone. `err` holds why. */
ESPBAK_MUST_USE espbak_status reconnect_start_over(reconnect *r, espbak_session **session, retry what,
                                                   espbak_error *err);

/* What all sessions have counted, the present one included where there is one. */
espbak_session_stats reconnect_stats(const reconnect *r, const espbak_session *session);

/*
 * Whether a job with --no-verify has to verify all the same. Requests carry no checksum, so on a line that damages
 * bytes a request for one place can arrive as one for another: wrong contents come, with a digest that is right for
 * them.
 */
bool reconnect_needs_proof(const reconnect *r, espbak_session *session);

/*
 * Open a session. Opening is tried again when it fails after the chip had answered, or when a stub that this chip
 * cannot be read without did not get through; not when the chip does not answer at all, for that was tried often
 * enough.
 */
ESPBAK_MUST_USE espbak_status reconnect_open(espbak_session **session, const espbak_session_options *options,
                                             espbak_error *err);

#endif
