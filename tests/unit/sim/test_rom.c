/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM loaders, byte by byte. "Real" says that a mask ROM answered like this. */
#include "support/group.h"
#include "support/sim_wire.h"

#include <stdlib.h>

static void test_sync(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32");
    wire_reset(&w);
    assert_int_equal(wire_sync(&w), 0x20120707); /* real */
    wire_close(&w);
}

static void test_magic(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        uint32_t magic;
    } rows[] = {{"esp8266", 0xFFF0C101}, {"esp32", 0x00F01D83}, {"esp32s2", 0x000007C6}, {"esp32c3", 0x19F1506F}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, rows[i].chip);
        wire_reset(&w);
        (void)wire_sync(&w);
        wire_words(&w, 0x0A, 1, 0x40001000u);
        assert_int_equal(wire_status(&w, 0x0A, 0), 0);
        assert_int_equal(wire_value(&w), rows[i].magic);
        wire_close(&w);
    }
}

/* Real: an unknown command is answered in the name of the last one, eight times if that was SYNC. */
static void test_unknown_command(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_send(&w, 0x14, NULL, 0, 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(wire_status(&w, 0x08, 0), 0x0105);
    assert_false(wire_frame(&w, 100LL * SIM_MS));
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    wire_send(&w, 0x77, NULL, 0, 0);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0x0105);
    assert_int_equal(wire_value(&w), 0x00F01D83);
    assert_false(wire_frame(&w, 100LL * SIM_MS));
    wire_close(&w);
}

static void test_status_size(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        size_t size;
    } rows[] = {{"esp8266", 8 + 2}, {"esp32", 8 + 4}, {"esp32c6", 8 + 4}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, rows[i].chip);
        wire_reset(&w);
        (void)wire_sync(&w);
        assert_int_equal(w.size, rows[i].size);
        wire_close(&w);
    }
}

static void test_security_info(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32c6,secure-boot=2,encrypted");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_send(&w, 0x14, NULL, 0, 0);
    assert_int_equal(wire_status(&w, 0x14, 20), 0);
    assert_int_equal(w.size, 8 + 20 + 4);
    assert_int_equal(bytes_get_le32(w.frame + 8), 1); /* secure boot */
    assert_int_equal(w.frame[12], 1);                 /* encryption counter */
    assert_int_equal(bytes_get_le32(w.frame + 20), 13);
    wire_close(&w);
    wire_open(&w, "esp32s2"); /* no chip id */
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_send(&w, 0x14, NULL, 0, 0);
    assert_int_equal(wire_status(&w, 0x14, 12), 0);
    assert_int_equal(w.size, 8 + 12 + 4);
    wire_close(&w);
}

static void test_secure_download(void **state)
{
    (void)state;
    static const uint8_t refused[] = {0x0A, 0x09, 0x05, 0x0E, 0x13, 0x10};
    wire w;
    wire_open(&w, "esp32s3,secure-download");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x0D, 2, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x0D, 0), 0);
    for (size_t i = 0; i < sizeof(refused); i++) {
        wire_words(&w, refused[i], 4, 0u, 64u, 0u, 0u);
        assert_int_equal(wire_status(&w, 0x0D, 0), 0x0105);
    }
    wire_words(&w, 0x02, 5, 0x1000u, 1u, 0x400u, 0x10000u, 0u);
    assert_int_equal(wire_status(&w, 0x02, 0), 0);
    wire_close(&w);
}

/* Real: 64 bytes whatever was asked, no more than 64, and nothing beyond what SPI_SET_PARAMS said. */
static void test_read_slow(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x0E, 2, 0x8000u, 64u); /* the flash is not attached yet */
    assert_int_equal(wire_status(&w, 0x0E, 64), 0x0109);
    wire_words(&w, 0x0D, 2, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x0D, 0), 0);
    wire_words(&w, 0x0E, 2, 0x8000u, 64u);
    assert_int_equal(wire_status(&w, 0x0E, 64), 0);
    assert_int_equal(bytes_get_le16(w.frame + 8), 0x50AA); /* a partition table */
    wire_words(&w, 0x0E, 2, 0x8001u, 4u);
    assert_int_equal(wire_status(&w, 0x0E, 64), 0);
    assert_int_equal(w.frame[8], 0x50);
    wire_words(&w, 0x0E, 2, 0x8000u, 65u);
    assert_int_equal(wire_status(&w, 0x0E, 64), 0x010A);
    wire_words(&w, 0x0E, 2, 0x200000u, 64u);
    assert_int_equal(wire_status(&w, 0x0E, 64), 0x0109);
    wire_words(&w, 0x0B, 6, 0u, 0x400000u, 0x10000u, 0x1000u, 0x100u, 0xFFFFu);
    assert_int_equal(wire_status(&w, 0x0B, 0), 0);
    wire_words(&w, 0x0E, 2, 0x200000u, 64u);
    assert_int_equal(wire_status(&w, 0x0E, 64), 0);
    wire_close(&w);
}

static void test_md5(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32c3");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x0D, 2, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x0D, 0), 0);
    wire_words(&w, 0x13, 4, 0x1000u, 0u, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x13, 32), 0);
    assert_memory_equal(w.frame + 8, "d41d8cd98f00b204e9800998ecf8427e", 32); /* of nothing */
    wire_words(&w, 0x13, 4, 0x1FFFFFu, 2u, 0u, 0u);
    assert_int_equal(wire_status(&w, 0x13, 32), 0x0109); /* real: beyond 2 MB without SPI_SET_PARAMS */
    wire_close(&w);
}

/* Real: the ESP32 takes four words in FLASH_BEGIN, later chips five, neither the other's. */
static void test_begin_words(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        uint32_t four, five;
    } rows[] = {{"esp32", 0, 0x0105}, {"esp32c3", 0x0105, 0}, {"esp32s2", 0x0105, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, rows[i].chip);
        wire_reset(&w);
        (void)wire_sync(&w);
        wire_words(&w, 0x0D, 2, 0u, 0u);
        assert_int_equal(wire_status(&w, 0x0D, 0), 0);
        wire_words(&w, 0x02, 4, 0x1000u, 4u, 0x400u, 0x10000u);
        assert_int_equal(wire_status(&w, 0x02, 0), rows[i].four);
        wire_words(&w, 0x02, 5, 0x1000u, 4u, 0x400u, 0x10000u, 0u);
        assert_int_equal(wire_status(&w, 0x02, 0), rows[i].five);
        wire_close(&w);
    }
}

/* Real: a block with a wrong checksum uses its number up. */
static void test_sequence(void **state)
{
    (void)state;
    const uint8_t block[16] = {7};
    wire w;
    wire_open(&w, "esp32");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x05, 4, 32u, 2u, 16u, 0x3FFC0000u);
    assert_int_equal(wire_status(&w, 0x05, 0), 0);
    wire_block(&w, 0x07, 0, block, sizeof(block), 1);
    assert_int_equal(wire_status(&w, 0x07, 0), 0x0107);
    wire_block(&w, 0x07, 0, block, sizeof(block), wire_checksum(block, sizeof(block)));
    assert_int_equal(wire_status(&w, 0x07, 0), 0x0105);
    wire_block(&w, 0x07, 1, block, sizeof(block), wire_checksum(block, sizeof(block)));
    assert_int_equal(wire_status(&w, 0x07, 0), 0);
    wire_close(&w);
}

/* Real: after a failure the error byte stays, while the status says success; only the status counts. */
static void test_error_byte_is_stale(void **state)
{
    (void)state;
    wire w;
    wire_open(&w, "esp32");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_send(&w, 0x77, NULL, 0, 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(wire_status(&w, 0x08, 0), 0x0105);
    wire_words(&w, 0x0B, 6, 0u, 0x400000u, 0x10000u, 0x1000u, 0x100u, 0xFFFFu);
    assert_int_equal(wire_status(&w, 0x0B, 0), 0);
    assert_int_equal(w.frame[9], 0x05);
    wire_words(&w, 0x0A, 1, 0x40001000u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    wire_words(&w, 0x0B, 6, 0u, 0x400000u, 0x10000u, 0x1000u, 0x100u, 0xFFFFu);
    assert_int_equal(wire_status(&w, 0x0B, 0), 0);
    assert_int_equal(w.frame[9], 0);
    wire_close(&w);
}

static void test_esp8266_knows_little(void **state)
{
    (void)state;
    static const uint8_t unknown[] = {0x0B, 0x0D, 0x0E, 0x0F, 0x10, 0x13, 0x14, 0xD0};
    wire w;
    wire_open(&w, "esp8266");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x0A, 1, 0x3FF00050u);
    assert_int_equal(wire_status(&w, 0x0A, 0), 0);
    for (size_t i = 0; i < sizeof(unknown); i++) {
        wire_words(&w, unknown[i], 4, 0u, 0u, 0u, 0u);
        assert_int_equal(wire_status(&w, 0x0A, 0), 0x0105);
    }
    wire_close(&w);
}

static uint32_t spi_read(wire *w, uint32_t address)
{
    static const uint32_t base = 0x60000200; /* ESP8266: read a byte by the user command 0x03 */
    wire_words(w, 0x09, 4, base + 0x1Cu, 0xD0000000u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(w, 0x09, 0), 0);
    wire_words(w, 0x09, 4, base + 0x20u, 23u << 26 | 7u << 8, UINT32_MAX, 0u);
    assert_int_equal(wire_status(w, 0x09, 0), 0);
    wire_words(w, 0x09, 4, base + 0x24u, 0x70000003u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(w, 0x09, 0), 0);
    wire_words(w, 0x09, 4, base + 0x04u, address << 8, UINT32_MAX, 0u);
    assert_int_equal(wire_status(w, 0x09, 0), 0);
    wire_words(w, 0x09, 4, base, 1u << 18, UINT32_MAX, 0u);
    assert_int_equal(wire_status(w, 0x09, 0), 0);
    wire_words(w, 0x0A, 1, base + 0x40u);
    assert_int_equal(wire_status(w, 0x0A, 0), 0);
    return wire_value(w);
}

/* Asked for 20 sectors from the third of a block on, it erases 13 more: those up to the block's end count twice. */
static void test_esp8266_erases_too_much(void **state)
{
    (void)state;
    const uint8_t zeros[0x400] = {0};
    wire w;
    wire_open(&w, "esp8266,blank");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_words(&w, 0x02, 4, 0u, 1u, 0x400u, 0x33000u + 32u * 0x1000u);
    assert_int_equal(wire_status(&w, 0x02, 0), 0);
    wire_block(&w, 0x03, 0, zeros, sizeof(zeros), wire_checksum(zeros, sizeof(zeros)));
    assert_int_equal(wire_status(&w, 0x03, 0), 0);
    wire_words(&w, 0x02, 4, 0u, 1u, 0x400u, 0x33000u + 33u * 0x1000u);
    assert_int_equal(wire_status(&w, 0x02, 0), 0);
    wire_block(&w, 0x03, 0, zeros, sizeof(zeros), wire_checksum(zeros, sizeof(zeros)));
    assert_int_equal(wire_status(&w, 0x03, 0), 0);
    assert_int_equal(spi_read(&w, 0x33000 + 32 * 0x1000), 0);
    wire_words(&w, 0x02, 4, 20u * 0x1000u, 80u, 0x400u, 0x33000u);
    assert_int_equal(wire_status(&w, 0x02, 0), 0);
    assert_int_equal(spi_read(&w, 0x33000 + 32 * 0x1000), 0xFF); /* the 33rd sector is gone */
    assert_int_equal(spi_read(&w, 0x33000 + 33 * 0x1000), 0);    /* the 34th is not */
    wire_close(&w);
}

/* A stub starts only when every byte that was announced came, and the entry lies in it. */
static void test_stub_must_be_whole(void **state)
{
    (void)state;
    const uint8_t code[32] = {1};
    wire w;
    for (int fault = 0; fault < 4; fault++) {
        wire_open(&w, "esp32s3");
        wire_reset(&w);
        (void)wire_sync(&w);
        wire_load(&w, 0x3FCB2DC4, code, 16);
        wire_words(&w, 0x05, 4, (uint32_t)sizeof(code), 1u, 32u, 0x40378000u);
        assert_int_equal(wire_status(&w, 0x05, 0), 0);
        if (fault == 1) { /* a block is short */
            wire_block(&w, 0x07, 0, code, 28, wire_checksum(code, 28));
            assert_int_equal(wire_status(&w, 0x07, 0), 0);
        } else if (fault == 2) { /* a block was damaged on its way */
            wire_block(&w, 0x07, 0, code, sizeof(code), 0);
            assert_int_equal(wire_status(&w, 0x07, 0), 0x0107);
        } else {
            wire_block(&w, 0x07, 0, code, sizeof(code), wire_checksum(code, sizeof(code)));
            assert_int_equal(wire_status(&w, 0x07, 0), 0);
        }
        wire_words(&w, 0x06, 2, 0u, fault == 3 ? 0x40378020u : 0x40378004u);
        assert_int_equal(wire_ohai(&w), fault == 0);
        wire_close(&w);
    }
}

static void test_secure_boot_starts_nothing(void **state)
{
    (void)state;
    const uint8_t code[32] = {1};
    wire w;
    wire_open(&w, "esp32s3,secure-boot=2");
    wire_reset(&w);
    (void)wire_sync(&w);
    wire_load(&w, 0x40378000, code, sizeof(code));
    wire_words(&w, 0x06, 2, 0u, 0x40378004u);
    assert_int_equal(wire_status(&w, 0x06, 0), 0);
    assert_false(wire_ohai(&w));
    /* The detour: esptool loader.py run_stub. */
    wire_words(&w, 0x09, 4, 0x3FCEF688u, 0x40378004u, UINT32_MAX, 0u);
    assert_int_equal(wire_status(&w, 0x09, 0), 0);
    wire_words(&w, 0x0E, 2, 0u, 0u);
    assert_true(wire_frame(&w, 500LL * SIM_MS));
    assert_int_equal(w.size, 4);
    assert_memory_equal(w.frame, "OHAI", 4);
    wire_close(&w);
}

static uint32_t p4_flash_id(wire *w)
{
    static const uint32_t base = 0x5008D000;
    static const uint32_t writes[][2] = {{0x18, 0x90000000}, {0x20, 0x7000009F}, {0x28, 23}, {0x00, 1u << 18}};
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        wire_words(w, 0x09, 4, base + writes[i][0], writes[i][1], UINT32_MAX, 0u);
        assert_int_equal(wire_status(w, 0x09, 0), 0);
    }
    wire_words(w, 0x0A, 1, base + 0x58u);
    assert_int_equal(wire_status(w, 0x0A, 0), 0);
    return wire_value(w);
}

/* ESP32-P4 3.1 and 3.2 come up with their flash off; 3.2 can have it on by eFuse. */
static void test_p4_flash_power(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        bool on;
    } rows[] = {{"esp32p4,revision=1.3", true},
                {"esp32p4,revision=3.0", true},
                {"esp32p4,revision=3.1", false},
                {"esp32p4,revision=3.2", false},
                {"esp32p4,revision=3.2,xpd", true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wire w;
        wire_open(&w, rows[i].spec);
        wire_reset(&w);
        (void)wire_sync(&w);
        wire_words(&w, 0x0D, 2, 0u, 0u);
        assert_int_equal(wire_status(&w, 0x0D, 0), 0);
        assert_int_equal(p4_flash_id(&w), rows[i].on ? 0x1840EF : 0);
        wire_words(&w, 0x09, 4, 0x501153FCu, 3u, UINT32_MAX, 0u);
        assert_int_equal(wire_status(&w, 0x09, 0), 0);
        assert_int_equal(p4_flash_id(&w), 0x1840EF);
        wire_close(&w);
    }
}

TEST_GROUP(rom)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync),
        cmocka_unit_test(test_magic),
        cmocka_unit_test(test_unknown_command),
        cmocka_unit_test(test_status_size),
        cmocka_unit_test(test_security_info),
        cmocka_unit_test(test_secure_download),
        cmocka_unit_test(test_read_slow),
        cmocka_unit_test(test_md5),
        cmocka_unit_test(test_begin_words),
        cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_error_byte_is_stale),
        cmocka_unit_test(test_esp8266_knows_little),
        cmocka_unit_test(test_esp8266_erases_too_much),
        cmocka_unit_test(test_stub_must_be_whole),
        cmocka_unit_test(test_secure_boot_starts_nothing),
        cmocka_unit_test(test_p4_flash_power),
    };
    return RUN_GROUP(tests);
}
