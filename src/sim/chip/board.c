/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/board.h"

#include <string.h>

#include "sim/chip/default_image.h"
#include "sim/chip/spi.h"

enum {
    WDT_ENABLE = 31,    /* bit of config0 */
    WDT_TICK_US = 7,    /* about 136 kHz, the slow RC oscillator: esptool's 2000 make 15 ms */
    WDT_LEFT_MS = 9000, /* ESP-IDF CONFIG_BOOTLOADER_WDT_TIME_MS */
    FLASH_FORCE_ON = 3, /* esptool esp32p4.py PMU_DATE_FLASH_FORCE_ON */
};

espbak_status board_open(sim_board *board, const sim_chip_options *options, espbak_error *err)
{
    memset(board, 0, sizeof(*board));
    board->options = *options;
    espbak_status status = sim_flash_open(&board->flash, options, err);
    if (status == ESPBAK_OK && options->flash[0] == '\0' && !options->blank)
        default_image_write(board->flash, options);
    if (status == ESPBAK_OK && sim_flash_failed(board->flash))
        status = espbak_fail(err, ESPBAK_E_FILE, "the temporary file of the simulated flash cannot be written");
    if (status == ESPBAK_OK)
        sim_flash_power_on(board->flash);
    else
        board_close(board);
    return status;
}

void board_close(sim_board *board)
{
    ram_reset(&board->ram);
    sim_flash_close(board->flash);
    board->flash = NULL;
}

void board_die(sim_board *board)
{
    board->dead = true;
}

void board_stop(sim_board *board)
{
    board->dead = false;
    board->cpu = board->flash_busy = board->now;
    board->watchdog_at = SIM_NEVER;
}

void board_reset(sim_board *board, bool io0)
{
    const sim_flash_power *power = &board->options.chip->flash_power;
    registers_reset(&board->registers, &board->options);
    if (power->at != 0 && board->options.xpd)
        registers_write(&board->registers, power->at, FLASH_FORCE_ON);
    registers_set_strap(&board->registers, io0);
    board->flash_attached = false;
}

bool board_is_mapped(const sim_board *board, uint32_t address)
{
    const sim_chip *chip = board->options.chip;
    bool found = chip->mapped[0].end == 0 || ram_exists(chip, address, 1);
    for (size_t i = 0; i < SIM_MAPPED_RANGES; i++)
        found = found || (address >= chip->mapped[i].start && address < chip->mapped[i].end);
    return found;
}

uint32_t board_read(sim_board *board, uint32_t address)
{
    uint32_t value;
    return ram_read(&board->ram, address, &value) ? value : registers_read(&board->registers, address);
}

static void write_watchdog(sim_board *board, uint32_t address, uint32_t value)
{
    const sim_watchdog *wdt = &board->options.chip->watchdog;
    if (registers_read(&board->registers, wdt->protect) != wdt->key)
        return; /* write-protected */
    registers_write(&board->registers, address, value);
    const uint32_t config = registers_read(&board->registers, wdt->config0);
    const uint32_t ticks = registers_read(&board->registers, wdt->config1);
    /* The stage 0 action must be a reset (bits 28 to 30: 3 system, 4 and 5 with RTC), not an interrupt. */
    const bool armed = (config >> WDT_ENABLE & 1) != 0 && (config >> 28 & 7) >= 3;
    board->watchdog_at = armed ? board->now + (sim_time)ticks * WDT_TICK_US * SIM_US : SIM_NEVER;
}

void board_write(sim_board *board, uint32_t address, uint32_t value)
{
    const sim_chip *chip = board->options.chip;
    if (ram_write(&board->ram, address, value))
        return;
    const sim_watchdog *wdt = &chip->watchdog;
    if (address == chip->spi.base) /* the command bit reads as 0 at once: the command is over */
        spi_execute(&board->registers, board->flash_attached && board_flash_powered(board) ? board->flash : NULL,
                    value);
    else if (wdt->protect != 0 && (address == wdt->config0 || address == wdt->config1))
        write_watchdog(board, address, value);
    else
        registers_write(&board->registers, address, value);
}

bool board_flash_powered(const sim_board *board)
{
    const sim_chip_options *o = &board->options;
    const sim_flash_power *power = &o->chip->flash_power;
    if (power->at == 0 || o->revision < power->first || o->revision > power->last ||
        (o->xpd && o->revision >= power->xpd_since))
        return true;
    return (registers_read(&board->registers, power->at) & FLASH_FORCE_ON) == FLASH_FORCE_ON;
}

void board_wait_flash(sim_board *board)
{
    board->cpu = sim_later(board->cpu, board->flash_busy);
}

void board_run_watchdog(sim_board *board)
{
    const sim_chip *chip = board->options.chip;
    if (!chip->usb_watchdog)
        return;
    registers_write(&board->registers, chip->watchdog.config0, 1u << WDT_ENABLE | 5u << 28);
    board->watchdog_at = board->now + (sim_time)WDT_LEFT_MS * SIM_MS;
}

void board_stop_watchdog(sim_board *board)
{
    board->watchdog_at = SIM_NEVER;
}
