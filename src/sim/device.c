/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/device.h"

#include <stdlib.h>

#include "base/file.h"
#include "sim/power.h"

enum { EN_RISE_MS = 2 }; /* the usual RC at EN: the straps are read this long after RTS lets go */

/* When the chip itself does something next, bytes for the host not counted. */
static sim_time next_step(const sim_device *d)
{
    if (d->line.reset_due)
        return d->board.now;
    const sim_byte *byte = queue_first(&d->line.to_chip);
    sim_time next = sim_earlier(d->strap_at, d->heartbeat_at);
    next = sim_earlier(next, d->board.watchdog_at);
    next = sim_earlier(next, machine_next(&d->machine));
    return byte != NULL ? sim_earlier(next, byte->at) : next;
}

static void hear(sim_device *d)
{
    const sim_byte *first = queue_first(&d->line.to_chip);
    if (first == NULL || first->at > d->board.now)
        return;
    const sim_byte byte = *first;
    queue_pop(&d->line.to_chip);
    machine_receive(&d->machine, &byte);
}

static void step(sim_device *d)
{
    if (d->line.reset_due || (d->strap_at > d->board.now && d->board.watchdog_at <= d->board.now))
        power_reset(d);
    else if (d->strap_at <= d->board.now)
        power_boot(d);
    else if (d->heartbeat_at <= d->board.now)
        power_beat(d);
    else if (!machine_wake(&d->machine))
        hear(d);
    power_work(d);
}

void sim_device_advance(sim_device *d, sim_time time)
{
    for (sim_time next = next_step(d); next <= time; next = next_step(d)) {
        d->board.now = sim_later(d->board.now, next);
        step(d);
    }
    d->board.now = sim_later(d->board.now, time);
}

sim_time sim_device_next(const sim_device *d)
{
    const sim_time next = sim_earlier(next_step(d), line_next_byte(&d->line));
    return sim_later(next, d->board.now);
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
        d->from_app = d->options.line.usb == SIM_USB_JTAG && d->mode == MODE_APP;
        power_reset(d);
        d->strap_download = d->usb_download;
        d->relatch = false;
    }
}

/* Two transistors across the lines: RTS alone pulls EN low, DTR alone pulls IO0 low, both or none neither. */
static void set_bridge_lines(sim_device *d, bool dtr, bool rts)
{
    const bool en_low = rts && !dtr;
    if (en_low) {
        power_off(d, d->board.now);
    } else if (d->mode == MODE_OFF) {
        d->relatch = true;
        power_on(d, (sim_time)EN_RISE_MS * SIM_MS);
    }
}

void sim_device_set_lines(sim_device *d, bool dtr, bool rts, sim_time time)
{
    sim_device_advance(d, time);
    if (d->options.line.usb == SIM_USB_NONE)
        set_bridge_lines(d, dtr, rts);
    else
        set_usb_lines(d, dtr, rts);
    d->dtr = dtr;
    d->rts = rts;
}

static void power_up(sim_device *d, bool download)
{
    power_off(d, d->board.now);
    sim_flash_power_on(d->board.flash);
    d->dtr = d->rts = d->usb_download = false;
    d->strap_download = download;
    d->relatch = false;
    power_on(d, 0);
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

bool sim_device_set_baud(sim_device *d, uint32_t baud, sim_time time)
{
    const sim_bridge *bridge = d->options.line.bridge;
    const uint32_t rate = bridge == NULL || baud == 0 ? baud : sim_bridge_rate(bridge, baud);
    sim_device_advance(d, time);
    if (rate == 0 && baud != 0)
        return false;
    d->line.host_baud = d->options.line.usb == SIM_USB_NONE ? rate : 0;
    return true;
}

espbak_status sim_device_open(sim_device **out, const sim_options *options, espbak_error *err)
{
    *out = NULL;
    sim_device *d = calloc(1, sizeof(*d));
    if (d == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    d->options = *options;
    const espbak_status status = board_open(&d->board, &options->chip, err);
    if (status != ESPBAK_OK) {
        free(d);
        return status;
    }
    line_open(&d->line, &options->line, &d->board);
    machine_open(&d->machine, &options->loader, &d->board, &d->line);
    power_up(d, options->boot == SIM_BOOT_DOWNLOAD);
    *out = d;
    return ESPBAK_OK;
}

static void report(const sim_device *d)
{
    FILE *out = d->options.report[0] != '\0' ? file_stream(d->options.report, "a") : NULL;
    if (out == NULL)
        return;
    fprintf(out, "%lld %llu %llu\n", (long long)(d->board.now / SIM_MS), (unsigned long long)d->line.came,
            (unsigned long long)d->line.went);
    fclose(out);
}

void sim_device_close(sim_device *d)
{
    if (d == NULL)
        return;
    report(d);
    power_off(d, d->board.now);
    if (d->options.fault_count[0] != '\0')
        sim_fault_report(d->line.faults, d->options.fault_count);
    line_close(&d->line);
    board_close(&d->board);
    free(d);
}

void sim_device_feed(sim_device *d, const uint8_t *bytes, size_t size, sim_time time)
{
    sim_device_advance(d, time);
    line_feed(&d->line, bytes, size);
    sim_device_advance(d, time);
}

sim_time sim_device_sent_at(const sim_device *d)
{
    return d->line.host_free;
}

size_t sim_device_take(sim_device *d, uint8_t *bytes, size_t capacity, sim_time time)
{
    sim_device_advance(d, time);
    return line_take(&d->line, bytes, capacity);
}

size_t sim_device_unread(const sim_device *d)
{
    return d->line.to_host.count;
}

const char *sim_device_state(const sim_device *d)
{
    if (d->mode == MODE_LOADER)
        return d->machine.loader != NULL ? d->machine.loader->name : "stub";
    return d->mode == MODE_APP ? "app" : "reset";
}

uint64_t sim_device_overflows(const sim_device *d)
{
    return d->line.overflows;
}

bool sim_device_flash_failed(const sim_device *d)
{
    return sim_flash_failed(d->board.flash);
}
