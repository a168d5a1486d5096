/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_STUB_H
#define SIM_STUB_H

/* What the current and the legacy stub have in common. */

#include "sim/loader/access.h"

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

enum { STUB_RESPONSE_MAX = 32, STUB_PACKET_MAX = 4096 };

enum { STUB_ANY_SIZE = 0xFFFF };

/* What goes back with a status of success. */
typedef struct sim_stub_answer {
    uint32_t value;
    uint8_t payload[STUB_RESPONSE_MAX];
    size_t size;
} sim_stub_answer;

/* A row of a stub's command table. */
typedef struct sim_stub_command {
    uint8_t op;
    uint16_t size;       /* of the request's data, or STUB_ANY_SIZE */
    uint16_t wrong_size; /* status when it is another */
    uint16_t (*perform)(sim_machine *m, const sim_request *request, sim_stub_answer *answer); /* before the answer */
    uint16_t (*later)(sim_machine *m, const sim_request *request); /* when the answer is on its way */
} sim_stub_command;

/* The row for `op`, or NULL. */
const sim_stub_command *sim_stub_find(const sim_stub_command *table, size_t count, uint8_t op);
/* Check the size and perform. */
uint16_t sim_stub_perform(sim_machine *m, const sim_stub_command *command, const sim_request *request,
                          sim_stub_answer *answer);

/* Handlers that both stubs have. */
uint16_t sim_stub_sync(sim_machine *m, const sim_request *request, sim_stub_answer *answer);
uint16_t sim_stub_read_reg(sim_machine *m, const sim_request *request, sim_stub_answer *answer);
uint16_t sim_stub_security_info(sim_machine *m, const sim_request *request, sim_stub_answer *answer);
uint16_t sim_stub_md5(sim_machine *m, const sim_request *request, sim_stub_answer *answer);
uint16_t sim_stub_mem_begin(sim_machine *m, const sim_request *request, sim_stub_answer *answer);
uint16_t sim_stub_erase_flash(sim_machine *m, const sim_request *request, sim_stub_answer *answer);
uint16_t sim_stub_change_baud(sim_machine *m, const sim_request *request);

void sim_stub_start(sim_machine *m);
void sim_stub_end(sim_machine *m);
/* One response: header, payload, two bytes of status. `length` is what the header claims. */
void sim_stub_respond(sim_machine *m, uint8_t op, uint32_t value, const uint8_t *payload, size_t size, uint16_t length,
                      uint16_t status);
/* Erase by blocks and sectors, as ERASE_REGION does; false when not aligned. */
bool sim_stub_erase_region(sim_machine *m, uint32_t offset, uint32_t size);
/* Whether a fault drops a request that waited for the one before it. */
bool sim_stub_loses(sim_machine *m, const sim_frame *frame);
/* Read and send one packet of a READ_FLASH, and count it in the digest. */
void sim_stub_send_packet(sim_machine *m);
bool sim_stub_begin_read(sim_machine *m, const sim_request *request);
/* Send the digest and return to the command loop. */
void sim_stub_end_read(sim_machine *m);
uint16_t sim_stub_write_status(sim_write_result result);

#endif
