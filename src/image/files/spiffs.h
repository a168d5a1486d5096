/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_SPIFFS_H
#define IMAGE_SPIFFS_H

/* How a SPIFFS was built, which nothing in it says: found by trying. */

#include "image/files/window.h"

enum { SPIFFS_PAGE_LEAST = 256, SPIFFS_PAGE_MAX = 2048, SPIFFS_BLOCK_LEAST = 4096, SPIFFS_BLOCK_MAX = 65536 };

typedef struct spiffs_shape {
    uint32_t page, block;
    uint32_t look_ups; /* pages of each block that say of which objects the others are */
} spiffs_shape;

/* False where it is none. */
bool spiffs_find_shape(window *bytes, spiffs_shape *out);

#endif
