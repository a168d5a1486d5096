/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_LITTLEFS_SUPER_H
#define IMAGE_LITTLEFS_SUPER_H

/* The superblock of LittleFS, which alone says how large the blocks are. */

#include "image/files/window.h"

enum { LITTLEFS_SUPERS_MAX = 8 };

typedef struct littlefs_super {
    uint32_t version, block_size, block_count; /* neither of the last two is 0 */
} littlefs_super;

/* What its log may mean, the latest first. Returns how many; 0 where there is none. */
size_t littlefs_super_find(window *bytes, littlefs_super out[LITTLEFS_SUPERS_MAX]);

#endif
