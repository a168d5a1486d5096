/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_PORTS_H
#define TRANSPORT_PORTS_H

/* What the back ends need to know of the computer's ports, besides espbak/port.h. */

#include "espbak/port.h"
#include "espbak/transport.h"

/** One kind of USB serial device that ESP boards use. */
typedef struct ports_bridge {
    uint16_t vid, pid; /* pid PORTS_ANY_PID: every product of the vendor not listed before */
    espbak_port_kind kind;
    uint32_t max_baud; /* 0: no limit known, or no baud rate at all */
    const char *name;
} ports_bridge;

enum { PORTS_ANY_PID = 0 };

/** NULL when nothing is known of it. */
const ports_bridge *ports_find_bridge(uint16_t vid, uint16_t pid);

/** The table itself, for the self-check. */
const ports_bridge *ports_bridges(size_t *count);

/** "/dev/ttyUSB0 (CP2102), /dev/ttyACM0" or "no serial ports at all"; cut with an ellipsis when it does not fit. */
void ports_describe(char *text, size_t capacity, const espbak_port *ports, size_t count);

/** The same of all ports there are now. */
void ports_describe_present(char *text, size_t capacity);

/** Path of the only port with this USB identity; false when there is none or more than one, or no serial number. */
bool ports_find_again(const espbak_usb_id *usb, char *path, size_t capacity);

/** Order of a listing: those that look like an ESP first, then by path, numbers by value. For qsort. */
int ports_compare(const void *a, const void *b);

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

/** USB interface number of the port at `path`, -1 when unknown (ports_posix.c, ports_win32.c). */
int ports_os_interface(const char *path);

#endif
