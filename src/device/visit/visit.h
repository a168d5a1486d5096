/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_VISIT_H
#define DEVICE_VISIT_H

/* What a session keeps of how it came in, and what can be done about trouble; written within device/visit alone. */

#include "device/loader/reset.h"
#include "device/rate/rate_memory.h"
#include "device/session.h"
#include "device/visit/ladder.h"

/* How the chip was brought into its loader, to do it again in mid-run. */
typedef struct visit_way {
    bool known;
    espbak_session_options
        options; /* `stub` and `rate_memory` are owned; `port`, `transport` and `reset_sequence` are NULL */
    reset_plan plan;
    uint32_t asked_baud; /* the highest rate that may be used; 0: the one the loader was found at */
} visit_way;

/* What had been counted when the ladder was last told of it. */
typedef struct visit_tally {
    uint64_t packed, blank;
    unsigned requests, lost;
} visit_tally;

typedef struct visit {
    visit_way way;
    ladder ladder; /* what failed so far, and what helped */
    bool adrift;   /* a restart failed half-way: the chip may be in any state, only a new session helps */
    visit_tally tally;
    rate_entry remembered; /* of this adapter; its key is empty where nothing is to be remembered */
    espbak_session_stats counts;
    espbak_time got_on; /* when something was last proven to be read, or was written or erased */
} visit;

/*
 * A session over this transport, of which nothing is known yet. It owns the transport when this has
 * returned ESPBAK_OK; the chip is not left by session_free.
 */
ESPBAK_MUST_USE espbak_status session_new(espbak_session **out, espbak_transport *transport,
                                          const espbak_events *events, espbak_error *err);
void session_free(espbak_session *session);

/* Not to connect means another thing where the chip has answered before: something happened to it, or to the line. */
ESPBAK_MUST_USE espbak_status visit_answered_before(espbak_status status, espbak_error *err);

/* The line that the options name: opened, or borrowed where it is open already. */
ESPBAK_MUST_USE espbak_status visit_open_line(espbak_transport **out, const espbak_session_options *options,
                                              espbak_error *err);

/* Whether this chip takes stubs and the user wants them. */
bool visit_takes_stubs(const espbak_session *session);

/* Whether our own loader is not wanted, or did not work when it was tried: then it is not tried again. */
bool visit_goes_without_own(const espbak_session *session);

/* The loader that the session works with, whichever runs for a while now. */
espbak_loader visit_usual_loader(const espbak_session *session);

/* Whether our own loader works in this session, and is not proven on this chip for what the session does. */
bool visit_own_is_unproven(const espbak_session *session);

/* Nothing was written or erased in this session so far, and the flash has to be what it was. */
bool visit_has_only_read(const espbak_session *session);

/* Whether there is a way to start the chip anew: by modem lines, or out of a loader that answers. */
bool visit_can_restart(const espbak_session *session);

/* Whatever the options say: when the session is closed the chip stays in its loader, for another session to follow. */
void visit_stay(espbak_session *session);

/* For the loops of device/transfer. */
void visit_count_retry(espbak_session *session);
void visit_count_mended(espbak_session *session);
void visit_count_payload(espbak_session *session, uint64_t bytes);

/*
 * Tries are counted, and each of them waits for many answers: where the chip answers everything but one kind of request
 * that adds up to hours. So who reads, writes or erases notes when it begins and gets on, and tries nothing again once
 * it is stuck.
 */
void visit_note_progress(espbak_session *session);
bool visit_is_stuck(const espbak_session *session);

#endif
