/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/spi.h"

enum { CMD = 0x00, CMD_USR = 1 << 18, NO_REGISTER = 0xFFFF, POLLS = 10, ADDRESS_BITS = 24, DUMMY_BITS = 8 };
enum { USR1_ADDRESS_SHIFT = 26, USR1_MOSI_SHIFT = 17, USR1_MISO_SHIFT = 8, USR2_LENGTH_SHIFT = 28 };

static const uint32_t usr_command = 1u << 31, usr_address = 1u << 30, usr_dummy = 1u << 29, usr_miso = 1u << 28,
                      usr_mosi = 1u << 27;

static espbak_status get(espbak_session *session, uint16_t offset, uint32_t *value, espbak_error *err)
{
    return command_read_reg(&session->link, session->info.chip->spi.base + offset, value, err);
}

static espbak_status put(espbak_session *session, uint16_t offset, uint32_t value, espbak_error *err)
{
    return command_write_reg(&session->link, session->info.chip->spi.base + offset, value, 0xFFFFFFFF, 0, err);
}

espbak_status spi_begin(espbak_session *session, spi_saved *saved, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    espbak_status status = get(session, spi->usr, &saved->usr, err);
    if (status == ESPBAK_OK)
        status = get(session, spi->usr1, &saved->usr1, err);
    if (status == ESPBAK_OK)
        status = get(session, spi->usr2, &saved->usr2, err);
    return status;
}

espbak_status spi_end(espbak_session *session, const spi_saved *saved, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    espbak_status status = put(session, spi->usr, saved->usr, err);
    if (status == ESPBAK_OK)
        status = put(session, spi->usr1, saved->usr1, err);
    if (status == ESPBAK_OK)
        status = put(session, spi->usr2, saved->usr2, err);
    return status;
}

/* How many bits each phase has: in one register on the ESP8266, in a register of its own later. */
static espbak_status set_lengths(espbak_session *session, const spi_command *command, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    const uint32_t miso = command->size > 0 ? (uint32_t)command->size * 8 - 1 : 0;
    const uint32_t mosi = command->count > 0 ? command->count * 8 - 1 : 0;
    uint32_t usr1 = 0;
    if (command->has_address)
        usr1 = (uint32_t)(ADDRESS_BITS - 1) << USR1_ADDRESS_SHIFT | (DUMMY_BITS - 1);
    if (spi->miso_dlen == NO_REGISTER)
        return put(session, spi->usr1, usr1 | mosi << USR1_MOSI_SHIFT | miso << USR1_MISO_SHIFT, err);
    espbak_status status = ESPBAK_OK;
    if (command->size > 0)
        status = put(session, spi->miso_dlen, miso, err);
    if (status == ESPBAK_OK && command->count > 0)
        status = put(session, spi->mosi_dlen, mosi, err);
    if (status == ESPBAK_OK && usr1 != 0)
        status = put(session, spi->usr1, usr1, err);
    return status;
}

static espbak_status wait_until_done(espbak_session *session, uint8_t code, espbak_error *err)
{
    for (unsigned i = 0; i < POLLS; i++) {
        uint32_t value = 0;
        const espbak_status status = get(session, CMD, &value, err);
        if (status != ESPBAK_OK || (value & CMD_USR) == 0)
            return status;
    }
    return espbak_fail(err, ESPBAK_E_DEVICE, "flash command 0x%02X does not come to an end", code);
}

static espbak_status read_result(espbak_session *session, uint8_t *out, size_t size, espbak_error *err)
{
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word = 0;
        const espbak_status status = get(session, (uint16_t)(session->info.chip->spi.w0 + i), &word, err);
        if (status != ESPBAK_OK)
            return status;
        for (size_t k = i; k < i + 4 && k < size; k++, word >>= 8)
            out[k] = (uint8_t)word;
    }
    return ESPBAK_OK;
}

espbak_status spi_run(espbak_session *session, const spi_command *command, uint8_t *out, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    uint32_t flags = usr_command;
    if (command->size > SPI_READ_MAX)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a flash command cannot read %zu bytes", command->size);
    if (command->has_address)
        flags |= usr_address | usr_dummy;
    if (command->size > 0)
        flags |= usr_miso;
    if (command->count > 0)
        flags |= usr_mosi;
    espbak_status status = set_lengths(session, command, err);
    if (status == ESPBAK_OK)
        status = put(session, spi->usr, flags, err);
    if (status == ESPBAK_OK)
        status = put(session, spi->usr2, 7u << USR2_LENGTH_SHIFT | command->code, err);
    if (status == ESPBAK_OK && command->has_address)
        status = put(session, spi->address, spi->address_msb ? command->address << 8 : command->address, err);
    if (status == ESPBAK_OK)
        status = put(session, spi->w0, command->send, err);
    if (status == ESPBAK_OK)
        status = put(session, CMD, CMD_USR, err);
    if (status == ESPBAK_OK)
        status = wait_until_done(session, command->code, err);
    if (status == ESPBAK_OK)
        status = read_result(session, out, command->size, err);
    return status;
}
