/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SPI_H
#define SIM_SPI_H

/* The SPI controller, through which esptool and espbak talk to the flash directly. */

#include "sim/chip/flash.h"
#include "sim/chip/registers.h"

/** A write to SPI1's command register: runs what the other registers describe. `flash` NULL: none answers. */
void spi_execute(sim_registers *r, sim_flash *flash, uint32_t command);

#endif
