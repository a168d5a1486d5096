/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_SOCKET_H
#define TRANSPORT_SOCKET_H

/* `socket://HOST:PORT`: bytes over TCP, no baud rate, no modem lines. */

#include "transport/backend.h"

ESPBAK_MUST_USE espbak_status socket_open(espbak_transport **out, const transport_open_args *args, espbak_error *err);

#endif
