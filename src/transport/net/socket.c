/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/net/socket.h"

#include <stdlib.h>
#include <string.h>

#include "transport/net/net.h"

typedef struct socket_impl {
    net *connection;
    const espbak_cancel *cancel;
    size_t scheme_size;
    char url[];
} socket_impl;

static espbak_status fail_closed(const socket_impl *impl, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_PORT, "%s is not connected", impl->url);
}

static espbak_status read_some(void *context, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    const socket_impl *impl = context;
    if (impl->connection == NULL)
        return fail_closed(impl, err);
    return net_read(impl->connection, buffer, capacity, timeout, got, err);
}

static espbak_status write_some(void *context, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    const socket_impl *impl = context;
    if (impl->connection == NULL)
        return fail_closed(impl, err);
    return net_write(impl->connection, bytes, size, timeout, put, err);
}

static espbak_status discard_input(void *context, espbak_error *err)
{
    const socket_impl *impl = context;
    uint8_t scratch[1024];
    size_t got = 0;
    /* A sender that never pauses must not hold us: as much as a receive buffer may hold, no more. */
    for (size_t total = 0; total < 4u << 20; total += got) {
        const espbak_status status = read_some(context, scratch, sizeof(scratch), 0, &got, err);
        if (status != ESPBAK_OK)
            return status;
        if (got == 0)
            return ESPBAK_OK;
    }
    return espbak_fail(err, ESPBAK_E_LINK, "%s sends without a pause", impl->url);
}

static espbak_status reopen(void *context, espbak_error *err)
{
    socket_impl *impl = context;
    const transport_open_args args = {.url = impl->url, .rest = impl->url + impl->scheme_size, .cancel = impl->cancel};
    net_close(impl->connection);
    impl->connection = NULL;
    return net_connect(&impl->connection, &args, err);
}

static void close_socket(void *context)
{
    socket_impl *impl = context;
    net_close(impl->connection);
    free(impl);
}

static const espbak_transport_ops socket_ops = {
    .name = "socket",
    .read = read_some,
    .write = write_some,
    .discard_input = discard_input,
    .reopen = reopen,
    .close = close_socket,
};

espbak_status socket_open(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
    static const espbak_transport_caps caps = {.remote = true};
    const size_t url_size = strlen(args->url) + 1;
    socket_impl *impl = calloc(1, sizeof(*impl) + url_size);
    if (impl == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "opening %s: out of memory", args->url);
    memcpy(impl->url, args->url, url_size);
    impl->cancel = args->cancel;
    impl->scheme_size = (size_t)(args->rest - args->url);
    espbak_status status = net_connect(&impl->connection, args, err);
    if (status == ESPBAK_OK)
        status = espbak_transport_wrap(out, &socket_ops, impl, args->url, &caps, NULL, espbak_clock_system(), err);
    if (status != ESPBAK_OK)
        close_socket(impl);
    return status;
}
