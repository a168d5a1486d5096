/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_SERVICES_H
#define FIRMWARE_CHIP_SERVICES_H

#include "firmware/core.h"

/* Share out RAM: the compressor gets what it needs, the core's two blocks what is left. */
void services_start(loader_core *core);

#endif
