/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_PORTS_H
#define TRANSPORT_PORTS_H

/* What the back ends need to know of the computer's ports, besides espbak/transport.h. */

#include "espbak/transport.h"

/** "/dev/ttyUSB0 (CP2102), /dev/ttyACM0" or "no serial ports at all"; cut with an ellipsis when it does not fit. */
void ports_describe(char *text, size_t capacity, const espbak_port *ports, size_t count);

/** The same of all ports there are now. */
void ports_describe_present(char *text, size_t capacity);

/** Path of the only port with this USB identity; false when there is none or more than one, or no serial number. */
bool ports_find_again(const espbak_usb_id *usb, char *path, size_t capacity);

/** Order of a listing: those that look like an ESP first, then by path, numbers by value. For qsort. */
int ports_compare(const void *a, const void *b);

/**
 * Keep those that a choice means, in their order, and say how many. A path with wildcards is compared with the paths
 * of `ports` alone.
 */
ESPBAK_MUST_USE espbak_status ports_keep_chosen(const char *wanted, espbak_port *ports, size_t *count,
                                                espbak_error *err);

/** The one that looks like an ESP among `ports`, as espbak_ports_pick. */
ESPBAK_MUST_USE espbak_status ports_pick_from(const espbak_port *ports, size_t count, espbak_port *port,
                                              espbak_error *err);

struct sp_port;

/**
 * All ports, for sp_free_port_list; NULL on failure (ports_posix.c, ports_win32.c). On Linux without
 * sp_list_ports(), which in libserialport 0.1.1 crashes when a port goes away meanwhile, and which
 * opens every serial8250 port to see whether there is one.
 */
struct sp_port **ports_os_list(void);

/**
 * Add files whose path fits the pattern, links and pseudo-terminals, to an allocated list; those that stand in it
 * already are left out. False when out of memory (choose_files.c).
 */
bool ports_add_files(const char *pattern, espbak_port **ports, size_t *count);

/** Where on the bus the device at `path` hangs, such as "1-1.2"; empty when unknown (ports_posix.c, ports_win32.c). */
void ports_os_place(const char *path, char *place, size_t capacity);

/** USB interface number of the port at `path`, -1 when unknown (ports_posix.c, ports_win32.c). */
int ports_os_interface(const char *path);

#endif
