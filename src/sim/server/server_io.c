/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 600
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "sim/server/server_io.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static int make_nonblocking(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -1;
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int listen_on(const struct addrinfo *info)
{
    const int fd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
    const int one = 1;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, 4) != 0 || make_nonblocking(fd) != 0) {
        const int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static void describe(int fd, char *where)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char host[256] = "?", port[16] = "?";
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        (void)getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
                          NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(where, SERVER_WHERE_MAX, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

espbak_status server_listen_tcp(int *fd, const char *address, char *where, espbak_error *err)
{
    char host[256] = "127.0.0.1";
    const char *colon = strrchr(address, ':');
    const char *port = colon != NULL ? colon + 1 : address;
    *fd = -1;
    if (colon != NULL) {
        const int size = (int)(colon - address);
        snprintf(host, sizeof(host), "%.*s", address[0] == '[' ? size - 2 : size, address + (address[0] == '['));
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "\"%s\" is no address to listen on", address);
    *fd = listen_on(found);
    const int error = errno;
    freeaddrinfo(found);
    if (*fd < 0)
        return espbak_fail(err, ESPBAK_E_PORT, "cannot listen on %s: %s", address, strerror(error));
    describe(*fd, where);
    return ESPBAK_OK;
}

espbak_status server_listen_unix(int *fd, const char *path, espbak_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *fd = -1;
    if (strlen(path) >= sizeof(address.sun_path))
        return espbak_fail(err, ESPBAK_E_USAGE, "the path of the control socket is too long: %s", path);
    strcpy(address.sun_path, path);
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
        (void)unlink(path);
    const struct addrinfo info = {.ai_family = AF_UNIX,
                                  .ai_socktype = SOCK_STREAM,
                                  .ai_addr = (struct sockaddr *)&address,
                                  .ai_addrlen = sizeof(address)};
    *fd = listen_on(&info);
    if (*fd < 0)
        return espbak_fail(err, ESPBAK_E_PORT, "cannot listen on %s: %s", path, strerror(errno));
    return ESPBAK_OK;
}

int server_accept(int listener)
{
    const int fd = accept(listener, NULL, NULL);
    const int one = 1;
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* fails on Unix sockets, which need none */
    if (make_nonblocking(fd) == 0)
        return fd;
    close(fd);
    return -1;
}

static espbak_status place_link(const char *target, const char *link, espbak_error *err)
{
    struct stat status;
    if (lstat(link, &status) == 0 && S_ISLNK(status.st_mode))
        (void)unlink(link);
    if (symlink(target, link) != 0)
        return espbak_fail(err, ESPBAK_E_PORT, "cannot make the link %s: %s", link, strerror(errno));
    return ESPBAK_OK;
}

static int make_raw(int fd)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0)
        return -1;
    cfmakeraw(&settings);
    return tcsetattr(fd, TCSANOW, &settings);
}

espbak_status server_open_pty(int *master, int *slave, const char *link, espbak_error *err)
{
    *slave = -1;
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0)
        return espbak_fail(err, ESPBAK_E_PORT, "cannot make a pseudo-terminal: %s", strerror(errno));
    const char *name = ptsname(*master);
    if (name == NULL || (*slave = open(name, O_RDWR | O_NOCTTY)) < 0 || make_raw(*slave) != 0 ||
        make_nonblocking(*master) != 0)
        return espbak_fail(err, ESPBAK_E_PORT, "cannot open the pseudo-terminal: %s", strerror(errno));
    return place_link(name, link, err);
}
