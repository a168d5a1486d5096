/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_ERASED_SINCE_H
#define OPS_ERASED_SINCE_H

#include "ops/capture/saving.h"

/* Warn where all of this data file of the new backup is 0xFF, and the earlier backup of the device holds something. */
void erased_since_warn(const saving *before, const char *folder, const char *name);

#endif
