/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/line/slip.h"

static void send_escaped(sim_line *line, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0xC0 || bytes[i] == 0xDB) {
            uart_send_byte(line, 0xDB);
            uart_send_byte(line, bytes[i] == 0xC0 ? 0xDC : 0xDD);
        } else {
            uart_send_byte(line, bytes[i]);
        }
    }
}

void sim_slip_send(sim_line *line, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
    uart_send_byte(line, 0xC0);
    send_escaped(line, head, head_size);
    send_escaped(line, tail, tail_size);
    uart_send_byte(line, 0xC0);
}

bool sim_slip_take(sim_slip *slip, uint8_t byte, uint8_t *frame, size_t capacity)
{
    if (byte == 0xC0 && !(slip->lenient && slip->escaped)) {
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
        if (byte == 0xDC || byte == 0xDD)
            byte = byte == 0xDC ? 0xC0 : 0xDB;
        else
            slip->bad = true;
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
