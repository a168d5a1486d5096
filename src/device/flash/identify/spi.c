/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/identify/spi.h"

enum {
    CMD = 0x00,
    CMD_USR = 1 << 18,
    NO_REGISTER = 0xFFFF,
    POLLS = 10,
    ADDRESS_BITS = 24,
    DUMMY_BITS = 8,
    STEPS_MOST = 8
};
enum { USR1_ADDRESS_SHIFT = 26, USR1_MOSI_SHIFT = 17, USR1_MISO_SHIFT = 8, USR2_LENGTH_SHIFT = 28 };

static const uint32_t usr_command = 1u << 31, usr_address = 1u << 30, usr_dummy = 1u << 29, usr_miso = 1u << 28,
                      usr_mosi = 1u << 27;

static uint32_t address_of(const espbak_session *session, uint16_t offset)
{
    return session->info.chip->spi.base + offset;
}

/* Registers that are set, or read, one after the other. */
typedef struct steps {
    const espbak_session *session;
    command_register list[STEPS_MOST];
    size_t count;
} steps;

static void add_put(steps *s, uint16_t offset, uint32_t value)
{
    s->list[s->count++] = (command_register){.address = address_of(s->session, offset), .write = true, .value = value};
}

static void add_get(steps *s, uint16_t offset)
{
    s->list[s->count++] = (command_register){.address = address_of(s->session, offset)};
}

static espbak_status take(espbak_session *session, steps *s, espbak_error *err)
{
    return command_registers(&session->link, s->list, s->count, err);
}

espbak_status spi_begin(espbak_session *session, spi_saved *saved, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    steps s = {.session = session};
    add_get(&s, spi->usr);
    add_get(&s, spi->usr1);
    add_get(&s, spi->usr2);
    const espbak_status status = take(session, &s, err);
    *saved = (spi_saved){.usr = s.list[0].value, .usr1 = s.list[1].value, .usr2 = s.list[2].value};
    return status;
}

espbak_status spi_end(espbak_session *session, const spi_saved *saved, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    steps s = {.session = session};
    add_put(&s, spi->usr, saved->usr);
    add_put(&s, spi->usr1, saved->usr1);
    add_put(&s, spi->usr2, saved->usr2);
    return take(session, &s, err);
}

/* How many bits each phase has: in one register on the ESP8266, in a register of its own later. */
static void add_lengths(steps *s, const spi_command *command)
{
    const espbak_spi_registers *const spi = &s->session->info.chip->spi;
    const uint32_t miso = command->size > 0 ? (uint32_t)command->size * 8 - 1 : 0;
    const uint32_t mosi = command->count > 0 ? command->count * 8 - 1 : 0;
    uint32_t usr1 = 0;
    if (command->has_address)
        usr1 = (uint32_t)(ADDRESS_BITS - 1) << USR1_ADDRESS_SHIFT | (DUMMY_BITS - 1);
    if (spi->miso_dlen == NO_REGISTER) {
        add_put(s, spi->usr1, usr1 | mosi << USR1_MOSI_SHIFT | miso << USR1_MISO_SHIFT);
        return;
    }
    if (command->size > 0)
        add_put(s, spi->miso_dlen, miso);
    if (command->count > 0)
        add_put(s, spi->mosi_dlen, mosi);
    if (usr1 != 0)
        add_put(s, spi->usr1, usr1);
}

/* All that has to be right before the controller is started. */
static espbak_status prepare(espbak_session *session, const spi_command *command, espbak_error *err)
{
    const espbak_spi_registers *const spi = &session->info.chip->spi;
    steps s = {.session = session};
    uint32_t flags = usr_command;
    if (command->has_address)
        flags |= usr_address | usr_dummy;
    if (command->size > 0)
        flags |= usr_miso;
    if (command->count > 0)
        flags |= usr_mosi;
    add_lengths(&s, command);
    add_put(&s, spi->usr, flags);
    add_put(&s, spi->usr2, 7u << USR2_LENGTH_SHIFT | command->code);
    if (command->has_address)
        add_put(&s, spi->address, spi->address_msb ? command->address << 8 : command->address);
    add_put(&s, spi->w0, command->send);
    return take(session, &s, err);
}

/* Start it, and look at once whether it is done and what came: *done is false where that has to be asked again. */
static espbak_status start_and_look(espbak_session *session, const spi_command *command, bool start, bool *done,
                                    uint8_t *out, espbak_error *err)
{
    steps s = {.session = session};
    if (start)
        add_put(&s, CMD, CMD_USR);
    const size_t at = s.count;
    add_get(&s, CMD);
    for (size_t i = 0; i < command->size; i += 4)
        add_get(&s, (uint16_t)(session->info.chip->spi.w0 + i));
    const espbak_status status = take(session, &s, err);
    *done = status == ESPBAK_OK && (s.list[at].value & CMD_USR) == 0;
    for (size_t i = 0; *done && i < command->size; i++)
        out[i] = (uint8_t)(s.list[at + 1 + i / 4].value >> 8 * (i % 4));
    return status;
}

espbak_status spi_run(espbak_session *session, const spi_command *command, uint8_t *out, espbak_error *err)
{
    bool done = false;
    if (command->size > SPI_READ_MAX)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a flash command cannot read %zu bytes", command->size);
    espbak_status status = prepare(session, command, err);
    for (unsigned i = 0; i < POLLS && status == ESPBAK_OK && !done; i++)
        status = start_and_look(session, command, i == 0, &done, out, err);
    if (status != ESPBAK_OK || done)
        return status;
    return espbak_fail(err, ESPBAK_E_DEVICE, "flash command 0x%02X does not come to an end", command->code);
}
