/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/registers.h"

#include <string.h>

#include "sim/chip/spi.h"

enum {
    MAGIC_ADDRESS = 0x40001000,
    WDT_ENABLE = 31,          /* bit of config0 */
    WDT_TICK_US = 7,          /* about 136 kHz, the slow RC oscillator: esptool's 2000 make 15 ms */
    WDT_LEFT_MS = 9000,       /* ESP-IDF CONFIG_BOOTLOADER_WDT_TIME_MS */
    STRAP_IO0 = 1u << 3,      /* esptool esp32s3.py GPIO_STRAP_SPI_BOOT_MASK */
    FLASH_FORCE_ON = 3,       /* esptool esp32p4.py PMU_DATE_FLASH_FORCE_ON */
    P4_UNPOWERED_FIRST = 301, /* revisions whose flash is off in download mode */
    P4_UNPOWERED_LAST = 302,
    CK8M = 131, /* any plausible eFuse value */
    PURPOSE_XTS_AES_128 = 4,
};

static uint32_t *find(sim_registers *r, uint32_t address)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->words[i].address == address)
            return &r->words[i].value;
    }
    return NULL;
}

static void store(sim_registers *r, uint32_t address, uint32_t value)
{
    uint32_t *word = find(r, address);
    if (word != NULL) {
        *word = value;
    } else if (r->count < REGISTERS_MAX) {
        r->words[r->count].address = address;
        r->words[r->count++].value = value;
    }
}

/* CRC-8 of Maxim's one-wire bus, which ESP-IDF uses to check the ESP32's MAC (esp_efuse_mac). */
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

static uint32_t fuse_value(const sim_options *o, sim_fuse kind)
{
    const uint8_t *mac = o->mac;
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
    case SIM_FUSE_MAJOR:
        return (uint32_t)o->revision / 100;
    case SIM_FUSE_MAJOR_BAR:
        return (1u << (o->revision / 100)) - 1;
    case SIM_FUSE_MINOR:
        return (uint32_t)o->revision % 100;
    case SIM_FUSE_CRYPT:
        return o->encrypted ? 1 : 0;
    case SIM_FUSE_SECURE_BOOT:
        return o->secure_boot == 2 || (o->secure_boot == 1 && o->chip->id != 0);
    case SIM_FUSE_SECURE_BOOT_1:
        return o->secure_boot == 1;
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
        return 0;
    }
}

static void burn(sim_registers *r, const sim_fuse_field *field)
{
    const uint32_t mask = field->bits == 32 ? UINT32_MAX : (1u << field->bits) - 1;
    uint32_t value = field->from;
    if (field->kind != SIM_FUSE_FIXED)
        value = fuse_value(r->options, field->kind) >> field->from;
    store(r, field->address, registers_read(r, field->address) | (value & mask) << field->shift);
}

/* ESP32: the ROM measures its crystal against the drifting 8 MHz oscillator; esptool esp32.py
   get_rom_cal_crystal_freq undoes this with the same two numbers. About 3.5 % too high here, so that
   a rate that is asked for without correction does not work. */
static uint32_t calibration(const sim_options *o)
{
    const double wanted = o->crystal_mhz * 1e6 * 1.035;
    return (uint32_t)(wanted * 40 / 15625 / CK8M);
}

void registers_reset(sim_registers *r, const sim_options *options, sim_flash *flash)
{
    const sim_chip *chip = options->chip;
    memset(r, 0, sizeof(*r));
    r->options = options;
    r->flash = flash;
    for (const sim_fuse_field *field = chip->fuses; field->bits != 0; field++)
        burn(r, field);
    store(r, MAGIC_ADDRESS, chip->magic);
    if (chip->rtc_cali != 0)
        store(r, chip->rtc_cali, calibration(options) << 7);
    if (chip->pcr_sysclk != 0)
        store(r, chip->pcr_sysclk, (uint32_t)chip->rom_crystal_mhz << 24);
    if (chip->flash_power != 0 && options->xpd)
        store(r, chip->flash_power, FLASH_FORCE_ON);
}

uint32_t registers_read(sim_registers *r, uint32_t address)
{
    const uint32_t *word = find(r, address);
    return word != NULL ? *word : 0;
}

static void write_watchdog(sim_registers *r, uint32_t address, uint32_t value)
{
    const sim_watchdog *wdt = &r->options->chip->watchdog;
    if (registers_read(r, wdt->protect) != wdt->key)
        return; /* write-protected */
    store(r, address, value);
    const uint32_t config = registers_read(r, wdt->config0);
    /* The stage 0 action must be a reset (bits 28 to 30: 3 system, 4 and 5 with RTC), not an interrupt. */
    r->watchdog_armed = (config >> WDT_ENABLE & 1) != 0 && (config >> 28 & 7) >= 3;
    r->watchdog_delay = (sim_time)registers_read(r, wdt->config1) * WDT_TICK_US * SIM_US;
    r->watchdog_changed = true;
}

void registers_run_watchdog(sim_registers *r)
{
    const sim_watchdog *wdt = &r->options->chip->watchdog;
    if (!r->options->chip->usb_watchdog)
        return;
    store(r, wdt->config0, 1u << WDT_ENABLE | 5u << 28);
    r->watchdog_armed = true;
    r->watchdog_delay = (sim_time)WDT_LEFT_MS * SIM_MS;
    r->watchdog_changed = true;
}

void registers_write(sim_registers *r, uint32_t address, uint32_t value)
{
    const sim_chip *chip = r->options->chip;
    if (address == chip->spi.base) {
        spi_execute(r, value);
        return; /* the command bit reads as 0 at once: the command is over */
    }
    if (chip->watchdog.protect != 0 && (address == chip->watchdog.config0 || address == chip->watchdog.config1)) {
        write_watchdog(r, address, value);
        return;
    }
    for (const sim_fuse_field *field = chip->fuses; field->bits != 0; field++) {
        if (field->address == address)
            return; /* eFuses are read-only here */
    }
    if (address != MAGIC_ADDRESS)
        store(r, address, value);
}

bool registers_flash_powered(sim_registers *r)
{
    const sim_options *o = r->options;
    if (o->chip->flash_power == 0 || o->revision < P4_UNPOWERED_FIRST || o->revision > P4_UNPOWERED_LAST)
        return true;
    if (o->xpd && o->revision == P4_UNPOWERED_LAST)
        return true;
    return (registers_read(r, o->chip->flash_power) & FLASH_FORCE_ON) == FLASH_FORCE_ON;
}

void registers_set_baud(sim_registers *r, uint32_t baud)
{
    const sim_chip *chip = r->options->chip;
    if (chip->uart_clkdiv == 0 || baud == 0)
        return;
    /* The ESP8266's UART runs on twice its crystal: esptool esp8266.py XTAL_CLK_DIVIDER. */
    const uint32_t clock = r->options->crystal_mhz * 1000000u * (chip->id == SIM_NO_CHIP_ID ? 2 : 1);
    store(r, chip->uart_clkdiv, clock / baud);
}

void registers_set_strap(sim_registers *r, bool io0)
{
    if (r->options->chip->strap != 0)
        store(r, r->options->chip->strap, io0 ? STRAP_IO0 : 0);
}
