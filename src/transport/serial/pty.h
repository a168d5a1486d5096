/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_PTY_H
#define TRANSPORT_PTY_H

/* A pseudo-terminal, which libserialport cannot open. POSIX only; elsewhere no path is one. */

#include "transport/backend.h"

/** Whether `path`, links followed, is a pseudo-terminal. */
bool pty_is_one(const char *path);

ESPBAK_MUST_USE espbak_status pty_open(espbak_transport **out, const transport_open_args *args, espbak_error *err);

/** Set the terminal's rate, any number; 0 or an errno (pty_speed.c). */
int pty_set_speed(int fd, uint32_t baud);

#endif
