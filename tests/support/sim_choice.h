/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_CHOICE_H
#define TESTS_SIM_CHOICE_H

/* Simulated devices by chance: which chip and how it is met, what its flash holds, and files of such contents. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/chip/chip.h"

enum { SIM_CHOICE_SECTOR = 4096, SIM_CHOICE_FLASH = 256 * 1024 };

/*
 * One of the chips that there is a stub for, or with `own` our own loader. `seed` decides in turn how it is met, and
 * *options is what the URL needs for that; all chips that can be met so get their turn.
 */
const sim_chip *sim_choose_chip(uint64_t seed, bool own, const char **options);

/* Half of it random, the rest runs of one value, as flash contents are. */
void sim_fill_flash(uint64_t *random, uint8_t bytes[SIM_CHOICE_FLASH]);

/* Of another device: some sectors are the same as in `like`. */
void sim_fill_other_flash(uint64_t *random, uint8_t bytes[SIM_CHOICE_FLASH], const uint8_t like[SIM_CHOICE_FLASH]);

bool sim_save_flash(const char *path, const uint8_t bytes[SIM_CHOICE_FLASH]);

/* The place of the first byte that is another one, or SIM_CHOICE_FLASH. */
size_t sim_flash_first_wrong(const char *path, const uint8_t bytes[SIM_CHOICE_FLASH]);

bool sim_read_flash(const char *path, size_t at, uint8_t *bytes, size_t size);

/* The bootloader's first sector is erased. */
bool sim_flash_cannot_boot(const char *path, const sim_chip *chip);

#endif
