/* SPDX-License-Identifier: Apache-2.0 */
/* How FatFs is built for images: as the program has it, and it writes. */
#include "../../../src/image/files/ffconf.h"

#undef FF_FS_READONLY
#define FF_FS_READONLY 0
#undef FF_USE_MKFS
#define FF_USE_MKFS 1
#undef FF_USE_CHMOD
#define FF_USE_CHMOD 1
#undef FF_FS_NORTC
#define FF_FS_NORTC 0
#undef FF_CODE_PAGE
#define FF_CODE_PAGE 437
