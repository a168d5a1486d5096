/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_UART_H
#define SIM_UART_H

/* The chip's end of the line. */

#include "sim/line/line.h"

/** The processor puts a byte into the transmit FIFO, and waits until there is room. */
void uart_send_byte(sim_line *line, uint8_t byte);
/** The time from which on the transmit FIFO has room for so many bytes, 1 to UART_FIFO. */
sim_time uart_room_at(const sim_line *line, unsigned room);
/** Put a byte into the transmit FIFO at a time when there is room. */
void uart_emit(sim_line *line, uint8_t byte, sim_time time);
void uart_send_text(sim_line *line, const char *text);
/** Wait until all has left, then change the rate. */
void uart_change_baud(sim_line *line, uint32_t baud);
/** What the chip makes of a byte off the wire; a rate that is being measured follows it. */
uint8_t uart_hear(sim_line *line, const sim_byte *byte);

/* The receive FIFO. */
bool fifo_pop(sim_line *line, uint8_t *byte);
/** A byte that does not fit is lost. */
void fifo_push(sim_line *line, uint8_t byte);

#endif
