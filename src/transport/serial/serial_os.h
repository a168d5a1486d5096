/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_SERIAL_OS_H
#define TRANSPORT_SERIAL_OS_H

/*
 * Where libserialport 0.1.1 needs help from the operating system: serial_posix.c, serial_win32.c.
 * `port` is open unless said otherwise; `path` is for messages.
 */

#include <libserialport.h>

#include "transport/backend.h"

enum { SERIAL_PATH_MAX = 4096 };

/** The name libserialport knows the device by; links such as /dev/serial/by-id/… are followed. */
ESPBAK_MUST_USE espbak_status serial_os_resolve(const char *given, char *path, espbak_error *err);

/** Open `port` for this process alone, both modem lines released. Closed again on failure. */
ESPBAK_MUST_USE espbak_status serial_os_open(struct sp_port *port, const char *path, const espbak_events *events,
                                             espbak_error *err);

/** Close it and let others in again. */
void serial_os_close(struct sp_port *port);

/** Both lines, in one step where caps.unix_tight says so. */
ESPBAK_MUST_USE espbak_status serial_os_set_lines(struct sp_port *port, const char *path, bool dtr, bool rts,
                                                  espbak_error *err);
bool serial_os_one_step(void);

/** As in espbak_transport_ops. */
ESPBAK_MUST_USE espbak_status serial_os_read(struct sp_port *port, const char *path, uint8_t *buffer, size_t capacity,
                                             espbak_time timeout, size_t *got, espbak_error *err);
ESPBAK_MUST_USE espbak_status serial_os_write(struct sp_port *port, const char *path, const uint8_t *bytes, size_t size,
                                              espbak_time timeout, size_t *put, espbak_error *err);

/** Whether the last libserialport call failed because the device does not take the setting. */
bool serial_os_refused(void);

/** Say that the last libserialport call on an open port failed. */
espbak_status serial_os_fail(const char *path, espbak_error *err);

#endif
