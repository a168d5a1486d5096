/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_NET_OS_H
#define TRANSPORT_NET_OS_H

/* Where Winsock and POSIX sockets differ. Only net.c includes this. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "espbak/clock.h"

enum { NET_REASON_MAX = 160 };

/* Rounded up, so that a short wait is not a busy loop; the callers' waits are far below an int. */
static inline int net_os_milliseconds(espbak_time timeout)
{
    return timeout <= 0 ? 0 : (int)((timeout + ESPBAK_MS - 1) / ESPBAK_MS);
}

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <ws2tcpip.h>

typedef SOCKET net_socket;
typedef int net_socklen;
typedef int net_count;
#define NET_NO_SOCKET  INVALID_SOCKET
#define NET_SEND_FLAGS 0
#define NET_ETIMEDOUT  WSAETIMEDOUT

static inline bool net_os_start(void)
{
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
}

static inline void net_os_stop(void)
{
    WSACleanup();
}

static inline int net_os_size(size_t size)
{
    return size > INT32_MAX ? INT32_MAX : (int)size;
}

static inline int net_os_error(void)
{
    return WSAGetLastError();
}

static inline bool net_os_in_progress(int error)
{
    return error == WSAEWOULDBLOCK || error == WSAEINPROGRESS;
}

static inline bool net_os_try_again(int error)
{
    return error == WSAEWOULDBLOCK || error == WSAEINTR;
}

static inline bool net_os_refused(int error)
{
    return error == WSAECONNREFUSED;
}

static inline void net_os_reason(int error, char *reason)
{
    const DWORD size = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, (DWORD)error, 0,
                                      reason, NET_REASON_MAX, NULL);
    if (size == 0)
        snprintf(reason, NET_REASON_MAX, "Windows error %d", error);
    reason[strcspn(reason, "\r\n")] = '\0';
}

static inline void net_os_close(net_socket fd)
{
    closesocket(fd);
}

static inline net_socket net_os_socket(int family, int type, int protocol)
{
    const net_socket fd = socket(family, type, protocol);
    u_long on = 1;
    if (fd != NET_NO_SOCKET)
        ioctlsocket(fd, (long)FIONBIO, &on);
    return fd;
}

/* select() rather than WSAPoll(): the latter does not report a connection that was refused before Windows 10 2004. */
static inline bool net_os_wait(net_socket fd, bool writable, espbak_time timeout)
{
    fd_set ready, failed;
    const int milliseconds = net_os_milliseconds(timeout);
    struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    FD_ZERO(&ready);
    FD_ZERO(&failed);
    FD_SET(fd, &ready);
    FD_SET(fd, &failed);
    return select(0, writable ? NULL : &ready, writable ? &ready : NULL, &failed, &time) != 0;
}
#else
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int net_socket;
typedef socklen_t net_socklen;
typedef ssize_t net_count;
#define NET_NO_SOCKET (-1)
#define NET_ETIMEDOUT ETIMEDOUT
#ifdef MSG_NOSIGNAL
#define NET_SEND_FLAGS MSG_NOSIGNAL
#else
#define NET_SEND_FLAGS 0 /* macOS: SO_NOSIGPIPE instead */
#endif

static inline bool net_os_start(void)
{
    return true;
}

static inline void net_os_stop(void)
{
}

static inline size_t net_os_size(size_t size)
{
    return size;
}

static inline int net_os_error(void)
{
    return errno;
}

static inline bool net_os_in_progress(int error)
{
    /* A connect() that a signal interrupted goes on by itself. */
    return error == EINPROGRESS || error == EINTR;
}

static inline bool net_os_try_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static inline bool net_os_refused(int error)
{
    return error == ECONNREFUSED;
}

static inline void net_os_reason(int error, char *reason)
{
    snprintf(reason, NET_REASON_MAX, "%s", strerror(error));
}

static inline void net_os_close(net_socket fd)
{
    close(fd);
}

static inline net_socket net_os_socket(int family, int type, int protocol)
{
    const net_socket fd = socket(family, type, protocol);
    if (fd == NET_NO_SOCKET)
        return fd;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
#ifdef SO_NOSIGPIPE
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
    return fd;
}

static inline bool net_os_wait(net_socket fd, bool writable, espbak_time timeout)
{
    struct pollfd wait = {.fd = fd, .events = writable ? POLLOUT : POLLIN};
    return poll(&wait, 1, net_os_milliseconds(timeout)) > 0;
}
#endif

static inline int net_os_socket_error(net_socket fd)
{
    int error = 0;
    net_socklen size = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, (void *)&error, &size) != 0)
        return net_os_error();
    return error;
}

/* Packets of a request-and-answer protocol must not wait for each other. */
static inline void net_os_no_delay(net_socket fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (const void *)&on, sizeof(on));
}

#endif
