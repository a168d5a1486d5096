/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTOCOL_COMMAND_H
#define PROTOCOL_COMMAND_H

/*
 * Requests and responses of Espressif's serial loaders, ROM and stub, over a transport.
 * Source: esptool docs/en/advanced-topics/serial-protocol.rst.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/transport.h"
#include "protocol/slip.h"

typedef enum command_op {
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
    OP_READ_FLASH_SLOW = 0x0E, /* ROM of ESP32 and later */
    OP_CHANGE_BAUDRATE = 0x0F,
    OP_FLASH_DEFL_BEGIN = 0x10,
    OP_FLASH_DEFL_DATA = 0x11,
    OP_FLASH_DEFL_END = 0x12,
    OP_SPI_FLASH_MD5 = 0x13,
    OP_GET_SECURITY_INFO = 0x14, /* ROM of ESP32-S3 and later, S2 in a shorter form */
    OP_ERASE_FLASH = 0xD0,       /* stub from here on */
    OP_ERASE_REGION = 0xD1,
    OP_READ_FLASH = 0xD2,
    OP_RUN_USER_CODE = 0xD3,
} command_op;

enum {
    COMMAND_HEADER = 8,
    COMMAND_STATUS_STUB = 2,        /* stubs, and the ESP8266 ROM */
    COMMAND_STATUS_ROM = 4,         /* later ROMs: two more bytes, reserved */
    COMMAND_DATA_MAX = 0x4000 + 16, /* the largest block plus its header */
    COMMAND_RESPONSE_MAX = 8192,    /* the largest frame taken: a stub packet of 4096 with room */
    COMMAND_CHECKSUM_SEED = 0xEF,
    COMMAND_DEFAULT_TIMEOUT = 3 * ESPBAK_S,
};

/** One end of a conversation with a loader. Not shared between threads. */
typedef struct command_link {
    espbak_transport *transport;
    slip_decoder decoder;
    uint8_t frame[COMMAND_RESPONSE_MAX]; /**< where the decoder puts frames */
    uint8_t input[4096];                 /**< read from the transport, not yet decoded */
    size_t input_size, input_used;
    size_t gather_size;      /**< content bytes the next frame will have; 0: unknown */
    espbak_time gather_time; /**< how long such a frame takes on the line: lets bytes gather, 0: does not */
    bool queues;             /**< the loader keeps requests that come while it answers another one */
    uint8_t *output;         /**< SLIP_ENCODED_MAX(COMMAND_HEADER + COMMAND_DATA_MAX) bytes */
} command_link;

/** A response as it came; `data` points into the link and is valid until the next receive. */
typedef struct command_response {
    uint8_t op;
    uint32_t value;
    const uint8_t *data; /**< behind the header: payload, then status */
    size_t size;
} command_response;

ESPBAK_MUST_USE espbak_status command_link_init(command_link *link, espbak_transport *transport, espbak_error *err);
void command_link_free(command_link *link);

const char *command_name(uint8_t op);

/** What the two status bytes of a refusal mean, for people. */
const char *command_status_text(uint8_t first, uint8_t second);

/** XOR of all bytes over 0xEF: what a loader checks in data blocks. */
uint8_t command_checksum(const uint8_t *bytes, size_t size);

/** Send one request. `checksum` is 0 for all but the data blocks. */
ESPBAK_MUST_USE espbak_status command_send(command_link *link, uint8_t op, const uint8_t *head, size_t head_size,
                                           const uint8_t *tail, size_t tail_size, uint32_t checksum, espbak_error *err);

/** Send raw bytes as one frame (the acknowledgements of a stub read). */
ESPBAK_MUST_USE espbak_status command_send_frame(command_link *link, const uint8_t *bytes, size_t size,
                                                 espbak_error *err);

/**
 * The next whole frame, whatever it is. ESPBAK_E_LINK when none came before `deadline`. Damaged
 * frames are skipped and counted in decoder.noise. *frame is valid until the next receive.
 */
ESPBAK_MUST_USE espbak_status command_receive_frame(command_link *link, espbak_time deadline, const uint8_t **frame,
                                                    size_t *size, espbak_error *err);

/**
 * Whether any byte of the next frame's content has arrived: returns ESPBAK_OK and *begun as soon as
 * the first one is there or a whole frame waits, or *begun = false when `deadline` passes, though delimiters
 * and noise go on arriving. Takes nothing away.
 */
ESPBAK_MUST_USE espbak_status command_wait_frame_begun(command_link *link, espbak_time deadline, bool *begun,
                                                       espbak_error *err);

/** Whether a frame is one that is waited for. */
typedef bool command_wanted(const void *user, const uint8_t *frame, size_t size);

/**
 * The next frame that `wanted` accepts; others are skipped, and however many come they do not put the deadline off.
 * Who waits for one frame of many does it by this.
 */
ESPBAK_MUST_USE espbak_status command_receive_wanted(command_link *link, command_wanted *wanted, const void *user,
                                                     espbak_time deadline, const uint8_t **frame, size_t *size,
                                                     espbak_error *err);

/** The next response to `op`; frames that are something else are skipped. */
ESPBAK_MUST_USE espbak_status command_receive(command_link *link, uint8_t op, espbak_time deadline,
                                              command_response *response, espbak_error *err);

/**
 * Request and response, status checked: `data_size` payload bytes must stand before the status.
 * ESPBAK_E_UNSUPPORTED when the loader says the command is invalid (status 0x05 or 0xFF/0x06...),
 * ESPBAK_E_DEVICE for any other failure status, ESPBAK_E_LINK for silence or a response too short.
 * `response` may be NULL.
 */
ESPBAK_MUST_USE espbak_status command_run(command_link *link, uint8_t op, const uint8_t *data, size_t size,
                                          size_t data_size, espbak_time timeout, command_response *response,
                                          espbak_error *err);

/** As command_run with a data block: `head` (16 bytes: length, sequence, 0, 0) and `tail` with its checksum. */
ESPBAK_MUST_USE espbak_status command_run_block(command_link *link, uint8_t op, uint32_t sequence, const uint8_t *block,
                                                size_t size, espbak_time timeout, espbak_error *err);

/** Check the status that follows `data_size` payload bytes of a response. */
ESPBAK_MUST_USE espbak_status command_check_status(const command_response *response, size_t data_size,
                                                   espbak_error *err);

/** Throw away everything that arrives until the line has been silent for `silence`, at most for `limit`. */
ESPBAK_MUST_USE espbak_status command_drain_input(command_link *link, espbak_time silence, espbak_time limit,
                                                  espbak_error *err);

ESPBAK_MUST_USE espbak_status command_read_reg(command_link *link, uint32_t address, uint32_t *value,
                                               espbak_error *err);
ESPBAK_MUST_USE espbak_status command_write_reg(command_link *link, uint32_t address, uint32_t value, uint32_t mask,
                                                uint32_t delay_us, espbak_error *err);

/** A register to be read or written, all of its bits. */
typedef struct command_register {
    uint32_t address;
    bool write;
    uint32_t value;
} command_register;

/**
 * Registers in this order. Where `queues` of the link is set, all of them take one round trip; where an answer is
 * missing then it is cleared, and they are done once more, one by one.
 */
ESPBAK_MUST_USE espbak_status command_registers(command_link *link, command_register *list, size_t count,
                                                espbak_error *err);

/** A register's value that matters: answers carry no checksum, so two in a row must agree. */
ESPBAK_MUST_USE espbak_status command_read_reg_sure(command_link *link, uint32_t address, uint32_t *value,
                                                    espbak_error *err);

#endif
