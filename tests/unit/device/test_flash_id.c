/* SPDX-License-Identifier: Apache-2.0 */
#include "support/group.h"
#include "support/hand_session.h"
#include "support/sim_session.h"

#include "base/bytes.h"
#include "device/flash/identify/id.h"
#include "device/flash/identify/spi.h"

#define MB(n) ((uint64_t)(n) << 20)

static sim_log log_;

static espbak_session *open_sim(const char *url, const espbak_session_options *more, espbak_status expected,
                                espbak_error *err)
{
    espbak_session_options options = *more;
    espbak_session *session = NULL;
    sim_log_init(&log_);
    memset(err, 0, sizeof(*err));
    options.port = url;
    options.events = &log_.events;
    assert_int_equal(espbak_session_open(&session, &options, err), expected);
    return session;
}

static void expect_size(const char *url, const espbak_session_options *options, uint64_t size,
                        espbak_size_source source, uint64_t addressable)
{
    espbak_error err;
    espbak_session *const session = open_sim(url, options, ESPBAK_OK, &err);
    assert_non_null(session);
    assert_int_equal(espbak_session_device(session)->flash.size, size);
    assert_int_equal(espbak_session_device(session)->flash.size_source, source);
    assert_int_equal(session->flash->addressable, addressable);
    espbak_session_close(session);
}

static void test_jedec_sizes(void **state)
{
    (void)state;
    assert_int_equal(flash_size_from_jedec(0xEF4012), 256 * 1024);
    assert_int_equal(flash_size_from_jedec(0xEF4018), MB(16));
    assert_int_equal(flash_size_from_jedec(0xEF4019), MB(32));
    assert_int_equal(flash_size_from_jedec(0xC2201C), MB(256));
    assert_int_equal(flash_size_from_jedec(0xC28020), MB(64));
    assert_int_equal(flash_size_from_jedec(0x204022), MB(256));
    assert_int_equal(flash_size_from_jedec(0xC22537), MB(8));
    assert_int_equal(flash_size_from_jedec(0xC2803A), MB(64));
    /* Adesto codes density in the low bits of the second byte. */
    assert_int_equal(flash_size_from_jedec(0x1F8401), 512 * 1024);
    assert_int_equal(flash_size_from_jedec(0x1F8701), MB(4));
    assert_int_equal(flash_size_from_jedec(0x1F8901), MB(16));
    assert_int_equal(flash_size_from_jedec(0x1F8A01), 0);
    assert_int_equal(flash_size_from_jedec(0xEF4011), 0);
    assert_int_equal(flash_size_from_jedec(0xEF401D), 0);
    assert_int_equal(flash_size_from_jedec(0xEF40FF), 0);
}

static void test_sfdp_sizes(void **state)
{
    (void)state;
    assert_int_equal(flash_size_from_sfdp(0x01FFFFFF), MB(4));
    assert_int_equal(flash_size_from_sfdp(0x07FFFFFF), MB(16));
    assert_int_equal(flash_size_from_sfdp(0x7FFFFFFF), MB(256));
    assert_int_equal(flash_size_from_sfdp(0x80000020), MB(512));
    assert_int_equal(flash_size_from_sfdp(0), 0);
    assert_int_equal(flash_size_from_sfdp(0xFFFFFFFF), 0);
    assert_int_equal(flash_size_from_sfdp(0x01FFFFFE), 0);
    assert_int_equal(flash_size_from_sfdp(0x80000004), 0);
}

static void test_makers(void **state)
{
    (void)state;
    assert_string_equal(flash_manufacturer(0xEF4018), "Winbond");
    assert_string_equal(flash_manufacturer(0xC84018), "GigaDevice");
    assert_string_equal(flash_manufacturer(0x204018), "XMC");
    assert_string_equal(flash_manufacturer(0x20BA18), "Micron");
    assert_string_equal(flash_manufacturer(0x20BB19), "Micron");
    assert_null(flash_manufacturer(0x774018));
}

static void test_identified(void **state)
{
    (void)state;
    espbak_error err;
    const espbak_session_options options = {.no_stub = true};
    espbak_session *const session = open_sim("sim:esp32s3,size=8M,flash-status=0x1C", &options, ESPBAK_OK, &err);
    const espbak_flash_info *const flash = &espbak_session_device(session)->flash;
    assert_int_equal(flash->jedec_id, 0xEF4017);
    assert_string_equal(flash->manufacturer, "Winbond");
    assert_true(flash->status_known);
    assert_int_equal(flash->status_registers & 0xFF, 0x1C);
    assert_true(flash->unique_id_known);
    assert_int_equal(flash->unique_id_size, 8);
    assert_string_equal(flash->voltage, "3.3V");
    assert_false(flash->octal);
    espbak_session_close(session);
    espbak_session *const octal = open_sim("sim:esp32s3,octal", &options, ESPBAK_OK, &err);
    assert_true(espbak_session_device(octal)->flash.octal);
    espbak_session_close(octal);
}

static void test_size_by_sfdp(void **state)
{
    (void)state;
    const espbak_session_options options = {.no_stub = true};
    expect_size("sim:esp32,size=2M,flash-id=0x99AA01", &options, MB(2), ESPBAK_SIZE_SFDP, MB(2));
    expect_size("sim:esp8266,size=1M,flash-id=0x99AA01", &options, MB(1), ESPBAK_SIZE_SFDP, MB(1));
}

static void test_size_by_probe(void **state)
{
    (void)state;
    const espbak_session_options options = {.no_stub = true};
    sim_write_flash("flash_id_2m.bin", MB(2));
    expect_size("sim:esp32c3,flash=flash_id_2m.bin,flash-id=0x99AA01,no-sfdp", &options, MB(2), ESPBAK_SIZE_PROBE,
                MB(2));
    sim_write_stub("flash_id_stub.json", espbak_chip_by_name("esp32s3"), 0);
    const espbak_session_options with_stub = {.stub = "flash_id_stub.json"};
    expect_size("sim:esp32s3,flash=flash_id_2m.bin,flash-id=0x99AA01,no-sfdp", &with_stub, MB(2), ESPBAK_SIZE_PROBE,
                MB(2));
}

static void expect_refused(const char *url, const espbak_session_options *options)
{
    espbak_error err;
    assert_null(open_sim(url, options, ESPBAK_E_REFUSED, &err));
    assert_non_null(strstr(err.message, "size"));
    assert_non_null(strstr(err.hint, "--flash-size"));
}

/* Erased flash looks the same everywhere, an ESP8266 without stub cannot hash, 16 MB wrap like any flash. */
static void test_unproven_is_refused(void **state)
{
    (void)state;
    const espbak_session_options options = {.no_stub = true}, lenient = {.no_stub = true, .flash_not_needed = true};
    expect_refused("sim:esp32c3,blank,flash-id=0x99AA01,no-sfdp", &options);
    expect_refused("sim:esp8266,flash=flash_id_2m.bin,flash-id=0x99AA01,no-sfdp", &options);
    sim_write_flash("flash_id_16m.bin", MB(16));
    expect_refused("sim:esp32c3,flash=flash_id_16m.bin,flash-id=0x99AA01,no-sfdp", &options);
    expect_size("sim:esp32c3,blank,flash-id=0x99AA01,no-sfdp", &lenient, 0, ESPBAK_SIZE_UNKNOWN, 0);
}

static void test_size_by_user(void **state)
{
    (void)state;
    espbak_error err;
    espbak_session_options options = {.no_stub = true, .flash_size = MB(2)};
    expect_size("sim:esp32c3,blank,flash-id=0x99AA01,no-sfdp", &options, MB(2), ESPBAK_SIZE_USER, MB(2));
    expect_size("sim:esp32c3,size=4M", &options, MB(2), ESPBAK_SIZE_USER, MB(2));
    options.flash_size = MB(8);
    expect_refused("sim:esp32c3,size=4M", &options);
    options.flash_size = MB(4) + 1;
    assert_null(open_sim("sim:esp32c3,size=4M", &options, ESPBAK_E_USAGE, &err));
    options.flash_size = MB(8192);
    assert_null(open_sim("sim:esp32c3,blank,flash-id=0x99AA01,no-sfdp", &options, ESPBAK_E_USAGE, &err));
}

#define ID_1M  ",flash-id=0xEF4014"
#define ID_2M  ",flash-id=0xEF4015"
#define ID_8M  ",flash-id=0xEF4017"
#define ID_32M ",flash-id=0xEF4019"

/* flash_id_2m.bin has 2 MiB, flash_id_16m.bin 16 MiB; what they hold stands at their beginning. */
static const struct part_row {
    const char *part;
    uint64_t wanted;
    uint64_t size; /* 0: refused */
    espbak_size_source source;
    espbak_size_proof proof;
    uint64_t whole, repeats_at;
} part_rows[] = {
    {"flash=flash_id_2m.bin", 0, MB(2), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_SHOWN, 0, 0},
    {"flash=flash_id_2m.bin,no-sfdp", 0, MB(2), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_SHOWN, 0, 0},
    {"flash=flash_id_2m.bin,sfdp-size=8M", 0, MB(2), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_SHOWN, 0, 0},
    {"flash=flash_id_2m.bin" ID_8M, 0, 0, 0, 0, 0, 0},
    {"flash=flash_id_2m.bin" ID_8M ",no-sfdp", 0, 0, 0, 0, 0, 0},
    {"flash=flash_id_2m.bin" ID_8M ",sfdp-size=8M", 0, MB(8), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_DOUBTED, 0, MB(2)},
    {"flash=flash_id_2m.bin" ID_8M, MB(2), MB(2), ESPBAK_SIZE_USER, ESPBAK_PROOF_AGREED, 0, 0},
    {"flash=flash_id_2m.bin" ID_8M, MB(1), MB(1), ESPBAK_SIZE_USER, ESPBAK_PROOF_DOUBTED, MB(2), 0},
    {"flash=flash_id_2m.bin" ID_8M, MB(4), 0, 0, 0, 0, 0},
    {"flash=flash_id_2m.bin" ID_8M ",no-sfdp", MB(8), MB(8), ESPBAK_SIZE_USER, ESPBAK_PROOF_DOUBTED, 0, MB(2)},
    {"flash=flash_id_2m.bin" ID_8M ",no-sfdp", MB(16), 0, 0, 0, 0, 0},
    {"flash=flash_id_2m.bin" ID_1M, 0, MB(2), ESPBAK_SIZE_SFDP, ESPBAK_PROOF_AGREED, 0, 0},
    {"flash=flash_id_2m.bin" ID_1M ",no-sfdp", 0, MB(1), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_DOUBTED, 0, 0},
    {"flash=flash_id_2m.bin,flash-id=0x99AA01", 0, MB(2), ESPBAK_SIZE_SFDP, ESPBAK_PROOF_SHOWN, 0, 0},
    {"flash=flash_id_2m.bin,flash-id=0x99AA01,sfdp-size=8M", 0, 0, 0, 0, 0, 0},
    {"flash=flash_id_2m.bin", MB(1), MB(1), ESPBAK_SIZE_USER, ESPBAK_PROOF_SHOWN, MB(2), 0},
    {"flash=flash_id_16m.bin", 0, MB(16), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_AGREED, 0, 0},
    {"flash=flash_id_16m.bin" ID_32M, 0, 0, 0, 0, 0, 0},
    {"flash=flash_id_16m.bin" ID_2M, MB(16), MB(16), ESPBAK_SIZE_USER, ESPBAK_PROOF_AGREED, 0, 0},
    {"flash=flash_id_16m.bin" ID_2M, MB(2), MB(2), ESPBAK_SIZE_USER, ESPBAK_PROOF_AGREED, MB(16), 0},
    {"flash=flash_id_16m.bin,flash-id=0xC22538", 0, MB(16), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_AGREED, 0, 0},
    {"blank,size=2M", 0, MB(2), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_AGREED, 0, 0},
    {"blank,size=2M,no-sfdp", 0, MB(2), ESPBAK_SIZE_JEDEC, ESPBAK_PROOF_TOLD, 0, 0},
    {"blank,size=2M" ID_8M, 0, 0, 0, 0, 0, 0},
    {"blank,size=2M" ID_8M, MB(2), MB(2), ESPBAK_SIZE_USER, ESPBAK_PROOF_DOUBTED, MB(8), 0},
};

static void expect_part(const char *chip, const struct part_row *row, const espbak_session_options *more)
{
    char url[160];
    espbak_error err;
    espbak_session_options options = *more;
    snprintf(url, sizeof(url), "sim:%s,%s", chip, row->part);
    options.flash_size = row->wanted;
    espbak_session *const session = open_sim(url, &options, row->size != 0 ? ESPBAK_OK : ESPBAK_E_REFUSED, &err);
    if (session == NULL) {
        assert_non_null(strstr(err.hint, "--flash-size"));
        return;
    }
    const espbak_flash_info *const flash = &espbak_session_device(session)->flash;
    assert_int_equal(flash->size, row->size);
    assert_int_equal(flash->size_source, row->source);
    assert_int_equal(flash->size_proof, row->proof);
    assert_int_equal(flash->whole_size, row->whole);
    assert_int_equal(flash->repeats_at, row->repeats_at);
    espbak_session_close(session);
}

/* By a ROM that hashes, and by our own loader where the ROM does not. */
static void test_parts_that_lie(void **state)
{
    const espbak_session_options rom = {.no_stub = true, .own_loader = ESPBAK_OWN_LOADER_OFF};
    const espbak_session_options own = {.reads_only = true};
    (void)state;
    sim_write_flash("flash_id_2m.bin", MB(2));
    sim_write_flash("flash_id_16m.bin", MB(16));
    for (size_t i = 0; i < sizeof(part_rows) / sizeof(part_rows[0]); i++) {
        expect_part("esp32c3", &part_rows[i], &rom);
        expect_part("esp8266", &part_rows[i], &own);
    }
}

/* One byte alone makes the difference between two copies and none. */
static void test_a_copy_that_is_none(void **state)
{
    const espbak_session_options rom = {.no_stub = true};
    FILE *f;
    (void)state;
    sim_write_flash("flash_id_copy.bin", MB(1));
    sim_write_flash("flash_id_half.bin", MB(1));
    uint8_t *const half = malloc(MB(1));
    assert_non_null(half);
    f = fopen("flash_id_half.bin", "rb");
    assert_non_null(f);
    assert_int_equal(fread(half, 1, MB(1), f), MB(1));
    fclose(f);
    f = fopen("flash_id_copy.bin", "ab");
    assert_non_null(f);
    half[0x95123] = 0;
    assert_int_equal(fwrite(half, 1, MB(1), f), MB(1));
    fclose(f);
    free(half);
    expect_size("sim:esp32c3,flash=flash_id_copy.bin,no-sfdp", &rom, MB(2), ESPBAK_SIZE_JEDEC, MB(2));
}

static unsigned requests_;

static void count_request(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes,
                          size_t size)
{
    (void)user;
    (void)when;
    (void)bytes;
    (void)size;
    requests_ += direction == ESPBAK_TRACE_TX;
}

/* Where the flash is what it says: five short digests, and the size told twice. */
static void test_what_the_look_costs(void **state)
{
    const espbak_session_options rom = {.no_stub = true};
    const flash_size_wish wish = {0, false, false};
    espbak_error err;
    (void)state;
    espbak_session *const session = open_sim("sim:esp32c3,flash=flash_id_2m.bin", &rom, ESPBAK_OK, &err);
    log_.events.trace = count_request;
    espbak_transport_observe(session->transport, &log_.events, NULL);
    requests_ = 0;
    assert_int_equal(flash_find_size(session, &wish, &err), ESPBAK_OK);
    assert_in_range(requests_, 1, 7);
    espbak_session_close(session);
}

/* The simulated chip's ROM, and stubs of chips without four-byte addresses, show the lower part again. */
static void test_above_16m(void **state)
{
    (void)state;
    const espbak_session_options rom = {.no_stub = true}, stub = {.stub = "flash_id_stub.json"};
    sim_write_flash("flash_id_32m.bin", MB(32));
    sim_write_stub("flash_id_stub.json", espbak_chip_by_name("esp32s3"), 0);
    expect_size("sim:esp32s3,flash=flash_id_32m.bin", &rom, MB(32), ESPBAK_SIZE_JEDEC, MB(16));
    expect_size("sim:esp32s3,flash=flash_id_32m.bin", &stub, MB(32), ESPBAK_SIZE_JEDEC, MB(32));
    expect_size("sim:esp32s3,size=32M,blank", &stub, MB(32), ESPBAK_SIZE_JEDEC, MB(32));
    assert_non_null(strstr(log_.text, "above 16 MB"));
    const espbak_session_options other = {.stub = "flash_id_stub_c3.json"};
    sim_write_stub("flash_id_stub_c3.json", espbak_chip_by_name("esp32c3"), 0);
    expect_size("sim:esp32c3,flash=flash_id_32m.bin", &other, MB(32), ESPBAK_SIZE_JEDEC, MB(16));
}

/* A stub that wraps is found out even where the chip's row trusts it; on an erased flash it cannot be. */
static void test_aliasing_is_seen(void **state)
{
    (void)state;
    espbak_error err;
    const espbak_session_options stub = {.stub = "flash_id_stub_c3.json"};
    espbak_chip trusted = *espbak_chip_by_name("esp32c3");
    trusted.four_byte_stub = true;
    espbak_session *session = open_sim("sim:esp32c3,flash=flash_id_32m.bin", &stub, ESPBAK_OK, &err);
    session->info.chip = &trusted;
    assert_int_equal(flash_find_addressable(session, &err), ESPBAK_OK);
    assert_int_equal(session->flash->addressable, MB(16));
    assert_non_null(strstr(log_.text, "0 this loader shows the first 16 MB"));
    espbak_session_close(session);
    session = open_sim("sim:esp32c3,size=32M,blank", &stub, ESPBAK_OK, &err);
    session->info.chip = &trusted;
    assert_int_equal(flash_find_addressable(session, &err), ESPBAK_OK);
    assert_int_equal(session->flash->addressable, MB(32));
    session->info.link.loader = ESPBAK_LOADER_STUB_LEGACY;
    assert_int_equal(flash_find_addressable(session, &err), ESPBAK_OK);
    assert_int_equal(session->flash->addressable, MB(16));
    espbak_session_close(session);
}

static uint8_t attached_[16];

static void note_attach(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size)
{
    (void)user;
    (void)when;
    const uint8_t *const frame = bytes;
    if (direction == ESPBAK_TRACE_TX && size >= 18 && frame[2] == OP_SPI_ATTACH)
        memcpy(attached_, frame + 9, 8);
}

/* An ESP32 with its flash in the package says in eFuses which pins it hangs on: here CLK 6, Q 17, D 8, CS 16, HD 11, as
   on an ESP32-PICO-D4. */
static void test_pins_of_an_esp32(void **state)
{
    enum { EFUSE = 0x3FF5A000 };
    (void)state;
    espbak_error err;
    const espbak_session_options rom = {.no_stub = true};
    espbak_session *const session = open_sim("sim:esp32", &rom, ESPBAK_OK, &err);
    chip_forget_words(session);
    chip_remember_word(session, EFUSE + 0x14, 6 | 17 << 5 | 8 << 10 | 16 << 15);
    chip_remember_word(session, EFUSE + 0x0C, 11 << 4);
    log_.events.trace = note_attach;
    espbak_transport_observe(session->transport, &log_.events, NULL);
    assert_int_equal(flash_attach(session, &err), ESPBAK_OK);
    const uint32_t expected = 11u << 24 | 16u << 18 | 8u << 12 | 17u << 6 | 6u;
    assert_int_equal(bytes_get_le32(attached_), expected);
    espbak_session_close(session);
}

static void test_spi_limits(void **state)
{
    (void)state;
    espbak_error err;
    const espbak_session_options rom = {.no_stub = true};
    espbak_session *const session = open_sim("sim:esp32", &rom, ESPBAK_OK, &err);
    uint8_t bytes[64];
    const spi_command command = {.code = SPI_READ_JEDEC_ID, .size = SPI_READ_MAX + 1};
    assert_int_equal(spi_run(session, &command, bytes, &err), ESPBAK_E_INTERNAL);
    espbak_session_close(session);
}

/* The files that the tests made. */
static int clean_up(void **state)
{
    static const char *const made[] = {"flash_id_2m.bin", "flash_id_16m.bin", "flash_id_32m.bin", "flash_id_stub.json",
                                       "flash_id_stub_c3.json"};
    (void)state;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        remove(made[i]);
    return 0;
}

TEST_GROUP(flash_id)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jedec_sizes),
        cmocka_unit_test(test_sfdp_sizes),
        cmocka_unit_test(test_makers),
        cmocka_unit_test(test_identified),
        cmocka_unit_test(test_size_by_sfdp),
        cmocka_unit_test(test_size_by_probe),
        cmocka_unit_test(test_unproven_is_refused),
        cmocka_unit_test(test_size_by_user),
        cmocka_unit_test(test_parts_that_lie),
        cmocka_unit_test(test_a_copy_that_is_none),
        cmocka_unit_test(test_what_the_look_costs),
        cmocka_unit_test(test_above_16m),
        cmocka_unit_test(test_aliasing_is_seen),
        cmocka_unit_test(test_pins_of_an_esp32),
        cmocka_unit_test(test_spi_limits),
    };
    return RUN_GROUP_WITH(tests, NULL, clean_up);
}
