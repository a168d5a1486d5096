/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/line/line.h"

#include <string.h>

#include "sim/common/random.h"

enum {
    BAUD_TOLERANCE = 3, /* percent: what a UART's sampling bears, about */
    USB_BYTE_NS = 1500, /* full speed, as far as the chips' own USB gets */
};

void line_open(sim_line *line, const sim_line_options *options, sim_board *board)
{
    memset(line, 0, sizeof(*line));
    line->options = *options;
    line->board = board;
    line->chance = board->options.seed;
    for (int i = 0; i < SIM_DIRECTIONS; i++)
        sim_fault_start(&line->faults[i], &line->options.faults, (sim_direction)i, board->options.seed);
}

void line_close(sim_line *line)
{
    queue_free(&line->to_chip);
    queue_free(&line->to_host);
}

void line_stop(sim_line *line, sim_time sent)
{
    queue_cut(&line->to_host, sent + line->options.latency);
    line->reset_due = false;
    line->fifo_count = 0;
    line->tx_free = line->board->now;
    for (size_t i = 0; i < UART_FIFO; i++)
        line->departs[i] = line->board->now;
}

sim_time line_byte_time(const sim_line *line, uint32_t baud)
{
    if (!line->options.baud_real)
        return 0;
    if (line->options.usb != SIM_USB_NONE)
        return USB_BYTE_NS;                                          /* USB knows no baud rate */
    return 10 * 1000000000LL / (baud != 0 ? baud : LINE_FIRST_BAUD); /* 8N1 */
}

bool line_rates_agree(uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return true;
    const uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return (high - low) * 100 <= low * BAUD_TOLERANCE;
}

uint8_t line_garble(uint8_t value, uint32_t sent, uint32_t expected)
{
    uint64_t state = (uint64_t)value << 56 ^ (uint64_t)sent << 28 ^ expected;
    return (uint8_t)(value ^ (sim_random(&state) % 255 + 1));
}

/* What an adapter makes of a byte at a rate that is too high for it. */
static uint8_t pass_bridge(sim_line *line, uint8_t value)
{
    const sim_bridge *bridge = line->options.bridge;
    const double damage = bridge == NULL ? 0 : sim_bridge_damage(bridge, line->host_baud);
    if (damage <= 0 || (double)(sim_random(&line->chance) >> 11) * 0x1p-53 >= damage)
        return value;
    return (uint8_t)(value ^ (1u << (sim_random(&line->chance) & 7)));
}

void line_put(sim_line *line, sim_direction direction, sim_byte byte, sim_time *free_at)
{
    byte.value = pass_bridge(line, byte.value);
    sim_queue *queue = direction == SIM_TO_CHIP ? &line->to_chip : &line->to_host;
    if (!line->options.faults.any || byte.baud < line->options.fault_baud) {
        (void)queue_push(queue, byte);
        return;
    }
    sim_fault_stream *faults = &line->faults[direction];
    uint8_t out[2];
    unsigned stall;
    const unsigned count = sim_fault_byte(faults, byte.value, out, &stall);
    *free_at += (sim_time)stall * SIM_MS;
    byte.at += (sim_time)stall * SIM_MS;
    if (direction == SIM_FROM_CHIP && sim_fault_due(faults, SIM_FAULT_RESET))
        line->reset_due = true;
    if (direction == SIM_FROM_CHIP && sim_fault_due(faults, SIM_FAULT_DIE))
        board_die(line->board);
    for (unsigned i = 0; i < count; i++) {
        byte.value = out[i];
        (void)queue_push(queue, byte);
    }
}

void line_feed(sim_line *line, const uint8_t *bytes, size_t size)
{
    line->came += size;
    const uint32_t rate = line->host_baud != 0 ? line->host_baud : line->baud;
    for (size_t i = 0; i < size; i++) {
        line->host_free = sim_later(line->host_free, line->board->now) + line_byte_time(line, rate);
        const sim_byte byte = {
            .at = line->host_free + line->options.latency, .baud = line->host_baud, .value = bytes[i]};
        line_put(line, SIM_TO_CHIP, byte, &line->host_free);
    }
}

size_t line_take(sim_line *line, uint8_t *bytes, size_t capacity)
{
    size_t count = 0;
    for (const sim_byte *byte = queue_first(&line->to_host);
         byte != NULL && byte->at <= line->board->now && count < capacity; byte = queue_first(&line->to_host)) {
        const bool clear = line_rates_agree(byte->baud, line->host_baud);
        bytes[count++] = clear ? byte->value : line_garble(byte->value, byte->baud, line->host_baud);
        queue_pop(&line->to_host);
    }
    return count;
}

sim_time line_next_byte(const sim_line *line)
{
    const sim_byte *byte = queue_first(&line->to_host);
    return byte == NULL ? SIM_NEVER : sim_later(byte->at, line->board->now);
}
