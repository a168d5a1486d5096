/* SPDX-License-Identifier: Apache-2.0 */
/* The chip in the process as a transport: its clock moves only with what is done, and exactly so far. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "espbak/transport.h"
#include "support/group.h"

static espbak_transport *open_sim(const char *url)
{
    espbak_error err = {0};
    espbak_transport *t;
    if (espbak_transport_open(&t, url, NULL, NULL, &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    return t;
}

static void read_until(espbak_transport *t, espbak_time deadline, size_t *total)
{
    espbak_error err = {0};
    uint8_t bytes[512];
    size_t got;
    *total = 0;
    do {
        assert_int_equal(espbak_transport_read(t, bytes, sizeof(bytes), deadline, &got, &err), ESPBAK_OK);
        *total += got;
    } while (got > 0);
}

static void enter_download_mode(espbak_transport *t)
{
    espbak_error err = {0};
    size_t log;
    const espbak_clock *clock = espbak_transport_clock(t);
    assert_int_equal(espbak_transport_set_lines(t, false, true, &err), ESPBAK_OK);
    espbak_clock_sleep(clock, 100 * ESPBAK_MS);
    assert_int_equal(espbak_transport_set_lines(t, true, false, &err), ESPBAK_OK);
    espbak_clock_sleep(clock, 50 * ESPBAK_MS);
    assert_int_equal(espbak_transport_set_lines(t, false, false, &err), ESPBAK_OK);
    read_until(t, espbak_clock_now(clock) + 10 * ESPBAK_MS, &log);
    assert_true(log > 0);
}

static void send_sync(espbak_transport *t)
{
    espbak_error err = {0};
    uint8_t sync[46] = {0xC0, 0, 0x08, 36, 0, 0, 0, 0, 0, 0x07, 0x07, 0x12, 0x20};
    memset(sync + 13, 0x55, 32);
    sync[45] = 0xC0;
    const espbak_time deadline = espbak_clock_now(espbak_transport_clock(t)) + ESPBAK_S;
    assert_int_equal(espbak_transport_write(t, sync, sizeof(sync), deadline, &err), ESPBAK_OK);
}

static void test_time_is_the_lines(void **state)
{
    (void)state;
    espbak_transport *t = open_sim("sim:esp32,baud=real,latency-ms=2");
    const espbak_clock *clock = espbak_transport_clock(t);
    enter_download_mode(t);
    const espbak_time begun = espbak_clock_now(clock);
    assert_int_equal(espbak_clock_now(clock), begun); /* looking takes no time */
    send_sync(t);
    assert_int_equal(espbak_clock_now(clock), begun);
    espbak_error err = {0};
    uint8_t byte;
    size_t got, total;
    assert_int_equal(espbak_transport_read(t, &byte, 1, begun + ESPBAK_S, &got, &err), ESPBAK_OK);
    assert_int_equal(got, 1);
    /* 46 bytes there, one back, twice the latency */
    assert_in_range(espbak_clock_now(clock) - begun, 8079, 8081);
    read_until(t, begun + ESPBAK_S, &total);
    assert_int_equal(total, 8 * 14 - 1);
    assert_int_equal(espbak_clock_now(clock), begun + ESPBAK_S); /* silence lasts until the deadline */
    espbak_clock_sleep(clock, 1234);
    assert_int_equal(espbak_clock_now(clock), begun + ESPBAK_S + 1234);
    espbak_transport_close(t);
}

static void test_polling_moves_time(void **state)
{
    (void)state;
    espbak_transport *t = open_sim("sim:esp32");
    const espbak_clock *clock = espbak_transport_clock(t);
    const espbak_time begun = espbak_clock_now(clock);
    espbak_error err = {0};
    uint8_t bytes[512];
    size_t got;
    for (int i = 0; i < 100; i++)
        assert_int_equal(espbak_transport_read(t, bytes, sizeof(bytes), 0, &got, &err), ESPBAK_OK);
    assert_true(espbak_clock_now(clock) > begun);
    espbak_transport_close(t);
}

static void test_same_again(void **state)
{
    (void)state;
    espbak_time ends[2];
    for (int run = 0; run < 2; run++) {
        espbak_transport *t = open_sim("sim:esp32s3,baud=real,fault=drop.from:0.05,seed=5");
        size_t total;
        enter_download_mode(t);
        for (int i = 0; i < 5; i++) {
            send_sync(t);
            read_until(t, espbak_clock_now(espbak_transport_clock(t)) + 30 * ESPBAK_MS, &total);
        }
        ends[run] = espbak_clock_now(espbak_transport_clock(t)) * 1000 + (espbak_time)total;
        espbak_transport_close(t);
    }
    assert_int_equal(ends[0], ends[1]);
}

static void test_what_it_is(void **state)
{
    (void)state;
    espbak_transport *t = open_sim("sim:esp32s3,usb=jtag");
    assert_true(espbak_transport_get_usb(t)->known);
    assert_int_equal(espbak_transport_get_usb(t)->vid, 0x303A);
    assert_int_equal(espbak_transport_get_usb(t)->pid, 0x1001);
    assert_false(espbak_transport_get_caps(t)->baud);
    assert_string_equal(espbak_transport_url(t), "sim:esp32s3,usb=jtag");
    espbak_transport_close(t);
    t = open_sim("sim:esp32s2,usb=otg");
    assert_int_equal(espbak_transport_get_usb(t)->pid, 2);
    espbak_transport_close(t);
    t = open_sim("sim:esp32");
    assert_false(espbak_transport_get_usb(t)->known);
    assert_true(espbak_transport_get_caps(t)->baud && espbak_transport_get_caps(t)->modem_lines);
    espbak_transport_close(t);
}

static void test_bad_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        espbak_status status;
    } rows[] = {
        {"sim:", ESPBAK_E_USAGE},
        {"sim:esp99", ESPBAK_E_USAGE},
        {"sim:esp32,size=3M", ESPBAK_E_USAGE},
        {"sim:esp32,flash=no/such/folder/x.bin", ESPBAK_E_FILE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_error err = {0};
        espbak_transport *t;
        assert_int_equal(espbak_transport_open(&t, rows[i].url, NULL, NULL, &err), rows[i].status);
        assert_null(t);
        assert_true(err.message[0] != '\0');
    }
}

TEST_GROUP(sim)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_is_the_lines), cmocka_unit_test(test_polling_moves_time),
        cmocka_unit_test(test_same_again),        cmocka_unit_test(test_what_it_is),
        cmocka_unit_test(test_bad_urls),
    };
    return RUN_GROUP(tests);
}
