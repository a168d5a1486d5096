/* SPDX-License-Identifier: Apache-2.0 */
/* The flash: NOR rules, its commands, the file it lives in, and what is in it at first. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "support/group.h"
#include "support/sim_wire.h"

static uint8_t byte_at(sim_flash *flash, uint64_t address)
{
    uint8_t byte;
    sim_flash_read(flash, address, &byte, 1);
    return byte;
}

static void put_byte(sim_flash *flash, uint64_t address, uint8_t byte)
{
    sim_flash_program(flash, address, &byte, 1);
}

static void test_programming_only_clears(void **state)
{
    (void)state;
    sim_flash *flash = wire_flash("esp32,blank");
    put_byte(flash, 0x1234, 0xF0);
    put_byte(flash, 0x1234, 0x3C);
    assert_int_equal(byte_at(flash, 0x1234), 0x30);
    assert_int_equal(byte_at(flash, 0x1235), 0xFF);
    sim_flash_close(flash);
}

static void test_erasing_sets_whole_sectors(void **state)
{
    (void)state;
    sim_flash *flash = wire_flash("esp32,blank");
    for (uint64_t at = 0; at < 4 * SIM_SECTOR; at += SIM_SECTOR)
        put_byte(flash, at, 0);
    sim_flash_erase(flash, SIM_SECTOR + 5, SIM_SECTOR);
    assert_int_equal(byte_at(flash, 0), 0);
    assert_int_equal(byte_at(flash, SIM_SECTOR), 0xFF);
    assert_int_equal(byte_at(flash, 2 * SIM_SECTOR), 0xFF);
    assert_int_equal(byte_at(flash, 3 * SIM_SECTOR), 0);
    sim_flash_close(flash);
}

static void test_addresses_wrap(void **state)
{
    (void)state;
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    sim_flash *flash = wire_flash("esp32,size=1M,blank");
    sim_flash_program(flash, (1 << 20) - 4, bytes, sizeof(bytes));
    assert_int_equal(byte_at(flash, 3), 8);
    assert_int_equal(byte_at(flash, (3 << 20) - 1), 4);
    sim_flash_close(flash);
}

/* Block protect bits, as on a W25Q128: a fraction from the top, or with TB from the bottom. */
static void test_protection(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        uint64_t guarded, open;
    } rows[] = {
        {"esp32,size=16M,blank,flash-status=0x04", (16 << 20) - 1, (16 << 20) - (256 << 10) - 1},
        {"esp32,size=16M,blank,flash-status=0x24", 0, 256 << 10},
        {"esp32,size=16M,blank,flash-status=0x18", 8 << 20, (8 << 20) - 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sim_flash *flash = wire_flash(rows[i].spec);
        put_byte(flash, rows[i].guarded, 0);
        put_byte(flash, rows[i].open, 0);
        assert_int_equal(byte_at(flash, rows[i].guarded), 0xFF);
        assert_int_equal(byte_at(flash, rows[i].open), 0);
        sim_flash_unlock(flash);
        put_byte(flash, rows[i].guarded, 0);
        assert_int_equal(byte_at(flash, rows[i].guarded), 0);
        sim_flash_close(flash);
    }
    sim_flash *flash = wire_flash("esp32,blank,flash-status=0x9C"); /* all of it, and the status locked */
    sim_flash_unlock(flash);
    put_byte(flash, 0, 0);
    sim_flash_erase(flash, 0, SIM_SECTOR);
    assert_int_equal(byte_at(flash, 0), 0xFF);
    sim_flash_close(flash);
}

static uint32_t run(sim_flash *flash, uint8_t opcode, uint32_t address, const uint8_t *out, size_t out_size, size_t in)
{
    uint8_t bytes[4] = {0};
    const sim_flash_command command = {
        .opcode = opcode, .address = address, .out = out, .out_size = out_size, .in = bytes, .in_size = in};
    sim_flash_run(flash, &command);
    return bytes_get_le32(bytes);
}

static void test_jedec_and_sfdp(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        uint32_t jedec, density;
    } rows[] = {
        {"esp32,size=512K,blank", 0x1340EF, (512u << 10) * 8 - 1},
        {"esp32,size=4M,blank", 0x1640EF, (4u << 20) * 8 - 1},
        {"esp32s3,size=32M,blank", 0x1940EF, (32u << 20) * 8 - 1},
        {"esp32s3,size=64M,blank", 0x2040EF, (64u << 20) * 8 - 1},
        {"esp32,blank,flash-id=0xC84017", 0x1740C8, (4u << 20) * 8 - 1},
        {"esp32,size=1M,blank,flash-id=0xC84017,sfdp-size=4M", 0x1740C8, (4u << 20) * 8 - 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sim_flash *flash = wire_flash(rows[i].spec);
        assert_int_equal(run(flash, 0x9F, 0, NULL, 0, 3), rows[i].jedec);
        assert_int_equal(run(flash, 0x5A, 0, NULL, 0, 4), 0x50444653); /* "SFDP" */
        const uint32_t table = run(flash, 0x5A, 0x0C, NULL, 0, 3);
        assert_int_equal(run(flash, 0x5A, table + 4, NULL, 0, 4), rows[i].density);
        sim_flash_close(flash);
    }
    sim_flash *flash = wire_flash("esp32,blank,no-sfdp");
    assert_int_equal(run(flash, 0x5A, 0, NULL, 0, 4), 0xFFFFFFFF);
    sim_flash_close(flash);
}

static void test_write_enable(void **state)
{
    (void)state;
    const uint8_t zero = 0, status = 0x1C;
    sim_flash *flash = wire_flash("esp32,blank");
    (void)run(flash, 0x02, 0x100, &zero, 1, 0);
    assert_int_equal(byte_at(flash, 0x100), 0xFF);
    (void)run(flash, 0x06, 0, NULL, 0, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), 0x02);
    (void)run(flash, 0x02, 0x100, &zero, 1, 0);
    assert_int_equal(byte_at(flash, 0x100), 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), 0);
    (void)run(flash, 0x06, 0, NULL, 0, 0);
    (void)run(flash, 0x20, 0x234, NULL, 0, 0);
    assert_int_equal(byte_at(flash, 0x100), 0xFF);
    (void)run(flash, 0x01, 0, &status, 1, 0); /* not enabled */
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), 0);
    (void)run(flash, 0x06, 0, NULL, 0, 0);
    (void)run(flash, 0x01, 0, &status, 1, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), 0x1C);
    sim_flash_close(flash);
}

static void test_volatile_status(void **state)
{
    (void)state;
    const uint8_t all = 0x1C, none = 0;
    sim_flash *flash = wire_flash("esp32,blank");
    (void)run(flash, 0x50, 0, NULL, 0, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), 0); /* no write enable latch */
    (void)run(flash, 0x01, 0, &all, 1, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), all);
    (void)run(flash, 0x01, 0, &none, 1, 0); /* 50 counts for one command */
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), all);
    (void)run(flash, 0x06, 0, NULL, 0, 0);
    (void)run(flash, 0x02, 0x100, &none, 1, 0);
    assert_int_equal(byte_at(flash, 0x100), 0xFF);
    put_byte(flash, 0x100, 0);
    assert_int_equal(byte_at(flash, 0x100), 0xFF);
    (void)run(flash, 0x66, 0, NULL, 0, 0);
    (void)run(flash, 0x9F, 0, NULL, 0, 3); /* something in between: 99 alone does nothing */
    (void)run(flash, 0x99, 0, NULL, 0, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), all);
    (void)run(flash, 0x66, 0, NULL, 0, 0);
    (void)run(flash, 0x99, 0, NULL, 0, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), none);
    (void)run(flash, 0x50, 0, NULL, 0, 0);
    (void)run(flash, 0x01, 0, &all, 1, 0);
    sim_flash_power_on(flash);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), none);
    assert_int_equal(sim_flash_status(flash)->lasting_writes, 0);
    sim_flash_close(flash);
}

static void test_flash_without_volatile_status(void **state)
{
    (void)state;
    const uint8_t all = 0x1C;
    sim_flash *flash = wire_flash("esp32,blank,lasting-status,no-flash-reset");
    (void)run(flash, 0x50, 0, NULL, 0, 0);
    (void)run(flash, 0x01, 0, &all, 1, 0);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), 0);
    (void)run(flash, 0x06, 0, NULL, 0, 0);
    (void)run(flash, 0x01, 0, &all, 1, 0);
    (void)run(flash, 0x66, 0, NULL, 0, 0);
    (void)run(flash, 0x99, 0, NULL, 0, 0);
    sim_flash_power_on(flash);
    assert_int_equal(run(flash, 0x05, 0, NULL, 0, 1), all);
    assert_int_equal(sim_flash_status(flash)->lasting_writes, 1);
    sim_flash_close(flash);
}

static void test_image_file_keeps(void **state)
{
    (void)state;
    const char *spec = "esp32,size=1M,flash=test_sim_flash.bin";
    (void)remove("test_sim_flash.bin");
    sim_flash *flash = wire_flash(spec);
    assert_int_equal(byte_at(flash, 0), 0xFF); /* a new one is erased */
    put_byte(flash, 0x54321, 0x12);
    sim_flash_close(flash);
    flash = wire_flash("esp32,flash=test_sim_flash.bin"); /* its size is the file's */
    assert_int_equal(sim_flash_size(flash), 1 << 20);
    assert_int_equal(byte_at(flash, 0x54321), 0x12);
    sim_flash_close(flash);
    assert_int_equal(remove("test_sim_flash.bin"), 0);
}

static void test_bad_image_files(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        espbak_status status;
    } rows[] = {
        {"esp32,flash=no/such/folder/x.bin", ESPBAK_E_FILE},
        {"esp32,flash=test_sim_odd.bin", ESPBAK_E_USAGE},
        {"esp32,flash=test_sim_odd.bin,size=64K", ESPBAK_E_USAGE},
    };
    FILE *odd = fopen("test_sim_odd.bin", "wb");
    assert_non_null(odd);
    for (int i = 0; i < 70000; i++)
        assert_int_equal(fputc('x', odd), 'x');
    assert_int_equal(fclose(odd), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sim_options options;
        espbak_error err = {0};
        sim_flash *flash;
        assert_int_equal(sim_options_parse(&options, rows[i].spec, &err), ESPBAK_OK);
        assert_int_equal(sim_flash_open(&flash, &options.chip, &err), rows[i].status);
        assert_null(flash);
    }
    assert_int_equal(remove("test_sim_odd.bin"), 0);
}

/* An image's last byte before a multiple of 16 is the XOR of its data; then comes the SHA-256 of all. */
static void check_image(sim_flash *flash, uint64_t at, bool hashed)
{
    static uint8_t image[400 * 1024];
    sim_flash_read(flash, at, image, sizeof(image));
    assert_int_equal(image[0], 0xE9);
    const size_t header = hashed ? 24 : 8;
    uint8_t sum = 0xEF;
    size_t next = header;
    for (uint8_t segment = 0; segment < image[1]; segment++) {
        const uint32_t length = bytes_get_le32(image + next + 4);
        assert_true(length < sizeof(image) - next - 256);
        for (uint32_t i = 0; i < length; i++)
            sum ^= image[next + 8 + i];
        next += 8 + length;
    }
    const size_t end = next / 16 * 16 + 16;
    assert_int_equal(image[end - 1], sum);
    uint8_t sha[DIGEST_SHA256_SIZE];
    espbak_error err = {0};
    assert_int_equal(digest_of(DIGEST_SHA256, image, end, sha, &err), ESPBAK_OK);
    if (hashed)
        assert_memory_equal(image + end, sha, sizeof(sha));
}

/* Every chip's built-in image: what espbak reads out of it is right. */
static void test_builtin_images(void **state)
{
    (void)state;
    size_t count;
    const sim_chip *const *chips = sim_chips(&count);
    for (size_t i = 0; i < count; i++) {
        sim_flash *flash = wire_flash(chips[i]->name);
        const bool hashed = !chips[i]->short_header;
        check_image(flash, chips[i]->bootloader_offset, hashed);
        check_image(flash, 0x20000, hashed);
        uint8_t table[3072];
        sim_flash_read(flash, 0x8000, table, sizeof(table));
        assert_int_equal(bytes_get_le16(table), 0x50AA);
        uint64_t end = 0x9000;
        size_t row = 0;
        for (; bytes_get_le16(table + row) == 0x50AA; row += 32) {
            const uint64_t offset = bytes_get_le32(table + row + 4), size = bytes_get_le32(table + row + 8);
            assert_true(offset >= end && offset + size <= sim_flash_size(flash)); /* in order, none overlaps */
            end = offset + size;
        }
        uint8_t md5[DIGEST_MD5_SIZE];
        espbak_error err = {0};
        assert_int_equal(digest_of(DIGEST_MD5, table, row, md5, &err), ESPBAK_OK);
        assert_memory_equal(table + row + 16, md5, sizeof(md5));
        sim_flash_close(flash);
    }
}

/* The firmware guide's table for 16 MB. */
static void test_guides_table(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t offset;
    } rows[] = {{"nvs", 0x9000},    {"otadata", 0xD000}, {"phy_init", 0xF000},
                {"ota_0", 0x20000}, {"ota_1", 0x420000}, {"assets", 0x800000}};
    sim_flash *flash = wire_flash("esp32s3,size=16M");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t row[32];
        sim_flash_read(flash, 0x8000 + 32 * i, row, sizeof(row));
        assert_string_equal((char *)row + 12, rows[i].name);
        assert_int_equal(bytes_get_le32(row + 4), rows[i].offset);
    }
    sim_flash_close(flash);
}

TEST_GROUP(flash)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programming_only_clears), cmocka_unit_test(test_erasing_sets_whole_sectors),
        cmocka_unit_test(test_addresses_wrap),          cmocka_unit_test(test_protection),
        cmocka_unit_test(test_jedec_and_sfdp),          cmocka_unit_test(test_write_enable),
        cmocka_unit_test(test_volatile_status),         cmocka_unit_test(test_flash_without_volatile_status),
        cmocka_unit_test(test_image_file_keeps),        cmocka_unit_test(test_bad_image_files),
        cmocka_unit_test(test_builtin_images),          cmocka_unit_test(test_guides_table),
    };
    return RUN_GROUP(tests);
}
