/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_WEAR_H
#define IMAGE_WEAR_H

/* ESP-IDF's wear levelling: where a byte of the volume is in the partition. Without it all bytes stand where they are.
 */

#include "image/files/window.h"

enum { WEAR_PAGE = 4096, WEAR_SECTOR = 512 };

typedef struct wear {
    bool levelled;
    uint64_t size;         /* of the volume */
    uint64_t dummy, moved; /* bytes: the page that is left out, and how far everything was moved */
    uint64_t saved,
        target; /* pages of the volume: a copy of the second one is in the first one, where `restored` says */
    unsigned first, count; /* sectors of 512 bytes of it that are not in the copy */
    bool restored;
} wear;

/* *damaged: the layer was there, and both copies of its state are damaged. */
wear wear_find(window *bytes, bool *damaged);

/* As a device takes it that has lost the state. */
wear wear_assume(const window *bytes);

/* Where a byte of the volume is in the partition; so are those behind it, up to the next multiple of WEAR_SECTOR. */
uint64_t wear_place(const wear *layer, uint64_t at);

/* Bytes of the volume. */
bool wear_read(const wear *layer, window *bytes, uint64_t at, uint8_t *buffer, size_t size);

#endif
