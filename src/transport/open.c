/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "transport/backend.h"
#include "transport/net/rfc2217.h"
#include "transport/net/socket.h"
#include "transport/serial/pty.h"
#include "transport/serial/serial.h"
#include "transport/sim.h"

static espbak_status open_path(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
#ifndef _WIN32
    if (pty_is_one(args->rest))
        return pty_open(out, args, err);
#endif
    return serial_open(out, args, err);
}

static espbak_status open_sim(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
    return transport_sim_open(out, args->rest, args->events, args->cancel, err);
}

typedef struct scheme {
    const char *prefix;
    transport_opener *open;
} scheme;

/* The first prefix that fits; the last fits everything. */
static const scheme schemes[] = {
    {"socket://", socket_open},
    {"rfc2217://", rfc2217_open},
    {"sim:", open_sim},
    {"", open_path},
};

/* "scheme://" in front, as no device path has. */
static bool has_scheme(const char *url)
{
    size_t size = 0;
    while (isalnum((unsigned char)url[size]) || url[size] == '+' || url[size] == '-' || url[size] == '.')
        size++;
    return size > 0 && strncmp(url + size, "://", 3) == 0;
}

static espbak_status fail_scheme(const char *url, espbak_error *err)
{
    espbak_status status = espbak_fail(err, ESPBAK_E_USAGE, "'%s' is of a kind that is not known", url);
    espbak_error_hint(err, "a port is a serial device, socket://HOST:PORT, rfc2217://HOST:PORT, a pty or sim:CHIP");
    return status;
}

espbak_status espbak_transport_open(espbak_transport **out, const char *url, const espbak_events *events,
                                    const espbak_cancel *cancel, espbak_error *err)
{
    const scheme *chosen = schemes;
    *out = NULL;
    if (url[0] == '\0')
        return espbak_fail(err, ESPBAK_E_USAGE, "the name of the port is empty");
    while (strncmp(url, chosen->prefix, strlen(chosen->prefix)) != 0)
        chosen++;
    if (chosen->prefix[0] == '\0' && has_scheme(url))
        return fail_scheme(url, err);
    const transport_open_args args = {
        .url = url, .rest = url + strlen(chosen->prefix), .events = events, .cancel = cancel};
    const espbak_status status = chosen->open(out, &args, err);
    if (status == ESPBAK_OK)
        espbak_transport_observe(*out, events, cancel);
    return status;
}
