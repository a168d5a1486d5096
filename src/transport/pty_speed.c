/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "transport/pty.h"

#include <errno.h>
#include <sys/ioctl.h>

#ifdef __linux__
/* glibc knows a fixed set of rates only. The kernel's own structure takes any, but clashes with <termios.h>. */
#include <asm/termbits.h>

int pty_set_speed(int fd, uint32_t baud)
{
    struct termios2 settings;
    if (ioctl(fd, TCGETS2, &settings) != 0)
        return errno;
    settings.c_cflag &= ~(tcflag_t)(CBAUD | CBAUD << IBSHIFT);
    settings.c_cflag |= BOTHER | BOTHER << IBSHIFT;
    settings.c_ispeed = settings.c_ospeed = baud;
    return ioctl(fd, TCSETS2, &settings) != 0 ? errno : 0;
}
#else
#include <termios.h>

int pty_set_speed(int fd, uint32_t baud)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0)
        return errno;
    if (cfsetispeed(&settings, baud) != 0 || cfsetospeed(&settings, baud) != 0)
        return errno;
    return tcsetattr(fd, TCSANOW, &settings) != 0 ? errno : 0;
}
#endif
#endif
