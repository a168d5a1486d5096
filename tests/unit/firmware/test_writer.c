/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "support/own_requests.h"

enum { NONCE = 0x4E4F4E43, TRANSACTION = 0x12345678, AT = 0x10000, LENGTH = 0x20000 };

static uint8_t before[FLASH_SIZE];
static uint8_t contents[FAKE_WRITE_BLOCK];

static void ranges_crc_of(uint32_t count, const uint32_t *pairs, uint32_t *crc)
{
    uint32_t ordered[2 * WIRE_RANGES];
    memcpy(ordered, pairs, count * 2 * WIRE_WORD);
    loader_wire_words(ordered, count * 2);
    *crc = hal_crc32(NULL, 0, ordered, count * 2 * WIRE_WORD);
}

static void open_and_allow(void)
{
    ASK(1, WIRE_OP_OPEN, NONCE, 0, TRANSACTION);
    expect(1, WIRE_KIND_DONE, WIRE_STATUS_OK);
    ASK(2, WIRE_OP_ALLOW, AT, LENGTH, TRANSACTION);
    expect(2, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

static void confirm(uint32_t tag, uint32_t status)
{
    const uint32_t ranges[] = {AT, LENGTH};
    uint32_t crc;
    ranges_crc_of(1, ranges, &crc);
    ASK(tag, WIRE_OP_CONFIRM, 1, crc, TRANSACTION);
    expect(tag, status == WIRE_STATUS_OK ? WIRE_KIND_DONE : WIRE_KIND_REFUSED, status);
}

static int start_closed(void **state)
{
    start(state);
    memcpy(before, hal.flash, sizeof(before));
    for (uint32_t i = 0; i < sizeof(contents); i++)
        contents[i] = (uint8_t)(i / 2 * 5 + i / 512);
    return 0;
}

static int start_writing(void **state)
{
    start_closed(state);
    open_and_allow();
    confirm(3, WIRE_STATUS_OK);
    return 0;
}

/* What a WRITE is made of; a test spoils it where it likes. */
typedef struct write_request {
    uint32_t words[WIRE_REQUEST_WORDS];
    uint32_t payload[(FAKE_WRITE_BLOCK + 64) / WIRE_WORD];
    uint32_t payload_size;
} write_request;

static void close_payload(write_request *w)
{
    const uint32_t last = w->payload_size / WIRE_WORD - 1;
    w->payload[last] = loader_wire_word(hal_crc32(NULL, 0, w->payload, last * WIRE_WORD));
}

static void make_write(write_request *w, uint32_t tag, uint32_t address, uint32_t length, uint32_t form,
                       uint32_t data_size)
{
    w->payload_size = (WIRE_WRITE_WORDS + 1) * WIRE_WORD + (data_size + WIRE_WORD - 1) / WIRE_WORD * WIRE_WORD;
    w->payload[WIRE_WRITE_TRANSACTION] = TRANSACTION;
    w->payload[WIRE_WRITE_TAG] = tag;
    w->payload[WIRE_WRITE_CRC] = hal_crc32(NULL, 0, contents, length);
    w->payload[WIRE_WRITE_FORM] = form;
    w->payload[WIRE_WRITE_SIZE] = data_size;
    loader_wire_words(w->payload, WIRE_WRITE_WORDS);
    memcpy(w->payload + WIRE_WRITE_WORDS, contents, data_size);
    if (form == WIRE_FORM_DEFLATE)
        for (uint32_t i = 0; i < data_size; i++)
            ((uint8_t *)(w->payload + WIRE_WRITE_WORDS))[i] = contents[(size_t)i * 2];
    close_payload(w);
    make_request(w->words, tag, WIRE_OP_WRITE, (const uint32_t[3]){address, length, w->payload_size});
}

static void send_write(const write_request *w)
{
    send_bytes(w->words, WIRE_REQUEST_SIZE);
    send_bytes(w->payload, w->payload_size);
}

static void write_raw(uint32_t tag, uint32_t address, uint32_t length)
{
    static write_request w;
    make_write(&w, tag, address, length, WIRE_FORM_RAW, length);
    send_write(&w);
}

static void assert_unchanged(void)
{
    assert_memory_equal(hal.flash, before, sizeof(before));
}

static void test_nothing_is_written_without_a_transaction(void **state)
{
    (void)state;
    write_raw(10, AT, 0x1000);
    expect(10, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    ASK(11, WIRE_OP_ERASE, AT, 0x1000, 0);
    expect(11, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    assert_unchanged();
}

static void test_a_transaction_takes_nonce_ranges_and_confirmation(void **state)
{
    (void)state;
    ASK(1, WIRE_OP_OPEN, NONCE + 1, 0, TRANSACTION);
    expect(1, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    ASK(2, WIRE_OP_ALLOW, AT, LENGTH, TRANSACTION);
    expect(2, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    open_and_allow();
    ASK(4, WIRE_OP_ERASE, AT, 0x1000, TRANSACTION);
    expect(4, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    ASK(5, WIRE_OP_CONFIRM, 1, 0x1234, TRANSACTION);
    expect(5, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    assert_false(hal.shared_for_writing);
    confirm(6, WIRE_STATUS_OK);
    assert_true(hal.shared_for_writing);
    assert_unchanged();
}

static void test_all_of_it_may_be_asked_again(void **state)
{
    (void)state;
    open_and_allow();
    open_and_allow();
    assert_int_equal(core.range_count, 1);
    confirm(7, WIRE_STATUS_OK);
    confirm(8, WIRE_STATUS_OK);
    open_and_allow();
    ASK(9, WIRE_OP_ALLOW, 0, 0x1000, TRANSACTION); /* too late for a new one */
    expect(9, WIRE_KIND_REFUSED, WIRE_STATUS_BAD_REQUEST);
    write_raw(10, AT, 0x1000);
    expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

static void test_another_transaction_ends_the_first(void **state)
{
    (void)state;
    ASK(1, WIRE_OP_OPEN, NONCE, 0, 77);
    expect(1, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_false(hal.shared_for_writing);
    assert_int_equal(core.block_size, FAKE_BLOCK);
    write_raw(2, AT, 0x1000);
    expect(2, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    confirm(3, WIRE_STATUS_OFF);
    assert_unchanged();
}

static void test_writes_what_it_is_sent_and_nothing_else(void **state)
{
    (void)state;
    static write_request w;
    write_raw(10, AT + 0x1000, 0x3000);
    make_write(&w, 11, AT + 0x8000, 0x4000, WIRE_FORM_DEFLATE, 0x2000);
    send_write(&w);
    run();
    reply got = take_reply();
    assert_reply(&got, 10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(got.words[WIRE_REPLY_RAW], 0x3000);
    assert_int_equal(got.words[WIRE_REPLY_RAW_CRC], hal_crc32(NULL, 0, contents, 0x3000));
    got = take_reply();
    assert_reply(&got, 11, WIRE_KIND_DONE, WIRE_STATUS_OK);
    memcpy(before + AT + 0x1000, contents, 0x3000);
    memcpy(before + AT + 0x8000, contents, 0x4000);
    assert_unchanged();
}

static void test_what_is_there_is_neither_erased_nor_programmed(void **state)
{
    (void)state;
    write_raw(10, AT, 0x4000);
    expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    hal.erased = hal.programmed = 0;
    write_raw(11, AT, 0x4000);
    expect(11, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.erased + hal.programmed, 0);
}

static void test_blank_sectors_are_not_erased_and_blank_pages_not_programmed(void **state)
{
    (void)state;
    memset(hal.flash + AT, 0xFF, 0x2000);
    memset(contents + 0x100, 0xFF, 0x700);
    write_raw(10, AT, 0x2000);
    expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.erased, 0);
    assert_int_equal(hal.programmed, 0x2000 / WIRE_PAGE - 7);
}

static void test_blank_needs_no_data(void **state)
{
    (void)state;
    static write_request w;
    memset(contents, 0xFF, sizeof(contents));
    make_write(&w, 10, AT, 0x2000, WIRE_FORM_BLANK, 0);
    send_write(&w);
    expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.erased, 2);
    assert_int_equal(hal.programmed, 0);
    assert_memory_equal(hal.flash + AT, contents, 0x2000);
}

static void test_erases_by_blocks_where_that_is_sooner(void **state)
{
    (void)state;
    memset(hal.flash + 0x20000, 0xFF, 0x10000);
    memset(hal.flash + 0x23000, 0, 10);
    ASK(10, WIRE_OP_ERASE, AT, 0x20000, TRANSACTION);
    expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.blocks_erased, 1);
    assert_int_equal(hal.erased, 1);
    memset(before + AT, 0xFF, 0x20000);
    assert_unchanged();
}

static void test_erases_parts_of_blocks_by_sectors(void **state)
{
    (void)state;
    ASK(10, WIRE_OP_ERASE, AT + 0xE000, 0x4000, TRANSACTION);
    expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    assert_int_equal(hal.blocks_erased, 0);
    assert_int_equal(hal.erased, 4);
    memset(before + AT + 0xE000, 0xFF, 0x4000);
    assert_unchanged();
}

static void test_refuses_what_was_not_declared(void **state)
{
    (void)state;
    static const struct {
        uint32_t address, length, status;
    } places[] = {
        {0, 0x1000, WIRE_STATUS_FORBIDDEN},
        {AT - 0x1000, 0x2000, WIRE_STATUS_FORBIDDEN},
        {AT + LENGTH, 0x1000, WIRE_STATUS_FORBIDDEN},
        {AT + LENGTH - 0x1000, 0x2000, WIRE_STATUS_FORBIDDEN},
        {AT + 0x100, 0x1000, WIRE_STATUS_BAD_REQUEST},
        {AT, 0x80, WIRE_STATUS_BAD_REQUEST},
        {AT, 0, WIRE_STATUS_BAD_REQUEST},
        {0xFFFFF000, 0x2000, WIRE_STATUS_BAD_REQUEST}, /* wraps around */
    };
    for (uint32_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        static write_request w;
        ASK(10 + i, WIRE_OP_ERASE, places[i].address, places[i].length, TRANSACTION);
        expect(10 + i, WIRE_KIND_REFUSED, places[i].status);
        make_write(&w, 30 + i, places[i].address, places[i].length, WIRE_FORM_RAW, places[i].length);
        send_write(&w);
        expect(30 + i, WIRE_KIND_REFUSED, places[i].status);
    }
    assert_unchanged();
}

static void test_contents_are_checked_before_the_first_change(void **state)
{
    (void)state;
    static write_request w;
    make_write(&w, 10, AT, 0x1000, WIRE_FORM_RAW, 0x1000);
    w.payload[WIRE_WRITE_CRC] ^= 1;
    close_payload(&w);
    send_write(&w);
    expect(10, WIRE_KIND_REFUSED, WIRE_STATUS_CONTENTS);
    make_write(&w, 11, AT, 0x1000, WIRE_FORM_DEFLATE, 0x400);
    send_write(&w);
    expect(11, WIRE_KIND_REFUSED, WIRE_STATUS_CONTENTS);
    make_write(&w, 12, AT, 0x1000, WIRE_FORM_RAW, 0x1000);
    w.payload[WIRE_WRITE_SIZE] = loader_wire_word(0x2000); /* more than there is */
    close_payload(&w);
    send_write(&w);
    expect(12, WIRE_KIND_REFUSED, WIRE_STATUS_CONTENTS);
    assert_unchanged();
}

static void test_flash_that_does_not_take_it_is_told(void **state)
{
    (void)state;
    hal.worn_from = AT;
    write_raw(10, AT, 0x1000);
    expect(10, WIRE_KIND_REFUSED, WIRE_STATUS_DIFFERS);
}

static void test_pages_are_written_where_they_are_blank(void **state)
{
    (void)state;
    write_raw(10, AT + 0x1100, 0x200);
    expect(10, WIRE_KIND_REFUSED, WIRE_STATUS_FLASH);
    assert_unchanged();
    memset(hal.flash + AT + 0x1000, 0xFF, 0x1000);
    memset(before + AT + 0x1000, 0xFF, 0x1000);
    for (uint32_t again = 0; again < 2; again++) {
        write_raw(11 + again, AT + 0x1100, 0x200);
        expect(11 + again, WIRE_KIND_DONE, WIRE_STATUS_OK);
    }
    memcpy(before + AT + 0x1100, contents, 0x200);
    assert_unchanged();
    assert_int_equal(hal.erased, 0);
    write_raw(12, AT + 0x1F00, 0x100); /* the last page */
    expect(12, WIRE_KIND_DONE, WIRE_STATUS_OK);
    memcpy(before + AT + 0x1F00, contents, 0x100);
    write_raw(13, AT + 0x1F00, 0x200); /* into the next sector */
    expect(13, WIRE_KIND_REFUSED, WIRE_STATUS_BAD_REQUEST);
    write_raw(14, AT + 0x1F80, 0x80);
    expect(14, WIRE_KIND_REFUSED, WIRE_STATUS_BAD_REQUEST);
    assert_unchanged();
}

static void test_a_payload_belongs_to_its_own_request(void **state)
{
    (void)state;
    static write_request first, second;
    make_write(&first, 10, AT, 0x1000, WIRE_FORM_RAW, 0x1000);
    contents[0] ^= 1;
    make_write(&second, 11, AT + 0x4000, 0x1000, WIRE_FORM_RAW, 0x1000);
    /* The first payload and the second header are lost. */
    send_bytes(first.words, WIRE_REQUEST_SIZE);
    send_bytes(second.payload, second.payload_size);
    expect(10, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    assert_unchanged();
}

/* Each byte of a write is lost once, and once another one stands in its place. */
static void test_a_spoiled_byte_costs_one_write(void **state)
{
    static write_request w;
    uint8_t all[WIRE_REQUEST_SIZE + sizeof(w.payload)];
    make_write(&w, 10, AT, 0x1000, WIRE_FORM_RAW, 0x1000);
    memcpy(all, w.words, WIRE_REQUEST_SIZE);
    memcpy(all + WIRE_REQUEST_SIZE, w.payload, w.payload_size);
    const uint32_t size = WIRE_REQUEST_SIZE + w.payload_size;
    for (uint32_t at = 0; at < size; at += at < 64 || at + 64 > size ? 1 : 61) {
        for (unsigned lost = 0; lost < 2; lost++) {
            start_writing(state);
            send_bytes(all, at);
            if (lost == 0)
                send_bytes("\x55", 1);
            send_bytes(all + at + 1, size - at - 1);
            if (lost == 0 && all[at] == 0x55)
                continue;
            run();
            assert_no_reply();
            assert_unchanged();
            hal.milliseconds += 1000;
            /* What comes next is heard, a write or something else. */
            ASK(11, WIRE_OP_HELLO, 0, 0, 0);
            send_bytes(all, size);
            expect(11, WIRE_KIND_INFO, WIRE_STATUS_OK);
            expect(10, WIRE_KIND_DONE, WIRE_STATUS_OK);
        }
    }
}

static void test_requests_behind_a_short_payload_are_found_in_it(void **state)
{
    (void)state;
    static write_request w;
    make_write(&w, 10, AT, 0x1000, WIRE_FORM_RAW, 0x1000);
    send_bytes(w.words, WIRE_REQUEST_SIZE);
    send_bytes(w.payload, w.payload_size - 300); /* the end is lost */
    ASK(11, WIRE_OP_CRC32, 0, 0x1000, 0x1000);
    write_raw(12, AT, 0x2000);
    run();
    reply got = take_reply();
    assert_reply(&got, 11, WIRE_KIND_DIGESTS, WIRE_STATUS_OK);
    got = take_reply();
    assert_reply(&got, 12, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

static void test_a_payload_that_does_not_come_is_given_up(void **state)
{
    (void)state;
    static write_request w;
    make_write(&w, 10, AT, 0x1000, WIRE_FORM_RAW, 0x1000);
    send_bytes(w.words, WIRE_REQUEST_SIZE);
    ASK(11, WIRE_OP_HELLO, 0, 0, 0);
    run();
    assert_no_reply();
    hal.milliseconds += 1000;
    expect(11, WIRE_KIND_INFO, WIRE_STATUS_OK);
}

static void test_cancel_forgets_a_payload(void **state)
{
    (void)state;
    write_raw(10, AT, 0x1000);
    ASK(11, WIRE_OP_CANCEL, 0, 0, 0);
    run();
    reply got = take_reply();
    assert_reply(&got, 10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    got = take_reply();
    assert_reply(&got, 11, WIRE_KIND_DONE, WIRE_STATUS_OK);
    write_raw(12, AT + 0x1000, 0x1000);
    expect(12, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

static void test_reads_and_digests_between_writes(void **state)
{
    (void)state;
    write_raw(10, AT, 0x4000);
    ASK(11, WIRE_OP_READ, AT, 0x4000, 4);
    write_raw(12, AT + 0x4000, 0x4000);
    run();
    reply got = take_reply();
    assert_reply(&got, 10, WIRE_KIND_DONE, WIRE_STATUS_OK);
    got = take_reply();
    assert_reply(&got, 11, WIRE_KIND_RAW, WIRE_STATUS_OK); /* nothing is compressed while writing is on */
    assert_memory_equal(got.payload, contents, 0x4000);
    got = take_reply();
    assert_reply(&got, 12, WIRE_KIND_DONE, WIRE_STATUS_OK);
}

static uint32_t status_of(uint32_t tag, uint32_t code, uint32_t size, uint32_t value)
{
    ASK(tag, WIRE_OP_STATUS, code, size, value);
    run();
    const reply got = take_reply();
    assert_reply(&got, tag, WIRE_KIND_STATUS, WIRE_STATUS_OK);
    return word_at(got.payload, 0);
}

/* Anyone may look at them; they are changed only while the flash may be. */
static void test_status_registers(void **state)
{
    (void)state;
    hal.status[0] = 0x1C;
    assert_int_equal(status_of(10, 0x05, 0, 0x40), 0x1C);
    ASK(11, WIRE_OP_STATUS, 0x05, 1, 0);
    expect(11, WIRE_KIND_REFUSED, WIRE_STATUS_OFF);
    assert_int_equal(hal.status[0], 0x1C);
    open_and_allow();
    confirm(3, WIRE_STATUS_OK);
    assert_int_equal(status_of(12, 0x05, 1, 0), 0);
    assert_int_equal(status_of(13, 0x05, 2, 0x4004), 4);
    assert_int_equal(status_of(14, 0x35, 0, 0), 0x40);
    assert_int_equal(status_of(15, 0x15, 1, 0x60), 0x60);
    static const uint32_t strange[][2] = {{0x9F, 0}, {0x05, 3}, {0x01, 1}};
    for (uint32_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        ASK(20 + i, WIRE_OP_STATUS, strange[i][0], strange[i][1], 0);
        expect(20 + i, WIRE_KIND_REFUSED, WIRE_STATUS_BAD_REQUEST);
    }
    assert_unchanged();
}

TEST_GROUP(writer)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_is_written_without_a_transaction, start_closed),
        cmocka_unit_test_setup(test_a_transaction_takes_nonce_ranges_and_confirmation, start_closed),
        cmocka_unit_test_setup(test_all_of_it_may_be_asked_again, start_closed),
        cmocka_unit_test_setup(test_another_transaction_ends_the_first, start_writing),
        cmocka_unit_test_setup(test_writes_what_it_is_sent_and_nothing_else, start_writing),
        cmocka_unit_test_setup(test_what_is_there_is_neither_erased_nor_programmed, start_writing),
        cmocka_unit_test_setup(test_blank_sectors_are_not_erased_and_blank_pages_not_programmed, start_writing),
        cmocka_unit_test_setup(test_blank_needs_no_data, start_writing),
        cmocka_unit_test_setup(test_erases_by_blocks_where_that_is_sooner, start_writing),
        cmocka_unit_test_setup(test_erases_parts_of_blocks_by_sectors, start_writing),
        cmocka_unit_test_setup(test_refuses_what_was_not_declared, start_writing),
        cmocka_unit_test_setup(test_contents_are_checked_before_the_first_change, start_writing),
        cmocka_unit_test_setup(test_flash_that_does_not_take_it_is_told, start_writing),
        cmocka_unit_test_setup(test_pages_are_written_where_they_are_blank, start_writing),
        cmocka_unit_test_setup(test_a_payload_belongs_to_its_own_request, start_writing),
        cmocka_unit_test_setup(test_a_spoiled_byte_costs_one_write, start_writing),
        cmocka_unit_test_setup(test_requests_behind_a_short_payload_are_found_in_it, start_writing),
        cmocka_unit_test_setup(test_a_payload_that_does_not_come_is_given_up, start_writing),
        cmocka_unit_test_setup(test_cancel_forgets_a_payload, start_writing),
        cmocka_unit_test_setup(test_reads_and_digests_between_writes, start_writing),
        cmocka_unit_test_setup(test_status_registers, start_closed),
    };
    return RUN_GROUP(tests);
}
