/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/own.h"

#include <stdlib.h>
#include <string.h>

#include "sim/loader/own_work.h"

enum {
    FIFO_LOW = 32,   /* as in firmware/chip/serial.c: the transmit interrupt comes when no more are left in the FIFO */
    FIFO_FULL = 120, /* and fills it up to here */
};

/* The last byte tells the version, and other ones than this are an exception. */
bool sim_own_execute(sim_machine *m, uint32_t entry)
{
    static const uint8_t mark[] = {'e', 's', 'p', 'b', 'a', 'k', 'R', '0' + WIRE_VERSION};
    if (!ram_segment_begins(&m->board->ram, entry, mark, sizeof(mark) - 1))
        return false;
    if (ram_segment_begins(&m->board->ram, entry, mark, sizeof(mark)) && m->options.own_fate != SIM_OWN_CRASHES &&
        m->board->options.chip->own.block != 0)
        machine_start(m, &own_loader);
    else
        machine_die(m, m->board->options.chip->last_words.fetch);
    return true;
}

static void end(sim_machine *m)
{
    if (m->own != NULL)
        digest_free(m->own->digest);
    free(m->own);
    m->own = NULL;
}

static void start(sim_machine *m)
{
    loader_hal *hal = calloc(1, sizeof(*hal));
    m->own = hal;
    if (hal == NULL || m->options.own_fate == SIM_OWN_SILENT)
        board_die(m->board);
    if (hal == NULL)
        return;
    hal->machine = m;
    hal->chip = &m->board->options.chip->own;
    hal->first_baud = m->line->baud;
    hal->received.capacity = OWN_RECEIVE_SIZE;
    hal->sending.capacity = hal->chip->ring * 1024u;
    hal->read_block = m->options.own_block != 0 ? m->options.own_block : hal->chip->block * 1024u;
    hal->nonce = 1 + (uint32_t)((uint64_t)m->board->now * 2654435761u ^ m->board->options.seed);
    hal->core = (loader_core){.hal = hal,
                              .block = (uint8_t *)hal->block,
                              .packed = (uint8_t *)hal->packed,
                              .block_size = hal->read_block,
                              .waiting = 1}; /* a HELLO with tag 0: that is how it says that it runs */
    m->board->flash_attached = true;
    hal->flash_size = NARROW_LIMIT; /* until the host tells the real one */
    if (m->line->options.usb == SIM_USB_JTAG)
        board_stop_watchdog(m->board);
}

/* The receive interrupt. */
static void receive(sim_machine *m, uint8_t byte)
{
    if (m->own != NULL && ring_put(&m->own->received, &byte, 1) == 0)
        m->line->overflows++;
}

/* The processor loses time, whether it works on something or not. */
static void interrupt_work(sim_machine *m, uint32_t bytes)
{
    m->board->cpu = sim_later(m->board->cpu, m->board->now) + own_work_time(m, OWN_WORK_SEND, bytes);
}

/* When so many milliseconds will have gone since then; the core looks at the time in whole ones. */
static sim_time end_of(const loader_hal *hal, uint32_t since, uint32_t patience)
{
    const sim_time now = sim_later(hal->machine->board->cpu, hal->machine->board->now) / SIM_MS;
    const uint32_t gone = (uint32_t)now - since;
    return (now + (gone < patience ? patience - gone : 1)) * SIM_MS;
}

/* When the core will give up a new rate, or a payload that does not come. */
static sim_time patience_ends(const loader_hal *hal)
{
    const loader_core *core = &hal->core;
    sim_time end = SIM_NEVER;
    if (core->baud_patience != 0)
        end = end_of(hal, core->baud_since, core->baud_patience);
    if (core->waits_for_payload) {
        const sim_time payload = end_of(hal, core->arrived_at, LOADER_PAYLOAD_PATIENCE);
        end = payload < end ? payload : end;
    }
    return end;
}

/* Choose when the next interrupt comes. */
static void arm(loader_hal *hal)
{
    sim_machine *m = hal->machine;
    m->interrupt_at = patience_ends(hal);
    if (hal->sending.count > 0 && !m->board->dead) {
        const sim_time at = sim_later(m->board->now, uart_room_at(m->line, UART_FIFO - FIFO_LOW));
        m->interrupt_at = at < m->interrupt_at ? at : m->interrupt_at;
    }
}

/* The transmit interrupt: fill the FIFO; the timer has nothing to do but to wake the main loop. */
static void interrupt(sim_machine *m)
{
    loader_hal *hal = m->own;
    uint8_t byte;
    uint32_t count = 0;
    while (!m->board->dead && uart_room_at(m->line, UART_FIFO - FIFO_FULL + 1) <= m->board->now &&
           ring_take(&hal->sending, &byte, 1) == 1) {
        uart_emit(m->line, byte, m->board->now);
        count++;
    }
    interrupt_work(m, count);
    arm(hal);
}

void sim_own_flush(loader_hal *hal)
{
    sim_machine *m = hal->machine;
    uint8_t byte;
    while (!m->board->dead && ring_take(&hal->sending, &byte, 1) == 1)
        uart_emit(m->line, byte, sim_later(m->board->cpu, uart_room_at(m->line, 1)));
    m->board->cpu = sim_later(m->board->cpu, m->line->tx_free);
}

/* After the last request that it was to live for, nothing comes any more. */
static void count_answer(sim_machine *m, bool sent_before)
{
    loader_hal *hal = m->own;
    if (sent_before || !hal->core.sending || hal->core.reply[WIRE_REPLY_TAG] == 0)
        return;
    hal->answered++;
    if (m->options.own_dies != 0 && hal->answered > m->options.own_dies)
        board_die(m->board);
}

static bool step(sim_machine *m)
{
    loader_hal *hal = m->own;
    if (hal == NULL)
        return false;
    const bool sent_before = hal->core.sending;
    const bool worked = loader_core_step(&hal->core);
    count_answer(m, sent_before);
    if (hal->leaving) {
        m->leave = hal->leave_how != WIRE_LEAVE_ROM ? SIM_LEAVE_RESET : SIM_LEAVE_RESTART;
        return true;
    }
    arm(hal);
    return worked;
}

const sim_loader own_loader = {
    .name = "own",
    .kind = SIM_STUB_OWN,
    .start = start,
    .receive = receive,
    .step = step,
    .interrupt = interrupt,
    .end = end,
};
