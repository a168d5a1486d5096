/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RESET_H
#define DEVICE_RESET_H

/*
 * Getting a chip into download mode, or out of it, by the modem lines: DTR pulls IO0 low, RTS pulls
 * EN low, each through a transistor that needs the other line released. Strategies are const lists
 * of steps. Sources: esptool reset.py and esp-pylib serial_reset.py.
 */

#include <stdbool.h>
#include <stddef.h>

#include "espbak/session.h"
#include "espbak/transport.h"

typedef enum reset_action {
    RESET_DTR,       /* set one line, `dtr` or `rts` */
    RESET_RTS,       /* the same */
    RESET_BOTH,      /* set both at once */
    RESET_RELEASE,   /* as RESET_BOTH, left out on bridges that feed DTR back (CP2102C) */
    RESET_WAIT,      /* `wait` */
    RESET_WAIT_BOOT, /* the strategy's own wait, while IO0 is held low */
} reset_action;

typedef struct reset_step {
    reset_action action;
    bool dtr, rts;
    espbak_time wait;
} reset_step;

typedef struct reset_strategy {
    const char *name;
    const reset_step *steps;
    size_t count;
    espbak_time boot_wait;
    bool renumerates; /* the port may vanish and come back */
} reset_strategy;

enum { RESET_PLAN_MAX = 4, RESET_CUSTOM_MAX = 64 };

/* The strategies to try in turn; `count` 0 when the link has no modem lines or none is wanted. */
typedef struct reset_plan {
    const reset_strategy *strategies[RESET_PLAN_MAX];
    size_t count;
    bool no_sync;          /* a loader is believed to be there */
    reset_strategy custom; /* points into custom_steps */
    reset_step custom_steps[RESET_CUSTOM_MAX];
} reset_plan;

/* ESPBAK_E_USAGE for a `custom` sequence that does not parse. The plan must not be copied. */
ESPBAK_MUST_USE espbak_status reset_make_plan(reset_plan *plan, const espbak_transport *transport, espbak_before before,
                                              const char *custom, espbak_error *err);

/* Steps such as "D0|R1|W0.1|U1,0": D and R set a line, U both, W waits seconds. */
ESPBAK_MUST_USE espbak_status reset_parse(const char *text, reset_step *steps, size_t capacity, size_t *count,
                                          espbak_error *err);

ESPBAK_MUST_USE espbak_status reset_run(espbak_transport *transport, const reset_strategy *strategy, espbak_error *err);

/* Restart into the application: a pulse on EN. */
ESPBAK_MUST_USE espbak_status reset_hard(espbak_transport *transport, bool native_usb, espbak_error *err);

/* All that reset_make_plan chooses from, for the self-check. */
const reset_strategy *reset_strategies(size_t *count);

/* True when the port belongs to the chip itself, with no UART between. */
bool reset_is_native_usb(const espbak_transport *transport);

#endif
