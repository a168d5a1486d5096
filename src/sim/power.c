/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/power.h"

#include "base/bytes.h"

enum {
    HEARTBEAT_MS = 1000,  /* the simulated application says that it lives */
    APP_BAUD = 115200,    /* of what an application says */
    HOST_BACKLOG = 65536, /* bytes nobody reads: the application keeps quiet then */
};

void power_off(sim_device *d, sim_time sent)
{
    machine_stop(&d->machine);
    board_stop(&d->board);
    line_stop(&d->line, sent);
    d->heartbeat_at = d->strap_at = SIM_NEVER;
    d->mode = MODE_OFF;
}

void power_on(sim_device *d, sim_time delay)
{
    d->mode = MODE_BOOTING;
    d->strap_at = d->board.now + delay;
}

void power_reset(sim_device *d)
{
    power_off(d, d->board.now);
    power_on(d, (sim_time)POWER_BOOT_MS * SIM_MS);
}

/* What was sent before gets out. */
static void restart(sim_device *d, bool relatch)
{
    const sim_time when = sim_later(d->board.now, sim_later(d->line.tx_free, d->board.cpu));
    power_off(d, when);
    d->relatch = relatch;
    power_on(d, when - d->board.now + (sim_time)POWER_BOOT_MS * SIM_MS);
}

static void print_boot_log(sim_device *d, const char *text)
{
    d->line.baud = d->board.options.chip->log.baud;
    uart_send_text(&d->line, text);
}

static void enter_download(sim_device *d)
{
    print_boot_log(d, d->board.options.chip->log.download);
    d->mode = MODE_LOADER;
    ram_reset(&d->board.ram);
    machine_run(&d->machine, &rom_loader);
}

static void run_app(sim_device *d)
{
    const sim_chip *chip = d->board.options.chip;
    uint8_t magic[4];
    machine_stop(&d->machine);
    d->mode = MODE_APP;
    sim_flash_read(d->board.flash, chip->bootloader_offset, magic, sizeof(magic));
    d->has_app = magic[0] == 0xE9 || d->board.options.encrypted; /* every image begins with E9 */
    d->line.baud = chip->log.baud;
    d->heartbeats = 0;
    d->heartbeat_at = d->board.now + (sim_time)HEARTBEAT_MS * SIM_MS;
}

static void enter_app(sim_device *d)
{
    print_boot_log(d, d->board.options.chip->log.app);
    run_app(d);
    if (d->has_app)
        uart_send_text(&d->line, "I (24) boot: Loaded app from partition at offset 0x20000\r\n");
    d->line.baud = APP_BAUD;
}

/* The ROM loader runs what is in the flash; where there is nothing it is at its end. */
static void hand_over(sim_device *d)
{
    const sim_chip *chip = d->board.options.chip;
    run_app(d);
    const char *const words = d->has_app ? chip->log.hand_over : chip->last_words.no_image;
    if (words != NULL)
        uart_send_text(&d->line, words);
    if (!d->has_app)
        d->heartbeat_at = SIM_NEVER;
}

void power_beat(sim_device *d)
{
    char line[80];
    uint8_t word[4];
    d->heartbeats++;
    d->heartbeat_at = d->board.now + (sim_time)HEARTBEAT_MS * SIM_MS;
    if (d->line.to_host.count > HOST_BACKLOG)
        return;
    sim_flash_read(d->board.flash, d->board.options.chip->bootloader_offset, word, sizeof(word));
    if (d->has_app)
        snprintf(line, sizeof(line), "I (%u000) app: alive\r\n", d->heartbeats);
    else /* what ROMs print over and over when there is nothing to boot */
        snprintf(line, sizeof(line), "invalid header: 0x%08x\r\n", (unsigned)bytes_get_le32(word));
    uart_send_text(&d->line, line);
}

void power_boot(sim_device *d)
{
    d->strap_at = SIM_NEVER;
    if (d->relatch)
        d->strap_download = d->options.line.usb == SIM_USB_NONE ? d->dtr && !d->rts : d->usb_download;
    d->relatch = true;
    board_reset(&d->board, !d->strap_download);
    if (d->from_app && d->strap_download)
        board_run_watchdog(&d->board);
    d->from_app = false;
    if (d->strap_download)
        enter_download(d);
    else
        enter_app(d);
}

void power_work(sim_device *d)
{
    machine_step(&d->machine);
    const sim_leave leave = d->machine.leave;
    d->machine.leave = SIM_STAY;
    if (leave == SIM_LEAVE_TO_APP)
        hand_over(d);
    else if (leave != SIM_STAY)
        restart(d, leave == SIM_LEAVE_RESET);
}
