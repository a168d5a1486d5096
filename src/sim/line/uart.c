/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sim/state.h"

enum {
    DEFAULT_BAUD = 115200,
    BAUD_TOLERANCE = 3, /* percent: what a UART's sampling bears, about */
    USB_BYTE_NS = 1500, /* full speed, as far as the chips' own USB gets */
};

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

static sim_time byte_time(const sim_device *d, uint32_t baud)
{
    if (!d->options.baud_real)
        return 0;
    if (d->options.usb != SIM_USB_NONE)
        return USB_BYTE_NS;                                       /* USB knows no baud rate */
    return 10 * 1000000000LL / (baud != 0 ? baud : DEFAULT_BAUD); /* 8N1 */
}

static bool rates_agree(uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return true;
    const uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return (high - low) * 100 <= low * BAUD_TOLERANCE;
}

/* What a receiver at another rate makes of a byte: always the same, never what was sent. */
static uint8_t garble(uint8_t value, uint32_t sent, uint32_t expected)
{
    uint64_t state = (uint64_t)value << 56 ^ (uint64_t)sent << 28 ^ expected;
    return (uint8_t)(value ^ (sim_random(&state) % 255 + 1));
}

/* Put a byte on a queue, through that direction's faults. *free_at is the line's end of sending. */
static void put(sim_device *d, sim_direction direction, sim_byte byte, sim_time *free_at)
{
    sim_queue *queue = direction == SIM_TO_CHIP ? &d->to_chip : &d->to_host;
    if (!d->options.faults.any || byte.baud < d->options.fault_baud) {
        (void)queue_push(queue, byte);
        return;
    }
    uint8_t out[2];
    unsigned stall;
    const unsigned count = sim_fault_byte(&d->faults[direction], byte.value, out, &stall);
    *free_at += (sim_time)stall * SIM_MS;
    byte.at += (sim_time)stall * SIM_MS;
    d->fault_reset =
        d->fault_reset || (direction == SIM_FROM_CHIP && sim_fault_due(&d->faults[direction], SIM_FAULT_RESET));
    d->dead = d->dead || (direction == SIM_FROM_CHIP && sim_fault_due(&d->faults[direction], SIM_FAULT_DIE));
    for (unsigned i = 0; i < count; i++) {
        byte.value = out[i];
        (void)queue_push(queue, byte);
    }
}

sim_time uart_room_at(const sim_device *d, unsigned room)
{
    return d->departs[(d->depart + room - 1) % UART_FIFO]; /* the FIFO is full until the byte 128 ago has left it */
}

void uart_emit(sim_device *d, uint8_t value, sim_time time)
{
    const sim_time start = later(time, d->tx_free);
    d->departs[d->depart] = start;
    d->depart = (d->depart + 1) % UART_FIFO;
    d->tx_free = start + byte_time(d, d->baud);
    d->went++;
    const sim_byte byte = {.at = d->tx_free + d->options.latency, .baud = d->baud, .value = value};
    put(d, SIM_FROM_CHIP, byte, &d->tx_free);
}

static void send_byte(sim_device *d, uint8_t value)
{
    d->cpu = later(d->cpu, d->now);
    d->cpu = later(d->cpu, uart_room_at(d, 1));
    uart_emit(d, value, d->cpu);
}

static void send_escaped(sim_device *d, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0xC0 || bytes[i] == 0xDB) {
            send_byte(d, 0xDB);
            send_byte(d, bytes[i] == 0xC0 ? 0xDC : 0xDD);
        } else {
            send_byte(d, bytes[i]);
        }
    }
}

void uart_send_frame(sim_device *d, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
    send_byte(d, 0xC0);
    send_escaped(d, head, head_size);
    send_escaped(d, tail, tail_size);
    send_byte(d, 0xC0);
}

void uart_send_text(sim_device *d, const char *text)
{
    while (*text != '\0')
        send_byte(d, (uint8_t)*text++);
}

void uart_change_baud(sim_device *d, uint32_t baud)
{
    d->cpu = later(d->cpu, d->tx_free);
    if (sim_fault_strikes(&d->faults[SIM_FROM_CHIP], SIM_FAULT_DEAF_BAUD))
        return;
    d->baud = baud;
    registers_set_baud(&d->registers, baud);
}

void fifo_push(sim_device *d, uint8_t byte)
{
    if (d->fifo_count == UART_FIFO) {
        d->overflows++;
        return;
    }
    d->fifo[(d->fifo_head + d->fifo_count++) % UART_FIFO] = byte;
}

bool fifo_pop(sim_device *d, uint8_t *byte)
{
    if (d->fifo_count == 0)
        return false;
    *byte = d->fifo[d->fifo_head];
    d->fifo_head = (d->fifo_head + 1) % UART_FIFO;
    d->fifo_count--;
    return true;
}

void uart_receive(sim_device *d, const sim_byte *byte)
{
    if (d->mode != MODE_LOADER || d->loader == NULL)
        return;
    /* The ROM measures the rate until it has understood a first frame. */
    const bool measuring = d->loader == &rom_loader && !d->rom.synced;
    if (measuring && (d->baud == 0 || !rates_agree(byte->baud, d->baud))) {
        d->baud = byte->baud != 0 ? byte->baud : DEFAULT_BAUD;
        registers_set_baud(&d->registers, d->baud);
    }
    const uint8_t value = rates_agree(byte->baud, d->baud) ? byte->value : garble(byte->value, byte->baud, d->baud);
    d->loader->receive(d, value);
}

bool sim_slip_take(sim_slip *slip, uint8_t byte, uint8_t *frame, size_t capacity)
{
    if (byte == 0xC0) {
        const bool ended = slip->inside && slip->size > 0;
        slip->inside = !ended; /* two in a row: the second one begins the frame */
        slip->escaped = false;
        if (!ended) {
            slip->size = 0;
            slip->bad = false;
        }
        return ended;
    }
    if (!slip->inside)
        return false;
    if (slip->escaped) {
        slip->escaped = false;
        if (byte != 0xDC && byte != 0xDD)
            slip->bad = true;
        byte = byte == 0xDC ? 0xC0 : 0xDB;
    } else if (byte == 0xDB) {
        slip->escaped = true;
        return false;
    }
    if (slip->size < capacity)
        frame[slip->size++] = byte;
    else
        slip->bad = true;
    return false;
}

void sim_device_feed(sim_device *d, const uint8_t *bytes, size_t size, sim_time time)
{
    sim_device_advance(d, time);
    d->came += size;
    const uint32_t rate = d->host_baud != 0 ? d->host_baud : d->baud;
    for (size_t i = 0; i < size; i++) {
        d->host_free = later(d->host_free, d->now) + byte_time(d, rate);
        const sim_byte byte = {.at = d->host_free + d->options.latency, .baud = d->host_baud, .value = bytes[i]};
        put(d, SIM_TO_CHIP, byte, &d->host_free);
    }
    sim_device_advance(d, time);
}

sim_time sim_device_sent_at(const sim_device *d)
{
    return d->host_free;
}

size_t sim_device_take(sim_device *d, uint8_t *bytes, size_t capacity, sim_time time)
{
    sim_device_advance(d, time);
    size_t count = 0;
    for (const sim_byte *byte = queue_first(&d->to_host); byte != NULL && byte->at <= d->now && count < capacity;
         byte = queue_first(&d->to_host)) {
        const bool clear = rates_agree(byte->baud, d->host_baud);
        bytes[count++] = clear ? byte->value : garble(byte->value, byte->baud, d->host_baud);
        queue_pop(&d->to_host);
    }
    return count;
}

sim_time sim_device_next_byte(const sim_device *d)
{
    const sim_byte *byte = queue_first(&d->to_host);
    return byte == NULL ? SIM_NEVER : later(byte->at, d->now);
}
