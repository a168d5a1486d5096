/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/registers.h"

#include <string.h>

#include "sim/common/random.h"

enum {
    MAGIC_ADDRESS = 0x40001000,
    STRAP_IO0 = 1u << 3, /* esptool esp32s3.py GPIO_STRAP_SPI_BOOT_MASK */
    CK8M = 131,          /* any plausible eFuse value */
    PURPOSE_XTS_AES_128 = 4,
};

static void store(sim_registers *r, uint32_t address, uint32_t value)
{
    size_t i = 0;
    while (i < r->count && r->words[i].address != address)
        i++;
    if (i == REGISTERS_MAX)
        return;
    r->words[i].address = address;
    r->words[i].value = value;
    r->count = i < r->count ? r->count : i + 1;
}

uint32_t registers_read(const sim_registers *r, uint32_t address)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->words[i].address == address)
            return r->words[i].value;
    }
    return 0;
}

/* CRC-8 of Maxim's one-wire bus, which ESP-IDF uses to check an ESP32's MAC (esp_efuse_mac). */
static uint32_t crc8(const uint8_t *bytes, size_t size)
{
    unsigned crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8C : crc >> 1;
    }
    return crc;
}

/* In pieces, as the chips have it. */
static uint32_t mac_value(const uint8_t *mac, sim_fuse kind)
{
    switch (kind) {
    case SIM_FUSE_MAC_LOW:
        return (uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];
    case SIM_FUSE_MAC_HIGH:
        return (uint32_t)mac[0] << 8 | mac[1];
    case SIM_FUSE_MAC_EXT:
        return 0xFFFE;
    case SIM_FUSE_MAC_CRC:
        return crc8(mac, 6);
    case SIM_FUSE_MAC_OUI:
        return (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2];
    case SIM_FUSE_MAC_34:
        return (uint32_t)mac[3] << 8 | mac[4];
    case SIM_FUSE_MAC_5:
        return mac[5];
    default:
        return 0;
    }
}

static uint32_t fuse_value(const sim_chip_options *o, sim_fuse kind)
{
    switch (kind) {
    case SIM_FUSE_MAJOR:
        return (uint32_t)o->revision / 100;
    case SIM_FUSE_MAJOR_BAR:
        return (1u << (o->revision / 100)) - 1;
    case SIM_FUSE_MINOR:
        return (uint32_t)o->revision % 100;
    case SIM_FUSE_CRYPT:
        return o->encrypted ? 1 : 0;
    case SIM_FUSE_SECURE_BOOT:
        return o->secure_boot == 2 || (o->secure_boot == 1 && !sim_chip_has_fuse(o->chip, SIM_FUSE_SECURE_BOOT_1));
    case SIM_FUSE_SECURE_BOOT_1:
        return o->secure_boot == 1;
    case SIM_FUSE_SECURE_VERSION:
        return (uint32_t)((UINT64_C(1) << o->secure_version) - 1);
    case SIM_FUSE_BOOT_KEY:
        return fuse_value(o, SIM_FUSE_SECURE_BOOT) != 0 ? o->boot_key : 0;
    case SIM_FUSE_PURPOSE:
        return o->encrypted && !o->key_manager ? PURPOSE_XTS_AES_128 : 0;
    case SIM_FUSE_KEY_MANAGER:
        return o->key_manager;
    case SIM_FUSE_XPD:
        return o->xpd;
    case SIM_FUSE_CK8M:
        return CK8M;
    case SIM_FUSE_OCTAL:
        return o->octal;
    case SIM_FUSE_KEY:
        return o->encrypted ? 0x5EC2E7u : 0;
    default:
        return mac_value(o->mac, kind);
    }
}

static uint32_t mask_of(const sim_fuse_field *field)
{
    return field->bits == 32 ? UINT32_MAX : (1u << field->bits) - 1;
}

static void burn(sim_registers *r, const sim_chip_options *options, const sim_fuse_field *field)
{
    uint32_t value = field->from;
    if (field->kind != SIM_FUSE_FIXED)
        value = fuse_value(options, field->kind) >> field->from;
    const uint32_t others = registers_read(r, field->address) & ~(mask_of(field) << field->shift);
    store(r, field->address, others | (value & mask_of(field)) << field->shift);
}

static void burn_words(sim_registers *r, uint32_t address, unsigned count, uint64_t seed)
{
    for (unsigned i = 0; i < count; i++)
        store(r, address + 4 * i, (uint32_t)sim_random(&seed));
}

/* What nothing else is known of: the number of the chip, and where it is asked for all the rest. */
static void burn_rest(sim_registers *r, const sim_chip_options *options)
{
    enum { UNIQUE_ID_WORDS = 4 };
    const sim_chip *const chip = options->chip;
    for (unsigned i = 0; options->efuse_seed != 0 && i < SIM_FUSE_RANGES; i++)
        burn_words(r, chip->fuse_words[i].address, chip->fuse_words[i].words, options->efuse_seed + i);
    if (chip->unique_id != 0)
        burn_words(r, chip->unique_id, UNIQUE_ID_WORDS, mac_value(options->mac, SIM_FUSE_MAC_LOW));
}

uint32_t registers_read_fuse(const sim_registers *r, sim_fuse kind)
{
    uint32_t value = 0;
    for (const sim_fuse_field *field = r->chip->fuses; field->bits != 0; field++) {
        if (field->kind == kind)
            value |= (registers_read(r, field->address) >> field->shift & mask_of(field)) << field->from;
    }
    return value;
}

/*
 * Where the ROM measures its crystal against the drifting 8 MHz oscillator; esptool esp32.py get_rom_cal_crystal_freq
 * undoes this with the same two numbers. About 3.5 % too high here, so that a rate that is asked for without correction
 * does not work.
 */
static uint32_t calibration(const sim_chip_options *o)
{
    const double wanted = o->crystal_mhz * 1e6 * 1.035;
    return (uint32_t)(wanted * 40 / 15625 / CK8M);
}

void registers_reset(sim_registers *r, const sim_chip_options *options)
{
    const sim_chip *chip = options->chip;
    memset(r, 0, sizeof(*r));
    r->chip = chip;
    burn_rest(r, options);
    for (const sim_fuse_field *field = chip->fuses; field->bits != 0; field++)
        burn(r, options, field);
    store(r, MAGIC_ADDRESS, chip->magic);
    store(r, MAGIC_ADDRESS + 4, chip->magic_next);
    if (chip->rtc_cali != 0)
        store(r, chip->rtc_cali, calibration(options) << 7);
    if (chip->pcr_sysclk != 0)
        store(r, chip->pcr_sysclk, (uint32_t)chip->rom_crystal_mhz << 24);
}

void registers_write(sim_registers *r, uint32_t address, uint32_t value)
{
    for (const sim_fuse_field *field = r->chip->fuses; field->bits != 0; field++) {
        if (field->address == address)
            return;
    }
    if (address != MAGIC_ADDRESS)
        store(r, address, value);
}

void registers_set_baud(sim_registers *r, unsigned crystal_mhz, uint32_t baud)
{
    const unsigned clocks = r->chip->uart_clocks != 0 ? r->chip->uart_clocks : 1;
    if (r->chip->uart_clkdiv != 0 && baud != 0)
        store(r, r->chip->uart_clkdiv, crystal_mhz * 1000000u * clocks / baud);
}

void registers_set_strap(sim_registers *r, bool io0)
{
    if (r->chip->strap != 0)
        store(r, r->chip->strap, io0 ? STRAP_IO0 : 0);
}
