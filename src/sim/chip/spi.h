/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SPI_H
#define SIM_SPI_H

#include "sim/chip/registers.h"

/** A write to SPI1's command register: runs the command that the other registers describe. */
void spi_execute(sim_registers *r, uint32_t command);

#endif
