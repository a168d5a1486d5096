/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_H
#define SHIM_H

/*
 * A library to preload (LD_PRELOAD) that gives a pseudo-terminal the face of a USB serial device, for
 * programs that use the real libserialport, pyserial or plain termios. Linux only, for tests only.
 *
 * ESPBAK_SHIM_ROOT names a folder which holds what the preloaded program is to see:
 *
 *   sys/class/tty/NAME        as the kernel has it: a link whose target contains "usb" for a USB port
 *   dev/serial/by-id/LINK     link to ../../NAME
 *   dev/NAME                  a text file that stands for the device:
 *       pty PATH              the pseudo-terminal behind it (a link will do)
 *       control PATH          unix socket that is told of modem lines and baud rate; may be left out
 *       forbidden             opening it fails with EACCES
 *
 * All below /sys/class/tty and /dev/serial is taken from the folder, /dev/NAME where the file exists,
 * and the rest of /sys where the folder has it.
 *
 * Like the kernel's driver: opening asserts both modem lines (the first opener), TIOCM* reads and
 * changes them, the last close drops them if HUPCL is set, and TIOCEXCL keeps others out (with
 * ESPBAK_SHIM_SUPERUSER=1 it does not, as for root). The state is kept in dev/NAME.state, shared by
 * all processes. ESPBAK_SHIM_PORT_LOCKS=1 makes an older libserialport lock ports, as 0.1.2 does. Over the control
 * socket each change is one line, "lines DTR RTS" with 0 or 1, or "baud N"; the answer, one line, is waited for, so
 * that bytes written afterwards come after it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { SHIM_PATH_MAX = 4096 };

/* shim_path.c */

/* Folder of ESPBAK_SHIM_ROOT; NULL when the shim is to do nothing. */
const char *shim_root(void);

/* NAME of a path that is one of our devices, else NULL. `name` holds 64. */
const char *shim_device_name(const char *path, char *name);

/* Where `path` is really found; `path` itself when it is none of ours. `buffer` holds SHIM_PATH_MAX. */
const char *shim_map(const char *path, char *buffer);

/* shim_device.c */

/* Open a device by name; -1 and errno as open() would. */
int shim_open(const char *name, int flags);
bool shim_is_open(int fd);
/* Before the real close(). */
void shim_release(int fd);

/* 0 or -1 with errno; false when the request is for the real one. */
bool shim_ioctl(int fd, unsigned long request, void *argument, int *result);
/* After the terminal settings of `fd` may have changed. */
void shim_speed_changed(int fd);

/*
 * Let a stat() result of a pseudo-terminal behind a device look like a USB serial device. When it is
 * about a file of process `pid`, then only if that process opened the device: the simulator, which
 * holds the terminal itself, is no user of it. 0 for any other file.
 */
void shim_disguise(struct stat *status, int pid);
/* Real path of the pseudo-terminal behind a device. */
bool shim_pty_of(const char *name, char *path);

/* shim_speed.c: the output speed the kernel keeps for a terminal, 0 when it tells none. */
uint32_t shim_kernel_speed(int fd);

/* shim_calls.c: the functions behind those that are replaced. */
int shim_real_open(const char *path, int flags, unsigned mode);
int shim_real_close(int fd);
int shim_real_ioctl(int fd, unsigned long request, void *argument);
int shim_real_stat(const char *path, struct stat *status);

#endif
