/* SPDX-License-Identifier: Apache-2.0 */
#include "device/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/visit/come_in.h"

static espbak_session *new_session(espbak_transport *transport, const espbak_session_options *options)
{
    const uint32_t baud = espbak_transport_baud(transport);
    espbak_session *const session = calloc(1, sizeof(*session));
    if (session == NULL)
        return NULL;
    session->transport = transport;
    session->before = options->before;
    session->after = options->after;
    session->events = options->events;
    session->first_baud = baud;
    /* A rate below the usual one is used from the start: the ROM measures it. */
    if (baud != 0 && options->baud != 0 && options->baud < baud)
        session->first_baud = options->baud;
    session->info.link.baud = baud;
    session->info.link.native_usb = reset_is_native_usb(transport);
    snprintf(session->info.link.port, sizeof(session->info.link.port), "%s", espbak_transport_url(transport));
    session->stats.started = espbak_clock_now(espbak_transport_clock(transport));
    return session;
}

espbak_status espbak_session_open_transport(espbak_session **out, espbak_transport *transport,
                                            const espbak_session_options *options, espbak_error *err)
{
    espbak_error local = {0};
    if (err == NULL)
        err = &local;
    *out = NULL;
    espbak_transport_observe(transport, options->events, options->cancel);
    espbak_session *const session = new_session(transport, options);
    espbak_status status = ESPBAK_OK;
    if (session == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = entrance_new(&session->way, options, err);
    if (status == ESPBAK_OK)
        status = command_link_init(&session->link, transport, err);
    if (status == ESPBAK_OK)
        status = come_in(session, options->reset_sequence, err);
    if (status == ESPBAK_OK)
        *out = session;
    else if (session != NULL)
        espbak_session_close(session);
    else
        espbak_transport_close(transport);
    return status;
}

espbak_status espbak_session_open(espbak_session **out, const espbak_session_options *options, espbak_error *err)
{
    espbak_transport *transport = NULL;
    *out = NULL;
    const espbak_status status =
        espbak_transport_open(&transport, options->port, options->events, options->cancel, err);
    return status == ESPBAK_OK ? espbak_session_open_transport(out, transport, options, err) : status;
}

void espbak_session_close(espbak_session *session)
{
    if (session == NULL)
        return;
    if (session->link.output != NULL)
        leave_chip(session);
    own_free(session);
    command_link_free(&session->link);
    entrance_free(session->way);
    espbak_transport_close(session->transport);
    free(session);
}

const espbak_device_info *espbak_session_device(const espbak_session *session)
{
    return &session->info;
}

espbak_transport *espbak_session_transport(espbak_session *session)
{
    return session->transport;
}

espbak_session_stats espbak_session_get_stats(const espbak_session *session)
{
    const espbak_transport_stats line = espbak_transport_get_stats(session->transport);
    espbak_session_stats stats = session->stats;
    stats.tx_bytes = line.tx_bytes;
    stats.rx_bytes = line.rx_bytes;
    stats.noise = session->link.decoder.noise;
    return stats;
}
