/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SERVER_IO_H
#define SIM_SERVER_IO_H

/* Descriptors for the server: listening sockets and a pseudo-terminal. None of them blocks. */

#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

enum { SERVER_WHERE_MAX = 1200 };

/** Listen on "PORT" or "HOST:PORT" (127.0.0.1 if no host is given); `where` gets HOST:PORT. */
ESPBAK_MUST_USE espbak_status server_listen_tcp(int *fd, const char *address, char *where, espbak_error *err);

/** Listen on a Unix socket; one that nobody listens on any more is replaced. */
ESPBAK_MUST_USE espbak_status server_listen_unix(int *fd, const char *path, espbak_error *err);

/** Take a client, or -1 when there is none. */
int server_accept(int listener);

/**
 * Open a pseudo-terminal in raw mode and let `link` point to it; a link that stands there is replaced.
 * *slave is kept open, so that a client that goes does not end it.
 */
ESPBAK_MUST_USE espbak_status server_open_pty(int *master, int *slave, const char *link, espbak_error *err);

/** The rate that clients have set on the pseudo-terminal; 0 if it cannot be told. */
uint32_t server_pty_baud(int slave);

#endif
