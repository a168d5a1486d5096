/* SPDX-License-Identifier: Apache-2.0 */
/* socket:// and rfc2217:// against servers in a thread of the test, well-behaved and not. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "espbak/transport.h"
#include "transport/rfc2217_codec.h"

/* How the server behaves. */
typedef struct manners {
    bool telnet;          /* RFC 2217, else plain bytes */
    bool closes_at_once;  /* after accepting */
    bool byte_by_byte;    /* every byte in a segment of its own */
    bool refuses_option;  /* says WONT and DONT to everything */
    bool silent;          /* takes all, says nothing */
    volatile bool deaf;   /* takes nothing */
    bool renegotiates;    /* answers each option, then asks for it again and again */
    bool endless_command; /* a subnegotiation of a megabyte before the rest */
    bool suspends;        /* asks for a pause of 200 ms before it echoes */
    bool no_control;      /* never confirms modem lines */
    uint32_t baud_answer; /* 0: what was asked for */
} manners;

typedef struct server {
    manners manners;
    int listener, client;
    uint16_t port;
    pthread_t thread;
    rfc2217_negotiation options;
    rfc2217_decoder decoder;
    unsigned answers; /* option bytes that came from the client */
    uint32_t baud;
    char log[1024]; /* "dtr 1;rts 0;baud 9600;" */
    char url[64];
} server;

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

static server *start(manners m)
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

static void stop(server *s)
{
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    free(s);
}

static espbak_transport *open_url(const char *url)
{
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    const espbak_status status = espbak_transport_open(&transport, url, NULL, NULL, &err);
    if (status != ESPBAK_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, ESPBAK_OK);
    return transport;
}

static espbak_time in(espbak_time time)
{
    return espbak_clock_now(espbak_clock_system()) + time;
}

/* Send a pattern rich in IAC and have it back. */
static void echo(espbak_transport *transport, size_t size)
{
    espbak_error err = {0};
    uint8_t *sent = malloc(size), *back = malloc(size);
    assert_non_null(sent);
    assert_non_null(back);
    for (size_t i = 0; i < size; i++)
        sent[i] = (uint8_t)(i % 3 == 0 ? 0xFF : i * 7 + i / 256);
    size_t out = 0, done = 0, got = 0;
    const espbak_time deadline = in(20 * ESPBAK_S);
    while (done < size) {
        const size_t part = size - out < 700 ? size - out : 700;
        if (part > 0 && out - done < 4096) {
            assert_int_equal(espbak_transport_write(transport, sent + out, part, deadline, &err), ESPBAK_OK);
            out += part;
        }
        assert_int_equal(espbak_transport_read(transport, back + done, size - done, in(5 * ESPBAK_MS), &got, &err),
                         ESPBAK_OK);
        done += got;
        assert_true(espbak_clock_now(espbak_clock_system()) < deadline);
    }
    assert_memory_equal(sent, back, size);
    free(sent);
    free(back);
}

static void a_socket_carries_bytes(void **state)
{
    server *s = start((manners){.telnet = false});
    espbak_error err = {0};
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_false(espbak_transport_get_caps(transport)->baud);
    assert_false(espbak_transport_get_caps(transport)->modem_lines);
    echo(transport, 100000);
    assert_int_equal(espbak_transport_write(transport, "old", 3, in(ESPBAK_S), &err), ESPBAK_OK);
    usleep(50000);
    assert_int_equal(espbak_transport_discard_input(transport, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_reopen(transport, &err), ESPBAK_OK);
    echo(transport, 1000);
    espbak_transport_close(transport);
    stop(s);
}

static void nobody_listening_is_a_port_error(void **state)
{
    server *s = start((manners){.telnet = false});
    char url[64];
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    (void)state;
    snprintf(url, sizeof(url), "%s", s->url);
    stop(s);
    assert_int_equal(espbak_transport_open(&transport, url, NULL, NULL, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.hint, "nothing listens"));
    espbak_error_clear(&err);
    assert_int_equal(espbak_transport_open(&transport, "socket://no-such-host.invalid:1", NULL, NULL, &err),
                     ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "no-such-host.invalid"));
}

static void a_closed_connection_is_a_port_error(void **state)
{
    server *s = start((manners){.closes_at_once = true});
    espbak_error err = {0};
    uint8_t buffer[8];
    size_t got = 0;
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_int_equal(espbak_transport_read(transport, buffer, sizeof(buffer), in(5 * ESPBAK_S), &got, &err),
                     ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "closed the connection"));
    espbak_transport_close(transport);
    stop(s);
}

static void check_lines_and_baud(server *s, espbak_transport *transport)
{
    espbak_error err = {0};
    s->log[0] = '\0';
    assert_int_equal(espbak_transport_set_lines(transport, false, true, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, true, false, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, true, false, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, false, false, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_baud(transport, 921600, &err), ESPBAK_OK);
    /* 0x00FFFF01: every byte of the value that is an IAC must be doubled. */
    assert_int_equal(espbak_transport_set_baud(transport, 16776961, &err), ESPBAK_OK);
    assert_string_equal(s->log, "rts 1;dtr 1;rts 0;dtr 0;baud 921600;baud 16776961;");
}

static void rfc2217_carries_bytes_lines_and_baud(void **state)
{
    server *s = start((manners){.telnet = true});
    espbak_error err = {0};
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_true(espbak_transport_get_caps(transport)->baud);
    assert_true(espbak_transport_get_caps(transport)->modem_lines);
    assert_true(espbak_transport_get_caps(transport)->remote);
    assert_string_equal(s->log, "dtr 0;baud 115200;rts 0;");
    echo(transport, 100000);
    check_lines_and_baud(s, transport);
    assert_int_equal(espbak_transport_write(transport, "old", 3, in(ESPBAK_S), &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_drain(transport, &err), ESPBAK_OK);
    /* The acknowledged purge comes behind the echo, so not a byte of it is left. */
    assert_int_equal(espbak_transport_discard_input(transport, &err), ESPBAK_OK);
    uint8_t byte;
    size_t got = 1;
    assert_int_equal(espbak_transport_read(transport, &byte, 1, in(50 * ESPBAK_MS), &got, &err), ESPBAK_OK);
    assert_int_equal(got, 0);
    assert_int_equal(espbak_transport_reopen(transport, &err), ESPBAK_OK);
    echo(transport, 1000);
    espbak_transport_close(transport);
    stop(s);
}

static void any_cut_of_the_stream_will_do(void **state)
{
    server *s = start((manners){.telnet = true, .byte_by_byte = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 5000);
    check_lines_and_baud(s, transport);
    espbak_transport_close(transport);
    stop(s);
}

static void data_that_comes_before_an_answer_is_kept(void **state)
{
    server *s = start((manners){.telnet = true});
    espbak_error err = {0};
    uint8_t back[5];
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_int_equal(espbak_transport_write(transport, "hello", 5, in(ESPBAK_S), &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, true, true, &err), ESPBAK_OK);
    for (size_t done = 0, got = 0; done < 5; done += got)
        assert_int_equal(espbak_transport_read(transport, back + done, 5 - done, in(ESPBAK_S), &got, &err), ESPBAK_OK);
    assert_memory_equal(back, "hello", 5);
    espbak_transport_close(transport);
    stop(s);
}

static void a_server_that_renegotiates_for_ever_does_not_stall_us(void **state)
{
    server *s = start((manners){.telnet = true, .renegotiates = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 10000);
    assert_in_range(s->answers, 1, 100);
    espbak_transport_close(transport);
    stop(s);
}

static void an_endless_subnegotiation_is_swallowed(void **state)
{
    server *s = start((manners){.telnet = true, .endless_command = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 1000);
    espbak_transport_close(transport);
    stop(s);
}

static void a_pause_is_respected(void **state)
{
    server *s = start((manners){.telnet = true, .suspends = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 1500);
    espbak_transport_close(transport);
    stop(s);
}

static void a_server_without_the_option_is_named(void **state)
{
    server *s = start((manners){.telnet = true, .refuses_option = true});
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    (void)state;
    assert_int_equal(espbak_transport_open(&transport, s->url, NULL, NULL, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "does not speak RFC 2217"));
    assert_non_null(strstr(err.hint, "socket://"));
    stop(s);
}

static void another_baud_rate_than_asked_for_is_an_error(void **state)
{
    server *s = start((manners){.telnet = true});
    espbak_error err = {0};
    (void)state;
    espbak_transport *transport = open_url(s->url);
    s->manners.baud_answer = 115200;
    assert_int_equal(espbak_transport_set_baud(transport, 921600, &err), ESPBAK_E_LINK);
    assert_non_null(strstr(err.message, "115200"));
    s->manners.baud_answer = 923077; /* what a 48 MHz divider makes of it */
    assert_int_equal(espbak_transport_set_baud(transport, 921600, &err), ESPBAK_OK);
    espbak_transport_close(transport);
    stop(s);
}

/* As Espressif's esp_rfc2217_server does: it resets the chip by itself and confirms no line. */
static void lines_that_are_not_confirmed_are_not_waited_for(void **state)
{
    server *s = start((manners){.telnet = true, .no_control = true});
    espbak_error err = {0};
    char url[128];
    (void)state;
    espbak_time begin = in(0);
    espbak_transport *transport = open_url(s->url);
    assert_true(in(0) - begin < 4 * ESPBAK_S);
    assert_true(espbak_transport_get_caps(transport)->modem_lines);
    /* Releasing RTS would make that server reset the chip. */
    assert_string_equal(s->log, "dtr 0;baud 115200;");
    begin = in(0);
    assert_int_equal(espbak_transport_set_lines(transport, false, true, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, true, false, &err), ESPBAK_OK);
    assert_true(in(0) - begin < 2 * ESPBAK_S);
    echo(transport, 100);
    assert_string_equal(s->log, "dtr 0;baud 115200;rts 1;dtr 1;rts 0;");
    espbak_transport_close(transport);

    s->log[0] = '\0';
    snprintf(url, sizeof(url), "%s?ign_set_control", s->url);
    begin = in(0);
    transport = open_url(url);
    assert_true(in(0) - begin < 2 * ESPBAK_S);
    assert_string_equal(espbak_transport_url(transport), url);
    assert_int_equal(espbak_transport_reopen(transport, &err), ESPBAK_OK);
    espbak_transport_close(transport);
    stop(s);
}

static void on_alarm(int number)
{
    (void)number;
}

/* Every system call that waits is cut short again and again. */
static void signals_do_no_harm(void **state)
{
    const struct sigaction quiet = {.sa_handler = on_alarm}, fallback = {.sa_handler = SIG_DFL};
    const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    (void)state;
    assert_int_equal(sigaction(SIGALRM, &quiet, NULL), 0);
    for (int telnet = 0; telnet < 2; telnet++) {
        server *s = start((manners){.telnet = telnet != 0});
        assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
        espbak_transport *transport = open_url(s->url);
        echo(transport, 100000);
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
        espbak_transport_close(transport);
        stop(s);
    }
    assert_int_equal(sigaction(SIGALRM, &fallback, NULL), 0);
}

static void a_peer_that_takes_nothing_is_noticed(void **state)
{
    static uint8_t block[16 << 20];
    (void)state;
    for (int telnet = 0; telnet < 2; telnet++) {
        server *s = start((manners){.telnet = telnet != 0});
        espbak_error err = {0};
        espbak_transport *transport = open_url(s->url);
        s->manners.deaf = true;
        const espbak_time begin = in(0);
        assert_int_equal(espbak_transport_write(transport, block, sizeof(block), in(300 * ESPBAK_MS), &err),
                         ESPBAK_E_LINK);
        assert_true(in(0) - begin < 1500 * ESPBAK_MS);
        espbak_transport_close(transport);
        s->manners.deaf = false;
        stop(s);
    }
}

static void *cancel_later(void *context)
{
    usleep(300000);
    ((espbak_cancel *)context)->requested = 1;
    return NULL;
}

static void cancelling_ends_every_wait(void **state)
{
    server *s = start((manners){.telnet = true, .silent = true});
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    espbak_cancel cancel = {0};
    pthread_t thread;
    (void)state;
    const espbak_time begin = in(0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, &cancel), 0);
    assert_int_equal(espbak_transport_open(&transport, s->url, NULL, &cancel, &err), ESPBAK_E_CANCELLED);
    assert_true(in(0) - begin < 1500 * ESPBAK_MS);
    pthread_join(thread, NULL);

    cancel.requested = 0;
    s->manners.silent = false;
    assert_int_equal(espbak_transport_open(&transport, s->url, NULL, &cancel, &err), ESPBAK_OK);
    s->manners.silent = true;
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, &cancel), 0);
    assert_int_equal(espbak_transport_set_baud(transport, 9600, &err), ESPBAK_E_CANCELLED);
    pthread_join(thread, NULL);
    espbak_transport_close(transport);
    stop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_carries_bytes),
        cmocka_unit_test(nobody_listening_is_a_port_error),
        cmocka_unit_test(a_closed_connection_is_a_port_error),
        cmocka_unit_test(rfc2217_carries_bytes_lines_and_baud),
        cmocka_unit_test(any_cut_of_the_stream_will_do),
        cmocka_unit_test(data_that_comes_before_an_answer_is_kept),
        cmocka_unit_test(a_server_that_renegotiates_for_ever_does_not_stall_us),
        cmocka_unit_test(an_endless_subnegotiation_is_swallowed),
        cmocka_unit_test(a_pause_is_respected),
        cmocka_unit_test(a_server_without_the_option_is_named),
        cmocka_unit_test(another_baud_rate_than_asked_for_is_an_error),
        cmocka_unit_test(lines_that_are_not_confirmed_are_not_waited_for),
        cmocka_unit_test(signals_do_no_harm),
        cmocka_unit_test(a_peer_that_takes_nothing_is_noticed),
        cmocka_unit_test(cancelling_ends_every_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
