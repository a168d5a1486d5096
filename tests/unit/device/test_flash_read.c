/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_loader.h"
#include "support/group.h"

enum { MIB = 1024 * 1024 };

/* What came out of a read, and whether it came in order. */
typedef struct collected {
    uint8_t *bytes;
    uint64_t begin, next;
    uint64_t progress, progress_steps, progress_widest;
    bool progress_went_back;
} collected;

static espbak_status collect(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    collected *to = user;
    assert_int_equal(offset, to->next);
    memcpy(to->bytes + (offset - to->begin), data, size);
    to->next = offset + size;
    return ESPBAK_OK;
}

static void note_progress(void *user, const espbak_progress *progress)
{
    collected *to = user;
    assert_string_equal(progress->phase, "reading");
    to->progress_went_back |= progress->done < to->progress;
    const uint64_t step = progress->done - to->progress;
    to->progress_widest = step > to->progress_widest ? step : to->progress_widest;
    to->progress = progress->done;
    to->progress_steps++;
}

static espbak_status read_range(espbak_session *session, uint64_t offset, uint64_t size,
                                const espbak_flash_read_options *options, collected *to, espbak_error *err)
{
    espbak_events events = {.progress = note_progress, .user = to};
    *to = (collected){.bytes = malloc((size_t)size + 1), .begin = offset, .next = offset};
    assert_non_null(to->bytes);
    session->events = &events;
    const espbak_status status = espbak_flash_read(session, offset, size, options, collect, to, err);
    session->events = NULL;
    return status;
}

/* Read and compare with what the flash holds. */
static void read_right(fake_loader *fake, espbak_session *session, uint64_t offset, uint64_t size,
                       const espbak_flash_read_options *options)
{
    collected to;
    espbak_error err = {0};
    const espbak_status status = read_range(session, offset, size, options, &to, &err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err.message);
    assert_int_equal(status, ESPBAK_OK);
    assert_int_equal(to.next, offset + size);
    assert_memory_equal(to.bytes, fake->flash + offset, size);
    assert_false(to.progress_went_back);
    assert_int_equal(to.progress, size);
    assert_true(to.progress_widest <= 16384);
    assert_int_equal(fake->odd_frames, 0);
    free(to.bytes);
}

static const espbak_loader kinds[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};

static void test_every_engine_reads_any_range(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, size;
    } ranges[] = {{0, 300000}, {4096, 1}, {4097, 3}, {0x1FFFF, 70001}, {MIB - 5, 5}, {123, 0}};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
            espbak_session *session = NULL;
            fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
            read_right(fake, session, ranges[i].offset, ranges[i].size, NULL);
            assert_int_equal(espbak_session_get_stats(session).retries, 0);
            assert_int_equal(espbak_session_get_stats(session).payload_bytes, ranges[i].size);
            fake_free(fake, session);
        }
    }
}

static void test_current_stub_is_acknowledged_at_the_first_byte(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 64, 4096, 16384};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32c3", ESPBAK_LOADER_STUB_CURRENT, MIB);
        fake->step = steps[i];
        read_right(fake, session, 0x3000, 200000, NULL);
        assert_int_equal(fake->too_early, 0);
        assert_int_equal(fake->two_ahead, 0);
        if (steps[i] < 4096)
            assert_int_equal(fake->late, 0);
        assert_int_equal(fake->overflows, 0);
        fake_free(fake, session);
    }
}

static void test_plain_current_stub_is_acknowledged_behind_each_packet(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32c3", ESPBAK_LOADER_STUB_CURRENT, MIB);
    read_right(fake, session, 0, 100000, &(espbak_flash_read_options){.plain = true});
    assert_int_equal(fake->early, 0);
    assert_int_equal(fake->late, 25);
    fake_free(fake, session);
}

static void test_legacy_stub_gets_a_window_whose_acknowledgements_fit(void **state)
{
    (void)state;
    static const espbak_time trips[] = {0, 2000, 32000, 300000};
    for (size_t i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_LEGACY, MIB);
        espbak_error err = {0};
        assert_int_equal(espbak_transport_set_baud(session->transport, 2000000, &err), ESPBAK_OK);
        session->info.link.baud = 2000000;
        session->line.round_trip = trips[i];
        fake->latency = trips[i];
        fake->step = 100000;
        read_right(fake, session, 0xC0000, 0x3F000, NULL);
        if (trips[i] == 300000)
            assert_int_equal(fake->last_window, 12 * 4096);
        assert_true(fake->last_window >= 16384);
        assert_true(fake->last_window <= 12 * 4096);
        assert_true(fake->fifo_peak <= FAKE_FIFO);
        assert_int_equal(fake->overflows, 0);
        fake_free(fake, session);
    }
}

static void test_a_legacy_stub_never_hears_what_it_could_take_for_erase(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0x40000, 0xD000, 0xE000, 0xD300, 0x1D300};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int plain = 0; plain < 2; plain++) {
            espbak_session *session = NULL;
            fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_LEGACY, MIB);
            read_right(fake, session, 0x1000, sizes[i], &(espbak_flash_read_options){.plain = plain != 0});
            assert_int_equal(fake->perilous, 0);
            assert_int_equal(espbak_session_get_stats(session).retries, 0);
            fake_free(fake, session);
        }
    }
}

static void test_small_packets_keep_the_legacy_window_within_the_fifo(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_LEGACY, MIB);
    fake->step = 100000;
    read_right(fake, session, 0, 65536, &(espbak_flash_read_options){.packet_size = 256});
    assert_true(fake->last_window <= 12 * 256);
    assert_int_equal(fake->overflows, 0);
    fake_free(fake, session);
}

static void test_rom_requests_overlap_but_never_overflow_the_fifo(void **state)
{
    (void)state;
    /* Addresses full of C0 and DB are longer on the line. */
    static const uint32_t offsets[] = {0, 0xC00000, 0xC0DBC0, 0xDBC000};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_ROM, 16 * MIB);
        session->line.round_trip = 34000;
        fake->latency = 34000;
        read_right(fake, session, offsets[i], 65536, NULL);
        assert_true(fake->outstanding_peak >= 4);
        assert_true(fake->fifo_peak <= FAKE_FIFO);
        assert_int_equal(fake->overflows, 0);
        assert_int_equal(espbak_session_get_stats(session).retries, 0);
        fake_free(fake, session);
    }
}

static void test_rom_read_plainly_asks_one_thing_at_a_time(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_ROM, MIB);
    read_right(fake, session, 0, 8192, &(espbak_flash_read_options){.plain = true});
    assert_int_equal(fake->outstanding_peak, 0);
    fake_free(fake, session);
}

static void test_a_flipped_bit_costs_one_plain_reread(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        fake->corrupt_packets = 1;
        read_right(fake, session, 0, 200000, NULL);
        assert_int_equal(espbak_session_get_stats(session).retries, 1);
        if (kinds[k] == ESPBAK_LOADER_STUB_CURRENT)
            assert_true(fake->late > 0);
        fake_free(fake, session);
    }
}

static void test_a_lost_acknowledgement_is_survived_in_bounded_time(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        /* For the legacy stub the last one, for any other is made good by the next. */
        fake->lose_after = kinds[k] == ESPBAK_LOADER_STUB_LEGACY ? 14 : 3;
        fake->lose_acks = 1;
        const espbak_time begun = fake->now;
        read_right(fake, session, 0, 65536, NULL);
        assert_int_equal(espbak_session_get_stats(session).retries, 1);
        assert_true(fake->commands[OP_READ_REG] > 0);
        assert_true(fake->now - begun < 30 * ESPBAK_S);
        fake_free(fake, session);
    }
}

static void test_a_lost_rom_request_shifts_nothing(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_ROM, MIB);
    fake->latency = session->line.round_trip = 34000;
    fake->lose_after = 100;
    fake->lose_requests = 1;
    read_right(fake, session, 0, 16384, NULL);
    assert_int_equal(espbak_session_get_stats(session).retries, 1);
    assert_true(session->flash->rom_window < 8);
    fake_free(fake, session);
}

static void test_endless_failures_name_the_place_and_deliver_nothing(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        fake->corrupt_packets = 1000000;
        collected to;
        espbak_error err = {0};
        assert_int_equal(read_range(session, 0x12000, 65536, NULL, &to, &err), ESPBAK_E_LINK);
        assert_int_equal(to.next, 0x12000);
        assert_non_null(strstr(err.message, "reading 0x12000"));
        assert_non_null(strstr(err.message, "1024 bytes failed 16 times"));
        assert_true(err.hint[0] != '\0');
        assert_false(err.flash_changed);
        free(to.bytes);
        fake_free(fake, session);
    }
}

/* Bytes on the wire tell it: after one damaged packet of a long chunk only its sector is read again. */
static void test_only_the_damaged_sector_is_read_again(void **state)
{
    (void)state;
    const espbak_flash_read_options options = {.chunk_size = 256 * 1024};
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        fake->corrupt_packets = 1;
        read_right(fake, session, 0, 256 * 1024, &options);
        assert_int_equal(espbak_session_get_stats(session).retries, 1);
        const uint64_t wire = espbak_transport_get_stats(session->transport).rx_bytes;
        assert_in_range(wire, 256 * 1024, 256 * 1024 + 64 * 1024);
        fake_free(fake, session);
    }
}

static void test_a_flash_read_error_is_asked_for_again(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, MIB);
    fake->fail_reads = 1;
    read_right(fake, session, 0, 65536, NULL);
    assert_int_equal(espbak_session_get_stats(session).retries, 1);
    fake_free(fake, session);
}

static void test_a_silent_chip_is_given_up(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        fake->mute = 1;
        collected to;
        espbak_error err = {0};
        const espbak_time begun = fake->now;
        assert_int_equal(read_range(session, 0, 65536, NULL, &to, &err), ESPBAK_E_LINK);
        assert_non_null(strstr(err.message, "no longer answers"));
        assert_true(fake->now - begun < 60 * ESPBAK_S);
        free(to.bytes);
        fake_free(fake, session);
    }
}

/* Delimiters, noise and frames that nobody asked for are as good as silence, and do not last longer. */
static void test_a_chip_that_babbles_is_given_up(void **state)
{
    (void)state;
    static const char *const ways[] = {"\xC0", "x", "\xC0OHAH\xC0"};
    for (size_t k = 0; k < 9; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k % 3], MIB);
        fake->babble = ways[k / 3];
        collected to;
        espbak_error err = {0};
        const espbak_time begun = fake->now;
        assert_int_equal(read_range(session, 0, 65536, NULL, &to, &err), ESPBAK_E_LINK);
        assert_int_equal(to.next, 0);
        assert_true(fake->now - begun < 60 * ESPBAK_S);
        free(to.bytes);
        fake_free(fake, session);
    }
}

static void test_ranges_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, 32 * MIB);
    collected to;
    espbak_error err = {0};
    assert_int_equal(read_range(session, 32 * MIB - 1, 2, NULL, &to, &err), ESPBAK_E_USAGE);
    free(to.bytes);
    assert_int_equal(read_range(session, UINT64_MAX, 2, NULL, &to, &err), ESPBAK_E_USAGE);
    free(to.bytes);
    assert_int_equal(read_range(session, 16 * MIB - 1, 2, NULL, &to, &err), ESPBAK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "0x1000000"));
    free(to.bytes);
    uint8_t md5[16];
    assert_int_equal(espbak_flash_md5(session, 16 * MIB, 4096, md5, &err), ESPBAK_E_UNSUPPORTED);
    for (size_t i = 0; i < 256; i++)
        assert_int_equal(fake->commands[i], 0);
    fake_free(fake, session);
}

static void test_what_a_loader_cannot_do_is_said(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp8266", ESPBAK_LOADER_ROM, MIB);
    espbak_error err = {0};
    assert_int_equal(espbak_flash_can_read(session, &err), ESPBAK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "ESP8266 ROM loader cannot read flash"));
    assert_int_equal(espbak_flash_can_hash(session, &err), ESPBAK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "ESP8266 ROM loader cannot hash flash"));
    session->info.link.loader = ESPBAK_LOADER_STUB_CURRENT;
    assert_int_equal(espbak_flash_can_read(session, &err), ESPBAK_OK);
    assert_int_equal(espbak_flash_can_hash(session, &err), ESPBAK_OK);
    session->info.security.secure_download = ESPBAK_YES;
    assert_int_equal(espbak_flash_can_read(session, &err), ESPBAK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "Secure Download Mode"));
    fake_free(fake, session);
}

static void test_both_digest_forms(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        uint8_t md5[16], expected[16];
        espbak_error err = {0};
        assert_int_equal(digest_of(DIGEST_MD5, fake->flash + 8192, 100000, expected, &err), ESPBAK_OK);
        assert_int_equal(espbak_flash_md5(session, 8192, 100000, md5, &err), ESPBAK_OK);
        assert_memory_equal(md5, expected, 16);
        assert_int_equal(espbak_flash_md5(session, 8192, 0, md5, NULL), ESPBAK_OK);
        assert_int_equal(digest_of(DIGEST_MD5, "", 0, expected, &err), ESPBAK_OK);
        assert_memory_equal(md5, expected, 16);
        fake_free(fake, session);
    }
}

static espbak_status full_disk(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)user;
    (void)offset;
    (void)data;
    (void)size;
    return espbak_fail(err, ESPBAK_E_FILE, "no space left");
}

static void test_a_sink_that_fails_ends_the_read(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, MIB);
    espbak_error err = {0};
    assert_int_equal(espbak_flash_read(session, 0, 200000, NULL, full_disk, NULL, &err), ESPBAK_E_FILE);
    assert_int_equal(fake->commands[OP_READ_FLASH], 1);
    fake_free(fake, session);
}

TEST_GROUP(flash_read)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_engine_reads_any_range),
        cmocka_unit_test(test_current_stub_is_acknowledged_at_the_first_byte),
        cmocka_unit_test(test_plain_current_stub_is_acknowledged_behind_each_packet),
        cmocka_unit_test(test_legacy_stub_gets_a_window_whose_acknowledgements_fit),
        cmocka_unit_test(test_a_legacy_stub_never_hears_what_it_could_take_for_erase),
        cmocka_unit_test(test_small_packets_keep_the_legacy_window_within_the_fifo),
        cmocka_unit_test(test_rom_requests_overlap_but_never_overflow_the_fifo),
        cmocka_unit_test(test_rom_read_plainly_asks_one_thing_at_a_time),
        cmocka_unit_test(test_a_flipped_bit_costs_one_plain_reread),
        cmocka_unit_test(test_a_lost_acknowledgement_is_survived_in_bounded_time),
        cmocka_unit_test(test_a_lost_rom_request_shifts_nothing),
        cmocka_unit_test(test_endless_failures_name_the_place_and_deliver_nothing),
        cmocka_unit_test(test_only_the_damaged_sector_is_read_again),
        cmocka_unit_test(test_a_flash_read_error_is_asked_for_again),
        cmocka_unit_test(test_a_silent_chip_is_given_up),
        cmocka_unit_test(test_a_chip_that_babbles_is_given_up),
        cmocka_unit_test(test_ranges_are_refused_before_anything_is_sent),
        cmocka_unit_test(test_what_a_loader_cannot_do_is_said),
        cmocka_unit_test(test_both_digest_forms),
        cmocka_unit_test(test_a_sink_that_fails_ends_the_read),
    };
    return RUN_GROUP(tests);
}
