/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_FLASH_H
#define SIM_FLASH_H

/*
 * A serial NOR flash: erasing sets bits in whole sectors, programming only clears them, addresses
 * wrap at the end. The contents live in a file, so that they stay and memory stays small.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"
#include "sim/chip/options.h"
#include "sim/chip/status.h"

enum { SIM_SECTOR = 4096, SIM_BLOCK = 65536, SIM_PAGE = 256 };

typedef struct sim_flash sim_flash;

/** One command as the SPI controller sends it. */
typedef struct sim_flash_command {
    uint8_t opcode;
    uint32_t address;
    const uint8_t *out; /**< bytes that follow */
    size_t out_size;
    uint8_t *in; /**< filled: 0xFF where the flash drives nothing */
    size_t in_size;
} sim_flash_command;

/**
 * Opens the image named in the options, or one that is all erased and forgotten; nothing of it is protected before
 * sim_flash_power_on. ESPBAK_E_FILE, ESPBAK_E_USAGE (size).
 */
ESPBAK_MUST_USE espbak_status sim_flash_open(sim_flash **out, const sim_chip_options *options, espbak_error *err);
void sim_flash_close(sim_flash *flash);
uint64_t sim_flash_size(const sim_flash *flash);

void sim_flash_read(sim_flash *flash, uint64_t address, uint8_t *bytes, size_t size);
/** Clears bits; protected sectors keep theirs, and nobody is told, as on the real part. */
void sim_flash_program(sim_flash *flash, uint64_t address, const uint8_t *bytes, size_t size);
/** Erases the sectors that hold any of these bytes. */
void sim_flash_erase(sim_flash *flash, uint64_t address, uint64_t size);
/** All of it. False: a real part does not begin where any of it is protected. */
bool sim_flash_erase_chip(sim_flash *flash);
void sim_flash_run(sim_flash *flash, const sim_flash_command *command);
/** What some loaders do before they erase: clear the block protection for good, unless the status is locked (SRP). */
void sim_flash_unlock(sim_flash *flash);
/** Power comes: the status registers hold what they keep. */
void sim_flash_power_on(sim_flash *flash);
const sim_status *sim_flash_status(const sim_flash *flash);
/** True when reading or writing the file has failed since it was opened. */
bool sim_flash_failed(const sim_flash *flash);

#endif
