/* SPDX-License-Identifier: Apache-2.0 */
#include "shim.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>

uint32_t shim_kernel_speed(int fd)
{
    struct termios2 settings;
    return shim_real_ioctl(fd, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}
