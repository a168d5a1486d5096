/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_SERIAL_H
#define TRANSPORT_SERIAL_H

/* A serial port by libserialport. */

#include "transport/backend.h"

ESPBAK_MUST_USE espbak_status serial_open(espbak_transport **out, const transport_open_args *args, espbak_error *err);

#endif
