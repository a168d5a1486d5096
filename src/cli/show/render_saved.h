/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_SAVED_H
#define CLI_RENDER_SAVED_H

/* What did not have to be read. */

#include "cli/show/output.h"
#include "espbak/ops.h"

/* What the reader moved, where it did. */
void render_compression(output *out, const espbak_compression *moved);
void render_compression_json(cJSON *root, const espbak_compression *moved);

/* Nothing is printed where nothing was saved. */
void render_saved(output *out, const espbak_savings *saved);

/* As "plan" and "saved". */
void render_saved_json(cJSON *root, const espbak_savings *saved);

#endif
