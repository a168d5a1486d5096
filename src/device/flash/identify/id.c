/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/identify/id.h"

#include <stdio.h>

#include "base/bytes.h"
#include "device/chip/block_protection.h"
#include "device/chip/registers.h"
#include "device/flash/facts.h"
#include "device/flash/identify/spi.h"

enum {
    READINGS = 4,
    ADESTO = 0x1F,
    XMC = 0x20,
    MICRON_3V = 0xBA, /* N25Q and MT25Q */
    MICRON_1V8 = 0xBB,
    SFDP_SIGNATURE = 0x50444653,
    SFDP_XMC_MAKER = 0x10,
    NOWHERE = 0x40000000
};

static const struct {
    uint8_t id;
    const char *name;
} manufacturers[] = {
    {0x01, "Infineon (Spansion)"},
    {0x0B, "XTX"},
    {0x1C, "EON"},
    {0x1F, "Renesas (Adesto)"},
    {0x20, "XMC"},
    {0x25, "TH"},
    {0x37, "AMIC"},
    {0x5E, "Zbit"},
    {0x62, "ON Semiconductor"},
    {0x68, "Boya"},
    {0x85, "Puya"},
    {0x8C, "ESMT"},
    {0x9D, "ISSI"},
    {0xA1, "Fudan"},
    {0xBA, "Zetta"},
    {0xBF, "Microchip (SST)"},
    {0xC2, "Macronix"},
    {0xC8, "GigaDevice"},
    {0xCD, "TH"},
    {0xEF, "Winbond"},
    {0xF8, "Fidelix"},
};

const char *flash_manufacturer(uint32_t jedec_id)
{
    const unsigned id = jedec_id >> 16 & 0xFF, type = jedec_id >> 8 & 0xFF;
    /* Two makers have this one. */
    if (id == XMC && (type == MICRON_3V || type == MICRON_1V8))
        return "Micron";
    for (size_t i = 0; i < sizeof(manufacturers) / sizeof(manufacturers[0]); i++) {
        if (manufacturers[i].id == id)
            return manufacturers[i].name;
    }
    return NULL;
}

/* esptool cmds.py DETECTED_FLASH_SIZES: besides powers of two some makers count on from odd places. */
uint64_t flash_size_from_jedec(uint32_t jedec_id)
{
    const unsigned capacity = jedec_id & 0xFF;
    if (jedec_id >> 16 == ADESTO) {
        const unsigned code = jedec_id >> 8 & 0x1F;
        return code >= 0x04 && code <= 0x09 ? UINT64_C(1) << (code + 0x0F) : 0;
    }
    if (capacity >= 0x12 && capacity <= 0x1C)
        return UINT64_C(1) << capacity;
    if (capacity >= 0x20 && capacity <= 0x22)
        return UINT64_C(1) << (capacity - 0x06);
    if (capacity >= 0x32 && capacity <= 0x3A)
        return UINT64_C(1) << (capacity - 0x20);
    return 0;
}

/* JESD216: bits less one, or with the top bit set their binary logarithm. */
uint64_t flash_size_from_sfdp(uint32_t density)
{
    uint64_t bits = (uint64_t)density + 1;
    if (density >> 31) {
        const uint32_t power = density & 0x7FFFFFFF;
        bits = power >= 32 && power <= 40 ? UINT64_C(1) << power : 0;
    }
    const uint64_t size = bits / 8;
    const bool power_of_two = size != 0 && (size & (size - 1)) == 0 && bits % 8 == 0;
    return power_of_two && size >= 64 * 1024 ? size : 0;
}

static bool is_answer(uint32_t jedec_id)
{
    /* All ones or zeros are a bus without a flash; 3F FF FF comes from one with a pull-up. */
    return jedec_id != 0 && jedec_id != 0xFFFFFF && jedec_id != 0x3FFFFF;
}

/* Where the flash hangs, where that is not the same on all parts. */
static espbak_status find_pins(espbak_session *session, uint32_t *pins, espbak_error *err)
{
    const chip_ops *const ops = session->info.chip->ops;
    *pins = 0;
    return ops->flash_pins == NULL || session_is_locked(session) ? ESPBAK_OK : ops->flash_pins(session, pins, err);
}

/*
 * Where the ROM has no command for it, FLASH_BEGIN attaches the flash. This one names no bytes, at a place that no
 * flash has: the ROM sees that before it writes the status register or erases, says that it failed, and would see it
 * with any one bit of it damaged too. Source: SPIEraseArea at 0x40004B44, as pvvx/esp8266web has it in C.
 */
static espbak_status attach_by_begin(espbak_session *session, espbak_error *err)
{
    uint8_t begin[16] = {0};
    bytes_put_le32(begin + 8, 0x400);
    bytes_put_le32(begin + 12, NOWHERE);
    const espbak_status status =
        command_run(&session->link, OP_FLASH_BEGIN, begin, sizeof(begin), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    if (status != ESPBAK_E_DEVICE)
        return status;
    espbak_error_clear(err);
    return ESPBAK_OK;
}

espbak_status flash_attach(espbak_session *session, espbak_error *err)
{
    uint8_t data[8] = {0};
    uint32_t pins = 0;
    espbak_status status = ESPBAK_OK;
    if (session_has_stub(session))
        return ESPBAK_OK; /* a stub does it before it greets */
    if ((session->info.chip->rom_caps & ESPBAK_ROM_ATTACH) == 0) {
        status = attach_by_begin(session, err);
    } else {
        status = find_pins(session, &pins, err);
        bytes_put_le32(data, pins);
        if (status == ESPBAK_OK)
            status =
                command_run(&session->link, OP_SPI_ATTACH, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    }
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "attaching the flash");
    return ESPBAK_OK;
}

static espbak_status read_jedec_once(espbak_session *session, uint32_t *value, espbak_error *err)
{
    uint8_t id[3] = {0};
    const spi_command command = {.code = SPI_READ_JEDEC_ID, .size = sizeof(id)};
    const espbak_status status = spi_run(session, &command, id, err);
    *value = (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2];
    return status;
}

/* The size of the whole backup depends on these three bytes, and no checksum protects them: two readings must agree. */
static espbak_status read_jedec(espbak_session *session, espbak_error *err)
{
    uint32_t before = 0, value = 0;
    espbak_status status = read_jedec_once(session, &before, err);
    for (unsigned i = 0; status == ESPBAK_OK && i < READINGS; i++) {
        status = read_jedec_once(session, &value, err);
        if (status == ESPBAK_OK && value == before) {
            session->info.flash.jedec_id = is_answer(value) ? value : 0;
            return ESPBAK_OK;
        }
        before = value;
    }
    return status == ESPBAK_OK ? espbak_fail(err, ESPBAK_E_LINK, "the flash gives another JEDEC ID every time")
                               : status;
}

/* ESP-IDF bootloader_flash: an XMC part that came up wrong answers SFDP but hides its proper id. */
static bool xmc_is_well(uint32_t jedec_id)
{
    const unsigned type = jedec_id >> 8 & 0xFF, capacity = jedec_id & 0xFF;
    return (type == 0x40 && capacity >= 0x13 && capacity <= 0x20) ||
           (type == 0x41 && capacity >= 0x17 && capacity <= 0x20) ||
           (type == 0x50 && capacity >= 0x15 && capacity <= 0x16);
}

static espbak_status wake_xmc(espbak_session *session, espbak_error *err)
{
    static const struct {
        uint8_t code;
        espbak_time wait;
    } steps[] = {{0xB9, 0}, {0x79, 0}, {0xFF, 2 * ESPBAK_MS}, {0xAB, 20}};
    const uint32_t id = session->info.flash.jedec_id;
    uint8_t maker = 0;
    if (id != 0 &&
        (id >> 16 != XMC || xmc_is_well(id) || id >> 8 == (XMC << 8 | MICRON_3V) || id >> 8 == (XMC << 8 | MICRON_1V8)))
        return ESPBAK_OK;
    const spi_command sfdp = {.code = SPI_READ_SFDP, .has_address = true, .address = SFDP_XMC_MAKER, .size = 1};
    espbak_status status = spi_run(session, &sfdp, &maker, err);
    if (status != ESPBAK_OK || maker != XMC)
        return status;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "the XMC flash did not come up properly: waking it");
    for (size_t i = 0; status == ESPBAK_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        const spi_command command = {.code = steps[i].code};
        status = spi_run(session, &command, NULL, err);
        espbak_clock_sleep(session_clock(session), steps[i].wait);
    }
    return status == ESPBAK_OK ? read_jedec(session, err) : status;
}

/* Applications leave a flash in modes that the ROM does not expect: start it afresh. */
espbak_status flash_reset(espbak_session *session, espbak_error *err)
{
    const spi_command enable = {.code = SPI_RESET_ENABLE}, reset = {.code = SPI_RESET};
    espbak_status status = spi_run(session, &enable, NULL, err);
    if (status == ESPBAK_OK)
        status = spi_run(session, &reset, NULL, err);
    espbak_clock_sleep(session_clock(session), ESPBAK_MS);
    return status;
}

static espbak_status read_status_once(espbak_session *session, uint32_t *registers, espbak_error *err)
{
    static const uint8_t codes[] = {SPI_READ_STATUS1, SPI_READ_STATUS2, SPI_READ_STATUS3};
    *registers = 0;
    for (unsigned i = 0; i < sizeof(codes); i++) {
        uint8_t value = 0;
        const spi_command command = {.code = codes[i], .size = 1};
        const espbak_status status = spi_run(session, &command, &value, err);
        if (status != ESPBAK_OK)
            return status;
        *registers |= (uint32_t)value << (8 * i);
    }
    return ESPBAK_OK;
}

/* A flash that is protected is not written, so that has to be read twice alike. */
static espbak_status read_status(espbak_session *session, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    uint32_t before = 0;
    espbak_status status = read_status_once(session, &flash->status_registers, err);
    flash->status_known = status == ESPBAK_OK;
    for (unsigned i = 0; status == ESPBAK_OK && block_protection_is_on(flash); i++) {
        before = flash->status_registers;
        status = read_status_once(session, &flash->status_registers, err);
        if (status == ESPBAK_OK && flash->status_registers == before)
            return ESPBAK_OK;
        if (status == ESPBAK_OK && i == READINGS)
            status = espbak_fail(err, ESPBAK_E_LINK, "the flash gives other status registers every time");
    }
    return status;
}

static espbak_status read_unique_id(espbak_session *session, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    const spi_command command = {.code = SPI_READ_UNIQUE_ID, .has_address = true, .size = sizeof(flash->unique_id)};
    const espbak_status status = spi_run(session, &command, flash->unique_id, err);
    if (status != ESPBAK_OK)
        return status;
    flash->unique_id_known = !bytes_are_all(flash->unique_id, sizeof(flash->unique_id), 0) &&
                             !bytes_are_all(flash->unique_id, sizeof(flash->unique_id), 0xFF);
    flash->unique_id_size = flash->unique_id_known ? sizeof(flash->unique_id) : 0;
    return ESPBAK_OK;
}

static espbak_status read_sfdp_word(espbak_session *session, uint32_t address, uint32_t *word, espbak_error *err)
{
    uint8_t bytes[4] = {0};
    const spi_command command = {.code = SPI_READ_SFDP, .has_address = true, .address = address, .size = sizeof(bytes)};
    const espbak_status status = spi_run(session, &command, bytes, err);
    *word = bytes_get_le32(bytes);
    return status;
}

/* The density stands in the second word of the first parameter table. */
static espbak_status read_density(espbak_session *session, uint64_t *size, espbak_error *err)
{
    uint32_t signature = 0, pointer = 0, density = 0;
    espbak_status status = read_sfdp_word(session, 0, &signature, err);
    *size = 0;
    if (status != ESPBAK_OK || signature != SFDP_SIGNATURE)
        return status;
    status = read_sfdp_word(session, 0x0C, &pointer, err);
    if (status == ESPBAK_OK)
        status = read_sfdp_word(session, (pointer & 0xFFFFFF) + 4, &density, err);
    if (status == ESPBAK_OK)
        *size = flash_size_from_sfdp(density);
    return status;
}

static espbak_status read_sfdp_size(espbak_session *session, espbak_error *err)
{
    uint64_t before = 0, size = 0;
    espbak_status status = read_density(session, &before, err);
    for (unsigned i = 0; status == ESPBAK_OK && i < READINGS; i++) {
        const bool expected = before != 0 && before == session->info.flash.size;
        status = expected ? ESPBAK_OK : read_density(session, &size, err);
        if (status == ESPBAK_OK && (expected || size == before)) {
            size = before;
            session->info.flash.sfdp_size = size;
            session->flash->sfdp_asked = true;
            return ESPBAK_OK;
        }
        before = size;
    }
    return status == ESPBAK_OK ? espbak_fail(err, ESPBAK_E_LINK, "the flash gives another SFDP table every time")
                               : status;
}

espbak_status flash_ask_sfdp(espbak_session *session, espbak_error *err)
{
    spi_saved saved = {0};
    if (session->flash->sfdp_asked || session_has_own_loader(session))
        return ESPBAK_OK;
    espbak_status status = spi_begin(session, &saved, err);
    if (status == ESPBAK_OK)
        status = read_sfdp_size(session, err);
    return status == ESPBAK_OK ? spi_end(session, &saved, err) : status;
}

static espbak_status ask_flash(espbak_session *session, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    espbak_status status = read_jedec(session, err);
    if (status == ESPBAK_OK)
        status = wake_xmc(session, err);
    if (status == ESPBAK_OK)
        status = flash_reset(session, err);
    if (status != ESPBAK_OK)
        return status;
    const char *const maker = flash_manufacturer(flash->jedec_id);
    snprintf(flash->manufacturer, sizeof(flash->manufacturer), "%s",
             flash->jedec_id != 0 && maker != NULL ? maker : "");
    flash->size = flash->jedec_id != 0 ? flash_size_from_jedec(flash->jedec_id) : 0;
    flash->size_source = flash->size != 0 ? ESPBAK_SIZE_JEDEC : ESPBAK_SIZE_UNKNOWN;
    flash->sfdp_size = 0;
    session->flash->sfdp_asked = session->flash->looked = false;
    if (flash->size == 0)
        status = read_sfdp_size(session, err);
    if (flash->sfdp_size != 0) {
        flash->size = flash->sfdp_size;
        flash->size_source = ESPBAK_SIZE_SFDP;
    }
    session->flash->told = flash->size;
    session->flash->told_by = flash->size_source;
    if (status == ESPBAK_OK && (flash->jedec_id != 0 || flash->size != 0))
        status = read_status(session, err);
    if (status == ESPBAK_OK && flash->status_known)
        status = read_unique_id(session, err);
    return status;
}

espbak_status flash_identify(espbak_session *session, espbak_error *err)
{
    espbak_flash_info *const flash = &session->info.flash;
    spi_saved saved = {0};
    if (session_is_locked(session))
        return ESPBAK_OK;
    espbak_status status = spi_begin(session, &saved, err);
    if (status == ESPBAK_OK)
        status = ask_flash(session, err);
    if (status == ESPBAK_OK)
        status = spi_end(session, &saved, err);
    if (status == ESPBAK_OK)
        status = chip_read_voltage(session, flash->voltage, &flash->octal, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "identifying the flash");
    return ESPBAK_OK;
}
