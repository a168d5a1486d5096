/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "transport/serial/pty.h"

#include <errno.h>
#include <sys/ioctl.h>

#ifdef __linux__
/* glibc knows a fixed set of rates only. The kernel's own structure takes any, but clashes with <termios.h>. */
#include <asm/ioctls.h>
#include <asm/termbits.h>

/* Programs that look at the other side of the pseudo-terminal may know the named rates only. */
static const struct {
    uint32_t baud;
    tcflag_t name;
} named_rates[] = {
    {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},   {921600, B921600},
    {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000},
    {3000000, B3000000}, {3500000, B3500000}, {4000000, B4000000},
};

static tcflag_t rate_name(uint32_t baud)
{
    for (size_t i = 0; i < sizeof(named_rates) / sizeof(named_rates[0]); i++) {
        if (named_rates[i].baud == baud)
            return named_rates[i].name;
    }
    return BOTHER;
}

int pty_set_speed(int fd, uint32_t baud)
{
    struct termios2 settings;
    const tcflag_t name = rate_name(baud);
    if (ioctl(fd, TCGETS2, &settings) != 0)
        return errno;
    settings.c_cflag &= ~(tcflag_t)(CBAUD | CBAUD << IBSHIFT);
    settings.c_cflag |= name | name << IBSHIFT;
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
