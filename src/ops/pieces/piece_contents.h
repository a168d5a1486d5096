/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_PIECE_CONTENTS_H
#define OPS_PIECE_CONTENTS_H

/* What a backup, or what was just read, says about the flash it is of; also when it has parts of it only. */

#include "ops/explain/explain.h"
#include "ops/pieces/piece.h"

/*
 * A whole flash through pieces: what they do not have reads as erased. `list` must outlive the reader;
 * it is its ctx.
 */
espbak_image_reader piece_contents_reader(piece_list *list, uint64_t flash_size);

/*
 * As explain_flash, with the reader made of the pieces. A verdict that rests on bytes that are not
 * there becomes "unknown".
 */
ESPBAK_MUST_USE espbak_status piece_contents_explain(espbak_contents *out, piece_list *list, uint64_t flash_size,
                                                     const explain_options *options, espbak_error *err);

/* Fill the options that a manifest knows; the others are left as they are. */
void piece_contents_of_manifest(explain_options *options, const espbak_manifest *manifest);

/* The partition table as a manifest tells it, to be freed; without entries when it does not. */
ESPBAK_MUST_USE espbak_status piece_contents_table(espbak_partition_table *table, const espbak_manifest *manifest,
                                                   espbak_error *err);

#endif
