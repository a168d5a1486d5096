/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_UF2_BLOCK_H
#define IMAGE_UF2_BLOCK_H

/* A block of UF2, by its specification: eight words, data, a last word; all of them little-endian. */

enum {
    UF2_BLOCK = 512,
    UF2_DATA_AT = 32,
    UF2_DATA_SIZE = 476,
    UF2_NOT_FOR_FLASH = 0x1,
    UF2_NAMED_FILE = 0x1000,
    UF2_HAS_FAMILY = 0x2000,
    UF2_HAS_MD5 = 0x4000,
};
#define UF2_FIRST_MAGIC  0x0A324655U
#define UF2_SECOND_MAGIC 0x9E5D5157U
#define UF2_LAST_MAGIC   0x0AB16F30U

#endif
