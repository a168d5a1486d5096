/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "sim/state.h"

enum {
    EN_RISE_MS = 2,         /* the usual RC at EN: the straps are read this long after RTS lets go */
    BOOT_MS = 5,            /* from there to the first byte of the boot log, about */
    HEARTBEAT_MS = 1000,    /* the simulated application says that it lives */
    CRASH_MS = 300,         /* until the watchdog restarts a chip that hit an exception */
    BOOT_BAUD = 115200,     /* of the boot log */
    BOOT_BAUD_8266 = 74880, /* … on the ESP8266, whose ROM takes its 26 MHz crystal for 40 */
    HOST_BACKLOG = 65536,   /* bytes nobody reads: the application keeps quiet then */
};

static bool is_8266(const sim_device *d)
{
    return d->options.chip->id == SIM_NO_CHIP_ID;
}

/* Stop everything that runs; bytes that would leave the chip after `sent` never do. */
static void stop(sim_device *d, sim_time sent)
{
    d->loader = d->next_loader = NULL;
    d->stub_at = d->watchdog_at = d->heartbeat_at = d->strap_at = d->interrupt_at = SIM_NEVER;
    queue_cut(&d->to_host, sent + d->options.latency);
    digest_free(d->stub.read.md5);
    d->stub.read.md5 = NULL;
    d->stub.read.active = false;
    sim_writer_free(&d->writer);
    sim_own_free(d);
    d->fault_reset = d->dead = false;
    d->fifo_count = 0;
    d->cpu = d->tx_free = d->flash_busy = d->now;
    for (size_t i = 0; i < UART_FIFO; i++)
        d->departs[i] = d->now;
    d->mode = MODE_OFF;
}

static void begin_boot(sim_device *d, sim_time delay)
{
    d->mode = MODE_BOOTING;
    d->strap_at = d->now + delay;
}

void sim_chip_restart(sim_device *d, bool relatch)
{
    sim_time when = d->tx_free > d->cpu ? d->tx_free : d->cpu; /* what was sent before gets out */
    if (when < d->now)
        when = d->now;
    stop(d, when);
    d->relatch = relatch;
    begin_boot(d, when - d->now + (sim_time)BOOT_MS * SIM_MS);
}

void sim_chip_crash(sim_device *d)
{
    uart_send_text(d, "Guru Meditation Error: Core 0 panic'ed (IllegalInstruction)\r\n");
    d->cpu += (sim_time)CRASH_MS * SIM_MS;
    sim_chip_restart(d, false);
}

void sim_chip_start_loader(sim_device *d, const sim_loader *loader)
{
    d->next_loader = loader;
    /* The stub waits 10 ms so that the ROM's last answer gets out: esp-flasher-stub transport.c. */
    d->stub_at = (d->tx_free > d->cpu ? d->tx_free : d->cpu) + 10LL * SIM_MS;
}

void sim_chip_take_watchdog(sim_device *d)
{
    if (!d->registers.watchdog_changed)
        return;
    d->registers.watchdog_changed = false;
    d->watchdog_at = d->registers.watchdog_armed ? d->now + d->registers.watchdog_delay : SIM_NEVER;
}

void sim_chip_stop_watchdog(sim_device *d)
{
    d->registers.watchdog_armed = false;
    d->registers.watchdog_changed = true;
    sim_chip_take_watchdog(d);
}

static void print_boot_log(sim_device *d, const char *mode)
{
    char line[160];
    d->baud = is_8266(d) ? BOOT_BAUD_8266 : BOOT_BAUD;
    if (is_8266(d))
        snprintf(line, sizeof(line), "\r\n ets Jan  8 2013,rst cause:2, boot mode:(%s)\r\n\r\n", mode);
    else
        snprintf(line, sizeof(line), "ESP-ROM:%s-simulated\r\nrst:0x1 (POWERON),boot:%s\r\n", d->options.chip->name,
                 mode);
    uart_send_text(d, line);
}

static void enter_download(sim_device *d)
{
    print_boot_log(d, is_8266(d) ? "1,7" : "0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))");
    if (!is_8266(d))
        uart_send_text(d, "waiting for download\r\n");
    d->mode = MODE_LOADER;
    d->loader = &rom_loader;
    ram_reset(&d->ram);
    rom_loader.start(d);
}

void sim_chip_run_app(sim_device *d)
{
    uint8_t magic[4];
    d->loader = d->next_loader = NULL;
    d->mode = MODE_APP;
    sim_flash_read(d->flash, d->options.chip->bootloader_offset, magic, sizeof(magic));
    d->has_app = magic[0] == 0xE9 || d->options.encrypted; /* every image begins with E9 */
    d->baud = is_8266(d) ? BOOT_BAUD_8266 : BOOT_BAUD;
    d->heartbeats = 0;
    d->heartbeat_at = d->now + (sim_time)HEARTBEAT_MS * SIM_MS;
}

static void enter_app(sim_device *d)
{
    print_boot_log(d, is_8266(d) ? "3,7" : "0x8 (SPI_FAST_FLASH_BOOT)");
    sim_chip_run_app(d);
    if (d->has_app)
        uart_send_text(d, "I (24) boot: Loaded app from partition at offset 0x20000\r\n");
    d->baud = BOOT_BAUD;
}

static void beat(sim_device *d)
{
    char line[80];
    uint8_t word[4];
    d->heartbeats++;
    d->heartbeat_at = d->now + (sim_time)HEARTBEAT_MS * SIM_MS;
    if (d->to_host.count > HOST_BACKLOG)
        return;
    sim_flash_read(d->flash, d->options.chip->bootloader_offset, word, sizeof(word));
    if (d->has_app)
        snprintf(line, sizeof(line), "I (%u000) app: alive\r\n", d->heartbeats);
    else /* what ROMs print over and over when there is nothing to boot */
        snprintf(line, sizeof(line), "invalid header: 0x%08x\r\n", (unsigned)bytes_get_le32(word));
    uart_send_text(d, line);
}

/* EN has risen: read the straps and go. */
static void boot(sim_device *d)
{
    d->strap_at = SIM_NEVER;
    if (d->relatch) {
        const bool io0_low = d->options.usb == SIM_USB_NONE ? d->dtr && !d->rts : d->usb_download;
        d->strap_download = io0_low;
    }
    d->relatch = true;
    registers_reset(&d->registers, &d->options, d->flash);
    registers_set_strap(&d->registers, !d->strap_download);
    if (d->from_app && d->strap_download)
        registers_run_watchdog(&d->registers);
    d->from_app = false;
    sim_chip_take_watchdog(d);
    if (d->strap_download)
        enter_download(d);
    else
        enter_app(d);
}

static void start_next_loader(sim_device *d)
{
    d->loader = d->next_loader;
    d->next_loader = NULL;
    d->stub_at = d->interrupt_at = SIM_NEVER;
    d->cpu = d->now;
    d->fifo_count = 0;
    d->loader->start(d);
}

static void run_loader(sim_device *d)
{
    while (!d->dead && d->mode == MODE_LOADER && d->loader != NULL && d->next_loader == NULL && d->cpu <= d->now) {
        d->cpu = d->now;
        if (!d->loader->run(d))
            return;
    }
}

static sim_time earliest(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

/* When the chip itself does something next, bytes for the host not counted. */
static sim_time next_step(const sim_device *d)
{
    if (d->fault_reset)
        return d->now;
    sim_time next = earliest(earliest(d->strap_at, d->stub_at), earliest(d->watchdog_at, d->heartbeat_at));
    const sim_byte *byte = queue_first(&d->to_chip);
    if (byte != NULL)
        next = earliest(next, byte->at);
    if (d->mode == MODE_LOADER && !d->dead)
        next = earliest(next, earliest(d->interrupt_at, d->cpu > d->now ? d->cpu : SIM_NEVER));
    return next;
}

static void step(sim_device *d)
{
    const sim_byte *first = queue_first(&d->to_chip);
    if (d->fault_reset) {
        stop(d, d->now);
        begin_boot(d, (sim_time)BOOT_MS * SIM_MS);
    } else if (d->strap_at <= d->now) {
        boot(d);
    } else if (d->watchdog_at <= d->now) {
        d->cpu = d->now;
        stop(d, d->now);
        begin_boot(d, (sim_time)BOOT_MS * SIM_MS);
    } else if (d->stub_at <= d->now) {
        start_next_loader(d);
    } else if (d->heartbeat_at <= d->now) {
        beat(d);
    } else if (d->interrupt_at <= d->now && d->mode == MODE_LOADER && !d->dead) {
        d->loader->interrupt(d);
    } else if (first != NULL && first->at <= d->now) {
        const sim_byte byte = *first;
        queue_pop(&d->to_chip);
        uart_receive(d, &byte);
    }
    run_loader(d);
}

void sim_device_advance(sim_device *d, sim_time time)
{
    for (sim_time next = next_step(d); next <= time; next = next_step(d)) {
        if (next > d->now)
            d->now = next;
        step(d);
    }
    if (time > d->now)
        d->now = time;
}

sim_time sim_device_next(const sim_device *d)
{
    const sim_time next = earliest(next_step(d), sim_device_next_byte(d));
    return next == SIM_NEVER || next > d->now ? next : d->now;
}

/* USB-Serial-JTAG: DTR without RTS asks for download mode, both released forget it, RTS without DTR
   resets (ESP32-S3 TRM, USB Serial/JTAG, "Reset SoC into download mode"). The ROM's OTG does likewise. */
static void set_usb_lines(sim_device *d, bool dtr, bool rts)
{
    if (dtr != rts && dtr)
        d->usb_download = true;
    else if (!dtr && !rts)
        d->usb_download = false;
    else if (!dtr && rts && !(d->rts && !d->dtr)) {
        /* The RTC watchdog lives on: esptool esp32c3.py disable_watchdogs. */
        d->from_app = d->options.usb == SIM_USB_JTAG && d->mode == MODE_APP;
        stop(d, d->now);
        begin_boot(d, (sim_time)BOOT_MS * SIM_MS);
        d->strap_download = d->usb_download;
        d->relatch = false;
    }
}

/* Two transistors across the lines: RTS alone pulls EN low, DTR alone pulls IO0 low, both or none neither. */
static void set_bridge_lines(sim_device *d, bool dtr, bool rts)
{
    const bool en_low = rts && !dtr;
    if (en_low) {
        stop(d, d->now);
    } else if (d->mode == MODE_OFF) {
        d->relatch = true;
        begin_boot(d, (sim_time)EN_RISE_MS * SIM_MS);
    }
}

void sim_device_set_lines(sim_device *d, bool dtr, bool rts, sim_time time)
{
    sim_device_advance(d, time);
    if (d->options.usb == SIM_USB_NONE)
        set_bridge_lines(d, dtr, rts);
    else
        set_usb_lines(d, dtr, rts);
    d->dtr = dtr;
    d->rts = rts;
}

static void power_up(sim_device *d, bool download)
{
    stop(d, d->now);
    d->dtr = d->rts = d->usb_download = false;
    d->strap_download = download;
    d->relatch = false;
    begin_boot(d, 0);
}

void sim_device_power_cycle(sim_device *d, sim_time time)
{
    sim_device_advance(d, time);
    power_up(d, d->options.boot == SIM_BOOT_DOWNLOAD);
}

void sim_device_press_boot(sim_device *d, sim_time time)
{
    sim_device_advance(d, time);
    power_up(d, true);
}

void sim_device_set_baud(sim_device *d, uint32_t baud, sim_time time)
{
    sim_device_advance(d, time);
    d->host_baud = d->options.usb == SIM_USB_NONE ? baud : 0;
}

espbak_status sim_device_open(sim_device **out, const sim_options *options, espbak_error *err)
{
    *out = NULL;
    sim_device *d = calloc(1, sizeof(*d));
    if (d == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    d->options = *options;
    const espbak_status status = sim_flash_open(&d->flash, options, err);
    if (status != ESPBAK_OK) {
        free(d);
        return status;
    }
    for (int i = 0; i < SIM_DIRECTIONS; i++)
        sim_fault_start(&d->faults[i], &d->options.faults, (sim_direction)i, options->seed);
    power_up(d, options->boot == SIM_BOOT_DOWNLOAD);
    *out = d;
    return ESPBAK_OK;
}

static void report(const sim_device *d)
{
    FILE *file = d->options.report[0] != '\0' ? fopen(d->options.report, "a") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%lld %llu %llu\n", (long long)(d->now / SIM_MS), (unsigned long long)d->came,
            (unsigned long long)d->went);
    fclose(file);
}

void sim_device_close(sim_device *d)
{
    if (d == NULL)
        return;
    report(d);
    stop(d, d->now);
    ram_reset(&d->ram);
    queue_free(&d->to_chip);
    queue_free(&d->to_host);
    if (d->options.fault_count[0] != '\0')
        sim_fault_report(d->faults, d->options.fault_count);
    sim_flash_close(d->flash);
    free(d);
}

const char *sim_device_state(const sim_device *d)
{
    if (d->mode == MODE_LOADER)
        return d->loader != NULL ? d->loader->name : "stub";
    return d->mode == MODE_APP ? "app" : "reset";
}

uint64_t sim_device_overflows(const sim_device *d)
{
    return d->overflows;
}

bool sim_device_flash_failed(const sim_device *d)
{
    return sim_flash_failed(d->flash);
}
