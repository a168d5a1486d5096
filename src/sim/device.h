/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

/*
 * A simulated chip with its flash and the serial line to it, as a discrete-event simulation at byte
 * level: everything happens at a time that the caller passes, nothing sleeps, and the same input at
 * the same times gives the same output. Times are nanoseconds and never go back.
 *
 * Drivers: src/transport/sim.c (in the process, on virtual time) and src/sim/server/server.c (sockets and a
 * pty, on the computer's clock).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"
#include "sim/options.h"

typedef struct sim_device sim_device;

/** Opens the flash and powers the chip up at time 0. `options` must be finished; they are copied. */
ESPBAK_MUST_USE espbak_status sim_device_open(sim_device **out, const sim_options *options, espbak_error *err);
void sim_device_close(sim_device *device);

/** The host sends bytes, one behind the other at its baud rate from `time` on. */
void sim_device_feed(sim_device *device, const uint8_t *bytes, size_t size, sim_time time);
/** When the last byte fed will have left the host. */
sim_time sim_device_sent_at(const sim_device *device);

/** Bytes that have arrived at the host by `time`, at most `capacity`. */
size_t sim_device_take(sim_device *device, uint8_t *bytes, size_t capacity, sim_time time);

/** Bytes for the host that it has not taken, on their way or arrived. */
size_t sim_device_unread(const sim_device *device);

/** When something happens next if the host does nothing: SIM_NEVER, or at once if bytes can be taken. */
sim_time sim_device_next(const sim_device *device);

/** Let everything up to `time` happen. The other calls do this first. */
void sim_device_advance(sim_device *device, sim_time time);

/** Modem lines, true asserted: RTS holds EN low, DTR holds IO0 low, through the usual two transistors. */
void sim_device_set_lines(sim_device *device, bool dtr, bool rts, sim_time time);
/**
 * The host's rate, 0 where the link has none and always suits (a plain socket). False when the adapter's driver does
 * not take it: it stays as it was.
 */
bool sim_device_set_baud(sim_device *device, uint32_t baud, sim_time time);

/** Off and on again: as after sim_device_open, with the flash as it is. */
void sim_device_power_cycle(sim_device *device, sim_time time);
/** Hold the boot button and press reset, on a board that has no lines for it. */
void sim_device_press_boot(sim_device *device, sim_time time);

/** A word on what the chip is doing: "download", "stub", "app", "reset". */
const char *sim_device_state(const sim_device *device);
/** Bytes the chip lost because its receive FIFO was full. */
uint64_t sim_device_overflows(const sim_device *device);
/** True when the image file could not be read or written. */
bool sim_device_flash_failed(const sim_device *device);

#endif
