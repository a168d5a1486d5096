/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_COMPLETE_H
#define OPS_COMPLETE_H

#include "ops/content/select.h"

/*
 * Whether all that matters of a part is among the `held` bytes from its start: all of it, or the image in it, as in a
 * merged file that ends with the last application. The part then becomes as small.
 */
bool complete_part(const espbak_contents *contents, select_part *part, uint64_t held);

#endif
