/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_loader.h"
#include "support/group.h"

#include "device/flash/write.h"

enum { MIB = 1024 * 1024, KIB = 1024 };

typedef struct contents {
    uint8_t *bytes;
    uint64_t offset;
    uint64_t progress;
    bool progress_went_back;
} contents;

static espbak_status supply(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    const contents *from = user;
    memcpy(data, from->bytes + (offset - from->offset), size);
    return ESPBAK_OK;
}

static void note_progress(void *user, const espbak_progress *progress)
{
    contents *from = user;
    from->progress_went_back |= progress->done < from->progress;
    from->progress = progress->done;
}

typedef enum filling { NOISE, TEXT } filling;

static contents make_contents(uint64_t offset, size_t size, filling kind)
{
    contents made = {.bytes = malloc(size), .offset = offset};
    assert_non_null(made.bytes);
    uint32_t noise = 99;
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525u + 1013904223u;
        made.bytes[i] = kind == NOISE ? (uint8_t)(noise >> 24) : (uint8_t)((uint8_t)"restore"[i % 7] + (noise >> 31));
    }
    return made;
}

static espbak_status write_range(espbak_session *session, contents *from, size_t size,
                                 const espbak_flash_write_options *options, espbak_error *err)
{
    espbak_events events = {.progress = note_progress, .user = from};
    session->events = &events;
    const espbak_status status = espbak_flash_write(session, from->offset, size, options, supply, from, err);
    session->events = NULL;
    return status;
}

/* Write, then check the range, the 0xFF behind it up to the sector's end, and that nothing else changed. */
static void write_right(fake_loader *fake, espbak_session *session, uint64_t offset, size_t size, filling kind,
                        const espbak_flash_write_options *options)
{
    uint8_t *before = malloc(fake->flash_size);
    assert_non_null(before);
    memcpy(before, fake->flash, fake->flash_size);
    contents from = make_contents(offset, size, kind);
    espbak_error err = {0};
    const espbak_status status = write_range(session, &from, size, options, &err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err.message);
    assert_int_equal(status, ESPBAK_OK);
    assert_memory_equal(fake->flash + offset, from.bytes, size);
    const uint64_t end = (offset + size + 4095) / 4096 * 4096;
    assert_true(bytes_are_all(fake->flash + offset + size, (size_t)(end - offset - size), 0xFF));
    assert_memory_equal(fake->flash, before, offset);
    assert_memory_equal(fake->flash + end, before + end, fake->flash_size - end);
    assert_false(from.progress_went_back);
    assert_int_equal(from.progress, size);
    assert_true(session->flash->changed);
    free(from.bytes);
    free(before);
}

static const espbak_loader kinds[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};

static void test_every_loader_writes_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, size;
    } ranges[] = {{0, 4096}, {0x8000, 3001}, {0x10000, 1}, {0xF000, 0x51003}, {0x3FF000, 4096}};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
            for (int kind = NOISE; kind <= TEXT; kind++) {
                espbak_session *session = NULL;
                fake_loader *fake = fake_new(&session, "esp32", kinds[k], 4 * MIB);
                write_right(fake, session, ranges[i].offset, ranges[i].size, (filling)kind, NULL);
                assert_int_equal(fake->ends,
                                 kinds[k] == ESPBAK_LOADER_ROM ? 0u : fake->begins_plain + fake->begins_deflated);
                fake_free(fake, session);
            }
        }
    }
}

static void test_deflate_is_used_where_it_pays(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, 4 * MIB);
    write_right(fake, session, 0, 300 * KIB, TEXT, NULL);
    assert_int_equal(fake->begins_deflated, 1);
    assert_int_equal(fake->begins_plain, 0);
    write_right(fake, session, 0, 300 * KIB, NOISE, NULL);
    assert_int_equal(fake->begins_plain, 1);
    write_right(fake, session, 0, 300 * KIB, TEXT, &(espbak_flash_write_options){.compress_off = true});
    assert_int_equal(fake->begins_plain, 2);
    assert_int_equal(fake->begins_deflated, 1);
    fake_free(fake, session);
}

static void test_secure_download_mode_gets_plain_blocks(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32c3", ESPBAK_LOADER_ROM, 4 * MIB);
    session->info.security.secure_download = ESPBAK_YES;
    write_right(fake, session, 0x10000, 100 * KIB, TEXT, NULL);
    assert_int_equal(fake->begins_deflated, 0);
    fake_free(fake, session);
}

static void test_begin_has_the_words_its_loader_expects(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        espbak_loader loader;
        unsigned words;
        uint32_t block;
    } rows[] = {
        {"esp32", ESPBAK_LOADER_ROM, 4, 0x400},           {"esp32s2", ESPBAK_LOADER_ROM, 5, 0x400},
        {"esp32c3", ESPBAK_LOADER_ROM, 5, 0x400},         {"esp8266", ESPBAK_LOADER_ROM, 4, 0x400},
        {"esp32", ESPBAK_LOADER_STUB_CURRENT, 4, 0x4000}, {"esp32s3", ESPBAK_LOADER_STUB_LEGACY, 4, 0x4000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, rows[i].chip, rows[i].loader, 4 * MIB);
        write_right(fake, session, 0, 8192, NOISE, NULL);
        assert_int_equal(fake->begin_words, rows[i].words);
        assert_int_equal(fake->block_size, rows[i].block);
        fake_free(fake, session);
    }
}

static void test_stub_behind_usb_otg_takes_small_blocks(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32s2", ESPBAK_LOADER_STUB_CURRENT, 4 * MIB);
    session->loader->usb_otg = true;
    write_right(fake, session, 0, 8192, NOISE, NULL);
    assert_int_equal(fake->block_size, 0x800);
    fake_free(fake, session);
}

static void test_a_damaged_block_is_sent_again(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], 4 * MIB);
        fake->bad_blocks = 2;
        write_right(fake, session, 0, 100 * KIB, NOISE, NULL);
        assert_int_equal(fake->begins_plain + fake->begins_deflated, 1);
        assert_int_equal(espbak_session_get_stats(session).retries, 2);
        fake_free(fake, session);
    }
}

static void test_a_damaged_deflated_block_spoils_a_rom_download(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_ROM, 4 * MIB);
    fake->bad_blocks = 1;
    write_right(fake, session, 0, 100 * KIB, TEXT, NULL);
    assert_int_equal(fake->begins_deflated, 1 + 1);
    assert_int_equal(fake->begins_plain, 1);
    fake_free(fake, session);
}

static void test_a_lost_answer_starts_the_piece_again(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], 4 * MIB);
        fake->lose_block_answers = 1;
        write_right(fake, session, 0, 12 * KIB, TEXT, NULL);
        assert_int_equal(fake->begins_plain + fake->begins_deflated, 2);
        /* A legacy stub would write what the broken stream left. */
        assert_int_equal(fake->begins_plain, kinds[k] == ESPBAK_LOADER_STUB_LEGACY ? 1 : 0);
        fake_free(fake, session);
    }
}

static void test_what_is_proven_is_not_written_again(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], 4 * MIB);
        const unsigned all = kinds[k] == ESPBAK_LOADER_ROM ? 128 : 8; /* blocks of 1 KiB or 16 KiB */
        fake->lose_block_after = all / 2 + 1;
        fake->lose_block_answers = 1;
        write_right(fake, session, 0, 128 * KIB, NOISE, NULL);
        assert_int_equal(fake->begins_plain, 2);
        /* Only the one whose answer was lost, and what is before it in its sector. */
        assert_in_range(fake->blocks, all + 1, all + 4);
        fake_free(fake, session);
    }
}

/* From the second failure on the chip is asked for the block instead of beginning anew. */
static void test_on_a_bad_line_a_silent_block_is_looked_for(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], 4 * MIB);
        fake->lose_block_answers = 4;
        write_right(fake, session, 0, 64 * KIB, NOISE, NULL);
        assert_int_equal(fake->begins_plain, 2);
        assert_int_equal(espbak_session_get_stats(session).retries, 4);
        fake_free(fake, session);
    }
}

static void test_failure_says_that_flash_was_changed(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, 4 * MIB);
    contents from = make_contents(0x1000, 8192, NOISE);
    espbak_error err = {0};
    assert_int_equal(espbak_flash_write(session, 0x1001, 8192, NULL, supply, &from, &err), ESPBAK_E_USAGE);
    assert_int_equal(espbak_flash_write(session, 0x3FF000, 8192, NULL, supply, &from, &err), ESPBAK_E_USAGE);
    assert_false(err.flash_changed);
    fake->bad_blocks = 1000;
    assert_int_equal(write_range(session, &from, 8192, NULL, &err), ESPBAK_E_DEVICE);
    assert_true(err.flash_changed);
    assert_non_null(strstr(err.message, "writing 0x1000"));
    free(from.bytes);
    fake_free(fake, session);
}

static void test_write_above_what_the_loader_addresses_is_refused(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, 32 * MIB);
    contents from = make_contents(16 * MIB, 8192, NOISE);
    espbak_error err = {0};
    assert_int_equal(write_range(session, &from, 8192, NULL, &err), ESPBAK_E_UNSUPPORTED);
    assert_int_equal(espbak_flash_erase(session, 16 * MIB - 4096, 8192, &err), ESPBAK_E_UNSUPPORTED);
    assert_false(err.flash_changed);
    assert_int_equal(fake->erased_sectors, 0);
    free(from.bytes);
    fake_free(fake, session);
}

static void test_erase_takes_exactly_its_sectors(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], 4 * MIB);
        espbak_error err = {0};
        assert_int_equal(espbak_flash_erase(session, 0x9000, 0x143000, &err), ESPBAK_OK);
        assert_int_equal(fake->erased_sectors, 0x143);
        assert_true(bytes_are_all(fake->flash + 0x9000, 0x143000, 0xFF));
        assert_int_equal(espbak_flash_erase(session, 0x9000, 100, &err), ESPBAK_E_USAGE);
        fake_free(fake, session);
    }
}

/* As the ESP8266 ROM erases: the sectors before the first 64 KiB boundary, and all that was named after them. */
static uint32_t rom_erases(uint32_t first, uint32_t named)
{
    const uint32_t head = 16 - first % 16;
    return named + (head < named ? head : named);
}

static void test_esp8266_rom_erases_exactly_or_not_at_all(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 40; first++) {
        for (uint32_t count = 2; count < 100; count++) {
            const uint32_t named = flash_rom_erase_sectors(first, count);
            if (named != 0)
                assert_int_equal(rom_erases(first, named), count);
            else
                assert_int_equal(count % 2, 1);
        }
    }
}

static void test_esp8266_rom_harms_no_neighbour(void **state)
{
    (void)state;
    static const struct {
        uint32_t first, sectors;
    } ranges[] = {{0, 2}, {0, 3}, {15, 2}, {15, 3}, {13, 5}, {63, 4}, {63, 3}, {1, 129}, {62, 67}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp8266", ESPBAK_LOADER_ROM, MIB);
        write_right(fake, session, ranges[i].first * 4096u, ranges[i].sectors * 4096u, NOISE, NULL);
        uint8_t *before = malloc(MIB);
        assert_non_null(before);
        memcpy(before, fake->flash, MIB);
        espbak_error err = {0};
        assert_int_equal(espbak_flash_erase(session, ranges[i].first * 4096u, ranges[i].sectors * 4096u, &err),
                         ESPBAK_OK);
        const size_t begin = ranges[i].first * 4096u, end = begin + ranges[i].sectors * 4096u;
        assert_true(bytes_are_all(fake->flash + begin, end - begin, 0xFF));
        assert_memory_equal(fake->flash, before, begin);
        assert_memory_equal(fake->flash + end, before + end, MIB - end);
        free(before);
        fake_free(fake, session);
    }
}

static void test_esp8266_rom_refuses_a_single_sector(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp8266", ESPBAK_LOADER_ROM, MIB);
    contents from = make_contents(0, 4096, NOISE);
    espbak_error err = {0};
    assert_int_equal(write_range(session, &from, 4096, NULL, &err), ESPBAK_E_UNSUPPORTED);
    assert_int_equal(espbak_flash_erase(session, 0, 4096, &err), ESPBAK_E_UNSUPPORTED);
    assert_false(err.flash_changed);
    assert_int_equal(fake->erased_sectors, 0);
    free(from.bytes);
    fake_free(fake, session);
}

TEST_GROUP(flash_write)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_loader_writes_byte_for_byte),
        cmocka_unit_test(test_deflate_is_used_where_it_pays),
        cmocka_unit_test(test_secure_download_mode_gets_plain_blocks),
        cmocka_unit_test(test_begin_has_the_words_its_loader_expects),
        cmocka_unit_test(test_stub_behind_usb_otg_takes_small_blocks),
        cmocka_unit_test(test_a_damaged_block_is_sent_again),
        cmocka_unit_test(test_a_damaged_deflated_block_spoils_a_rom_download),
        cmocka_unit_test(test_a_lost_answer_starts_the_piece_again),
        cmocka_unit_test(test_what_is_proven_is_not_written_again),
        cmocka_unit_test(test_on_a_bad_line_a_silent_block_is_looked_for),
        cmocka_unit_test(test_failure_says_that_flash_was_changed),
        cmocka_unit_test(test_write_above_what_the_loader_addresses_is_refused),
        cmocka_unit_test(test_erase_takes_exactly_its_sectors),
        cmocka_unit_test(test_esp8266_rom_erases_exactly_or_not_at_all),
        cmocka_unit_test(test_esp8266_rom_harms_no_neighbour),
        cmocka_unit_test(test_esp8266_rom_refuses_a_single_sector),
    };
    return RUN_GROUP(tests);
}
