/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/line/uart.h"

sim_time uart_room_at(const sim_line *line, unsigned room)
{
    return line->departs[(line->depart + room - 1) % UART_FIFO]; /* full until the byte 128 ago has left it */
}

void uart_emit(sim_line *line, uint8_t value, sim_time time)
{
    const sim_time start = sim_later(time, line->tx_free);
    line->departs[line->depart] = start;
    line->depart = (line->depart + 1) % UART_FIFO;
    line->tx_free = start + line_byte_time(line, line->baud);
    line->went++;
    const sim_byte byte = {.at = line->tx_free + line->options.latency, .baud = line->baud, .value = value};
    line_put(line, SIM_FROM_CHIP, byte, &line->tx_free);
}

void uart_send_byte(sim_line *line, uint8_t value)
{
    sim_board *board = line->board;
    board->cpu = sim_later(sim_later(board->cpu, board->now), uart_room_at(line, 1));
    uart_emit(line, value, board->cpu);
}

void uart_send_text(sim_line *line, const char *text)
{
    while (*text != '\0')
        uart_send_byte(line, (uint8_t)*text++);
}

static void set_baud(sim_line *line, uint32_t baud)
{
    line->baud = baud;
    registers_set_baud(&line->board->registers, line->board->options.crystal_mhz, baud);
}

void uart_change_baud(sim_line *line, uint32_t baud)
{
    line->board->cpu = sim_later(line->board->cpu, line->tx_free);
    if (!sim_fault_strikes(&line->faults[SIM_FROM_CHIP], SIM_FAULT_DEAF_BAUD))
        set_baud(line, baud);
}

uint8_t uart_hear(sim_line *line, const sim_byte *byte)
{
    if (line->measuring && (line->baud == 0 || !line_rates_agree(byte->baud, line->baud)))
        set_baud(line, byte->baud != 0 ? byte->baud : LINE_FIRST_BAUD);
    const bool clear = line_rates_agree(byte->baud, line->baud);
    return clear ? byte->value : line_garble(byte->value, byte->baud, line->baud);
}

void fifo_push(sim_line *line, uint8_t byte)
{
    if (line->fifo_count == UART_FIFO) {
        line->overflows++;
        return;
    }
    line->fifo[(line->fifo_head + line->fifo_count++) % UART_FIFO] = byte;
}

bool fifo_pop(sim_line *line, uint8_t *byte)
{
    if (line->fifo_count == 0)
        return false;
    *byte = line->fifo[line->fifo_head];
    line->fifo_head = (line->fifo_head + 1) % UART_FIFO;
    line->fifo_count--;
    return true;
}
