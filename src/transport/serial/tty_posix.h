/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_TTY_POSIX_H
#define TRANSPORT_TTY_POSIX_H

/* What serial ports and pseudo-terminals have in common on POSIX systems. */

#include <limits.h>
#include <stdbool.h>

#include "transport/backend.h"

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

/** open() of a terminal to read and write, without waiting for it; a descriptor, or -1 and errno. */
int tty_open(const char *path);

/** Real path of a terminal device, links followed; a bare name is looked for in /dev too. `path` holds PATH_MAX. */
ESPBAK_MUST_USE espbak_status tty_resolve(const char *given, char *path, espbak_error *err);

/** Say why `path` cannot be opened (errno `error`), and what to do about it. */
espbak_status tty_fail_open(const char *path, int error, espbak_error *err);

/** ESPBAK_E_PORT: the device was there and no longer is, or `error` happened to it. */
espbak_status tty_fail_gone(const char *path, int error, espbak_error *err);

/** Take the advisory lock, which shows whether the port is free without changing anything about it. */
ESPBAK_MUST_USE espbak_status tty_lock(int fd, const char *path, espbak_error *err);

/** ESPBAK_E_PORT when the device is marked as exclusively somebody's (tty_claim), or by us. */
ESPBAK_MUST_USE espbak_status tty_check_unclaimed(int fd, const char *path, espbak_error *err);

/**
 * After tty_lock: let nobody else open the device (TIOCEXCL). A process that has it open already,
 * without a lock, is named in a warning.
 */
void tty_claim(int fd, const char *path, const espbak_events *events);

/** Undo tty_claim if it was done; the mark would stay as long as anybody else has the device open. */
void tty_release(int fd);

typedef enum tty_ready { TTY_NOT_READY, TTY_READY, TTY_HUNG_UP } tty_ready;

/** Wait until `fd` can be read or written; TTY_HUNG_UP comes together with data that may still be read. */
tty_ready tty_wait(int fd, bool writable, espbak_time timeout);

/** True for the errors of read() and write() that mean "not now". */
bool tty_try_again(int error);

#endif
