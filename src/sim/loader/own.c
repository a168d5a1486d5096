/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/own.h"

#include <stdlib.h>
#include <string.h>

#include "sim/loader/own_work.h"

enum {
    RECEIVE_SIZE = 1024,
    FIFO_LOW = 32,   /* as in firmware/chip/serial.c: the transmit interrupt comes when no more are left in the FIFO */
    FIFO_FULL = 120, /* and fills it up to here */
};

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

/* The last byte tells the version, and other ones than this are an exception. */
bool sim_own_execute(sim_device *d, uint32_t entry)
{
    static const uint8_t mark[] = {'e', 's', 'p', 'b', 'a', 'k', 'R', '0' + WIRE_VERSION};
    if (!ram_segment_begins(&d->ram, entry, mark, sizeof(mark) - 1))
        return false;
    if (ram_segment_begins(&d->ram, entry, mark, sizeof(mark)) && d->options.own_fate != SIM_OWN_CRASHES &&
        own_chip_find(d->options.chip->id) != NULL)
        sim_chip_start_loader(d, &own_loader);
    else
        sim_chip_crash(d);
    return true;
}

void sim_own_free(sim_device *d)
{
    if (d->own != NULL)
        digest_free(d->own->md5);
    free(d->own);
    d->own = NULL;
}

static void start(sim_device *d)
{
    sim_own_free(d);
    loader_hal *hal = calloc(1, sizeof(*hal));
    d->dead = hal == NULL || d->options.own_fate == SIM_OWN_SILENT;
    d->own = hal;
    if (hal == NULL)
        return;
    hal->device = d;
    hal->chip = own_chip_find(d->options.chip->id);
    hal->first_baud = d->baud;
    hal->received.capacity = RECEIVE_SIZE;
    hal->sending.capacity = hal->chip->ring * 1024u;
    hal->core = (loader_core){.hal = hal,
                              .block = (uint8_t *)hal->block,
                              .packed = (uint8_t *)hal->packed,
                              .block_size = d->options.own_block != 0 ? d->options.own_block : hal->chip->block * 1024u,
                              .waiting = 1}; /* a HELLO with tag 0: that is how it says that it runs */
    d->registers.flash_attached = true;
    d->rom.flash_size = NARROW_LIMIT; /* until the host tells the real one */
    if (d->options.usb == SIM_USB_JTAG)
        sim_chip_stop_watchdog(d);
}

/* The receive interrupt. */
static void receive(sim_device *d, uint8_t byte)
{
    if (d->own != NULL && ring_put(&d->own->received, &byte, 1) == 0)
        d->overflows++;
}

/* The processor loses time, whether it works on something or not. */
static void interrupt_work(sim_device *d, uint32_t bytes)
{
    d->cpu = later(d->cpu, d->now) + own_work_time(&d->options, OWN_WORK_SEND, bytes);
}

/* When the core will give up a new rate; it looks at the time in whole milliseconds. */
static sim_time patience_ends(const loader_hal *hal)
{
    const loader_core *core = &hal->core;
    if (core->baud_patience == 0)
        return SIM_NEVER;
    const sim_time now = later(hal->device->cpu, hal->device->now) / SIM_MS;
    const uint32_t gone = (uint32_t)now - core->baud_since;
    return (now + (gone < core->baud_patience ? core->baud_patience - gone : 1)) * SIM_MS;
}

/* Choose when the next interrupt comes. */
static void arm(loader_hal *hal)
{
    sim_device *d = hal->device;
    d->interrupt_at = patience_ends(hal);
    if (hal->sending.count > 0 && !d->dead) {
        const sim_time at = later(d->now, uart_room_at(d, UART_FIFO - FIFO_LOW));
        d->interrupt_at = at < d->interrupt_at ? at : d->interrupt_at;
    }
}

/* The transmit interrupt: fill the FIFO; the timer has nothing to do but to wake the main loop. */
static void interrupt(sim_device *d)
{
    loader_hal *hal = d->own;
    uint8_t byte;
    uint32_t count = 0;
    while (!d->dead && uart_room_at(d, UART_FIFO - FIFO_FULL + 1) <= d->now &&
           ring_take(&hal->sending, &byte, 1) == 1) {
        uart_emit(d, byte, d->now);
        count++;
    }
    interrupt_work(d, count);
    arm(hal);
}

void sim_own_flush(loader_hal *hal)
{
    sim_device *d = hal->device;
    uint8_t byte;
    while (!d->dead && ring_take(&hal->sending, &byte, 1) == 1)
        uart_emit(d, byte, later(d->cpu, uart_room_at(d, 1)));
    d->cpu = later(d->cpu, d->tx_free);
}

/* After the last request that it was to live for, nothing comes any more. */
static void count_answer(sim_device *d, bool sent_before)
{
    loader_hal *hal = d->own;
    if (sent_before || !hal->core.sending || hal->core.reply[WIRE_REPLY_TAG] == 0)
        return;
    hal->answered++;
    if (d->options.own_dies != 0 && hal->answered > d->options.own_dies)
        d->dead = true;
}

static bool run(sim_device *d)
{
    loader_hal *hal = d->own;
    if (hal == NULL)
        return false;
    const bool sent_before = hal->core.sending;
    const bool worked = loader_core_step(&hal->core);
    count_answer(d, sent_before);
    if (hal->leaving) {
        sim_chip_restart(d, hal->leave_how != WIRE_LEAVE_ROM);
        return true;
    }
    arm(hal);
    return worked;
}

const sim_loader own_loader = {"own", start, receive, run, interrupt};
