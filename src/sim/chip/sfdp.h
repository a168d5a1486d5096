/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SFDP_H
#define SIM_SFDP_H

/* The flash's own description of itself, JEDEC JESD216. */

#include <stddef.h>
#include <stdint.h>

/** Header, one parameter header and the basic table's first nine words; returns the bytes used. */
size_t sfdp_make(uint8_t *out, size_t capacity, uint64_t flash_size);

#endif
