/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_SIM_H
#define TRANSPORT_SIM_H

/*
 * The simulated chip in this process, for `sim:CHIP[,option[=value]]…` (src/sim/options.h). It lives
 * on virtual time unless time=real: the transport's clock then stands still but for reads, writes and
 * sleeps, which take exactly as long as the simulated line does, and no time of the computer's.
 */

#include "espbak/transport.h"

/** `spec` is the URL or what stands behind "sim:". */
ESPBAK_MUST_USE espbak_status transport_sim_open(espbak_transport **out, const char *spec, const espbak_events *events,
                                                 const espbak_cancel *cancel, espbak_error *err);

#endif
