/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_IDENTITY_H
#define DEVICE_IDENTITY_H

/* Whether the device that answers now is the one that a job began with. */

#include <stdbool.h>

#include "espbak/device.h"
#include "espbak/error.h"

/* How much of it is known by now. */
typedef enum identity_depth {
    IDENTITY_CHIP,     /* kind and MAC */
    IDENTITY_FLASH_ID, /* and the JEDEC ID of the flash */
    IDENTITY_WHOLE,    /* and its size */
} identity_depth;

bool identity_is_same(const espbak_device_info *now, const espbak_device_info *before, identity_depth depth);

/* ESPBAK_E_CONNECT where it is another one. */
ESPBAK_MUST_USE espbak_status identity_check(const espbak_device_info *now, const espbak_device_info *before,
                                             identity_depth depth, espbak_error *err);

#endif
