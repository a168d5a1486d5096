/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <sys/ioctl.h>

#include "sim/server/server_io.h"

#ifdef __linux__
/* The kernel's own structure tells any rate, but clashes with <termios.h>. */
#include <asm/ioctls.h>
#include <asm/termbits.h>

uint32_t server_pty_baud(int slave)
{
    struct termios2 settings;
    return ioctl(slave, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}
#else
#include <termios.h>

uint32_t server_pty_baud(int slave)
{
    struct termios settings;
    return tcgetattr(slave, &settings) == 0 ? (uint32_t)cfgetospeed(&settings) : 0; /* a number on BSDs */
}
#endif
