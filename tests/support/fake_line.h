/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_LINE_H
#define TESTS_FAKE_LINE_H

/* A transport whose other end is a script: bytes to be read at given times, a record of what was done. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "espbak/transport.h"
#include "support/group.h"

typedef struct fake_line {
    espbak_time now;
    struct {
        espbak_time when;
        size_t end; /* of what has arrived by then, in `input` */
    } arrivals[64];
    size_t arrival_count;
    uint8_t input[65536];
    size_t input_size, input_used;
    uint8_t output[65536];
    size_t output_size;
    char lines[1024]; /* "01 w100 10": DTR and RTS as set, waits in ms */
    espbak_time lines_at;
} fake_line;

/* Of what the line is made, for tests that do a part of it themselves; the back end's context is a fake_line. */
extern const espbak_transport_ops fake_line_ops;
espbak_clock fake_line_clock(fake_line *line);
void fake_line_close(void *impl);

espbak_transport *fake_open(fake_line *line, espbak_clock *clock, const espbak_transport_caps *caps,
                            const espbak_usb_id *usb);

void fake_arrive(fake_line *line, espbak_time when, const void *bytes, size_t size);

#endif
