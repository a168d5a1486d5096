/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_line.h"
#include "support/group.h"

#include "protocol/command.h"

typedef struct fixture {
    fake_line line;
    espbak_clock clock;
    espbak_transport *transport;
    command_link link;
    espbak_error err;
} fixture;

static fixture fx;

static int setup(void **state)
{
    (void)state;
    const espbak_transport_caps caps = {.baud = true};
    memset(&fx, 0, sizeof(fx));
    fx.transport = fake_open(&fx.line, &fx.clock, &caps, NULL);
    return command_link_init(&fx.link, fx.transport, &fx.err) == ESPBAK_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    command_link_free(&fx.link);
    espbak_transport_close(fx.transport);
    return 0;
}

/* A response frame with the given data behind its header. */
static void answer(espbak_time when, uint8_t op, uint32_t value, const char *data, size_t size)
{
    uint8_t frame[256] = {1, op, (uint8_t)size, 0};
    uint8_t coded[SLIP_ENCODED_MAX(sizeof(frame))];
    for (unsigned i = 0; i < 4; i++)
        frame[4 + i] = (uint8_t)(value >> (8 * i));
    memcpy(frame + COMMAND_HEADER, data, size);
    fake_arrive(&fx.line, when, coded, slip_encode(coded, frame, COMMAND_HEADER + size));
}

static void test_request_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0xC0, 0x00, 0x0A, 0x04, 0x00, 0, 0, 0, 0, 0x00, 0x10, 0xDB, 0xDC, 0x40, 0xC0};
    uint32_t value = 0;
    answer(1000, OP_READ_REG, 0x12345678, "\0\0\0\0", 4);
    assert_int_equal(command_read_reg(&fx.link, 0x40C01000, &value, &fx.err), ESPBAK_OK);
    assert_int_equal(value, 0x12345678);
    assert_int_equal(fx.line.output_size, sizeof(expected));
    assert_memory_equal(fx.line.output, expected, sizeof(expected));
}

static void test_block_bytes(void **state)
{
    (void)state;
    const uint8_t block[3] = {0x01, 0x02, 0x04};
    answer(0, OP_MEM_DATA, 0, "\0\0", 2);
    assert_int_equal(command_run_block(&fx.link, OP_MEM_DATA, 7, block, sizeof(block), ESPBAK_S, &fx.err), ESPBAK_OK);
    /* C0, 00 07 len16, checksum, then length, sequence, two zeros and the block, C0 */
    assert_int_equal(fx.line.output_size, 1 + 8 + 16 + 3 + 1);
    assert_int_equal(fx.line.output[3], 16 + 3);
    assert_int_equal(fx.line.output[5], 0xEF ^ 0x01 ^ 0x02 ^ 0x04);
    assert_int_equal(fx.line.output[9], 3);
    assert_int_equal(fx.line.output[13], 7);
    assert_memory_equal(fx.line.output + 25, block, sizeof(block));
}

static void test_long_data_is_refused(void **state)
{
    (void)state;
    static uint8_t block[COMMAND_DATA_MAX];
    assert_int_equal(command_send(&fx.link, OP_MEM_DATA, block, 16, block, sizeof(block), 0, &fx.err),
                     ESPBAK_E_INTERNAL);
    assert_int_equal(fx.line.output_size, 0);
    assert_int_equal(command_send(&fx.link, OP_MEM_DATA, block, 16, block, sizeof(block) - 16, 0, &fx.err), ESPBAK_OK);
}

static void test_other_frames_are_skipped(void **state)
{
    (void)state;
    command_response response;
    fake_arrive(&fx.line, 0, "ets Jun  8 2016\r\n\xC0\x01\xC0", 20);
    answer(10, OP_SYNC, 0, "\0\0", 2);
    answer(20, OP_READ_REG, 5, "\0\0", 2);
    assert_int_equal(command_run(&fx.link, OP_READ_REG, NULL, 0, 0, ESPBAK_S, &response, &fx.err), ESPBAK_OK);
    assert_int_equal(response.value, 5);
}

static void test_status_behind_payload(void **state)
{
    (void)state;
    command_response response;
    answer(0, OP_SPI_FLASH_MD5, 0, "0123456789abcdef\0\0", 18);
    assert_int_equal(command_run(&fx.link, OP_SPI_FLASH_MD5, NULL, 0, 16, ESPBAK_S, &response, &fx.err), ESPBAK_OK);
    assert_memory_equal(response.data, "0123456789abcdef", 16);
    /* without the payload a zero status is no success */
    answer(0, OP_SPI_FLASH_MD5, 0, "\0\0", 2);
    assert_int_equal(command_run(&fx.link, OP_SPI_FLASH_MD5, NULL, 0, 16, ESPBAK_S, &response, &fx.err), ESPBAK_E_LINK);
    /* a refusal comes without it */
    answer(0, OP_SPI_FLASH_MD5, 0, "\x01\x06\0\0", 4);
    assert_int_equal(command_run(&fx.link, OP_SPI_FLASH_MD5, NULL, 0, 16, ESPBAK_S, &response, &fx.err),
                     ESPBAK_E_DEVICE);
    assert_non_null(strstr(fx.err.message, "SPI_FLASH_MD5"));
    assert_non_null(strstr(fx.err.message, "0x0106"));
}

static void expect_status(const char *bytes, uint8_t answering_op, espbak_status expected)
{
    answer(fx.line.now, answering_op, 0, bytes, 2);
    assert_int_equal(command_run(&fx.link, OP_FLASH_BEGIN, NULL, 0, 0, ESPBAK_S, NULL, &fx.err), expected);
}

static void test_refusals(void **state)
{
    (void)state;
    expect_status("\x01\x05", OP_FLASH_BEGIN, ESPBAK_E_UNSUPPORTED);
    expect_status("\x01\x05", 0xFF, ESPBAK_E_UNSUPPORTED);
    expect_status("\xFF\x00", OP_FLASH_BEGIN, ESPBAK_E_UNSUPPORTED);
    expect_status("\xC3\x00", OP_FLASH_BEGIN, ESPBAK_E_UNSUPPORTED);
    expect_status("\xC6\x00", OP_FLASH_BEGIN, ESPBAK_E_DEVICE);
    expect_status("\x01\x07", OP_FLASH_BEGIN, ESPBAK_E_DEVICE);
    expect_status("\x00\x00", OP_FLASH_BEGIN, ESPBAK_OK);
}

/* Flash contents in a late answer to something else are no refusal, whatever they begin with. */
static void test_late_payload_is_no_refusal(void **state)
{
    (void)state;
    answer(0, OP_READ_FLASH_SLOW, 0, "\x01\x05 and 62 more bytes of flash\0\0\0\0", 34);
    expect_status("\x00\x00", OP_FLASH_BEGIN, ESPBAK_OK);
}

/* A ROM repeats "invalid": what is left of it must not answer the next command. */
static void test_repeated_refusals_are_drained(void **state)
{
    (void)state;
    uint32_t value = 0;
    /* The register is asked for twice before the refusal is believed. */
    for (unsigned i = 0; i < 16; i++)
        answer(i / 8 * 400 * ESPBAK_MS + i % 8 * 10 * ESPBAK_MS, OP_READ_REG, 0xDEAD, "\x01\x05", 2);
    assert_int_equal(command_read_reg(&fx.link, 0, &value, &fx.err), ESPBAK_E_UNSUPPORTED);
    answer(fx.line.now + 1000, OP_READ_REG, 77, "\0\0", 2);
    assert_int_equal(command_read_reg(&fx.link, 0, &value, &fx.err), ESPBAK_OK);
    assert_int_equal(value, 77);
}

/* As a request is answered whose number the line has damaged. */
static void test_one_refusal_is_not_believed(void **state)
{
    (void)state;
    uint32_t value = 0;
    answer(0, OP_READ_REG, 0, "\x01\x05", 2);
    answer(400 * ESPBAK_MS, OP_READ_REG, 77, "\0\0", 2);
    assert_int_equal(command_read_reg(&fx.link, 0, &value, &fx.err), ESPBAK_OK);
    assert_int_equal(value, 77);
}

static espbak_status ask(uint8_t op, const uint8_t *data, size_t size)
{
    return command_run(&fx.link, op, data, size, 0, COMMAND_DEFAULT_TIMEOUT, NULL, &fx.err);
}

/* Answers that come late must not be taken for the answers to what is asked next. */
static void test_registers_are_asked_again(void **state)
{
    (void)state;
    static const char first[] = "\xC0\x01\x0A\x02\x00\x11\x00\x00\x00\x00\x00\xC0";
    static const char second[] = "\xC0\x01\x0A\x02\x00\x22\x00\x00\x00\x00\x00\xC0";
    uint32_t value = 0;
    fake_arrive(&fx.line, 1600 * ESPBAK_MS, first, sizeof(first) - 1); /* to the first try, too late */
    fake_arrive(&fx.line, 1610 * ESPBAK_MS, first, sizeof(first) - 1); /* to the second one */
    assert_int_equal(command_read_reg(&fx.link, 0x1000, &value, &fx.err), ESPBAK_OK);
    assert_int_equal(value, 0x11);
    fake_arrive(&fx.line, fx.line.now + ESPBAK_MS, second, sizeof(second) - 1);
    assert_int_equal(command_read_reg(&fx.link, 0x2000, &value, &fx.err), ESPBAK_OK);
    assert_int_equal(value, 0x22);
}

static void test_sure_readings_agree(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "\xC0\x01\x0A\x02\x00\x10\x00\x00\x00\x00\x00\xC0",
        "\xC0\x01\x0A\x02\x00\x11\x00\x00\x00\x00\x00\xC0",
        "\xC0\x01\x0A\x02\x00\x11\x00\x00\x00\x00\x00\xC0",
    };
    uint32_t value = 0;
    for (size_t i = 0; i < 3; i++)
        fake_arrive(&fx.line, (espbak_time)i, answers[i], 12);
    assert_int_equal(command_read_reg_sure(&fx.link, 0x1000, &value, &fx.err), ESPBAK_OK);
    assert_int_equal(value, 0x11);
}

static const char answer_read_1[] = "\xC0\x01\x0A\x02\x00\x11\x00\x00\x00\x00\x00\xC0";
static const char answer_read_2[] = "\xC0\x01\x0A\x02\x00\x22\x00\x00\x00\x00\x00\xC0";
static const char answer_write[] = "\xC0\x01\x09\x02\x00\x33\x00\x00\x00\x00\x00\xC0";

static void test_registers_at_once(void **state)
{
    (void)state;
    command_register list[] = {
        {.address = 0x1000}, {.address = 0x2000, .write = true, .value = 7}, {.address = 0x3000}};
    fx.link.queues = true;
    fake_arrive(&fx.line, 10 * ESPBAK_MS, answer_read_1, 12);
    fake_arrive(&fx.line, 10 * ESPBAK_MS, answer_write, 12);
    fake_arrive(&fx.line, 10 * ESPBAK_MS, answer_read_2, 12);
    assert_int_equal(command_registers(&fx.link, list, 3, &fx.err), ESPBAK_OK);
    assert_int_equal(list[0].value, 0x11);
    assert_int_equal(list[1].value, 7);
    assert_int_equal(list[2].value, 0x22);
    assert_true(fx.link.queues);
    assert_in_range(fx.line.now, 10 * ESPBAK_MS, 11 * ESPBAK_MS);
}

/* One answer does not come: what came says nothing, and each is asked for by itself from then on. */
static void test_registers_one_by_one_where_an_answer_is_lost(void **state)
{
    (void)state;
    command_register list[] = {{.address = 0x1000}, {.address = 0x3000}};
    fx.link.queues = true;
    fake_arrive(&fx.line, 10 * ESPBAK_MS, answer_read_2, 12);
    fake_arrive(&fx.line, 1600 * ESPBAK_MS, answer_read_1, 12);
    fake_arrive(&fx.line, 1700 * ESPBAK_MS, answer_read_2, 12);
    assert_int_equal(command_registers(&fx.link, list, 2, &fx.err), ESPBAK_OK);
    assert_int_equal(list[0].value, 0x11);
    assert_int_equal(list[1].value, 0x22);
    assert_false(fx.link.queues);
}

/* No more than the chip's FIFO holds: what is left is sent when the others were answered. */
static void test_registers_of_more_than_a_fifo(void **state)
{
    (void)state;
    command_register list[6] = {{0}};
    fx.link.queues = true;
    for (size_t i = 0; i < 6; i++) {
        list[i] = (command_register){.address = 0x1000, .write = true};
        fake_arrive(&fx.line, (i < 4 ? 10 : 50) * ESPBAK_MS, answer_write, 12);
    }
    assert_int_equal(command_registers(&fx.link, list, 6, &fx.err), ESPBAK_OK);
    assert_true(fx.link.queues);
}

static void test_silence(void **state)
{
    (void)state;
    static const uint8_t address[4] = {0};
    assert_int_equal(ask(OP_READ_REG, address, sizeof(address)), ESPBAK_E_LINK);
    assert_string_equal(fx.err.message, "READ_REG: no answer");
    assert_in_range(fx.line.now, COMMAND_DEFAULT_TIMEOUT, COMMAND_DEFAULT_TIMEOUT + 10 * ESPBAK_MS);
    fake_arrive(&fx.line, fx.line.now, "\xC0\x01\x0A\x02\x00", 5);
    assert_int_equal(ask(OP_READ_REG, address, sizeof(address)), ESPBAK_E_LINK);
    assert_non_null(strstr(fx.err.message, "stopped after 4 bytes"));
}

static void test_noise_is_told_apart(void **state)
{
    (void)state;
    static const uint8_t address[4] = {0};
    fake_arrive(&fx.line, 0, "hello world", 11);
    assert_int_equal(ask(OP_READ_REG, address, sizeof(address)), ESPBAK_E_LINK);
    assert_non_null(strstr(fx.err.message, "only noise"));
}

static void test_begun_takes_nothing(void **state)
{
    (void)state;
    const uint8_t *frame = NULL;
    size_t size = 0;
    bool begun = true;
    fake_arrive(&fx.line, 100,
                "\xC0"
                "first"
                "\xC0\xC0",
                8);
    fake_arrive(&fx.line, 5000, "s", 1);
    fake_arrive(&fx.line, 9000, "econd\xC0", 6);
    assert_int_equal(command_receive_frame(&fx.link, ESPBAK_S, &frame, &size, &fx.err), ESPBAK_OK);
    assert_int_equal(size, 5);
    assert_int_equal(command_wait_frame_begun(&fx.link, 4000, &begun, &fx.err), ESPBAK_OK);
    assert_false(begun);
    assert_int_equal(fx.line.now, 4000);
    assert_int_equal(command_wait_frame_begun(&fx.link, ESPBAK_S, &begun, &fx.err), ESPBAK_OK);
    assert_true(begun);
    assert_int_equal(fx.line.now, 5000);
    assert_memory_equal(frame, "first", 5);
    assert_int_equal(command_receive_frame(&fx.link, ESPBAK_S, &frame, &size, &fx.err), ESPBAK_OK);
    assert_int_equal(size, 6);
    assert_memory_equal(frame, "second", 6);
}

static void test_endless_noise_has_an_end(void **state)
{
    (void)state;
    static uint8_t noise[60000];
    bool begun = true;
    memset(noise, 'x', sizeof(noise));
    fake_arrive(&fx.line, 0, noise, sizeof(noise));
    assert_int_equal(command_wait_frame_begun(&fx.link, ESPBAK_S, &begun, &fx.err), ESPBAK_OK);
    assert_false(begun);
    assert_int_equal(fx.link.decoder.noise, sizeof(noise));
}

static void test_drain(void **state)
{
    (void)state;
    fake_arrive(&fx.line, 0,
                "\xC0"
                "a",
                2);
    fake_arrive(&fx.line, 40 * ESPBAK_MS, "b", 1);
    answer(200 * ESPBAK_MS, OP_SYNC, 9, "\0\0", 2);
    assert_int_equal(command_drain_input(&fx.link, 50 * ESPBAK_MS, ESPBAK_S, &fx.err), ESPBAK_OK);
    assert_int_equal(fx.line.now, 90 * ESPBAK_MS);
    command_response response;
    assert_int_equal(command_receive(&fx.link, OP_SYNC, ESPBAK_S, &response, &fx.err), ESPBAK_OK);
    assert_int_equal(response.value, 9);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(command_name(OP_READ_FLASH_SLOW), "READ_FLASH_SLOW");
    assert_string_equal(command_name(0x99), "unknown command");
    assert_int_equal(command_checksum(NULL, 0), 0xEF);
}

TEST_GROUP(command)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_request_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_data_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_frames_are_skipped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_status_behind_payload, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_payload_is_no_refusal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_repeated_refusals_are_drained, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_refusal_is_not_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registers_are_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sure_readings_agree, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registers_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registers_one_by_one_where_an_answer_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registers_of_more_than_a_fifo, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_noise_is_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_begun_takes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endless_noise_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain, setup, teardown),
        cmocka_unit_test(test_names),
    };
    return RUN_GROUP(tests);
}
