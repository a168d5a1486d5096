/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LOADER_STATE_H
#define DEVICE_LOADER_STATE_H

/* What is known of the loader that runs; written within device/loader alone. */

#include "device/session.h"

typedef struct loader_state {
    bool synced;       /* a loader answers, so the chip can be told how to go on when we leave */
    bool stub_found;   /* a stub answered SYNC: it was running when we came */
    bool no_stub_here; /* none was at hand when one was looked for */
    bool was_reset;    /* the modem lines have put the chip into download mode */
    bool usb_otg;      /* on the chip's own USB-OTG, which takes smaller blocks and is left in another way */
    bool check_known;  /* `check_value` is what a certain register holds: reading it again tests the line */
    uint32_t check_value;
    struct own_loader *own; /* owned; NULL unless our own loader runs */
    unsigned own_starts;    /* times that it was started, */
    unsigned own_era;       /* and that all its requests were forgotten */
    espbak_session_stats counts;
} loader_state;

/* The line as it is found, before anything was sent. `baud`: the rate that is wanted, 0 for any. */
void loader_begin(espbak_session *session, uint32_t baud);

/* The ROM loader runs, as far as anybody knows. */
void loader_is_rom(espbak_session *session);

/* This end of the line at the rate that the loader is found at. */
ESPBAK_MUST_USE espbak_status loader_set_first_baud(espbak_session *session, espbak_error *err);

/* Whether the ROM loader keeps requests, once the chip is known. */
void loader_judge_queue(espbak_session *session);

/* Whether the chip hangs on its own USB, once the chip is known. */
void loader_judge_usb(espbak_session *session);

#endif
