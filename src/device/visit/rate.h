/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RATE_H
#define DEVICE_RATE_H

/* Carrying out what the ladder decides of the rate. */

#include "device/rate/rate_steps.h"
#include "device/session.h"

/*
 * Start from the rate that connecting ended at; `asked`: the highest one that may be used. Where the rate finds itself
 * and our own loader runs, whose blocks prove themselves, it may become as high as both ends can make it.
 */
void rate_begin(espbak_session *session, uint32_t asked);

/* Read what earlier sessions have found out about this adapter (rate_keep.c), */
void rate_recall(espbak_session *session);
/* and write what this one has. */
void rate_remember(const espbak_session *session);

/* The rate to begin at: the one that was asked for, or is remembered; 0: the usual one. */
uint32_t rate_wanted(const espbak_session *session);

/*
 * The rate at which the ROM loader is to take our own loader, instead of the first one; 0: it stays there. It is not
 * above what every adapter carries, because a ROM does not find back from a rate at which it is not understood: where
 * the chip cannot be started anew it is raised only for who asked for a rate.
 */
uint32_t rate_to_load_own(const espbak_session *session);

/* All rates that both ends can make, falling; their number. */
size_t rate_list(const espbak_session *session, uint32_t rates[RATE_STEPS]);

/* Whether a higher rate will be tried soon. */
bool rate_is_climbing(const espbak_session *session);

/* Tell that the present rate costs more than it gives, and where it goes on. */
void rate_say_too_high(const espbak_session *session, size_t to);

/* The rate that is meant to be used now; 0 where the link has none. */
uint32_t rate_now(const espbak_session *session);

/* `bytes` more were proven, or an attempt at `spot` failed. */
void rate_note(espbak_session *session, uint32_t spot, uint64_t bytes, bool failed);

/* Reading begins, or goes on after something else that took its time. */
void rate_resume(espbak_session *session);

/* Whether the rate may be changed: only where the chip can be restarted, since a change that fails needs that. */
bool rate_can_change(const espbak_session *session);

/* Change to another rate of the ladder. On success both ends are at the same rate, the new one when *changed. */
ESPBAK_MUST_USE espbak_status rate_change(espbak_session *session, size_t to, const char *why, bool *changed,
                                          espbak_error *err);

/* One rate lower, if there is one, whether it pays or not. */
ESPBAK_MUST_USE espbak_status rate_lower(espbak_session *session, espbak_error *err);

#endif
