/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
/* CRTSCTS, flock() and the modem line ioctls are outside POSIX. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "transport/serial/serial_os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "transport/serial/tty_posix.h"

_Static_assert(PATH_MAX <= SERIAL_PATH_MAX, "a real path fits");

static int handle_of(const struct sp_port *port)
{
    int fd = -1;
    return sp_get_port_handle(port, &fd) == SP_OK ? fd : -1;
}

espbak_status serial_os_fail(const char *path, espbak_error *err)
{
    return tty_fail_gone(path, errno, err);
}

bool serial_os_refused(void)
{
    return errno == EINVAL;
}

espbak_status serial_os_resolve(const char *given, char *path, espbak_error *err)
{
    return tty_resolve(given, path, err);
}

/*
 * sp_open() of 0.1.1 writes to the device's settings before anybody could lock it, so another's port would
 * be disturbed by the attempt. Hence a look first; *fd keeps the lock until the port itself has it.
 */
static espbak_status look_first(const char *path, int *fd, espbak_error *err)
{
    *fd = tty_open(path);
    if (*fd < 0)
        return tty_fail_open(path, errno, err);
    espbak_status status = tty_lock(*fd, path, err);
    return status == ESPBAK_OK ? tty_check_unclaimed(*fd, path, err) : status;
}

static bool open_port(struct sp_port *port)
{
    enum sp_return opened;
    do {
        opened = sp_open(port, SP_MODE_READ_WRITE);
    } while (opened != SP_OK && errno == EINTR);
    return opened == SP_OK;
}

/*
 * sp_open() of 0.1.2, which calls itself 0.1.1 too, takes the lock itself before it changes anything, and marks
 * the port as exclusively its own. When the lock is `probe`'s it gives up, and leaves the port open.
 */
static espbak_status open_after(int probe, struct sp_port *port, const char *path, espbak_error *err)
{
    if (open_port(port))
        return ESPBAK_OK;
    int error = errno;
    sp_close(port);
    if (error == EWOULDBLOCK && flock(probe, LOCK_UN) == 0) {
        if (open_port(port))
            return ESPBAK_OK;
        error = errno;
        sp_close(port);
    }
    return tty_fail_open(path, error, err);
}

/*
 * libserialport 0.1.1 sets HUPCL where it means to clear it, which would drop DTR and RTS and so
 * reset the chip on closing; and it clears CRTSCTS in the wrong word, as 0.1.2 does, so that flow
 * control which another program left on would stay.
 */
static espbak_status tidy(int fd, const char *path, espbak_error *err)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0)
        return tty_fail_gone(path, errno, err);
    settings.c_cflag &= ~(tcflag_t)(HUPCL | CRTSCTS);
    if (tcsetattr(fd, TCSANOW, &settings) != 0)
        return tty_fail_gone(path, errno, err);
    return ESPBAK_OK;
}

static espbak_status settle_in(struct sp_port *port, const char *path, int probe, const espbak_events *events,
                               espbak_error *err)
{
    const int fd = handle_of(port);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    close(probe);
    espbak_status status = tty_lock(fd, path, err);
    if (status == ESPBAK_OK) {
        tty_claim(fd, path, events);
        status = tidy(fd, path, err);
    }
    if (status == ESPBAK_OK)
        status = serial_os_set_lines(port, path, false, false, err);
    return status;
}

espbak_status serial_os_open(struct sp_port *port, const char *path, const espbak_events *events, espbak_error *err)
{
    int probe = -1;
    espbak_status status = look_first(path, &probe, err);
    if (status != ESPBAK_OK) {
        if (probe >= 0)
            close(probe);
        return status;
    }
    status = open_after(probe, port, path, err);
    if (status != ESPBAK_OK) {
        close(probe);
        return status;
    }
    status = settle_in(port, path, probe, events, err);
    if (status != ESPBAK_OK)
        sp_close(port); /* not tty_release(): the mark may be another's */
    return status;
}

void serial_os_close(struct sp_port *port)
{
    tty_release(handle_of(port));
    sp_close(port);
}

bool serial_os_one_step(void)
{
    return true;
}

/* One ioctl changes both lines at once, which the tight reset depends on; the other bits stay. */
espbak_status serial_os_set_lines(struct sp_port *port, const char *path, bool dtr, bool rts, espbak_error *err)
{
    const int fd = handle_of(port);
    int lines = 0;
    if (ioctl(fd, TIOCMGET, &lines) != 0)
        return tty_fail_gone(path, errno, err);
    const int wanted = (lines & ~(TIOCM_DTR | TIOCM_RTS)) | (dtr ? TIOCM_DTR : 0) | (rts ? TIOCM_RTS : 0);
    if (wanted != lines && ioctl(fd, TIOCMSET, &wanted) != 0)
        return tty_fail_gone(path, errno, err);
    return ESPBAK_OK;
}

/* sp_blocking_read_next() spins on a port that hung up, hence poll() first and one read after it. */
espbak_status serial_os_read(struct sp_port *port, const char *path, uint8_t *buffer, size_t capacity,
                             espbak_time timeout, size_t *got, espbak_error *err)
{
    *got = 0;
    const tty_ready ready = tty_wait(handle_of(port), false, timeout);
    if (ready == TTY_NOT_READY)
        return ESPBAK_OK;
    const int count = sp_nonblocking_read(port, buffer, capacity);
    if (count > 0)
        *got = (size_t)count;
    if (count > 0 || (count == 0 && ready == TTY_READY) || (count < 0 && tty_try_again(errno)))
        return ESPBAK_OK;
    return tty_fail_gone(path, count < 0 ? errno : 0, err);
}

espbak_status serial_os_write(struct sp_port *port, const char *path, const uint8_t *bytes, size_t size,
                              espbak_time timeout, size_t *put, espbak_error *err)
{
    *put = 0;
    if (tty_wait(handle_of(port), true, timeout) == TTY_NOT_READY)
        return ESPBAK_OK;
    const int count = sp_nonblocking_write(port, bytes, size);
    if (count >= 0) {
        *put = (size_t)count;
        return ESPBAK_OK;
    }
    return tty_try_again(errno) ? ESPBAK_OK : tty_fail_gone(path, errno, err);
}
#endif
