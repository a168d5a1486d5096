/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_RFC2217_H
#define TRANSPORT_RFC2217_H

/* `rfc2217://HOST:PORT`: a serial port on another computer, with its baud rate and modem lines. */

#include "transport/backend.h"

ESPBAK_MUST_USE espbak_status rfc2217_open(espbak_transport **out, const transport_open_args *args, espbak_error *err);

#endif
