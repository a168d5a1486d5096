/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_BRIDGES_H
#define TRANSPORT_BRIDGES_H

/* The kinds of USB serial device that ESP boards use, and the rates that they can make. */

#include "espbak/transport.h"

/** The rates clock / n, with n from `least` to `most`. */
typedef struct bridge_divider {
    uint32_t clock; /* 0: the end of a list */
    uint16_t least, most;
} bridge_divider;

typedef struct ports_bridge {
    uint16_t vid, pid;   /* pid PORTS_ANY_PID: every product of the vendor not listed before */
    const char *product; /* how the name that it gives itself begins; NULL: any */
    espbak_port_kind kind;
    uint32_t max_baud; /* 0: no limit known, or no baud rate at all */
    const char *name;
    const bridge_divider *dividers; /* NULL: it takes any rate, as far as is known */
} ports_bridge;

enum { PORTS_ANY_PID = 0 };

/** `product`: the name that the device gives itself, or NULL. NULL when nothing is known of it. */
const ports_bridge *ports_find_bridge(uint16_t vid, uint16_t pid, const char *product);

/** The table itself, for the self-check. */
const ports_bridge *ports_bridges(size_t *count);

/** The rate that the line has when `baud` is asked for: the nearest one that it can make. */
uint32_t ports_bridge_rate(const ports_bridge *bridge, uint32_t baud);

#endif
