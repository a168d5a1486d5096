/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OWN_CHIPS_H
#define SIM_OWN_CHIPS_H

/* What our own loader is like on each chip, as firmware/chip has it. */

#include <stdbool.h>
#include <stdint.h>

typedef struct own_chip {
    uint16_t id;                /* as in sim_chip */
    uint16_t uart_mhz, usb_mhz; /* the processor's clock by the console in use; 0: the crystal's, as ROMs leave it */
    uint8_t block, ring;        /* KiB: of the longest block, and of the transmit ring */
    bool deflates, leaves_to_rom, riscv;
} own_chip;

/** NULL where there is none for the chip. */
const own_chip *own_chip_find(uint16_t id);

#endif
