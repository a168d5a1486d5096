/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_CRC32_H
#define IMAGE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The usual reflected CRC-32; `crc` is 0, or what came before. */
uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, size_t size);

/* As esp_rom_crc32_le(UINT32_MAX, …) computes it, for otadata and NVS. */
uint32_t crc32_esp(const uint8_t *bytes, size_t size);

#endif
