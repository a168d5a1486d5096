/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_CONTAINER_PARTS_H
#define IMAGE_CONTAINER_PARTS_H

/* What the formats share. */

#include "image/container/container.h"

enum { CONTAINER_UNIT_MAX = 528 /* a record of 255 bytes with its address, as text; more than a block of UF2 */ };

/* Append a unit that holds `payload` bytes of flash. ESPBAK_E_FILE when there are too many runs. */
ESPBAK_MUST_USE espbak_status container_add(container *c, uint64_t offset, uint32_t payload, uint64_t at,
                                            uint32_t stride, espbak_error *err);

/* What a file is that holds nothing as it stands in a flash; NULL when it may. */
const container_foreign *container_know_foreign(const uint8_t *bytes, size_t size);

bool uf2_begins(const uint8_t *bytes, size_t size);
/* Check every block and note the runs. */
ESPBAK_MUST_USE espbak_status uf2_index(container *c, espbak_error *err);
/* Take apart one block; false when it is not a right one that belongs to `offset`. */
bool uf2_take(const uint8_t *unit, uint64_t offset, const uint8_t **payload, uint32_t *size);

bool hex_begins(const uint8_t *bytes, size_t size);
ESPBAK_MUST_USE espbak_status hex_index(container *c, espbak_error *err);
/* One data record of `stride` characters; its bytes go to `payload`. False when it is not a right one. */
bool hex_take(const uint8_t *unit, uint32_t stride, uint8_t payload[256], uint32_t *size);

#endif
