/* SPDX-License-Identifier: Apache-2.0 */
/* eFuses: what may be read, and what it means. That the values are right is for tests/peer/efuses.py to say. */
#include "espbak/efuse.h"

#include "device/efuse/tables.h"
#include "support/sim_session.h"

static const efuse_block *block_of(const efuse_table *table, unsigned number)
{
    for (size_t i = 0; i < table->block_count; i++) {
        if (table->blocks[i].number == number)
            return &table->blocks[i];
    }
    fail_msg("block %u is not in the table", number);
    return NULL;
}

static void check_block(const espbak_chip *chip, const efuse_block *block)
{
    /* The ESP32-S31 has one less of them. */
    const uint32_t key_bytes = strcmp(chip->name, "esp32s31") == 0 ? 5 * 32 : 6 * 32;
    const chip_registers *const r = chip->registers;
    const uint32_t end = block->address + 4u * block->words;
    assert_in_range(block->words, 1, ESPBAK_EFUSE_WORDS);
    assert_true(r->key_blocks == 0 || end <= r->key_blocks || block->address >= r->key_blocks + key_bytes);
    assert_true(r->boot_digest == 0 || end <= r->boot_digest || block->address >= r->boot_digest + 32);
}

static void tables_stay_within_their_blocks(void **state)
{
    (void)state;
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        const efuse_table *const table = chips[i]->efuses;
        assert_in_range(table->block_count, 1, ESPBAK_EFUSE_BLOCKS);
        assert_int_equal(table->blocks[0].number, 0);
        for (size_t k = 0; k < table->block_count; k++)
            check_block(chips[i], &table->blocks[k]);
        for (size_t k = 0; k < table->field_count; k++) {
            const efuse_field *const field = &table->fields[k];
            assert_true(k > 0 || field->name != NULL);
            assert_true(field->width > 0 && field->width <= 256);
            assert_true(field->bit + field->width <= 32u * block_of(table, field->block)->words);
            assert_true(field->name == NULL || strlen(field->name) < sizeof(((espbak_efuse_difference *)0)->name));
        }
    }
}

static void read_by_session(const char *port, espbak_efuses *efuses, espbak_device_info *device)
{
    espbak_session *session = NULL;
    espbak_error err = {0};
    const espbak_session_options options = {.port = port,
                                            .no_stub = true,
                                            .efuses = true,
                                            .reads_only = true,
                                            .allow_secure_download = true,
                                            .flash_not_needed = true};
    if (espbak_session_open(&session, &options, &err) != ESPBAK_OK)
        fail_msg("%s: %s", port, err.message);
    *device = *espbak_session_device(session);
    *efuses = device->efuses;
    espbak_session_close(session);
}

static bool find(const espbak_device_info *device, const char *name, espbak_efuse *out)
{
    for (size_t at = 0; espbak_efuse_next(&device->efuses, device->chip, device->revision, &at, out);) {
        if (strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

static void mac_of_every_chip_is_in_its_efuses(void **state)
{
    (void)state;
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        char port[64];
        espbak_efuses efuses;
        espbak_device_info device;
        espbak_efuse mac;
        snprintf(port, sizeof(port), "sim:%s,mac=34:85:18:a1:b2:c3", chips[i]->name);
        read_by_session(port, &efuses, &device);
        assert_int_equal(efuses.count, chips[i]->efuses->block_count);
        if (strcmp(chips[i]->name, "esp8266") == 0)
            continue;
        assert_true(find(&device, "MAC", &mac));
        assert_string_equal(mac.text, "34:85:18:a1:b2:c3");
        assert_int_equal(mac.category, ESPBAK_EFUSE_MAC);
    }
}

static void nothing_is_read_unasked_or_of_a_locked_chip(void **state)
{
    (void)state;
    espbak_efuses efuses;
    espbak_device_info device;
    espbak_efuse none;
    read_by_session("sim:esp32c3,secure-download", &efuses, &device);
    assert_int_equal(efuses.count, 0);
    assert_false(find(&device, "MAC", &none));
}

/* Which blocks were read is all that hidden bits and the coding scheme change. */
static void blocks_are_left_out_or_cut(void **state)
{
    (void)state;
    static const struct {
        const char *port;
        uint64_t hiding;
        size_t blocks, words_of_last;
    } rows[] = {
        {"sim:esp32c3,efuse-seed=1", 1u << 6, 4, 8},
        {"sim:esp32c3,efuse-seed=3", 0, 5, 8},
        {"sim:esp32,efuse-seed=5", 0, 2, 6},
        {"sim:esp32,efuse-seed=3", 0, 2, 8},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_efuses efuses;
        espbak_device_info device;
        espbak_efuse hidden;
        read_by_session(rows[i].port, &efuses, &device);
        assert_true(find(&device, "RD_DIS", &hidden));
        if (strncmp(rows[i].port, "sim:esp32c3", 11) == 0)
            assert_int_equal(hidden.number & 1u << 6, rows[i].hiding);
        assert_int_equal(efuses.count, rows[i].blocks);
        assert_int_equal(efuses.blocks[efuses.count - 1].count, rows[i].words_of_last);
    }
}

static void words_say_what_they_mean(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        unsigned revision;
        espbak_efuse_block block;
        const char *name, *text;
    } rows[] = {
        {"esp32c3", 3, {0, 6, {[2] = 7u << 18}}, "SPI_BOOT_CRYPT_CNT", "7"},
        {"esp32c3", 3, {0, 6, {[2] = 9u << 24}}, "KEY_PURPOSE_0", "SECURE_BOOT_DIGEST0"},
        {"esp32c3", 3, {0, 6, {[2] = 15u << 28}}, "KEY_PURPOSE_1", "15"},
        {"esp32c3", 3, {0, 6, {[4] = 1}}, "DIS_DOWNLOAD_MODE", "yes"},
        {"esp32c3", 3, {0, 6, {0}}, "DIS_DOWNLOAD_MODE", "no"},
        {"esp32c3", 3, {0, 6, {[0] = 0x80000000}}, "WR_DIS", "0x80000000"},
        {"esp32c3", 3, {0, 5, {0}}, "DISABLE_WAFER_VERSION_MAJOR", NULL}, /* its word is not there */
        {"esp32c3", 3, {1, 6, {0}}, "WR_DIS", NULL},                      /* its block is not */
        {"esp32p4", 100, {0, 6, {[2] = 9u << 24, [4] = 1u << 27}}, "KEY_PURPOSE_0", "SECURE_BOOT_DIGEST0"},
        {"esp32p4", 300, {0, 6, {[2] = 1u << 24, [4] = 1u << 27}}, "KEY_PURPOSE_0", "ECDSA_KEY_P384_L"},
        {"esp32h2", 101, {0, 6, {[3] = 1u << 18}}, "ECDSA_FORCE_USE_HARDWARE_K", "yes"},
        {"esp32h2", 102, {0, 6, {[3] = 1u << 18}}, "ECDSA_FORCE_USE_HARDWARE_K", NULL},
        {"esp32", 300, {3, 8, {0x332211FF, 0x00665544, 0, 0, 0, 1u << 24}}, "CUSTOM_MAC", "11:22:33:44:55:66"},
        {"esp32", 300, {3, 8, {0x332211FF, 0x00665544, 0, 0, 0, 2u << 24}}, "CUSTOM_MAC", NULL},
        {"esp32s3",
         2,
         {2, 8, {0x04030201, 5, 6, 0x07000000}},
         "OPTIONAL_UNIQUE_ID",
         "01020304050000000600000000000007"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_efuse efuse = {.name = NULL};
        const espbak_device_info device = {.chip = espbak_chip_by_name(rows[i].chip),
                                           .revision = rows[i].revision,
                                           .efuses = {.count = 1, .blocks = {rows[i].block}}};
        assert_int_equal(find(&device, rows[i].name, &efuse), rows[i].text != NULL);
        if (rows[i].text != NULL)
            assert_string_equal(efuse.text, rows[i].text);
    }
}

TEST_GROUP(efuse)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_stay_within_their_blocks),
        cmocka_unit_test(mac_of_every_chip_is_in_its_efuses),
        cmocka_unit_test(nothing_is_read_unasked_or_of_a_locked_chip),
        cmocka_unit_test(blocks_are_left_out_or_cut),
        cmocka_unit_test(words_say_what_they_mean),
    };
    return RUN_GROUP(tests);
}
