/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_LOAN_H
#define TESTS_SIM_LOAN_H

/* A simulated chip that is lent to one session after the other, over a line that can be spoilt. */

#include "support/sim_session.h"

typedef struct loan {
    espbak_transport *chip; /* stays open over several sessions */
    espbak_transport_caps caps;
    bool gone;            /* as if unplugged */
    uint32_t good_baud;   /* above it nothing but garbage arrives; 0: no limit */
    uint32_t driver_baud; /* above it the driver refuses; 0: no limit */
    unsigned damage_data; /* so many blocks of a stub arrive with a wrong byte */
    unsigned mute_starts; /* so many stubs are not heard when they start, until the next reset */
    bool muted;
    unsigned cancel_after; /* so many reads and writes; 0: never */
    espbak_cancel *cancel;
} loan;

extern const espbak_transport_ops loan_ops;

void take_chip(loan *l, const char *url, bool lines);

espbak_session *visit_chip(loan *l, const espbak_session_options *more, espbak_status expected, sim_log *log,
                           espbak_error *err);

#endif
