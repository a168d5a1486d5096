/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/net/rfc2217.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "transport/net/rfc2217_link.h"

/* After an answer to a later command, how long an earlier one may still come. */
enum { UNCONFIRMED_GRACE = 500 * ESPBAK_MS };

typedef struct rfc2217_impl {
    rfc2217_link link;
    bool dtr, rts;          /* as last acknowledged */
    bool lines_unconfirmed; /* the server acts on modem lines but does not say so: do not wait */
    bool purge_unanswered;  /* the server does not acknowledge PURGE_DATA: do not wait for it again */
    char address[NET_HOST_MAX + NET_PORT_MAX + 3]; /* without the options */
    char url[];
} rfc2217_impl;

static espbak_status read_some(void *context, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    rfc2217_impl *impl = context;
    return rfc2217_link_read(&impl->link, buffer, capacity, timeout, got, err);
}

static espbak_status write_some(void *context, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    rfc2217_impl *impl = context;
    return rfc2217_link_write(&impl->link, bytes, size, timeout, put, err);
}

static const rfc2217_pending *find_pending(const rfc2217_link *link, uint8_t command, uint8_t value)
{
    for (size_t i = 0; i < link->pending_count; i++) {
        if (link->pending[i].command == command && link->pending[i].value == value)
            return &link->pending[i];
    }
    return NULL;
}

static bool was_answered(const rfc2217_link *link, uint8_t command, uint8_t value)
{
    const rfc2217_pending *pending = find_pending(link, command, value);
    return pending == NULL || pending->answered;
}

/* UARTs tolerate 3 % between them; a server that reports its divider's exact rate stays below that. */
static bool is_baud_close(uint32_t wanted, uint32_t set)
{
    const uint32_t difference = wanted > set ? wanted - set : set - wanted;
    return (uint64_t)difference * 100 <= (uint64_t)wanted * 3;
}

static espbak_status check_baud(const rfc2217_impl *impl, uint32_t baud, espbak_error *err)
{
    const rfc2217_pending *pending = find_pending(&impl->link, RFC2217_SET_BAUDRATE, 0);
    if (pending == NULL || !pending->answered)
        return espbak_fail(err, ESPBAK_E_LINK, "%s did not confirm %" PRIu32 " baud within %d s", impl->link.where,
                           baud, RFC2217_ANSWER_TIME / ESPBAK_S);
    if (!is_baud_close(baud, pending->answer))
        return espbak_fail(err, ESPBAK_E_LINK, "%s set %" PRIu32 " baud instead of %" PRIu32, impl->link.where,
                           pending->answer, baud);
    return ESPBAK_OK;
}

static espbak_status set_baud(void *context, uint32_t baud, espbak_error *err)
{
    rfc2217_impl *impl = context;
    impl->link.pending_count = 0;
    rfc2217_link_ask_baud(&impl->link, baud);
    const espbak_status status = rfc2217_link_settle(&impl->link, RFC2217_ANSWER_TIME, err);
    return status != ESPBAK_OK ? status : check_baud(impl, baud, err);
}

static uint8_t dtr_value(bool asserted)
{
    return asserted ? RFC2217_CONTROL_DTR_ON : RFC2217_CONTROL_DTR_OFF;
}

static uint8_t rts_value(bool asserted)
{
    return asserted ? RFC2217_CONTROL_RTS_ON : RFC2217_CONTROL_RTS_OFF;
}

static void send_line(rfc2217_impl *impl, uint8_t value)
{
    if (impl->lines_unconfirmed)
        rfc2217_link_tell(&impl->link, RFC2217_SET_CONTROL, value);
    else
        rfc2217_link_ask(&impl->link, RFC2217_SET_CONTROL, value);
}

/* Both lines in one packet and one round trip; a line that stays is not sent. */
static espbak_status set_lines(void *context, bool dtr, bool rts, espbak_error *err)
{
    rfc2217_impl *impl = context;
    rfc2217_link *link = &impl->link;
    link->pending_count = 0;
    if (dtr != impl->dtr)
        send_line(impl, dtr_value(dtr));
    if (rts != impl->rts)
        send_line(impl, rts_value(rts));
    const espbak_status status = rfc2217_link_settle(link, RFC2217_ANSWER_TIME, err);
    if (status != ESPBAK_OK)
        return status;
    const bool dtr_done = was_answered(link, RFC2217_SET_CONTROL, dtr_value(dtr));
    const bool rts_done = was_answered(link, RFC2217_SET_CONTROL, rts_value(rts));
    if (!dtr_done || !rts_done)
        return espbak_fail(err, ESPBAK_E_LINK, "%s did not confirm %s within %d s", link->where,
                           dtr_done ? "RTS" : "DTR", RFC2217_ANSWER_TIME / ESPBAK_S);
    impl->dtr = dtr;
    impl->rts = rts;
    return ESPBAK_OK;
}

/* The acknowledged purge is a barrier: all that comes before its answer is old. */
static espbak_status discard_input(void *context, espbak_error *err)
{
    rfc2217_impl *impl = context;
    impl->link.pending_count = 0;
    if (impl->purge_unanswered)
        rfc2217_link_tell(&impl->link, RFC2217_PURGE_DATA, RFC2217_PURGE_RX);
    else
        rfc2217_link_ask(&impl->link, RFC2217_PURGE_DATA, RFC2217_PURGE_RX);
    const espbak_status status = rfc2217_link_settle(&impl->link, RFC2217_ANSWER_TIME, err);
    if (status == ESPBAK_OK && !was_answered(&impl->link, RFC2217_PURGE_DATA, RFC2217_PURGE_RX))
        impl->purge_unanswered = true;
    rfc2217_link_forget_input(&impl->link);
    return status;
}

/*
 * Line settings that all servers have as their default are told, not asked. The rate is asked last:
 * a server answers in order, so once it is confirmed, an unconfirmed DTR stays so.
 */
static void ask_first_settings(const rfc2217_impl *impl, rfc2217_link *link)
{
    link->pending_count = 0;
    rfc2217_link_tell(link, RFC2217_SET_DATASIZE, 8);
    rfc2217_link_tell(link, RFC2217_SET_PARITY, RFC2217_PARITY_NONE);
    rfc2217_link_tell(link, RFC2217_SET_STOPSIZE, 1);
    rfc2217_link_tell(link, RFC2217_SET_CONTROL, RFC2217_CONTROL_NO_FLOW);
    rfc2217_link_tell(link, RFC2217_SET_LINESTATE_MASK, 0);
    rfc2217_link_tell(link, RFC2217_SET_MODEMSTATE_MASK, 0);
    if (!impl->lines_unconfirmed)
        rfc2217_link_ask(link, RFC2217_SET_CONTROL, RFC2217_CONTROL_DTR_OFF);
    rfc2217_link_ask_baud(link, TRANSPORT_FIRST_BAUD);
}

static espbak_status check_first_baud(rfc2217_impl *impl, espbak_error *err)
{
    const espbak_status status = check_baud(impl, TRANSPORT_FIRST_BAUD, err);
    if (status == ESPBAK_OK)
        return status;
    espbak_error_hint(err, "the server may have lost its serial port; for a plain TCP bridge use socket://%s",
                      impl->link.where);
    if (err != NULL)
        err->status = ESPBAK_E_PORT; /* nothing has worked over it yet, so it is no failing link */
    return ESPBAK_E_PORT;
}

/*
 * Espressif's esp_rfc2217_server takes DTR and RTS for the beginning of a reset, which it then runs
 * by itself: it confirms neither, and releasing RTS makes it reset the chip. So DTR is tried first,
 * and RTS is left alone where DTR was not confirmed.
 */
static espbak_status release_lines(rfc2217_impl *impl, espbak_error *err)
{
    rfc2217_link *link = &impl->link;
    espbak_status status = rfc2217_link_settle(link, UNCONFIRMED_GRACE, err);
    if (status != ESPBAK_OK)
        return status;
    impl->dtr = impl->rts = false;
    if (impl->lines_unconfirmed || !was_answered(link, RFC2217_SET_CONTROL, RFC2217_CONTROL_DTR_OFF)) {
        espbak_log(link->events, ESPBAK_LOG_DETAIL, "%s does not confirm modem lines: they are not waited for",
                   link->where);
        impl->lines_unconfirmed = true;
        return ESPBAK_OK;
    }
    link->pending_count = 0;
    rfc2217_link_ask(link, RFC2217_SET_CONTROL, RFC2217_CONTROL_RTS_OFF);
    status = rfc2217_link_settle(link, RFC2217_ANSWER_TIME, err);
    if (status == ESPBAK_OK)
        impl->lines_unconfirmed = !was_answered(link, RFC2217_SET_CONTROL, RFC2217_CONTROL_RTS_OFF);
    return status;
}

static espbak_status connect_link(rfc2217_impl *impl, espbak_error *err)
{
    rfc2217_link *link = &impl->link;
    const transport_open_args args = {
        .url = impl->url, .rest = impl->address, .events = link->events, .cancel = link->cancel};
    espbak_status status = rfc2217_link_connect(link, &args, err);
    if (status != ESPBAK_OK)
        return status;
    ask_first_settings(impl, link);
    status = rfc2217_link_settle_last(link, RFC2217_ANSWER_TIME, err);
    if (status == ESPBAK_OK)
        status = check_first_baud(impl, err);
    if (status == ESPBAK_OK)
        status = release_lines(impl, err);
    return status;
}

static espbak_status reopen(void *context, espbak_error *err)
{
    return connect_link(context, err);
}

static void close_impl(void *context)
{
    rfc2217_impl *impl = context;
    rfc2217_link_close(&impl->link);
    free(impl);
}

static const espbak_transport_ops rfc2217_ops = {
    .name = "rfc2217",
    .read = read_some,
    .write = write_some,
    .set_baud = set_baud,
    .set_lines = set_lines,
    .discard_input = discard_input,
    .reopen = reopen,
    .close = close_impl,
};

/* "HOST:PORT", perhaps with "?ign_set_control" as pyserial has it. */
static espbak_status take_address(rfc2217_impl *impl, const transport_open_args *args, espbak_error *err)
{
    static const char option[] = "?ign_set_control";
    const size_t size = strcspn(args->rest, "?");
    const char *options = args->rest + size;
    if (size >= sizeof(impl->address))
        return espbak_fail(err, ESPBAK_E_USAGE, "'%s' is too long for an address", args->url);
    memcpy(impl->address, args->rest, size);
    impl->address[size] = '\0';
    impl->lines_unconfirmed = strcmp(options, option) == 0;
    if (options[0] == '\0' || impl->lines_unconfirmed)
        return ESPBAK_OK;
    espbak_status status = espbak_fail(err, ESPBAK_E_USAGE, "'%s' has an option that is not known", args->url);
    espbak_error_hint(err, "%s is the only one there is, for servers that do not confirm modem lines", option);
    return status;
}

espbak_status rfc2217_open(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
    static const espbak_transport_caps caps = {.baud = true, .modem_lines = true, .remote = true};
    const size_t url_size = strlen(args->url) + 1;
    rfc2217_impl *impl = calloc(1, sizeof(*impl) + url_size);
    if (impl == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "opening %s: out of memory", args->url);
    memcpy(impl->url, args->url, url_size);
    impl->link.events = args->events;
    impl->link.cancel = args->cancel;
    espbak_status status = take_address(impl, args, err);
    if (status == ESPBAK_OK)
        status = connect_link(impl, err);
    if (status == ESPBAK_OK)
        status = espbak_transport_wrap(out, &rfc2217_ops, impl, args->url, &caps, NULL, espbak_clock_system(), err);
    if (status != ESPBAK_OK) {
        close_impl(impl);
        return status;
    }
    impl->link.transport = *out;
    return ESPBAK_OK;
}
