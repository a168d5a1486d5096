/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the chip, by its loader. */
#include "base/bytes.h"
#include "protocol/command.h"

enum {
    REGISTER_ATTEMPTS = 4,
    REGISTER_TIMEOUT = 1500 * ESPBAK_MS, /* above the round trip of any link that connects */
    REGISTER_SILENCE = 50 * ESPBAK_MS,
    REQUEST_SIZE_MAX = 16,
    AT_ONCE_MOST = 112, /* bytes that wait in a FIFO of 128, escapes left out */
};

/* An answer that is there before its question is none, and would be taken for it. */
static espbak_status drop_early(command_link *link, espbak_error *err)
{
    return command_drain_input(link, 0, REGISTER_SILENCE, err);
}

/*
 * Reading or writing a register twice does no harm, so a lost or damaged request or answer is simply
 * tried again. The line is drained in between: a late answer to the first try must not be taken for
 * the answer to what is asked next.
 */
static espbak_status run_register(command_link *link, uint8_t op, const uint8_t *data, size_t size, espbak_time delay,
                                  command_response *response, espbak_error *err)
{
    espbak_status status = drop_early(link, err);
    if (status != ESPBAK_OK)
        return status;
    for (unsigned attempt = 0; attempt < REGISTER_ATTEMPTS; attempt++) {
        status = command_run(link, op, data, size, 0, REGISTER_TIMEOUT + delay, response, err);
        /* A request whose number was damaged is one that the loader does not know, but hardly twice. */
        const bool passing =
            status == ESPBAK_E_LINK || status == ESPBAK_E_DEVICE || (status == ESPBAK_E_UNSUPPORTED && attempt == 0);
        const bool at_once = status == ESPBAK_OK && attempt == 0;
        if (at_once || (status != ESPBAK_OK && !passing))
            return status;
        espbak_error lost = {0};
        const espbak_status drained = command_drain_input(link, REGISTER_SILENCE, ESPBAK_S, &lost);
        if (drained != ESPBAK_OK) {
            *err = lost;
            return drained;
        }
        if (status == ESPBAK_OK)
            break;
    }
    return status;
}

espbak_status command_read_reg(command_link *link, uint32_t address, uint32_t *value, espbak_error *err)
{
    uint8_t data[4];
    bytes_put_le32(data, address);
    command_response response;
    const espbak_status status = run_register(link, OP_READ_REG, data, sizeof(data), 0, &response, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "register 0x%08X", (unsigned)address);
    *value = response.value;
    return ESPBAK_OK;
}

espbak_status command_write_reg(command_link *link, uint32_t address, uint32_t value, uint32_t mask, uint32_t delay_us,
                                espbak_error *err)
{
    uint8_t data[16];
    bytes_put_le32(data, address);
    bytes_put_le32(data + 4, value);
    bytes_put_le32(data + 8, mask);
    bytes_put_le32(data + 12, delay_us);
    const espbak_status status = run_register(link, OP_WRITE_REG, data, sizeof(data), (espbak_time)delay_us, NULL, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "register 0x%08X", (unsigned)address);
    return ESPBAK_OK;
}

static espbak_status do_one(command_link *link, command_register *one, espbak_error *err)
{
    return one->write ? command_write_reg(link, one->address, one->value, 0xFFFFFFFF, 0, err)
                      : command_read_reg(link, one->address, &one->value, err);
}

static size_t encode(const command_register *one, uint8_t data[REQUEST_SIZE_MAX])
{
    bytes_put_le32(data, one->address);
    if (!one->write)
        return 4;
    bytes_put_le32(data + 4, one->value);
    bytes_put_le32(data + 8, 0xFFFFFFFF);
    bytes_put_le32(data + 12, 0);
    return 16;
}

/* How many of them fit into the chip's FIFO. */
static size_t count_that_fit(const command_register *list, size_t count)
{
    size_t bytes = 0, fit = 0;
    while (fit < count && bytes + COMMAND_HEADER + REQUEST_SIZE_MAX <= AT_ONCE_MOST)
        bytes += COMMAND_HEADER + 2 + (size_t)(list[fit++].write ? 16 : 4);
    return fit;
}

/* Answers come in the order of the requests. */
static espbak_status do_at_once(command_link *link, command_register *list, size_t count, espbak_error *err)
{
    uint8_t data[REQUEST_SIZE_MAX];
    espbak_status status = drop_early(link, err);
    for (size_t i = 0; i < count && status == ESPBAK_OK; i++) {
        const size_t size = encode(&list[i], data);
        status = command_send(link, list[i].write ? OP_WRITE_REG : OP_READ_REG, data, size, NULL, 0, 0, err);
    }
    const espbak_time deadline = espbak_clock_now(espbak_transport_clock(link->transport)) + REGISTER_TIMEOUT;
    for (size_t i = 0; i < count && status == ESPBAK_OK; i++) {
        command_response response;
        status = command_receive(link, list[i].write ? OP_WRITE_REG : OP_READ_REG, deadline, &response, err);
        if (status == ESPBAK_OK)
            status = command_check_status(&response, 0, err);
        if (status == ESPBAK_OK && !list[i].write)
            list[i].value = response.value;
    }
    return status;
}

espbak_status command_registers(command_link *link, command_register *list, size_t count, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t at = 0, fit = 0; at < count && status == ESPBAK_OK; at += fit) {
        fit = link->queues ? count_that_fit(list + at, count - at) : 1;
        status = fit > 1 ? do_at_once(link, list + at, fit, err) : do_one(link, list + at, err);
        if (fit == 1 || status == ESPBAK_OK || status == ESPBAK_E_CANCELLED || status == ESPBAK_E_PORT)
            continue;
        espbak_error_clear(err);
        link->queues = false;
        fit = 0;
        status = command_drain_input(link, REGISTER_SILENCE, ESPBAK_S, err);
    }
    return status;
}

espbak_status command_read_reg_sure(command_link *link, uint32_t address, uint32_t *value, espbak_error *err)
{
    command_register twice[2] = {{.address = address}, {.address = address}};
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; status == ESPBAK_OK && i < REGISTER_ATTEMPTS; i++) {
        /* The one before counts as well. */
        status = command_registers(link, &twice[i > 0], i > 0 ? 1 : 2, err);
        *value = twice[1].value;
        if (status == ESPBAK_OK && twice[0].value == *value)
            return ESPBAK_OK;
        twice[0] = twice[1];
    }
    if (status != ESPBAK_OK)
        return status;
    return espbak_fail(err, ESPBAK_E_LINK, "register 0x%08X: every reading is different", (unsigned)address);
}
