/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "net_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void put(const server *s, const uint8_t *bytes, size_t size)
{
    const size_t step = s->manners.byte_by_byte ? 1 : size;
    for (size_t at = 0; at < size; at += step) {
        if (send(s->client, bytes + at, step, MSG_NOSIGNAL) < 0)
            return;
    }
}

static void put_data(const server *s, const uint8_t *bytes, size_t size)
{
    uint8_t escaped[2048];
    size_t made = 0;
    assert_int_equal(rfc2217_escape(bytes, size, escaped, sizeof(escaped), &made), size);
    put(s, escaped, made);
}

static void on_option(server *s, const rfc2217_event *event)
{
    uint8_t answer[3];
    s->answers++;
    if (s->manners.refuses_option) {
        if (event->verb == TELNET_WONT || event->verb == TELNET_DONT)
            return;
        rfc2217_put_option(answer, event->verb == TELNET_WILL ? TELNET_DONT : TELNET_WONT, event->option);
        put(s, answer, 3);
        return;
    }
    if (rfc2217_negotiate(&s->options, event, answer))
        put(s, answer, 3);
    for (int i = 0; s->manners.renegotiates && i < 4; i++) {
        rfc2217_put_option(answer, i % 2 == 0 ? TELNET_DONT : TELNET_DO, event->option);
        put(s, answer, 3);
    }
}

static void note(server *s, const char *text, unsigned value)
{
    const size_t used = strlen(s->log);
    snprintf(s->log + used, sizeof(s->log) - used, "%s %u;", text, value);
}

static void on_control(server *s, uint8_t value)
{
    if (value == RFC2217_CONTROL_DTR_ON || value == RFC2217_CONTROL_DTR_OFF)
        note(s, "dtr", value == RFC2217_CONTROL_DTR_ON);
    if (value == RFC2217_CONTROL_RTS_ON || value == RFC2217_CONTROL_RTS_OFF)
        note(s, "rts", value == RFC2217_CONTROL_RTS_ON);
}

static void on_command(server *s, const rfc2217_event *event)
{
    uint8_t frame[RFC2217_COMMAND_MAX];
    uint32_t value = 0;
    for (size_t i = 0; i < event->payload_size; i++)
        value = value << 8 | event->payload[i];
    if (event->command == RFC2217_SET_CONTROL)
        on_control(s, (uint8_t)value);
    if (s->manners.no_control && event->command == RFC2217_SET_CONTROL)
        return;
    if (event->command != RFC2217_SET_BAUDRATE) {
        put(s, frame, rfc2217_put_command8(frame, (uint8_t)(event->command + RFC2217_SERVER), (uint8_t)value));
        return;
    }
    note(s, "baud", value);
    s->baud = value;
    if (s->manners.baud_answer != 0)
        value = s->manners.baud_answer;
    put(s, frame, rfc2217_put_command32(frame, RFC2217_SET_BAUDRATE + RFC2217_SERVER, value));
}

static void pause_client(server *s)
{
    uint8_t frame[RFC2217_COMMAND_MAX];
    put(s, frame, rfc2217_put_command8(frame, RFC2217_FLOWCONTROL_SUSPEND + RFC2217_SERVER, 0));
    usleep(200000);
    put(s, frame, rfc2217_put_command8(frame, RFC2217_FLOWCONTROL_RESUME + RFC2217_SERVER, 0));
}

/* Take what came; echo the data. */
static void on_bytes(server *s, const uint8_t *bytes, size_t size)
{
    uint8_t data[1024];
    for (size_t at = 0; at < size;) {
        rfc2217_event event;
        size_t made = 0;
        at += rfc2217_decode(&s->decoder, bytes + at, size - at, data, sizeof(data), &made, &event);
        if (made > 0 && s->manners.suspends)
            pause_client(s);
        put_data(s, data, made);
        if (event.kind == RFC2217_NEGOTIATE)
            on_option(s, &event);
        else if (event.kind == RFC2217_COMMAND)
            on_command(s, &event);
    }
}

static void flood(const server *s)
{
    uint8_t block[4096];
    static const uint8_t head[] = {TELNET_IAC, TELNET_SB, TELNET_OPTION_COM_PORT, 100},
                         tail[] = {TELNET_IAC, TELNET_SE};
    memset(block, 'x', sizeof(block));
    put(s, head, sizeof(head));
    for (int i = 0; i < 256; i++)
        put(s, block, sizeof(block));
    put(s, tail, sizeof(tail));
}

static void serve_client(server *s)
{
    uint8_t bytes[1024];
    const int on = 1;
    s->options = (rfc2217_negotiation){0};
    s->decoder = (rfc2217_decoder){0};
    setsockopt(s->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (s->manners.endless_command)
        flood(s);
    for (;;) {
        while (s->manners.deaf)
            usleep(10000);
        const ssize_t got = s->manners.closes_at_once ? 0 : recv(s->client, bytes, sizeof(bytes), 0);
        if (got <= 0)
            return;
        if (s->manners.silent)
            continue;
        if (s->manners.telnet)
            on_bytes(s, bytes, (size_t)got);
        else
            put(s, bytes, (size_t)got);
    }
}

static void *run(void *context)
{
    server *s = context;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL); /* signals are for the client's thread */
    while ((s->client = accept(s->listener, NULL, NULL)) >= 0) {
        serve_client(s);
        close(s->client);
    }
    return NULL;
}

server *server_start(manners m)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    server *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    s->manners = m;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s->listener, 2), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &size), 0);
    s->port = ntohs(address.sin_port);
    snprintf(s->url, sizeof(s->url), "%s://127.0.0.1:%u", m.telnet ? "rfc2217" : "socket", s->port);
    assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
    return s;
}

void server_stop(server *s)
{
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    free(s);
}
