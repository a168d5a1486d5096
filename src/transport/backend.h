/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_BACKEND_H
#define TRANSPORT_BACKEND_H

/* What the back ends of the transport layer share: how they are opened, and the cancel flag. */

#include <stdbool.h>

#include "espbak/transport.h"

/** The rate every line starts with; what the chips' ROMs listen at. */
enum { TRANSPORT_FIRST_BAUD = 115200 };

/** A longer wait is cut into pieces of this, so that a cancel is noticed within 100 ms. */
enum { TRANSPORT_SLICE = 50 * ESPBAK_MS };

typedef struct transport_open_args {
    const char *url;             /**< as the user gave it */
    const char *rest;            /**< what follows the scheme; all of it for a path */
    const espbak_events *events; /**< may be NULL */
    const espbak_cancel *cancel; /**< may be NULL */
} transport_open_args;

typedef espbak_status transport_opener(espbak_transport **out, const transport_open_args *args, espbak_error *err);

/** True once the caller asked to stop and clean-up has not begun. */
bool transport_is_cancelled(const espbak_transport *transport);

#endif
