/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "transport/backend.h"
#include "transport/lend.h"

struct espbak_transport {
    const espbak_transport_ops *ops;
    void *impl;
    const espbak_clock *clock;
    const espbak_events *events;
    const espbak_cancel *cancel;
    bool ignore_cancel;
    espbak_transport_caps caps;
    espbak_usb_id usb;
    uint32_t baud;
    espbak_transport_stats stats;
    espbak_transport *lender;   /* owns `impl`; NULL where this does */
    espbak_transport *borrower; /* NULL where the line is not lent */
    char url[];
};

espbak_status espbak_transport_wrap(espbak_transport **out, const espbak_transport_ops *ops, void *impl,
                                    const char *url, const espbak_transport_caps *caps, const espbak_usb_id *usb,
                                    const espbak_clock *clock, espbak_error *err)
{
    *out = NULL;
    const size_t url_size = strlen(url) + 1;
    espbak_transport *transport = calloc(1, sizeof(*transport) + url_size);
    if (transport == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "opening %s: out of memory", url);
    memcpy(transport->url, url, url_size);
    transport->ops = ops;
    transport->impl = impl;
    transport->clock = clock != NULL ? clock : espbak_clock_system();
    if (caps != NULL)
        transport->caps = *caps;
    if (usb != NULL)
        transport->usb = *usb;
    transport->baud = transport->caps.baud ? TRANSPORT_FIRST_BAUD : 0;
    *out = transport;
    return ESPBAK_OK;
}

espbak_status transport_lend(espbak_transport **out, espbak_transport *lender, espbak_error *err)
{
    *out = NULL;
    if (lender->borrower != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s is lent to another session already", lender->url);
    const espbak_status status = espbak_transport_wrap(out, lender->ops, lender->impl, lender->url, &lender->caps,
                                                       &lender->usb, lender->clock, err);
    if (status != ESPBAK_OK)
        return status;
    (*out)->lender = lender;
    (*out)->baud = lender->baud;
    lender->borrower = *out;
    return ESPBAK_OK;
}

/* The line stays open, at the rate that it had. If that cannot be set the port is gone, and whoever uses it next is
 * told. */
static void give_back(espbak_transport *transport)
{
    espbak_transport *const lender = transport->lender;
    espbak_error ignored = {0};
    lender->borrower = NULL;
    lender->stats.tx_bytes += transport->stats.tx_bytes;
    lender->stats.rx_bytes += transport->stats.rx_bytes;
    if (transport->baud != lender->baud && espbak_transport_set_baud(lender, lender->baud, &ignored) != ESPBAK_OK)
        lender->baud = transport->baud;
}

void espbak_transport_close(espbak_transport *transport)
{
    if (transport == NULL)
        return;
    if (transport->lender != NULL)
        give_back(transport);
    else
        transport->ops->close(transport->impl);
    free(transport);
}

bool transport_is_cancelled(const espbak_transport *transport)
{
    /* A back end knows only who opened it. */
    if (transport->borrower != NULL)
        return transport_is_cancelled(transport->borrower);
    return !transport->ignore_cancel && cancel_is_requested(transport->cancel);
}

static espbak_status fail_if_cancelled(const espbak_transport *transport, espbak_error *err)
{
    return transport_is_cancelled(transport) ? cancel_fail(err) : ESPBAK_OK;
}

/* How long to wait in one go: never past the deadline, never negative. */
static espbak_time next_slice(const espbak_transport *transport, espbak_time deadline)
{
    const espbak_time left = deadline - espbak_clock_now(transport->clock);
    if (left <= 0)
        return 0;
    return left < TRANSPORT_SLICE ? left : TRANSPORT_SLICE;
}

static void trace(const espbak_transport *transport, espbak_trace_direction direction, const void *bytes, size_t size)
{
    if (transport->events == NULL || transport->events->trace == NULL)
        return;
    transport->events->trace(transport->events->user, direction, espbak_clock_now(transport->clock), bytes, size);
}

static void trace_note(const espbak_transport *transport, const char *text)
{
    trace(transport, ESPBAK_TRACE_NOTE, text, strlen(text));
}

espbak_status espbak_transport_read(espbak_transport *transport, uint8_t *buffer, size_t capacity, espbak_time deadline,
                                    size_t *got, espbak_error *err)
{
    *got = 0;
    if (capacity == 0)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "reading from %s into no room at all", transport->url);
    for (;;) {
        espbak_status status = fail_if_cancelled(transport, err);
        if (status != ESPBAK_OK)
            return status;
        const espbak_time slice = next_slice(transport, deadline);
        size_t now = 0;
        status = transport->ops->read(transport->impl, buffer, capacity, slice, &now, err);
        if (status != ESPBAK_OK)
            return status;
        if (now > capacity)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "reading from %s: the back end returned too much",
                               transport->url);
        if (now > 0) {
            transport->stats.rx_bytes += now;
            trace(transport, ESPBAK_TRACE_RX, buffer, now);
            *got = now;
            return ESPBAK_OK;
        }
        if (slice == 0)
            return ESPBAK_OK;
        if (transport->events != NULL && transport->events->waiting != NULL)
            transport->events->waiting(transport->events->user);
    }
}

espbak_status espbak_transport_write(espbak_transport *transport, const void *bytes, size_t size, espbak_time deadline,
                                     espbak_error *err)
{
    const uint8_t *next = bytes;
    size_t left = size;
    while (left > 0) {
        espbak_status status = fail_if_cancelled(transport, err);
        if (status != ESPBAK_OK)
            return status;
        const espbak_time slice = next_slice(transport, deadline);
        size_t put = 0;
        status = transport->ops->write(transport->impl, next, left, slice, &put, err);
        if (status != ESPBAK_OK)
            return status;
        if (put > left)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "writing to %s: the back end took too much", transport->url);
        if (put == 0 && slice == 0)
            return espbak_fail(err, ESPBAK_E_LINK, "writing to %s: the line takes no more (%zu of %zu bytes went out)",
                               transport->url, size - left, size);
        if (put > 0)
            trace(transport, ESPBAK_TRACE_TX, next, put);
        transport->stats.tx_bytes += put;
        next += put;
        left -= put;
    }
    return ESPBAK_OK;
}

espbak_status espbak_transport_set_baud(espbak_transport *transport, uint32_t baud, espbak_error *err)
{
    if (baud == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "0 is no baud rate");
    if (!transport->caps.baud || transport->ops->set_baud == NULL)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "%s has no baud rate to change", transport->url);
    espbak_status status = fail_if_cancelled(transport, err);
    if (status != ESPBAK_OK)
        return status;
    status = transport->ops->set_baud(transport->impl, baud, err);
    if (status != ESPBAK_OK)
        return status;
    transport->baud = baud;
    char note[32];
    snprintf(note, sizeof(note), "baud %lu", (unsigned long)baud);
    trace_note(transport, note);
    return ESPBAK_OK;
}

espbak_status espbak_transport_set_lines(espbak_transport *transport, bool dtr, bool rts, espbak_error *err)
{
    if (!transport->caps.modem_lines || transport->ops->set_lines == NULL)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "%s has no modem lines", transport->url);
    espbak_status status = fail_if_cancelled(transport, err);
    if (status != ESPBAK_OK)
        return status;
    status = transport->ops->set_lines(transport->impl, dtr, rts, err);
    if (status != ESPBAK_OK)
        return status;
    char note[32];
    snprintf(note, sizeof(note), "dtr %d rts %d", dtr, rts);
    trace_note(transport, note);
    return ESPBAK_OK;
}

espbak_status espbak_transport_discard_input(espbak_transport *transport, espbak_error *err)
{
    const espbak_status status = fail_if_cancelled(transport, err);
    if (status != ESPBAK_OK || transport->ops->discard_input == NULL)
        return status;
    return transport->ops->discard_input(transport->impl, err);
}

espbak_status espbak_transport_reopen(espbak_transport *transport, espbak_error *err)
{
    if (transport->ops->reopen == NULL)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "%s cannot be opened again", transport->url);
    espbak_status status = fail_if_cancelled(transport, err);
    if (status != ESPBAK_OK)
        return status;
    status = transport->ops->reopen(transport->impl, err);
    if (status != ESPBAK_OK)
        return status;
    transport->baud = transport->caps.baud ? TRANSPORT_FIRST_BAUD : 0;
    trace_note(transport, "opened again");
    return ESPBAK_OK;
}

void espbak_transport_ignore_cancel(espbak_transport *transport)
{
    transport->ignore_cancel = true;
}

void espbak_transport_observe(espbak_transport *transport, const espbak_events *events, const espbak_cancel *cancel)
{
    transport->events = events;
    transport->cancel = cancel;
}

const espbak_transport_caps *espbak_transport_get_caps(const espbak_transport *transport)
{
    return &transport->caps;
}

const espbak_usb_id *espbak_transport_get_usb(const espbak_transport *transport)
{
    return &transport->usb;
}

const espbak_clock *espbak_transport_clock(const espbak_transport *transport)
{
    return transport->clock;
}

const char *espbak_transport_url(const espbak_transport *transport)
{
    return transport->url;
}

uint32_t espbak_transport_baud(const espbak_transport *transport)
{
    return transport->baud;
}

espbak_transport_stats espbak_transport_get_stats(const espbak_transport *transport)
{
    return transport->stats;
}
