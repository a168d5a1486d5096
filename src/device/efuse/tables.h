/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_EFUSE_TABLES_H
#define DEVICE_EFUSE_TABLES_H

/*
 * Which eFuse blocks of a chip anybody may see, and what their bits are called. Blocks of keys are in no table: what is
 * not here is never read.
 */

#include <stddef.h>
#include <stdint.h>

#include "espbak/efuse.h"

typedef struct efuse_block {
    uint8_t number, words;
    uint8_t hidden_by; /* bit of block 0 that makes it unreadable; 0: none does */
    uint8_t coding;    /* lower bit of block 0 that says it is coded 3/4, and only so many of its words are; 0: never */
    uint32_t address;
} efuse_block;

enum { EFUSE_PURPOSES = 32 };

/* Some bits of a block; the lowest one first. */
typedef struct efuse_field {
    uint8_t category, kind; /* espbak_efuse_category, espbak_efuse_kind */
    uint8_t block;
    uint16_t bit, width;
    const char *name;      /* as Espressif calls it; NULL: higher bits of the one before */
    uint16_t since, below; /* revisions that have it; 0: all */
    const char *needs;     /* it means something only where this one is 1; NULL: always */
} efuse_field;

typedef struct espbak_efuse_table {
    const efuse_block *blocks;
    size_t block_count;
    const efuse_field *fields;
    size_t field_count;
    const char *const *purposes; /* EFUSE_PURPOSES names of what a key is for; NULL where it is not told */
} efuse_table;

#define ROW(category, kind, block, bit, width, name)                                                                   \
    {ESPBAK_EFUSE_##category, ESPBAK_EFUSE_IS_##kind, block, bit, width, name, 0, 0, NULL}
#define SINCE(revision, category, kind, block, bit, width, name)                                                       \
    {ESPBAK_EFUSE_##category, ESPBAK_EFUSE_IS_##kind, block, bit, width, name, revision, 0, NULL}
#define BELOW(revision, category, kind, block, bit, width, name)                                                       \
    {ESPBAK_EFUSE_##category, ESPBAK_EFUSE_IS_##kind, block, bit, width, name, 0, revision, NULL}
#define WITH(needed, category, kind, block, bit, width, name)                                                          \
    {ESPBAK_EFUSE_##category, ESPBAK_EFUSE_IS_##kind, block, bit, width, name, 0, 0, needed}
#define MORE(block, bit, width) {0, 0, block, bit, width, NULL, 0, 0, NULL}

#define EFUSE_TABLE(names)                                                                                             \
    {blocks, sizeof(blocks) / sizeof(blocks[0]), fields, sizeof(fields) / sizeof(fields[0]), names}

extern const efuse_table efuse_esp32, efuse_esp32c2, efuse_esp32c3, efuse_esp32c5, efuse_esp32c6, efuse_esp32c61,
    efuse_esp32e22, efuse_esp32h2, efuse_esp32h21, efuse_esp32h4, efuse_esp32p4, efuse_esp32s2, efuse_esp32s3,
    efuse_esp32s31, efuse_esp8266;

#endif
