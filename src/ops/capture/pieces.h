/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_CAPTURE_PIECES_H
#define OPS_CAPTURE_PIECES_H

/* What a capture has read so far, as pieces out of its destination; spots that could not be read are left out. */

#include "ops/capture/capture.h"
#include "ops/pieces/piece.h"

/* `list` starts as {0} and is to be freed also after an error. */
ESPBAK_MUST_USE espbak_status capture_pieces(piece_list *list, const capture *c, espbak_error *err);

#endif
