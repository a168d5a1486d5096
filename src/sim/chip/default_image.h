/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEFAULT_IMAGE_H
#define SIM_DEFAULT_IMAGE_H

/*
 * What is in a simulated flash that nobody gave an image for: a bootloader, a partition table, NVS,
 * OTA data and an application, with their checksums right. The rest is erased.
 */

#include "sim/chip/flash.h"

void default_image_write(sim_flash *flash, const sim_chip_options *options);

#endif
