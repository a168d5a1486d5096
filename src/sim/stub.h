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

enum { STUB_ANY_SIZE = 0xFFFF };

/* What goes back with a status of success. */
typedef struct stub_answer {
    uint32_t value;
    uint8_t payload[STUB_RESPONSE_MAX];
    size_t size;
} stub_answer;

/* A row of a stub's command table. */
typedef struct stub_command {
    uint8_t op;
    uint16_t size;       /* of the request's data, or STUB_ANY_SIZE */
    uint16_t wrong_size; /* status when it is another */
    uint16_t (*perform)(sim_device *d, const sim_request *request, stub_answer *answer); /* before the answer */
    uint16_t (*later)(sim_device *d, const sim_request *request); /* when the answer is on its way */
} stub_command;

/* The row for `op`, or NULL. */
const stub_command *stub_find(const stub_command *table, size_t count, uint8_t op);
/* Check the size and perform. */
uint16_t stub_perform(sim_device *d, const stub_command *command, const sim_request *request, stub_answer *answer);

/* Handlers that both stubs have. */
uint16_t stub_sync(sim_device *d, const sim_request *request, stub_answer *answer);
uint16_t stub_read_reg(sim_device *d, const sim_request *request, stub_answer *answer);
uint16_t stub_security_info(sim_device *d, const sim_request *request, stub_answer *answer);
uint16_t stub_md5(sim_device *d, const sim_request *request, stub_answer *answer);
uint16_t stub_erase_flash(sim_device *d, const sim_request *request, stub_answer *answer);
uint16_t stub_change_baud(sim_device *d, const sim_request *request);

void stub_start(sim_device *d);
/* One response: header, payload, two bytes of status. `length` is what the header claims. */
void stub_respond(sim_device *d, uint8_t op, uint32_t value, const uint8_t *payload, size_t size, uint16_t length,
                  uint16_t status);
/* Erase by blocks and sectors, as ERASE_REGION does; false when not aligned. */
bool stub_erase_region(sim_device *d, uint32_t offset, uint32_t size);
/* Read and send one packet of a READ_FLASH, and count it in the digest. */
void stub_send_packet(sim_device *d);
bool stub_begin_read(sim_device *d, const sim_request *request);
/* Send the digest and return to the command loop. */
void stub_end_read(sim_device *d);
uint16_t stub_write_status(sim_write_result result);

#endif
