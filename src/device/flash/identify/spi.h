/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_SPI_H
#define DEVICE_SPI_H

/*
 * Commands of the flash chip itself, sent by way of the SPI controller's registers: works with every
 * loader that reads and writes registers. Source: esptool loader.py run_spiflash_command.
 */

#include "device/session.h"

enum {
    SPI_WRITE_STATUS1 = 0x01,
    SPI_READ_STATUS1 = 0x05,
    SPI_READ_STATUS2 = 0x35,
    SPI_READ_STATUS3 = 0x15,
    SPI_READ_UNIQUE_ID = 0x4B,
    SPI_VOLATILE_STATUS = 0x50, /* the next status write lasts until power goes, or a reset */
    SPI_READ_SFDP = 0x5A,
    SPI_RESET_ENABLE = 0x66,
    SPI_RESET = 0x99,
    SPI_READ_JEDEC_ID = 0x9F,
    SPI_READ_MAX = 16, /* bytes one command brings back here */
};

typedef struct spi_command {
    uint8_t code;
    bool has_address; /* 24 bits and 8 dummy cycles, as SFDP and the unique id want them */
    uint32_t address;
    size_t size;    /* bytes to read, at most SPI_READ_MAX */
    unsigned count; /* bytes to send, at most four, the lowest of `send` first */
    uint32_t send;
} spi_command;

/* What the controller was set to before; put back by spi_end. */
typedef struct spi_saved {
    uint32_t usr, usr1, usr2;
} spi_saved;

ESPBAK_MUST_USE espbak_status spi_begin(espbak_session *session, spi_saved *saved, espbak_error *err);
ESPBAK_MUST_USE espbak_status spi_run(espbak_session *session, const spi_command *command, uint8_t *out,
                                      espbak_error *err);
ESPBAK_MUST_USE espbak_status spi_end(espbak_session *session, const spi_saved *saved, espbak_error *err);

#endif
