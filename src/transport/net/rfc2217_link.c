/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/net/rfc2217_link.h"

#include <stdio.h>
#include <string.h>

#include "base/cancel.h"

/* How long to wait for BINARY and SGA once the com port option stands: some servers never say. */
enum { OPTION_GRACE = 1 * ESPBAK_S };

static bool is_cancelled(const rfc2217_link *link)
{
    if (link->transport != NULL)
        return transport_is_cancelled(link->transport);
    return cancel_is_requested(link->cancel);
}

static bool has_output(const rfc2217_link *link)
{
    return link->out_end > link->out_begin;
}

/* Room for at least `need` bytes at the end of the output queue. */
static bool make_room(rfc2217_link *link, size_t need)
{
    if (link->out_begin > 0) {
        memmove(link->out, link->out + link->out_begin, link->out_end - link->out_begin);
        link->out_end -= link->out_begin;
        link->out_begin = 0;
    }
    return sizeof(link->out) - link->out_end >= need;
}

/* Queue a few bytes of telnet; they are dropped when a peer reads nothing but has us answer on and on. */
static void queue(rfc2217_link *link, const uint8_t *bytes, size_t size)
{
    if (!make_room(link, size))
        return;
    memcpy(link->out + link->out_end, bytes, size);
    link->out_end += size;
}

static espbak_status flush_some(rfc2217_link *link, espbak_time timeout, espbak_error *err)
{
    size_t put = 0;
    if (!has_output(link))
        return ESPBAK_OK;
    const espbak_status status =
        net_write(link->connection, link->out + link->out_begin, link->out_end - link->out_begin, timeout, &put, err);
    link->out_begin += put;
    return status;
}

static uint32_t payload_value(const rfc2217_event *event)
{
    uint32_t value = 0;
    for (size_t i = 0; i < event->payload_size && i < 4; i++)
        value = value << 8 | event->payload[i];
    return value;
}

static void take_command(rfc2217_link *link, const rfc2217_event *event)
{
    const uint8_t command = (uint8_t)(event->command % RFC2217_SERVER);
    const uint32_t value = payload_value(event);
    if (command == RFC2217_FLOWCONTROL_SUSPEND)
        link->suspended = true;
    if (command == RFC2217_FLOWCONTROL_RESUME)
        link->suspended = false;
    if (event->command < RFC2217_SERVER)
        return;
    for (size_t i = 0; i < link->pending_count; i++) {
        rfc2217_pending *pending = &link->pending[i];
        if (pending->answered || pending->command != command)
            continue;
        if (command == RFC2217_SET_CONTROL && pending->value != value)
            continue;
        pending->answered = true;
        pending->answer = value;
        return;
    }
}

static void take_event(rfc2217_link *link, const rfc2217_event *event)
{
    uint8_t answer[RFC2217_OPTION_SIZE];
    if (event->kind == RFC2217_COMMAND)
        take_command(link, event);
    else if (event->kind == RFC2217_NEGOTIATE && rfc2217_negotiate(&link->options, event, answer))
        queue(link, answer, sizeof(answer));
}

/* Data that finds no room while an answer is waited for is lost; nobody reads just then. */
static void take_input(rfc2217_link *link, const uint8_t *bytes, size_t size)
{
    uint8_t scratch[256];
    rfc2217_event event;
    for (size_t used = 0; used < size;) {
        const bool full = link->kept_end == sizeof(link->kept);
        uint8_t *const out = full ? scratch : link->kept + link->kept_end;
        const size_t room = full ? sizeof(scratch) : sizeof(link->kept) - link->kept_end;
        size_t made = 0;
        used += rfc2217_decode(&link->decoder, bytes + used, size - used, out, room, &made, &event);
        if (!full)
            link->kept_end += made;
        take_event(link, &event);
    }
}

/* Send what waits, take in what comes within the time, and answer it. */
static espbak_status pump(rfc2217_link *link, espbak_time timeout, espbak_error *err)
{
    uint8_t raw[RFC2217_RAW];
    size_t got = 0;
    espbak_status status = flush_some(link, 0, err);
    if (status != ESPBAK_OK)
        return status;
    status = net_read(link->connection, raw, sizeof(raw), timeout, &got, err);
    if (status != ESPBAK_OK)
        return status;
    take_input(link, raw, got);
    return flush_some(link, 0, err);
}

static espbak_status fail_if_closed(const rfc2217_link *link, espbak_error *err)
{
    if (link->connection != NULL)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_PORT, "%s is not connected", link->where);
}

espbak_status rfc2217_link_read(rfc2217_link *link, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                espbak_error *err)
{
    espbak_status status = fail_if_closed(link, err);
    *got = 0;
    if (status == ESPBAK_OK && link->kept_begin == link->kept_end) {
        link->kept_begin = link->kept_end = 0;
        status = pump(link, timeout, err);
    }
    if (status != ESPBAK_OK)
        return status;
    const size_t kept = link->kept_end - link->kept_begin;
    *got = kept < capacity ? kept : capacity;
    memcpy(buffer, link->kept + link->kept_begin, *got);
    link->kept_begin += *got;
    return ESPBAK_OK;
}

/* Let the server say that its pause is over; one that pauses again and again gets no more time by that. */
static espbak_status wait_out_pause(rfc2217_link *link, espbak_time timeout, espbak_error *err)
{
    const espbak_clock *const clock = espbak_clock_system();
    if (!link->waiting)
        link->waited_at = espbak_clock_now(clock);
    link->waiting = true;
    const espbak_status status = pump(link, timeout, err);
    if (status != ESPBAK_OK || !link->suspended ||
        espbak_clock_now(clock) - link->waited_at < (espbak_time)RFC2217_PAUSE_MOST)
        return status;
    espbak_fail(err, ESPBAK_E_PORT, "%s asked for a pause and has taken nothing for %d s", link->where,
                RFC2217_PAUSE_MOST / ESPBAK_S);
    espbak_error_hint(err,
                      "the server's serial port takes nothing: check the device behind it, or start the server anew");
    return ESPBAK_E_PORT;
}

espbak_status rfc2217_link_write(rfc2217_link *link, const uint8_t *bytes, size_t size, espbak_time timeout,
                                 size_t *put, espbak_error *err)
{
    espbak_status status = fail_if_closed(link, err);
    *put = 0;
    if (status == ESPBAK_OK && link->suspended)
        return wait_out_pause(link, timeout, err);
    if (status == ESPBAK_OK)
        status = flush_some(link, timeout, err);
    if (status != ESPBAK_OK)
        return status;
    link->waiting = false;
    size_t made = 0;
    (void)make_room(link, 0);
    *put = rfc2217_escape(bytes, size, link->out + link->out_end, sizeof(link->out) - link->out_end, &made);
    link->out_end += made;
    return flush_some(link, timeout, err);
}

void rfc2217_link_tell(rfc2217_link *link, uint8_t command, uint8_t value)
{
    uint8_t frame[RFC2217_COMMAND_MAX];
    const size_t size = rfc2217_put_command8(frame, command, value);
    queue(link, frame, size);
}

static void expect(rfc2217_link *link, uint8_t command, uint8_t value)
{
    if (link->pending_count == RFC2217_PENDING)
        return;
    link->pending[link->pending_count++] = (rfc2217_pending){.command = command, .value = value};
}

void rfc2217_link_ask_baud(rfc2217_link *link, uint32_t baud)
{
    uint8_t frame[RFC2217_COMMAND_MAX];
    const size_t size = rfc2217_put_command32(frame, RFC2217_SET_BAUDRATE, baud);
    queue(link, frame, size);
    expect(link, RFC2217_SET_BAUDRATE, 0);
}

void rfc2217_link_ask(rfc2217_link *link, uint8_t command, uint8_t value)
{
    rfc2217_link_tell(link, command, value);
    expect(link, command, value);
}

static bool all_answered(const rfc2217_link *link)
{
    for (size_t i = 0; i < link->pending_count; i++) {
        if (!link->pending[i].answered)
            return false;
    }
    return true;
}

static bool last_answered(const rfc2217_link *link)
{
    return link->pending_count == 0 || link->pending[link->pending_count - 1].answered;
}

static bool com_port_settled(const rfc2217_link *link)
{
    const rfc2217_side ours = rfc2217_our_side(&link->options, TELNET_OPTION_COM_PORT);
    const rfc2217_side theirs = rfc2217_their_side(&link->options, TELNET_OPTION_COM_PORT);
    return ours == RFC2217_ON || theirs == RFC2217_ON || (ours == RFC2217_DENIED && theirs == RFC2217_DENIED);
}

static bool binary_settled(const rfc2217_link *link)
{
    return rfc2217_our_side(&link->options, TELNET_OPTION_BINARY) != RFC2217_ASKED &&
           rfc2217_their_side(&link->options, TELNET_OPTION_BINARY) != RFC2217_ASKED;
}

/* Let the conversation go on until `done` says so or the time is over. */
static espbak_status converse(rfc2217_link *link, bool (*done)(const rfc2217_link *), espbak_time time,
                              espbak_error *err)
{
    const espbak_clock *clock = espbak_clock_system();
    const espbak_time deadline = espbak_clock_now(clock) + time;
    while (has_output(link) || !done(link)) {
        if (is_cancelled(link))
            return cancel_fail(err);
        const espbak_time left = deadline - espbak_clock_now(clock);
        if (left <= 0)
            return ESPBAK_OK;
        espbak_status status = flush_some(link, left < TRANSPORT_SLICE ? left : TRANSPORT_SLICE, err);
        if (status == ESPBAK_OK && !done(link))
            status = pump(link, left < TRANSPORT_SLICE ? left : TRANSPORT_SLICE, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return ESPBAK_OK;
}

static espbak_status settle(rfc2217_link *link, bool (*done)(const rfc2217_link *), espbak_time time, espbak_error *err)
{
    const espbak_status status = fail_if_closed(link, err);
    return status != ESPBAK_OK ? status : converse(link, done, time, err);
}

espbak_status rfc2217_link_settle(rfc2217_link *link, espbak_time time, espbak_error *err)
{
    return settle(link, all_answered, time, err);
}

espbak_status rfc2217_link_settle_last(rfc2217_link *link, espbak_time time, espbak_error *err)
{
    return settle(link, last_answered, time, err);
}

void rfc2217_link_forget_input(rfc2217_link *link)
{
    link->kept_begin = link->kept_end = 0;
}

/* Most servers serve one program at a time, and keep the next one waiting or close its connection. */
static espbak_status fail_busy(const rfc2217_link *link, const char *how, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_PORT, "%s is busy, or does not speak RFC 2217: it %s", link->where, how);
    espbak_error_hint(err, "close the program that uses it; for a plain TCP bridge use socket://%s", link->where);
    return ESPBAK_E_PORT;
}

static espbak_status fail_unsettled(const rfc2217_link *link, espbak_error *err)
{
    if (!com_port_settled(link))
        return fail_busy(link, "never answered to the com port option", err);
    espbak_fail(err, ESPBAK_E_PORT, "%s does not speak RFC 2217: it refused the com port option", link->where);
    espbak_error_hint(err, "for a plain TCP bridge use socket://%s", link->where);
    return ESPBAK_E_PORT;
}

static espbak_status agree_on_options(rfc2217_link *link, espbak_error *err)
{
    uint8_t wishes[2 * RFC2217_OPTIONS * RFC2217_OPTION_SIZE];
    const size_t size = rfc2217_ask_options(&link->options, wishes);
    queue(link, wishes, size);
    espbak_status status = converse(link, com_port_settled, RFC2217_ANSWER_TIME, err);
    if (status == ESPBAK_E_PORT)
        return fail_busy(link, "closed the connection at once", err);
    if (status != ESPBAK_OK)
        return status;
    if (rfc2217_our_side(&link->options, TELNET_OPTION_COM_PORT) != RFC2217_ON &&
        rfc2217_their_side(&link->options, TELNET_OPTION_COM_PORT) != RFC2217_ON) {
        return fail_unsettled(link, err);
    }
    status = converse(link, binary_settled, OPTION_GRACE, err);
    if (rfc2217_our_side(&link->options, TELNET_OPTION_BINARY) == RFC2217_DENIED ||
        rfc2217_their_side(&link->options, TELNET_OPTION_BINARY) == RFC2217_DENIED)
        espbak_log(link->events, ESPBAK_LOG_WARNING, "%s refused binary transmission: bytes may arrive changed",
                   link->where);
    return status;
}

espbak_status rfc2217_link_connect(rfc2217_link *link, const transport_open_args *args, espbak_error *err)
{
    rfc2217_link_close(link);
    link->decoder = (rfc2217_decoder){0};
    link->options = (rfc2217_negotiation){0};
    link->pending_count = link->out_begin = link->out_end = link->kept_begin = link->kept_end = 0;
    link->suspended = link->waiting = false;
    snprintf(link->where, sizeof(link->where), "%s", args->rest);
    espbak_status status = net_connect(&link->connection, args, err);
    if (status == ESPBAK_OK)
        status = agree_on_options(link, err);
    if (status != ESPBAK_OK)
        rfc2217_link_close(link);
    return status;
}

void rfc2217_link_close(rfc2217_link *link)
{
    net_close(link->connection);
    link->connection = NULL;
}
