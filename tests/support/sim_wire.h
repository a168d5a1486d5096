/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

/* Raw frames to and from a simulated chip, at times that the test chooses; nothing of espbak's own protocol code. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "sim/chip/flash.h"
#include "sim/device.h"
#include "support/group.h"

typedef struct wire {
    sim_device *device;
    sim_time now;
    uint8_t frame[8192]; /* the one received last */
    size_t size;
} wire;

/* The flash alone that such a chip has at first. */
sim_flash *wire_flash(const char *spec);

void wire_open(wire *w, const char *spec);

void wire_close(wire *w);

void wire_wait(wire *w, sim_time time);

/* Throw away what has arrived. */
size_t wire_drain(wire *w);

/* The classic reset into download mode, as esptool does it. */
void wire_reset(wire *w);

void wire_send_frame(wire *w, const uint8_t *bytes, size_t size);

void wire_send(wire *w, uint8_t op, const uint8_t *data, size_t size, uint32_t checksum);

void wire_words(wire *w, uint8_t op, unsigned count, ...);

/* The next frame within `limit`; false when none came. */
bool wire_frame(wire *w, sim_time limit);

/* Receive a response to `op`; its status is returned, 0 for success, 0xFFFFFFFF for silence. */
uint32_t wire_status(wire *w, uint8_t op, size_t payload);

uint32_t wire_value(const wire *w);

/* SYNC, and all eight answers; returns the value in the last. */
uint32_t wire_sync(wire *w);

uint32_t wire_checksum(const uint8_t *bytes, size_t size);

/* A block: MEM_DATA, FLASH_DATA or DEFL_DATA. */
void wire_block(wire *w, uint8_t op, uint32_t sequence, const uint8_t *bytes, size_t size, uint32_t sum);

/* Load `size` bytes of RAM at `address` in one block. */
void wire_load(wire *w, uint32_t address, const uint8_t *bytes, uint32_t size);

/* Whether OHAI comes. */
bool wire_ohai(wire *w);

/* Reset, sync, and start something that passes for a stub of the ESP32-S3; `legacy` by where its data go. */
void wire_start_stub(wire *w, bool legacy);

#endif
