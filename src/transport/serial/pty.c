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
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif
#include <termios.h>
#include <unistd.h>

#include "transport/serial/tty_posix.h"

typedef struct pty_impl {
    int fd; /* -1 when closed */
    char path[PATH_MAX];
    char url[];
} pty_impl;

/* Majors of Unix98 pseudo-terminals: Linux, Documentation/admin-guide/devices.txt. */
enum { PTY_MAJOR_FIRST = 136, PTY_MAJOR_LAST = 143 };

bool pty_is_one(const char *path)
{
    struct stat file;
    char real[PATH_MAX];
    if (stat(path, &file) != 0 || !S_ISCHR(file.st_mode) || realpath(path, real) == NULL)
        return false;
#ifdef __linux__
    return major(file.st_rdev) >= PTY_MAJOR_FIRST && major(file.st_rdev) <= PTY_MAJOR_LAST;
#else
    return strncmp(real, "/dev/pts/", 9) == 0 || strncmp(real, "/dev/ttys", 9) == 0;
#endif
}

static espbak_status fail_closed(const pty_impl *impl, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_PORT, "%s is not open", impl->path);
}

static espbak_status read_some(void *context, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    const pty_impl *impl = context;
    *got = 0;
    if (impl->fd < 0)
        return fail_closed(impl, err);
    const tty_ready ready = tty_wait(impl->fd, false, timeout);
    if (ready == TTY_NOT_READY)
        return ESPBAK_OK;
    const ssize_t count = read(impl->fd, buffer, capacity);
    if (count > 0)
        *got = (size_t)count;
    if (count > 0 || (count == 0 && ready == TTY_READY) || (count < 0 && tty_try_again(errno)))
        return ESPBAK_OK;
    return tty_fail_gone(impl->path, count < 0 ? errno : 0, err);
}

static espbak_status write_some(void *context, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    const pty_impl *impl = context;
    *put = 0;
    if (impl->fd < 0)
        return fail_closed(impl, err);
    if (tty_wait(impl->fd, true, timeout) == TTY_NOT_READY)
        return ESPBAK_OK;
    const ssize_t count = write(impl->fd, bytes, size);
    if (count >= 0) {
        *put = (size_t)count;
        return ESPBAK_OK;
    }
    return tty_try_again(errno) ? ESPBAK_OK : tty_fail_gone(impl->path, errno, err);
}

static espbak_status set_baud(void *context, uint32_t baud, espbak_error *err)
{
    const pty_impl *impl = context;
    if (impl->fd < 0)
        return fail_closed(impl, err);
    const int error = pty_set_speed(impl->fd, baud);
    return error == 0 ? ESPBAK_OK : tty_fail_gone(impl->path, error, err);
}

static espbak_status discard_input(void *context, espbak_error *err)
{
    const pty_impl *impl = context;
    if (impl->fd < 0)
        return fail_closed(impl, err);
    return tcflush(impl->fd, TCIFLUSH) == 0 ? ESPBAK_OK : tty_fail_gone(impl->path, errno, err);
}

static void close_fd(pty_impl *impl)
{
    if (impl->fd >= 0)
        close(impl->fd);
    impl->fd = -1;
}

/* Bytes as they are, 8N1, no line discipline at work. */
static espbak_status make_raw(const pty_impl *impl, espbak_error *err)
{
    struct termios settings;
    if (tcgetattr(impl->fd, &settings) != 0)
        return tty_fail_open(impl->path, errno, err);
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS | HUPCL);
    settings.c_iflag &= ~(tcflag_t)(IXOFF | IXANY);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    if (tcsetattr(impl->fd, TCSANOW, &settings) != 0 || tcflush(impl->fd, TCIOFLUSH) != 0)
        return tty_fail_open(impl->path, errno, err);
    const int error = pty_set_speed(impl->fd, TRANSPORT_FIRST_BAUD);
    return error == 0 ? ESPBAK_OK : tty_fail_open(impl->path, error, err);
}

static espbak_status open_path(pty_impl *impl, espbak_error *err)
{
    espbak_status status = tty_resolve(impl->url, impl->path, err);
    if (status != ESPBAK_OK)
        return status;
    impl->fd = tty_open(impl->path);
    if (impl->fd < 0)
        return tty_fail_open(impl->path, errno, err);
    status = tty_lock(impl->fd, impl->path, err);
    if (status == ESPBAK_OK)
        status = tty_check_unclaimed(impl->fd, impl->path, err);
    if (status == ESPBAK_OK)
        status = make_raw(impl, err);
    if (status != ESPBAK_OK)
        close_fd(impl);
    return status;
}

static espbak_status reopen(void *context, espbak_error *err)
{
    pty_impl *impl = context;
    close_fd(impl);
    return open_path(impl, err);
}

static void close_impl(void *context)
{
    pty_impl *impl = context;
    close_fd(impl);
    free(impl);
}

static const espbak_transport_ops pty_ops = {
    .name = "pty",
    .read = read_some,
    .write = write_some,
    .set_baud = set_baud,
    .discard_input = discard_input,
    .reopen = reopen,
    .close = close_impl,
};

espbak_status pty_open(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
    static const espbak_transport_caps caps = {.baud = true};
    const size_t url_size = strlen(args->url) + 1;
    pty_impl *impl = calloc(1, sizeof(*impl) + url_size);
    if (impl == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "opening %s: out of memory", args->url);
    memcpy(impl->url, args->url, url_size);
    impl->fd = -1;
    espbak_status status = open_path(impl, err);
    if (status == ESPBAK_OK)
        status = espbak_transport_wrap(out, &pty_ops, impl, args->url, &caps, NULL, espbak_clock_system(), err);
    if (status != ESPBAK_OK)
        close_impl(impl);
    return status;
}
#else
#include "transport/serial/pty.h"

bool pty_is_one(const char *path)
{
    (void)path;
    return false;
}

espbak_status pty_open(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
    *out = NULL;
    return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "%s: Windows has no pseudo-terminals", args->url);
}
#endif
