/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_TRANSFER_WRITE_H
#define DEVICE_TRANSFER_WRITE_H

#include "device/flash/write.h"

/* As flash_download.send: again after damage, and after silence where the chip can tell whether the block is there. */
ESPBAK_MUST_USE espbak_status write_block(flash_block *block, espbak_error *err);

#endif
