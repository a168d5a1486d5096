/* SPDX-License-Identifier: Apache-2.0 */
/* socket:// and rfc2217:// against servers in a thread of the test, well-behaved and not. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "espbak/transport.h"
#include "net_server.h"
#include "support/group.h"
#include "support/real_time.h"

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
    const espbak_time deadline = time_in(20 * ESPBAK_S);
    while (done < size) {
        const size_t part = size - out < 700 ? size - out : 700;
        if (part > 0 && out - done < 4096) {
            assert_int_equal(espbak_transport_write(transport, sent + out, part, deadline, &err), ESPBAK_OK);
            out += part;
        }
        assert_int_equal(espbak_transport_read(transport, back + done, size - done, time_in(5 * ESPBAK_MS), &got, &err),
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
    server *s = server_start((manners){.telnet = false});
    espbak_error err = {0};
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_false(espbak_transport_get_caps(transport)->baud);
    assert_false(espbak_transport_get_caps(transport)->modem_lines);
    echo(transport, 100000);
    assert_int_equal(espbak_transport_write(transport, "old", 3, time_in(ESPBAK_S), &err), ESPBAK_OK);
    usleep(50000);
    assert_int_equal(espbak_transport_discard_input(transport, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_reopen(transport, &err), ESPBAK_OK);
    echo(transport, 1000);
    espbak_transport_close(transport);
    server_stop(s);
}

static void nobody_listening_is_a_port_error(void **state)
{
    server *s = server_start((manners){.telnet = false});
    char url[64];
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    (void)state;
    snprintf(url, sizeof(url), "%s", s->url);
    server_stop(s);
    assert_int_equal(espbak_transport_open(&transport, url, NULL, NULL, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.hint, "nothing listens"));
    espbak_error_clear(&err);
    assert_int_equal(espbak_transport_open(&transport, "socket://no-such-host.invalid:1", NULL, NULL, &err),
                     ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "no-such-host.invalid"));
}

static void a_closed_connection_is_a_port_error(void **state)
{
    server *s = server_start((manners){.closes_at_once = true});
    espbak_error err = {0};
    uint8_t buffer[8];
    size_t got = 0;
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_int_equal(espbak_transport_read(transport, buffer, sizeof(buffer), time_in(5 * ESPBAK_S), &got, &err),
                     ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "closed the connection"));
    espbak_transport_close(transport);
    server_stop(s);
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
    server *s = server_start((manners){.telnet = true});
    espbak_error err = {0};
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_true(espbak_transport_get_caps(transport)->baud);
    assert_true(espbak_transport_get_caps(transport)->modem_lines);
    assert_true(espbak_transport_get_caps(transport)->remote);
    assert_string_equal(s->log, "dtr 0;baud 115200;rts 0;");
    echo(transport, 100000);
    check_lines_and_baud(s, transport);
    assert_int_equal(espbak_transport_write(transport, "old", 3, time_in(ESPBAK_S), &err), ESPBAK_OK);
    /* The acknowledged purge comes behind the echo, so not a byte of it is left. */
    assert_int_equal(espbak_transport_discard_input(transport, &err), ESPBAK_OK);
    uint8_t byte;
    size_t got = 1;
    assert_int_equal(espbak_transport_read(transport, &byte, 1, time_in(50 * ESPBAK_MS), &got, &err), ESPBAK_OK);
    assert_int_equal(got, 0);
    assert_int_equal(espbak_transport_reopen(transport, &err), ESPBAK_OK);
    echo(transport, 1000);
    espbak_transport_close(transport);
    server_stop(s);
}

static void any_cut_of_the_stream_will_do(void **state)
{
    server *s = server_start((manners){.telnet = true, .byte_by_byte = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 5000);
    check_lines_and_baud(s, transport);
    espbak_transport_close(transport);
    server_stop(s);
}

static void data_that_comes_before_an_answer_is_kept(void **state)
{
    server *s = server_start((manners){.telnet = true});
    espbak_error err = {0};
    uint8_t back[5];
    (void)state;
    espbak_transport *transport = open_url(s->url);
    assert_int_equal(espbak_transport_write(transport, "hello", 5, time_in(ESPBAK_S), &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, true, true, &err), ESPBAK_OK);
    for (size_t done = 0, got = 0; done < 5; done += got)
        assert_int_equal(espbak_transport_read(transport, back + done, 5 - done, time_in(ESPBAK_S), &got, &err),
                         ESPBAK_OK);
    assert_memory_equal(back, "hello", 5);
    espbak_transport_close(transport);
    server_stop(s);
}

static void a_server_that_renegotiates_for_ever_does_not_stall_us(void **state)
{
    server *s = server_start((manners){.telnet = true, .renegotiates = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 10000);
    assert_in_range(s->answers, 1, 100);
    espbak_transport_close(transport);
    server_stop(s);
}

static void an_endless_subnegotiation_is_swallowed(void **state)
{
    server *s = server_start((manners){.telnet = true, .endless_command = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 1000);
    espbak_transport_close(transport);
    server_stop(s);
}

static void a_pause_is_respected(void **state)
{
    server *s = server_start((manners){.telnet = true, .suspends = true});
    (void)state;
    espbak_transport *transport = open_url(s->url);
    echo(transport, 1500);
    espbak_transport_close(transport);
    server_stop(s);
}

static void a_server_without_the_option_is_named(void **state)
{
    server *s = server_start((manners){.telnet = true, .refuses_option = true});
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    (void)state;
    assert_int_equal(espbak_transport_open(&transport, s->url, NULL, NULL, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "does not speak RFC 2217"));
    assert_non_null(strstr(err.hint, "socket://"));
    server_stop(s);
}

static void another_baud_rate_than_asked_for_is_an_error(void **state)
{
    server *s = server_start((manners){.telnet = true});
    espbak_error err = {0};
    (void)state;
    espbak_transport *transport = open_url(s->url);
    s->manners.baud_answer = 115200;
    assert_int_equal(espbak_transport_set_baud(transport, 921600, &err), ESPBAK_E_LINK);
    assert_non_null(strstr(err.message, "115200"));
    s->manners.baud_answer = 923077; /* what a 48 MHz divider makes of it */
    assert_int_equal(espbak_transport_set_baud(transport, 921600, &err), ESPBAK_OK);
    espbak_transport_close(transport);
    server_stop(s);
}

/* As Espressif's esp_rfc2217_server does: it resets the chip by itself and confirms no line. */
static void lines_that_are_not_confirmed_are_not_waited_for(void **state)
{
    server *s = server_start((manners){.telnet = true, .no_control = true});
    espbak_error err = {0};
    char url[128];
    (void)state;
    espbak_time begin = time_in(0);
    espbak_transport *transport = open_url(s->url);
    assert_true(time_in(0) - begin < 4 * ESPBAK_S);
    assert_true(espbak_transport_get_caps(transport)->modem_lines);
    /* Releasing RTS would make that server reset the chip. */
    assert_string_equal(s->log, "dtr 0;baud 115200;");
    begin = time_in(0);
    assert_int_equal(espbak_transport_set_lines(transport, false, true, &err), ESPBAK_OK);
    assert_int_equal(espbak_transport_set_lines(transport, true, false, &err), ESPBAK_OK);
    assert_true(time_in(0) - begin < 2 * ESPBAK_S);
    echo(transport, 100);
    assert_string_equal(s->log, "dtr 0;baud 115200;rts 1;dtr 1;rts 0;");
    espbak_transport_close(transport);

    s->log[0] = '\0';
    snprintf(url, sizeof(url), "%s?ign_set_control", s->url);
    begin = time_in(0);
    transport = open_url(url);
    assert_true(time_in(0) - begin < 2 * ESPBAK_S);
    assert_string_equal(espbak_transport_url(transport), url);
    assert_int_equal(espbak_transport_reopen(transport, &err), ESPBAK_OK);
    espbak_transport_close(transport);
    server_stop(s);
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
        server *s = server_start((manners){.telnet = telnet != 0});
        assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
        espbak_transport *transport = open_url(s->url);
        echo(transport, 100000);
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
        espbak_transport_close(transport);
        server_stop(s);
    }
    assert_int_equal(sigaction(SIGALRM, &fallback, NULL), 0);
}

static void a_peer_that_takes_nothing_is_noticed(void **state)
{
    static uint8_t block[16 << 20];
    (void)state;
    for (int telnet = 0; telnet < 2; telnet++) {
        server *s = server_start((manners){.telnet = telnet != 0});
        espbak_error err = {0};
        espbak_transport *transport = open_url(s->url);
        s->manners.deaf = true;
        const espbak_time begin = time_in(0);
        assert_int_equal(espbak_transport_write(transport, block, sizeof(block), time_in(300 * ESPBAK_MS), &err),
                         ESPBAK_E_LINK);
        assert_true(time_in(0) - begin < 1500 * ESPBAK_MS);
        espbak_transport_close(transport);
        s->manners.deaf = false;
        server_stop(s);
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
    server *s = server_start((manners){.telnet = true, .silent = true});
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    espbak_cancel cancel = {0};
    pthread_t thread;
    (void)state;
    const espbak_time begin = time_in(0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, &cancel), 0);
    assert_int_equal(espbak_transport_open(&transport, s->url, NULL, &cancel, &err), ESPBAK_E_CANCELLED);
    assert_true(time_in(0) - begin < 1500 * ESPBAK_MS);
    pthread_join(thread, NULL);

    cancel.requested = 0;
    s->manners.silent = false;
    assert_int_equal(espbak_transport_open(&transport, s->url, NULL, &cancel, &err), ESPBAK_OK);
    s->manners.silent = true;
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, &cancel), 0);
    assert_int_equal(espbak_transport_set_baud(transport, 9600, &err), ESPBAK_E_CANCELLED);
    pthread_join(thread, NULL);
    espbak_transport_close(transport);
    server_stop(s);
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
