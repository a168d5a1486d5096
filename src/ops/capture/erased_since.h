/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_ERASED_SINCE_H
#define OPS_ERASED_SINCE_H

#include "ops/capture/saving.h"

/*
 * Warn where all of this region of the new backup in `folder` is 0xFF, and the last backup of the device holds
 * something, whether that was read from or not.
 */
void erased_since_warn(saving *before, const espbak_device_info *device, const espbak_region *region,
                       const char *folder);

#endif
