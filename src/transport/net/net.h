/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_NET_H
#define TRANSPORT_NET_H

/* A TCP connection for the back ends that run over one. */

#include <stddef.h>
#include <stdint.h>

#include "transport/backend.h"

typedef struct net net;

/**
 * Connect to "HOST:PORT" ("[ADDRESS]:PORT" for IPv6) before 10 seconds are over or the caller
 * cancels. Small packets leave at once (TCP_NODELAY). ESPBAK_E_USAGE when the address makes no sense.
 */
ESPBAK_MUST_USE espbak_status net_connect(net **out, const transport_open_args *args, espbak_error *err);

/** As in espbak_transport_ops; a closed connection is ESPBAK_E_PORT. */
ESPBAK_MUST_USE espbak_status net_read(net *n, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                       espbak_error *err);
ESPBAK_MUST_USE espbak_status net_write(net *n, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                        espbak_error *err);

/** NULL is allowed. */
void net_close(net *n);

enum { NET_HOST_MAX = 256, NET_PORT_MAX = 6 };

#endif
