/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_SERIAL_H
#define FIRMWARE_CHIP_SERIAL_H

/* Bytes in and out: two rings, which the interrupt of the UART or the USB device serves. */

#include <stdbool.h>
#include <stdint.h>

/* Note where the ROM's loader heard its host, and at which rate; call it before clocks change. */
void serial_note_rate(void);
/* True when that was not the UART. */
bool serial_is_usb(void);
/* Keep that rate now that the clocks have changed, and take over the interrupt. */
void serial_start(void);
/*
 * Keep what comes in another ring, with what has come; `size` is a power of two. NULL: in the small one that there is
 * from the beginning.
 */
void serial_receive_into(uint8_t *bytes, uint32_t size);
/* Wait until what the UART was given has left, at most 1.5 s. */
void serial_wait_idle(void);
/* Wait until everything has left, or nothing of it does for 1.5 s. */
void serial_drain(void);

#endif
