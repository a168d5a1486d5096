/* SPDX-License-Identifier: Apache-2.0 */
/* Peculiarities of single chips that no table column holds (esptool targets/<chip>.py). */
#include <stdio.h>

#include "device/chip/registers.h"
#include "device/session.h"

const chip_ops chip_ops_none = {0};

/* The S2 is named after what is in its package. */
static espbak_status s2_name(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t flash = 0, psram = 0;
    espbak_status status = chip_read_field(session, r->flash_cap, &flash, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->psram_cap, &psram, err);
    if (status != ESPBAK_OK)
        return status;
    static const chip_label names[] = {{0x00, "ESP32-S2"},     {0x01, "ESP32-S2FH2"}, {0x02, "ESP32-S2FH4"},
                                       {0x12, "ESP32-S2FNR2"}, {0x10, "ESP32-S2R2"},  {0, NULL}};
    const char *const name = chip_label_text(names, psram << 4 | flash);
    snprintf(session->info.name, sizeof(session->info.name), "%s", name != NULL ? name : "ESP32-S2 (unknown package)");
    return ESPBAK_OK;
}

const chip_ops chip_ops_esp32s2 = {.name = s2_name};

/* The first S3 used the bits of the major number for something else. */
static espbak_status s3_revision(espbak_session *session, unsigned *revision, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    const uint32_t block1 = r->mac, block2 = r->mac + 0x18;
    uint32_t major = 0, minor = 0, high = 0, block_major = 0, block_minor = 0;
    espbak_status status = chip_read_field(session, r->major, &major, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->minor, &minor, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->minor_high, &high, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, (chip_field){block2 + 16, 0, 2}, &block_major, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, (chip_field){block1 + 12, 24, 3}, &block_minor, err);
    const bool first = minor == 0 && block_major == 1 && block_minor == 1;
    *revision = first ? 0 : major * 100 + (high << r->minor_high_shift | minor);
    return status;
}

const chip_ops chip_ops_esp32s3 = {.revision = s3_revision};

/* The C2's ROM believes in a 40 MHz crystal where 26 MHz is fitted. */
static espbak_status c2_rom_baud(espbak_session *session, uint32_t baud, uint32_t *asked, espbak_error *err)
{
    unsigned mhz = 0;
    const espbak_status status = chip_measure_crystal(session, &mhz, err);
    *asked = mhz == 26 ? (uint32_t)((uint64_t)baud * 40 / 26) : baud;
    return status;
}

const chip_ops chip_ops_esp32c2 = {.rom_baud = c2_rom_baud};

/* The C5 comes with 40 or 48 MHz, and its ROM may believe in the other. */
static espbak_status c5_rom_baud(espbak_session *session, uint32_t baud, uint32_t *asked, espbak_error *err)
{
    const chip_field believed_field = {0x60096110, 24, 7}; /* PCR_SYSCLK_CONF */
    unsigned mhz = 0;
    uint32_t believed = 0;
    espbak_status status = chip_measure_crystal(session, &mhz, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, believed_field, &believed, err);
    *asked = baud;
    if ((mhz == 48 && believed == 40) || (mhz == 40 && believed == 48))
        *asked = (uint32_t)((uint64_t)baud * believed / mhz);
    return status;
}

const chip_ops chip_ops_esp32c5 = {.rom_baud = c5_rom_baud};

static espbak_status c6_name(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t package = 0, flash = 0;
    espbak_status status = chip_read_field(session, r->package, &package, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->flash_cap, &flash, err);
    const char *name = "ESP32-C6 (unknown package)";
    if (package == 0)
        name = "ESP32-C6 (QFN40)";
    else if (package == 1 && flash == 1)
        name = "ESP32-C6FH4 (QFN32)";
    else if (package == 1 && flash == 2)
        name = "ESP32-C6FH8 (QFN32)";
    snprintf(session->info.name, sizeof(session->info.name), "%s", name);
    return status;
}

const chip_ops chip_ops_esp32c6 = {.name = c6_name};

enum {
    P4_PAD_GROUP = 0x5011010C,
    P4_LDO = 0x501151B8,     /* PMU_EXT_LDO_P0_0P1A */
    P4_LDO_ANA = 0x501151BC, /* PMU_EXT_LDO_P0_0P1A_ANA */
    P4_PMU_DATE = 0x501153FC,
    P4_CURRENT_LIMIT = 1 << 27,
    P4_TIE_HIGH = 1 << 7,
    P4_FORCE_ON = 3,
};
static const uint32_t p4_target = 0xFFu << 23;

/* One step of powering up: clear and set bits of a register, then wait. */
typedef struct power_step {
    uint32_t address, clear, set;
    espbak_time wait;
} power_step;

static espbak_status run_power_steps(espbak_session *session, const power_step *steps, size_t count, espbak_error *err)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t word = 0;
        espbak_status status = command_read_reg(&session->link, steps[i].address, &word, err);
        if (status == ESPBAK_OK)
            status = command_write_reg(&session->link, steps[i].address, (word & ~steps[i].clear) | steps[i].set,
                                       0xFFFFFFFF, 0, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "powering the flash on");
        espbak_clock_sleep(espbak_transport_clock(session->transport), steps[i].wait);
    }
    return ESPBAK_OK;
}

/*
 * Silicon 3.1 and 3.2 leave the flash without power, to protect 1.8 V parts. Where an eFuse makes the
 * ROM of 3.2 do it, a second visit finds the force bits still set, which the ROM does not survive:
 * they are released instead.
 */
static espbak_status p4_power_flash(espbak_session *session, espbak_error *err)
{
    const power_step power_up[] = {
        {P4_PAD_GROUP, 0xFFFFFFFF, 1, 10 * ESPBAK_MS},
        {P4_LDO_ANA, 0, P4_CURRENT_LIMIT, 0},
        {P4_LDO, 0, P4_TIE_HIGH, 0},
        {P4_PMU_DATE, 0, P4_FORCE_ON, 50},
        {P4_LDO_ANA, P4_CURRENT_LIMIT, 0, 0},
        {P4_LDO, p4_target, 0, 0},
        {P4_LDO, 0, 0x80, 0},
        {P4_LDO, P4_TIE_HIGH, 0, 1800},
    };
    const chip_field rom_powers = {0x5012D034, 16, 1}; /* DOWNLOAD_MODE_XPD_ON */
    const unsigned revision = session->info.revision;
    if (revision != 301 && revision != 302)
        return ESPBAK_OK;
    uint32_t by_rom = 0, date = 0;
    espbak_status status = ESPBAK_OK;
    if (revision == 302)
        status = chip_read_field(session, rom_powers, &by_rom, err);
    if (status != ESPBAK_OK)
        return status;
    if (!by_rom)
        return run_power_steps(session, power_up, sizeof(power_up) / sizeof(power_up[0]), err);
    status = command_read_reg(&session->link, P4_PMU_DATE, &date, err);
    if (status == ESPBAK_OK && (date & P4_FORCE_ON) == P4_FORCE_ON)
        status = command_write_reg(&session->link, P4_PMU_DATE, date & ~(uint32_t)P4_FORCE_ON, 0xFFFFFFFF, 0, err);
    return status;
}

const chip_ops chip_ops_esp32p4 = {.power_flash = p4_power_flash};
