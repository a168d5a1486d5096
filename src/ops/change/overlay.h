/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_OVERLAY_H
#define OPS_OVERLAY_H

/* A flash as it will be: what is written lies over what stands there. */

#include "ops/content/flash_reader.h"
#include "ops/pieces/piece.h"

/* Large; starts as {0}. */
typedef struct overlay {
    const piece_list *pieces; /* borrowed; what is left of the last sector of each becomes 0xFF */
    flash_reader cache;
    espbak_image_reader device;
} overlay;

/* The overlay must outlive the reader. */
espbak_image_reader overlay_open(overlay *o, espbak_session *session, const piece_list *pieces);

#endif
