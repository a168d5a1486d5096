/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "transport/net/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "transport/net/net_os.h"

/* Long enough for a sleeping access point, short enough for a person. */
enum { CONNECT_TIME = 10 * ESPBAK_S };

struct net {
    net_socket fd;
    char where[NET_HOST_MAX + NET_PORT_MAX + 3]; /* for messages */
};

static bool is_port_number(const char *text)
{
    const size_t size = strlen(text);
    if (size == 0 || size >= NET_PORT_MAX || strspn(text, "0123456789") != size)
        return false;
    const long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

/* Take "HOST:PORT" apart; false when it is not that. The buffers hold NET_HOST_MAX and NET_PORT_MAX. */
static bool split_address(const char *address, char *host, char *port)
{
    const bool bracket = address[0] == '[';
    const char *host_begin = bracket ? address + 1 : address;
    const char *host_end = bracket ? strchr(address, ']') : strrchr(address, ':');
    if (host_end == NULL || host_end == host_begin)
        return false;
    const char *colon = bracket ? host_end + 1 : host_end;
    const size_t host_size = (size_t)(host_end - host_begin);
    if (*colon != ':' || !is_port_number(colon + 1) || host_size >= NET_HOST_MAX)
        return false;
    /* An IPv6 address without brackets cannot be told from its port. */
    if (!bracket && memchr(host_begin, ':', host_size) != NULL)
        return false;
    memcpy(host, host_begin, host_size);
    host[host_size] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

static espbak_status fail_address(const transport_open_args *args, espbak_error *err)
{
    const int scheme = (int)strcspn(args->url, ":");
    espbak_status status = espbak_fail(err, ESPBAK_E_USAGE, "'%s' is not a host and a port", args->url);
    espbak_error_hint(err, "write it like %.*s://HOST:3333, an IPv6 address in brackets like %.*s://[::1]:3333", scheme,
                      args->url, scheme, args->url);
    return status;
}

/* Wait for a connection under way; *error is 0 once it stands, else the system's reason. */
static espbak_status wait_connected(net_socket fd, const transport_open_args *args, espbak_time deadline, int *error,
                                    espbak_error *err)
{
    const espbak_clock *clock = espbak_clock_system();
    for (;;) {
        if (cancel_check(args->cancel, err) != ESPBAK_OK)
            return ESPBAK_E_CANCELLED;
        const espbak_time left = deadline - espbak_clock_now(clock);
        if (left <= 0) {
            *error = NET_ETIMEDOUT;
            return ESPBAK_OK;
        }
        if (net_os_wait(fd, true, left < TRANSPORT_SLICE ? left : TRANSPORT_SLICE)) {
            *error = net_os_socket_error(fd);
            return ESPBAK_OK;
        }
    }
}

/* Try one address. *fd is NET_NO_SOCKET and *error says why when nobody is there. */
static espbak_status try_address(const struct addrinfo *address, const transport_open_args *args, espbak_time deadline,
                                 net_socket *fd, int *error, espbak_error *err)
{
    *fd = net_os_socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (*fd == NET_NO_SOCKET) {
        *error = net_os_error();
        return ESPBAK_OK;
    }
    espbak_status status = ESPBAK_OK;
    *error = 0;
    if (connect(*fd, address->ai_addr, (net_socklen)address->ai_addrlen) != 0) {
        *error = net_os_error();
        if (net_os_in_progress(*error))
            status = wait_connected(*fd, args, deadline, error, err);
    }
    if (status == ESPBAK_OK && *error == 0)
        return ESPBAK_OK;
    net_os_close(*fd);
    *fd = NET_NO_SOCKET;
    return status;
}

static espbak_status fail_connect(const net *n, const transport_open_args *args, int error, espbak_error *err)
{
    char reason[NET_REASON_MAX];
    net_os_reason(error, reason);
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "cannot connect to %s: %s", n->where, reason);
    if (net_os_refused(error))
        espbak_error_hint(err, "nothing listens there: start the server first, or check the port number in %s",
                          args->url);
    else
        espbak_error_hint(err, "check the address, and that this computer reaches it");
    return status;
}

/* Each address has its share of the time, so that one that swallows packets leaves some for the next. */
static espbak_status connect_any(net *n, const struct addrinfo *list, const transport_open_args *args,
                                 espbak_error *err)
{
    espbak_time addresses = 0;
    int error = NET_ETIMEDOUT;
    for (const struct addrinfo *next = list; next != NULL; next = next->ai_next)
        addresses++;
    for (const struct addrinfo *next = list; next != NULL; next = next->ai_next) {
        const espbak_time deadline = espbak_clock_now(espbak_clock_system()) + CONNECT_TIME / addresses;
        const espbak_status status = try_address(next, args, deadline, &n->fd, &error, err);
        if (status != ESPBAK_OK || n->fd != NET_NO_SOCKET)
            return status;
    }
    return fail_connect(n, args, error, err);
}

static espbak_status resolve(struct addrinfo **list, const char *host, const char *port, espbak_error *err)
{
    const struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const int result = getaddrinfo(host, port, &want, list);
    if (result == 0)
        return ESPBAK_OK;
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "cannot find host %s: %s", host, gai_strerror(result));
    espbak_error_hint(err, "check the spelling, or give the address in numbers");
    return status;
}

espbak_status net_connect(net **out, const transport_open_args *args, espbak_error *err)
{
    char host[NET_HOST_MAX], port[NET_PORT_MAX];
    struct addrinfo *list = NULL;
    espbak_status status;
    *out = NULL;
    if (!split_address(args->rest, host, port))
        return fail_address(args, err);
    net *n = calloc(1, sizeof(*n));
    if (n == NULL || !net_os_start()) {
        free(n);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "connecting to %s: out of memory", args->rest);
    }
    n->fd = NET_NO_SOCKET;
    memcpy(n->where, args->rest, strlen(args->rest) + 1); /* host and port were found to fit */

    status = resolve(&list, host, port, err);
    if (status != ESPBAK_OK)
        goto done;
    status = connect_any(n, list, args, err);
    if (status != ESPBAK_OK)
        goto done;
    net_os_no_delay(n->fd);
    *out = n;
    n = NULL;

done:
    if (list != NULL)
        freeaddrinfo(list);
    net_close(n);
    return status;
}

static espbak_status fail_lost(const net *n, int error, espbak_error *err)
{
    if (error == 0)
        return espbak_fail(err, ESPBAK_E_PORT, "%s closed the connection", n->where);
    char reason[NET_REASON_MAX];
    net_os_reason(error, reason);
    return espbak_fail(err, ESPBAK_E_PORT, "the connection to %s broke: %s", n->where, reason);
}

espbak_status net_read(net *n, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got, espbak_error *err)
{
    *got = 0;
    if (!net_os_wait(n->fd, false, timeout))
        return ESPBAK_OK;
    const net_count count = recv(n->fd, (void *)buffer, net_os_size(capacity), 0);
    if (count > 0) {
        *got = (size_t)count;
        return ESPBAK_OK;
    }
    if (count == 0)
        return fail_lost(n, 0, err);
    const int error = net_os_error();
    return net_os_try_again(error) ? ESPBAK_OK : fail_lost(n, error, err);
}

espbak_status net_write(net *n, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put, espbak_error *err)
{
    *put = 0;
    if (!net_os_wait(n->fd, true, timeout))
        return ESPBAK_OK;
    const net_count count = send(n->fd, (const void *)bytes, net_os_size(size), NET_SEND_FLAGS);
    if (count >= 0) {
        *put = (size_t)count;
        return ESPBAK_OK;
    }
    const int error = net_os_error();
    return net_os_try_again(error) ? ESPBAK_OK : fail_lost(n, error, err);
}

void net_close(net *n)
{
    if (n == NULL)
        return;
    if (n->fd != NET_NO_SOCKET)
        net_os_close(n->fd);
    net_os_stop();
    free(n);
}
