/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the numbers of the protocol. */
#include "protocol/command.h"

static const struct {
    uint8_t op;
    const char *name;
} op_names[] = {
    {OP_FLASH_BEGIN, "FLASH_BEGIN"},
    {OP_FLASH_DATA, "FLASH_DATA"},
    {OP_FLASH_END, "FLASH_END"},
    {OP_MEM_BEGIN, "MEM_BEGIN"},
    {OP_MEM_END, "MEM_END"},
    {OP_MEM_DATA, "MEM_DATA"},
    {OP_SYNC, "SYNC"},
    {OP_WRITE_REG, "WRITE_REG"},
    {OP_READ_REG, "READ_REG"},
    {OP_SPI_SET_PARAMS, "SPI_SET_PARAMS"},
    {OP_SPI_ATTACH, "SPI_ATTACH"},
    {OP_READ_FLASH_SLOW, "READ_FLASH_SLOW"},
    {OP_CHANGE_BAUDRATE, "CHANGE_BAUDRATE"},
    {OP_FLASH_DEFL_BEGIN, "FLASH_DEFL_BEGIN"},
    {OP_FLASH_DEFL_DATA, "FLASH_DEFL_DATA"},
    {OP_FLASH_DEFL_END, "FLASH_DEFL_END"},
    {OP_SPI_FLASH_MD5, "SPI_FLASH_MD5"},
    {OP_GET_SECURITY_INFO, "GET_SECURITY_INFO"},
    {OP_ERASE_FLASH, "ERASE_FLASH"},
    {OP_ERASE_REGION, "ERASE_REGION"},
    {OP_READ_FLASH, "READ_FLASH"},
    {OP_RUN_USER_CODE, "RUN_USER_CODE"},
};

/* First status byte of a stub, and second one (after a first of 1) of a ROM: serial-protocol.rst. */
static const struct {
    uint8_t first, second; /* 0xFF in `second`: any */
    const char *text;
} status_texts[] = {
    {0x01, 0x01, "a parameter is invalid"},
    {0x01, 0x02, "it has no memory left"},
    {0x01, 0x03, "it failed to send a message"},
    {0x01, 0x04, "it failed to receive a message"},
    {0x01, 0x05, "the message is invalid"},
    {0x01, 0x06, "it failed to act on the message"},
    {0x01, 0x07, "a checksum is wrong"},
    {0x01, 0x08, "writing flash failed"},
    {0x01, 0x09, "reading flash failed"},
    {0x01, 0x0A, "the length to read is wrong"},
    {0x01, 0x0B, "inflating failed"},
    {0x01, 0x0C, "the checksum of the inflated data is wrong"},
    {0x01, 0x0D, "an inflate parameter is wrong"},
    {0x01, 0x0E, "the size of a memory image is not allowed"},
    {0x01, 0x0F, "the address of a memory image is not allowed"},
    {0xC0, 0xFF, "the data length is wrong"},
    {0xC1, 0xFF, "a checksum is wrong"},
    {0xC2, 0xFF, "the block size is wrong"},
    {0xC3, 0xFF, "the command is invalid"},
    {0xC4, 0xFF, "a flash operation failed"},
    {0xC5, 0xFF, "the flash could not be unlocked"},
    {0xC6, 0xFF, "it is not in flash mode"},
    {0xC7, 0xFF, "inflating failed"},
    {0xC8, 0xFF, "there is not enough data"},
    {0xC9, 0xFF, "there is too much data"},
    {0xFF, 0xFF, "the command is not implemented"},
};

const char *command_name(uint8_t op)
{
    for (size_t i = 0; i < sizeof(op_names) / sizeof(op_names[0]); i++) {
        if (op_names[i].op == op)
            return op_names[i].name;
    }
    return "unknown command";
}

const char *command_status_text(uint8_t first, uint8_t second)
{
    for (size_t i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++) {
        if (status_texts[i].first == first && (status_texts[i].second == second || status_texts[i].second == 0xFF))
            return status_texts[i].text;
    }
    return "it gives no reason";
}
