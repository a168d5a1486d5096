/* SPDX-License-Identifier: Apache-2.0 */
/* The line and the buttons: byte times, rates, the FIFO, modem lines, USB, the watchdog. */
#include "support/group.h"
#include "support/sim_wire.h"

static const char *state_after(wire *w, const uint8_t (*steps)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sim_device_set_lines(w->device, steps[i][0] != 0, steps[i][1] != 0, w->now);
        wire_wait(w, i + 1 < count ? 0 : 50LL * SIM_MS);
    }
    return sim_device_state(w->device);
}

/* DTR and RTS: RTS alone resets, DTR alone holds the boot pin; both at once are as none. */
static void test_modem_lines(void **state)
{
    (void)state;
    static const struct {
        uint8_t steps[4][2];
        size_t count;
        const char *then;
    } rows[] = {
        {{{0, 1}}, 1, "reset"},
        {{{0, 1}, {0, 0}}, 2, "app"},
        {{{0, 1}, {1, 1}}, 2, "app"},
        {{{0, 1}, {1, 0}}, 2, "download"},
        {{{0, 1}, {1, 1}, {1, 0}}, 3, "download"}, /* classic: the pin falls before EN has risen */
        {{{1, 1}, {0, 1}, {1, 0}, {1, 0}}, 4, "download"},
        {{{1, 0}}, 1, "app"}, /* no reset, so the pin does not matter */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, "esp32");
        wire_wait(&w, 100LL * SIM_MS);
        assert_string_equal(sim_device_state(w.device), "app");
        assert_string_equal(state_after(&w, rows[i].steps, rows[i].count), rows[i].then);
        wire_close(&w);
    }
}

/* With too long a pause between the two lines the chip starts in between, in the wrong mode. */
static void test_slow_lines_miss(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32");
    sim_device_set_lines(w.device, false, true, 0);
    wire_wait(&w, 100LL * SIM_MS);
    sim_device_set_lines(w.device, true, true, w.now);
    wire_wait(&w, 20LL * SIM_MS);
    sim_device_set_lines(w.device, true, false, w.now);
    wire_wait(&w, 50LL * SIM_MS);
    assert_string_equal(sim_device_state(w.device), "app");
    wire_close(&w);
}

/* USB-Serial-JTAG: ESP32-S3 TRM, reset into download mode; the classic way does not work there. */
static void test_usb_lines(void **state)
{
    (void)state;
    static const uint8_t download[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
    static const uint8_t plain[][2] = {{0, 0}, {0, 1}, {0, 0}};
    static const char *const chips[] = {"esp32s3,usb=jtag", "esp32s2,usb=otg", "esp32c6,usb=jtag"};
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
        wire w;
        wire_open(&w, chips[i]);
        wire_wait(&w, 100LL * SIM_MS);
        for (size_t k = 0; k < sizeof(download) / sizeof(download[0]); k++) {
            sim_device_set_lines(w.device, download[k][0] != 0, download[k][1] != 0, w.now);
            wire_wait(&w, 1LL * SIM_MS);
        }
        wire_wait(&w, 50LL * SIM_MS);
        assert_string_equal(sim_device_state(w.device), "download");
        (void)wire_sync(&w);
        assert_string_equal(state_after(&w, plain, 3), "app");
        wire_close(&w);
    }
}

/* Over USB-Serial-JTAG the application's watchdog goes on in download mode until somebody stops it. */
static void test_watchdog_over_usb(void **state)
{
    (void)state;
    static const uint8_t download[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
    for (int stopped = 0; stopped < 2; stopped++) {
        wire w;
        wire_open(&w, "esp32c3,usb=jtag");
        wire_wait(&w, 100LL * SIM_MS);
        assert_string_equal(state_after(&w, download, 5), "download");
        (void)wire_sync(&w);
        if (stopped != 0) {
            wire_words(&w, 0x09, 4, 0x600080A8u, 0x50D83AA1u, UINT32_MAX, 0u);
            assert_int_equal(wire_status(&w, 0x09, 0), 0);
            wire_words(&w, 0x09, 4, 0x60008090u, 0u, UINT32_MAX, 0u);
            assert_int_equal(wire_status(&w, 0x09, 0), 0);
        }
        wire_wait(&w, 10000LL * SIM_MS);
        assert_string_equal(sim_device_state(w.device), stopped != 0 ? "download" : "app");
        wire_close(&w);
    }
}

static void test_watchdog(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32c3");
    wire_reset(&w);
    (void)wire_sync(&w);
    static const uint32_t config0 = 0x60008090, config1 = 0x60008094, protect = 0x600080A8;
    wire_words(&w, 0x09, 4, config1, 2000u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(&w, 0x09, 0), 0);
    wire_words(&w, 0x09, 4, config0, 0xD0000102u, UINT32_MAX, 0u); /* locked: nothing happens */
    assert_int_equal(wire_status(&w, 0x09, 0), 0);
    wire_wait(&w, 500LL * SIM_MS);
    assert_string_equal(sim_device_state(w.device), "download");
    wire_words(&w, 0x09, 4, protect, 0x50D83AA1u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(&w, 0x09, 0), 0);
    wire_words(&w, 0x09, 4, config1, 2000u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(&w, 0x09, 0), 0);
    wire_words(&w, 0x09, 4, config0, 0xD0000102u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(&w, 0x09, 0), 0);
    wire_wait(&w, 500LL * SIM_MS);
    assert_string_equal(sim_device_state(w.device), "app");
    wire_close(&w);
}

/* 14 bytes there and 14 back at 115200, and the latency both ways. */
static void test_times_are_exact(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32,baud=real,latency-ms=3");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_wait(&w, 100LL * SIM_MS);
    const sim_time begun = w.now;
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    const sim_time byte = 10 * 1000000000LL / 115200;
    assert_int_equal(w.now - begun, 28 * byte + 6LL * SIM_MS);
    wire_close(&w);
}

static void test_wrong_rate_is_garbage(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32c3");
    wire_reset(&w);
    (void)wire_sync(&w);
    (void)sim_device_set_baud(w.device, 118000, w.now); /* 2.4 %: passes */
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    (void)sim_device_set_baud(w.device, 122000, w.now); /* 5.9 % */
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_false(wire_frame(&w, 500LL * SIM_MS));
    (void)sim_device_set_baud(w.device, 115200, w.now);
    wire_words(&w, 0x0F, 2, 230400u, 0u);
    assert_int_equal(wire_status(&w, 0x0F, 0), 0);
    (void)sim_device_set_baud(w.device, 230400, w.now);
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    wire_close(&w);
}

/* An adapter makes the nearest rate that it can, and refuses what is above its limit. */
static void test_adapters_make_what_they_can(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t asked, made;
    } rows[] = {
        {"cp2102", 1000000, 1000000},  {"cp2102", 1500000, 0},         {"cp2102n", 921600, 923076},
        {"cp2102n", 3000000, 3000000}, {"cp2102n", 3000001, 0},        {"ch340", 3000000, 3000000},
        {"ch340", 4000000, 0},         {"ch9102", 4000000, 4000000},   {"ft232r", 2500000, 2000000},
        {"ft232h", 5000000, 5052631},  {"ft232h", 12000000, 12000000}, {"pl2303", 5000000, 4987012},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(sim_bridge_rate(sim_bridge_by_name(rows[i].name), rows[i].asked), rows[i].made);
    const sim_bridge *ch340 = sim_bridge_by_name("ch340");
    assert_true(sim_bridge_damage(ch340, 2000000) == 0);
    assert_true(sim_bridge_damage(ch340, 3000000) > sim_bridge_damage(ch340, 2500000));
    wire w;
    wire_open(&w, "esp32c3,bridge=cp2102");
    assert_false(sim_device_set_baud(w.device, 2000000, w.now));
    assert_true(sim_device_set_baud(w.device, 921600, w.now));
    wire_close(&w);
}

/* The rate that ROMs set is off where they mistake their crystal; see esptool's change_baud of each. */
static void test_roms_mistake_their_crystal(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        uint32_t asked;
    } rows[] = {
        {"esp32c2", 230400 * 40 / 26}, {"esp32c2,crystal=40", 230400},
        {"esp32c5", 230400 * 40 / 48}, {"esp32c5,crystal=40", 230400},
        {"esp32c6", 230400},           {"esp32", 238464},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, rows[i].chip);
        wire_reset(&w);
        (void)wire_sync(&w);
        wire_words(&w, 0x0F, 2, rows[i].asked, 0u);
        assert_int_equal(wire_status(&w, 0x0F, 0), 0);
        (void)sim_device_set_baud(w.device, 230400, w.now);
        wire_words(&w, 0x0A, 1, 0x40001000u);
        assert_int_equal(wire_status(&w, 0x0A, 0), 0);
        wire_close(&w);
    }
}

/* The ROM is deaf while it hashes: 128 bytes wait, the rest is lost. */
static void test_fifo_overflows(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32,baud=real,flash-time=default");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x0D, 2, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x0D, 0), 0);
    wire_words(&w, 0x13, 4, 0u, 0x100000u, 0u, 0u); /* 0.7 s */
    for (int i = 0; i < 9; i++)                     /* 14 bytes each: 126 */
        wire_words(&w, 0x0A, 1, 0x40001000u);
    wire_wait(&w, 500LL * SIM_MS);
    assert_int_equal(sim_device_overflows(w.device), 0);
    wire_words(&w, 0x0A, 1, 0x40001000u);
    wire_wait(&w, 100LL * SIM_MS);
    assert_int_equal(sim_device_overflows(w.device), 12);
    assert_int_equal(wire_status(&w, 0x13, 32), 0);
    for (int i = 0; i < 9; i++)
        assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    assert_false(wire_frame(&w, 500LL * SIM_MS));
    wire_close(&w);
}

static void test_boot_log(void **state)
{
    (void)state;
    uint8_t log[512] = {0};
    wire w;
    wire_open(&w, "esp32c3");
    sim_device_set_lines(w.device, false, true, 0);
    wire_wait(&w, 1LL * SIM_MS);
    wire_drain(&w);
    sim_device_set_lines(w.device, true, false, w.now);
    wire_wait(&w, 50LL * SIM_MS);
    (void)sim_device_take(w.device, log, sizeof(log) - 1, w.now);
    assert_non_null(strstr((char *)log, "boot:0x"));
    assert_non_null(strstr((char *)log, "waiting for download"));
    wire_close(&w);
}

static void test_same_seed_same_damage(void **state)
{
    (void)state;
    size_t sizes[2];
    uint8_t seen[2][4096];
    for (int run = 0; run < 2; run++) {
        wire w;
        wire_open(&w, "esp32,fault=flip.from:0.01+drop.from:0.01,seed=7");
        wire_reset(&w);
        for (int i = 0; i < 10; i++) {
            uint8_t data[36] = {0x07, 0x07, 0x12, 0x20};
            memset(data + 4, 0x55, 32);
            wire_send(&w, 0x08, data, sizeof(data), 0);
        }
        wire_wait(&w, 100LL * SIM_MS);
        sizes[run] = sim_device_take(w.device, seen[run], sizeof(seen[run]), w.now);
        wire_close(&w);
    }
    assert_true(sizes[0] > 900 && sizes[0] < 10 * 8 * 14);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(seen[0], seen[1], sizes[0]);
}

TEST_GROUP(line)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modem_lines),
        cmocka_unit_test(test_slow_lines_miss),
        cmocka_unit_test(test_usb_lines),
        cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_watchdog_over_usb),
        cmocka_unit_test(test_times_are_exact),
        cmocka_unit_test(test_wrong_rate_is_garbage),
        cmocka_unit_test(test_adapters_make_what_they_can),
        cmocka_unit_test(test_roms_mistake_their_crystal),
        cmocka_unit_test(test_fifo_overflows),
        cmocka_unit_test(test_boot_log),
        cmocka_unit_test(test_same_seed_same_damage),
    };
    return RUN_GROUP(tests);
}
