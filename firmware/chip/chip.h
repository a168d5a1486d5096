/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_H
#define FIRMWARE_CHIP_H

/* What our own loader's parts and the chips' own headers share. docs/loader.md tells what a chip's header must have. */

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core.h"
#include "rom.h"

/* UART dividers count sixteenths, but for the ESP8266. */
#ifndef CHIP_UART_PARTS
#define CHIP_UART_PARTS 16
#endif

/* Of functions that are used in many places, and smaller as such than put into each of them. */
#define CALLED __attribute__((noinline))

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#endif
