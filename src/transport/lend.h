/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_LEND_H
#define TRANSPORT_LEND_H

/* A line that stays open over several sessions. */

#include "espbak/transport.h"

/*
 * Make another transport over the line of `lender`, with its own observers and its own count of bytes. Closing it
 * leaves the line open and sets it back to the rate it had. Until then `lender` must not be used. ESPBAK_E_USAGE where
 * the line is lent already.
 */
ESPBAK_MUST_USE espbak_status transport_lend(espbak_transport **out, espbak_transport *lender, espbak_error *err);

#endif
