/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_POWER_H
#define SIM_POWER_H

/* From power or reset to what runs on the chip, and what becomes of it. */

#include "sim/loader/machine.h"
#include "sim/options.h"

typedef enum sim_mode {
    MODE_OFF,     /* EN is low */
    MODE_BOOTING, /* EN is high, the straps are not read yet */
    MODE_LOADER,  /* a ROM or stub listens */
    MODE_APP,     /* an application runs and does not care what it hears */
} sim_mode;

/* The whole device. */
struct sim_device {
    sim_options options;
    sim_board board;
    sim_line line;
    sim_machine machine;
    sim_mode mode;
    bool dtr, rts, usb_download; /* usb_download: the USB bridge's own "boot into download mode" */
    bool strap_download;         /* latched at the last reset */
    bool from_app;               /* the application ran when a USB reset came */
    bool relatch;                /* the next boot looks at the boot pin again */
    bool has_app;                /* there is an image to boot */
    sim_time strap_at;           /* when EN has risen far enough */
    sim_time heartbeat_at;
    unsigned heartbeats;
};
typedef struct sim_device sim_device;

enum { POWER_BOOT_MS = 5 /* from a reset to the first byte of the boot log, about */ };

/** Off: everything that runs stops, and bytes that would leave the chip after `sent` never do. */
void power_off(sim_device *d, sim_time sent);
/** On; the straps are read after `delay`. */
void power_on(sim_device *d, sim_time delay);
/** Both, by a reset from within. */
void power_reset(sim_device *d);

/** EN has risen: read the straps and go. */
void power_boot(sim_device *d);
/** The simulated application says that it lives. */
void power_beat(sim_device *d);
/** Let the loader work, and do what it ended in. */
void power_work(sim_device *d);

#endif
