/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_MAP_H
#define CLI_RENDER_MAP_H

/* A picture of a flash in characters, as wide as the terminal: what is where, and how full it is. */

#include "cli/show/output.h"
#include "espbak/ops.h"

void render_map(output *out, const espbak_inspection *inspection);

#endif
