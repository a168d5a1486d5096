/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STUB_H
#define SIM_STUB_H

/* What the current and the legacy stub have in common. */

#include "chip.h"

/* Status words of stubs, high byte first on the wire: esp-flasher-stub commands.h. */
enum {
    STUB_OK = 0x0000,
    STUB_BAD_LENGTH = 0xC000,
    STUB_BAD_CHECKSUM = 0xC100,
    STUB_BAD_BLOCK_SIZE = 0xC200,
    STUB_INVALID_COMMAND = 0xC300,
    STUB_SPI_FAILED = 0xC400,
    STUB_NOT_IN_FLASH_MODE = 0xC600,
    STUB_INFLATE = 0xC700,
    STUB_NOT_ENOUGH = 0xC800,
    STUB_TOO_MUCH = 0xC900,
    STUB_NOT_IMPLEMENTED = 0xFF00,
};

enum { STUB_RESPONSE_MAX = 32, STUB_START_MS = 10, STUB_PACKET_MAX = 4096 };

void stub_start(sim_device *d);
/* One response: header, payload, two bytes of status. `length` is what the header claims. */
void stub_respond(sim_device *d, uint8_t op, uint32_t value, const uint8_t *payload, size_t size, uint16_t length,
                  uint16_t status);
/* Erase by blocks and sectors, as ERASE_REGION does; false when not aligned. */
bool stub_erase_region(sim_device *d, uint32_t offset, uint32_t size);
void stub_erase_all(sim_device *d);
/* Read and send one packet of a READ_FLASH, and count it in the digest. */
void stub_send_packet(sim_device *d);
bool stub_begin_read(sim_device *d, const sim_request *request);
/* Send the digest and return to the command loop. */
void stub_end_read(sim_device *d);
uint16_t stub_write_status(sim_write_result result);

#endif
