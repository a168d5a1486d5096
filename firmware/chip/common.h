/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_COMMON_H
#define FIRMWARE_CHIP_COMMON_H

#include <stdbool.h>

void watchdogs_off(void);
/* Let the watchdog reset everything, boot pins included. Returns when there is none that does. */
void reset_chip(void);

/* The processor's clock, as fast as is known to be safe, and as the ROM expects it after a reset by software. */
void clock_up(bool usb);
void clock_down(void);

#endif
