/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "device/session.h"
#include "espbak/flash.h"
#include "support/group.h"

/* Reading and writing against the simulated chip, on simulated time: what it must be worth on a line. */

enum { KIB = 1024, MIB = 1024 * 1024 };

static const char image_path[] = "test_flash_sim.bin";

typedef struct visit {
    espbak_session *session;
    espbak_error err;
} visit;

/* A file of `size` bytes that no two blocks of which are alike. */
static uint8_t *make_image(size_t size)
{
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    uint32_t noise = 7;
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(noise >> 24);
    }
    FILE *file = fopen(image_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static bool image_equals(const uint8_t *bytes, size_t size)
{
    uint8_t *found = malloc(size);
    assert_non_null(found);
    FILE *file = fopen(image_path, "rb");
    assert_non_null(file);
    const size_t got = fread(found, 1, size, file);
    fclose(file);
    const bool same = got == size && memcmp(found, bytes, size) == 0;
    free(found);
    return same;
}

/* False when the loader asked for is not to be had in this build: no stub embedded. */
static bool enter(visit *v, const char *chip, const char *options, espbak_loader loader, uint32_t baud)
{
    char url[256];
    snprintf(url, sizeof(url), "sim:%s,flash=%s,stub-kind=%s%s", chip, image_path,
             loader == ESPBAK_LOADER_STUB_LEGACY ? "legacy" : "current", options);
    const espbak_session_options o = {.port = url, .baud = baud, .no_stub = loader == ESPBAK_LOADER_ROM};
    memset(v, 0, sizeof(*v));
    const espbak_status status = espbak_session_open(&v->session, &o, &v->err);
    if (status != ESPBAK_OK)
        print_message("%s\n", v->err.message);
    assert_int_equal(status, ESPBAK_OK);
    if (loader != ESPBAK_LOADER_ROM && !session_has_stub(v->session)) {
        espbak_session_close(v->session);
        return false;
    }
    v->session->info.link.loader = loader;
    return true;
}

static espbak_status collect(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    memcpy((uint8_t *)user + offset, data, size);
    return ESPBAK_OK;
}

static espbak_status supply(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    memcpy(data, (const uint8_t *)user + offset, size);
    return ESPBAK_OK;
}

/* Seconds that a read took on the simulated line; what came is compared. */
static double read_time(visit *v, const uint8_t *expected, size_t offset, size_t size)
{
    uint8_t *got = malloc(offset + size);
    assert_non_null(got);
    const espbak_clock *clock = espbak_transport_clock(v->session->transport);
    const espbak_time begun = espbak_clock_now(clock);
    const espbak_status status = espbak_flash_read(v->session, offset, size, NULL, collect, got, &v->err);
    if (status != ESPBAK_OK)
        print_message("%s\n", v->err.message);
    assert_int_equal(status, ESPBAK_OK);
    const double took = (double)(espbak_clock_now(clock) - begun) / ESPBAK_S;
    assert_memory_equal(got + offset, expected + offset, size);
    free(got);
    return took;
}

/* What the line needs for the payload with its SLIP bytes. */
static double line_limit(const uint8_t *bytes, size_t size, uint32_t baud)
{
    size_t wire = size + 2 * (size / 4096);
    for (size_t i = 0; i < size; i++)
        wire += bytes[i] == SLIP_END || bytes[i] == SLIP_ESC;
    return (double)wire * 10 / baud;
}

static void test_reads_run_at_the_speed_of_the_line(void **state)
{
    (void)state;
    static const struct {
        espbak_loader loader;
        uint32_t baud;
        unsigned latency;
        size_t size;
        double ratio;
    } rows[] = {
        {ESPBAK_LOADER_STUB_CURRENT, 115200, 1, 128 * KIB, 0.985},
        {ESPBAK_LOADER_STUB_CURRENT, 115200, 16, 128 * KIB, 0.985},
        {ESPBAK_LOADER_STUB_CURRENT, 921600, 1, 512 * KIB, 0.985},
        {ESPBAK_LOADER_STUB_CURRENT, 921600, 16, MIB, 0.985},
        {ESPBAK_LOADER_STUB_LEGACY, 115200, 16, 128 * KIB, 0.985},
        {ESPBAK_LOADER_STUB_LEGACY, 921600, 1, 512 * KIB, 0.985},
        {ESPBAK_LOADER_STUB_LEGACY, 921600, 16, MIB, 0.985},
        {ESPBAK_LOADER_ROM, 115200, 1, 64 * KIB, 0.75},
        {ESPBAK_LOADER_ROM, 115200, 16, 64 * KIB, 0.75},
    };
    uint8_t *image = make_image(4 * MIB);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char options[80];
        snprintf(options, sizeof(options), ",baud=real,latency-ms=%u,flash-time=none", rows[i].latency);
        visit v;
        if (!enter(&v, "esp32", options, rows[i].loader, rows[i].baud))
            continue;
        const double took = read_time(&v, image, 0, rows[i].size);
        const double ratio = line_limit(image, rows[i].size, rows[i].baud) / took;
        if (ratio < rows[i].ratio)
            print_message("row %zu: %.4f\n", i, ratio);
        assert_true(ratio >= rows[i].ratio);
        assert_int_equal(espbak_session_get_stats(v.session).retries, 0);
        espbak_session_close(v.session);
    }
    free(image);
    remove(image_path);
}

static void test_a_noisy_line_costs_time_but_no_byte(void **state)
{
    (void)state;
    static const char *const faults[] = {"flip:1e-5", "drop.from:1e-5", "insert.from:1e-5"};
    static const espbak_loader loaders[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};
    uint8_t *image = make_image(4 * MIB);
    for (size_t f = 0; f < sizeof(faults) / sizeof(faults[0]); f++) {
        unsigned retries = 0;
        for (size_t k = 0; k < 3; k++) {
            char options[80];
            snprintf(options, sizeof(options), ",seed=4,fault=%s", faults[f]);
            visit v;
            if (!enter(&v, "esp32", options, loaders[k], 921600))
                continue;
            (void)read_time(&v, image, 0x3210, 256 * KIB);
            retries += espbak_session_get_stats(v.session).retries;
            espbak_session_close(v.session);
        }
        assert_true(retries > 0);
    }
    free(image);
    remove(image_path);
}

static void test_what_is_written_is_there_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        espbak_loader loader;
        bool plain;
    } rows[] = {
        {"esp32", ESPBAK_LOADER_STUB_CURRENT, false}, {"esp32", ESPBAK_LOADER_STUB_CURRENT, true},
        {"esp32", ESPBAK_LOADER_STUB_LEGACY, false},  {"esp32", ESPBAK_LOADER_STUB_LEGACY, true},
        {"esp32", ESPBAK_LOADER_ROM, false},          {"esp32", ESPBAK_LOADER_ROM, true},
        {"esp32c3", ESPBAK_LOADER_ROM, false},        {"esp8266", ESPBAK_LOADER_ROM, true},
    };
    enum { OFFSET = 0xF000, SIZE = 0x12345, END = 0x22000 };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *image = make_image(MIB);
        visit v;
        if (enter(&v, rows[i].chip, "", rows[i].loader, 0)) {
            memset(image + OFFSET, 0xFF, END - OFFSET);
            for (size_t at = OFFSET; at < OFFSET + SIZE; at++)
                image[at] = (uint8_t)((uint8_t)"written"[at % 7] ^ (at >> 12));
            const espbak_flash_write_options o = {.compress_off = rows[i].plain};
            assert_int_equal(espbak_flash_write(v.session, OFFSET, SIZE, &o, supply, image, &v.err), ESPBAK_OK);
            espbak_session_close(v.session);
            assert_true(image_equals(image, MIB));
        }
        free(image);
    }
    remove(image_path);
}

static void test_a_noisy_line_spoils_no_write(void **state)
{
    (void)state;
    static const char *const faults[] = {"flip:2e-5", "drop:2e-5", "insert.to:3e-5"};
    static const espbak_loader loaders[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};
    for (size_t i = 0; i < 9; i++) {
        uint8_t *image = make_image(MIB);
        char options[80];
        snprintf(options, sizeof(options), ",seed=1,fault=%s", faults[i / 3]);
        visit v;
        if (enter(&v, "esp32", options, loaders[i % 3], 921600)) {
            memmove(image + 0x9000, image + 0x80000, 0x40000);
            const espbak_status status = espbak_flash_write(v.session, 0x9000, 0x40000, NULL, supply, image, &v.err);
            if (status != ESPBAK_OK)
                print_message("%s: %s\n", options, v.err.message);
            assert_int_equal(status, ESPBAK_OK);
            espbak_session_close(v.session);
            assert_true(image_equals(image, MIB));
        }
        free(image);
    }
    remove(image_path);
}

static void test_erase_takes_its_sectors_only(void **state)
{
    (void)state;
    static const espbak_loader loaders[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};
    for (size_t k = 0; k < 3; k++) {
        uint8_t *image = make_image(MIB);
        visit v;
        if (enter(&v, "esp32", "", loaders[k], 0)) {
            memset(image + 0x7000, 0xFF, 0x2B000);
            assert_int_equal(espbak_flash_erase(v.session, 0x7000, 0x2B000, &v.err), ESPBAK_OK);
            espbak_session_close(v.session);
            assert_true(image_equals(image, MIB));
        }
        free(image);
    }
    remove(image_path);
}

static void test_above_16_mib(void **state)
{
    (void)state;
    uint8_t *image = make_image(32 * MIB);
    visit v;
    if (enter(&v, "esp32s3", "", ESPBAK_LOADER_STUB_CURRENT, 0)) {
        (void)read_time(&v, image, 16 * MIB - 4096, 128 * KIB);
        uint8_t md5[16], expected[16];
        assert_int_equal(espbak_flash_md5(v.session, 20 * MIB, 65536, md5, &v.err), ESPBAK_OK);
        assert_int_equal(digest_of(DIGEST_MD5, image + 20 * MIB, 65536, expected, &v.err), ESPBAK_OK);
        assert_memory_equal(md5, expected, 16);
        espbak_session_close(v.session);
    }
    assert_true(enter(&v, "esp32s3", "", ESPBAK_LOADER_ROM, 0));
    assert_int_equal(espbak_flash_read(v.session, 16 * MIB, 4096, NULL, collect, image, &v.err), ESPBAK_E_UNSUPPORTED);
    assert_non_null(strstr(v.err.message, "wrap around"));
    assert_int_equal(espbak_flash_erase(v.session, 16 * MIB, 4096, &v.err), ESPBAK_E_UNSUPPORTED);
    assert_false(v.err.flash_changed);
    espbak_session_close(v.session);
    free(image);
    remove(image_path);
}

TEST_GROUP(flash_sim)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_run_at_the_speed_of_the_line),
        cmocka_unit_test(test_a_noisy_line_costs_time_but_no_byte),
        cmocka_unit_test(test_what_is_written_is_there_and_nothing_else),
        cmocka_unit_test(test_a_noisy_line_spoils_no_write),
        cmocka_unit_test(test_erase_takes_its_sectors_only),
        cmocka_unit_test(test_above_16_mib),
    };
    return RUN_GROUP(tests);
}
