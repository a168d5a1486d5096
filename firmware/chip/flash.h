/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_FLASH_H
#define FIRMWARE_CHIP_FLASH_H

#include LOADER_CHIP

/* What three bytes address, or four, on chips whose controllers are known to send that many. */
enum { FLASH_NARROW = 16 * 1024 * 1024 };
#ifdef CHIP_FLASH_IS_WIDE
enum { FLASH_MOST = 1024 * 1024 * 1024 };
#else
enum { FLASH_MOST = FLASH_NARROW };
#endif

#endif
