/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_LINE_H
#define SIM_LINE_H

/* The line between the host and the chip's UART, with its two directions and what goes wrong on it. */

#include "sim/chip/board.h"
#include "sim/line/options.h"
#include "sim/line/queue.h"

enum { UART_FIFO = 128, LINE_FIRST_BAUD = 115200 };

typedef struct sim_line {
    sim_line_options options;
    sim_board *board;   /* whose UART it is */
    uint32_t host_baud; /* 0: the link has none and always suits */
    uint32_t baud;      /* the chip's; 0: the ROM still measures it */
    bool measuring;     /* the chip follows the host's rate */
    sim_queue to_chip, to_host;
    uint64_t came, went;         /* bytes over the line, before its faults */
    sim_time host_free, tx_free; /* when the last byte has left */
    sim_time departs[UART_FIFO]; /* of the last bytes sent: when each leaves the transmit FIFO */
    unsigned depart;
    sim_fault_stream faults[SIM_DIRECTIONS];
    uint64_t chance; /* of what the bridge damages */
    bool reset_due;  /* a fault resets the chip */
    uint64_t overflows;
    uint8_t fifo[UART_FIFO]; /* received and not yet taken */
    unsigned fifo_head, fifo_count;
} sim_line;

/** `board` lives longer than the line. */
void line_open(sim_line *line, const sim_line_options *options, sim_board *board);
void line_close(sim_line *line);
/** The chip stops: bytes that would leave it after `sent` never do. */
void line_stop(sim_line *line, sim_time sent);

/* The host's end, at the board's time. */
void line_feed(sim_line *line, const uint8_t *bytes, size_t size);
size_t line_take(sim_line *line, uint8_t *bytes, size_t capacity);
/** When the next byte can be taken: SIM_NEVER when none is on its way. */
sim_time line_next_byte(const sim_line *line);

/* For uart.c. */
/** How long a byte takes at `baud`. */
sim_time line_byte_time(const sim_line *line, uint32_t baud);
/** Whether a receiver at one rate understands the other. */
bool line_rates_agree(uint32_t a, uint32_t b);
/** What a receiver at another rate makes of a byte: always the same, never what was sent. */
uint8_t line_garble(uint8_t value, uint32_t sent, uint32_t expected);
/** Put a byte on its way, through that direction's faults. *free_at is when the sender has sent it. */
void line_put(sim_line *line, sim_direction direction, sim_byte byte, sim_time *free_at);

#endif
