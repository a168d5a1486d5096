/* SPDX-License-Identifier: Apache-2.0 */
/* The whole loader of a chip in one: the compiler sees all of it, and leaves out what is not needed. */
#ifdef __XTENSA_WINDOWED_ABI__
__asm__(".include \"windowed.inc\"");
#endif
#include LOADER_CHIP
#ifndef CHIP_SHA256
#define LOADER_WITHOUT_SHA256
#endif
#include "firmware/core.c"
#include "firmware/writer.c"

#include "common.c"
#include "flash.c"
#include "main.c"
#include "serial.c"
#include "services.c"
