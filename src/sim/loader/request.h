/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

/* Requests to a loader, and those that ROM and stubs answer alike. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sim_machine sim_machine;
typedef struct sim_loader sim_loader;

enum {
    SYNC_SIZE = 36,
    SYNC_COPIES = 8, /* a SYNC is answered eight times */
    REQUEST_HEADER = 8,
    WRITE_REG_ENTRY = 16,
    BLOCK_HEADER = 16, /* length, sequence, 0, 0 before the data of a block */
};

enum {
    OP_FLASH_BEGIN = 0x02,
    OP_FLASH_DATA = 0x03,
    OP_FLASH_END = 0x04,
    OP_MEM_BEGIN = 0x05,
    OP_MEM_END = 0x06,
    OP_MEM_DATA = 0x07,
    OP_SYNC = 0x08,
    OP_WRITE_REG = 0x09,
    OP_READ_REG = 0x0A,
    OP_SPI_SET_PARAMS = 0x0B,
    OP_SPI_ATTACH = 0x0D,
    OP_READ_FLASH_SLOW = 0x0E,
    OP_CHANGE_BAUDRATE = 0x0F,
    OP_DEFL_BEGIN = 0x10,
    OP_DEFL_DATA = 0x11,
    OP_DEFL_END = 0x12,
    OP_FLASH_MD5 = 0x13,
    OP_SECURITY_INFO = 0x14,
    OP_ERASE_FLASH = 0xD0,
    OP_ERASE_REGION = 0xD1,
    OP_READ_FLASH = 0xD2,
    OP_RUN_USER_CODE = 0xD3,
};

/* A request that came whole. `data` has `size` bytes. */
typedef struct sim_request {
    uint8_t op;
    uint16_t size;
    uint32_t checksum;
    const uint8_t *data;
} sim_request;

bool sim_request_parse(sim_request *request, const uint8_t *frame, size_t size);
/** A word of the data, 0 behind its end. */
uint32_t sim_request_word(const sim_request *request, unsigned index);
uint8_t sim_request_checksum(const uint8_t *bytes, size_t size);

/** One entry of WRITE_REG. */
void sim_request_write_reg(sim_machine *m, const uint8_t entry[WRITE_REG_ENTRY]);
/** WRITE_REG: entries of address, value, mask and microseconds of delay; several may follow each other. */
void sim_request_write_regs(sim_machine *m, const sim_request *request);
/** GET_SECURITY_INFO: 12 or 20 bytes; returns how many. */
size_t sim_request_security_info(const sim_machine *m, uint8_t *out);
/** Execute RAM: our own loader, else what is taken for `stub`, else what a ROM has to start the chip anew; code that
 * did not come whole is an exception. */
void sim_request_execute(sim_machine *m, uint32_t entry, const sim_loader *stub);

#endif
