/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_HASH_H
#define DEVICE_FLASH_HASH_H

/* SPI_FLASH_MD5 of ROM and stubs, whole and in parts. Ranges are checked already. */

#include "device/flash/read.h"

/* Ask and wait for the answer. */
ESPBAK_MUST_USE espbak_status flash_hash_by_command(espbak_session *session, uint32_t offset, uint32_t size,
                                                    uint8_t md5[16], espbak_error *err);

/* As long as an answer may take at the most. */
espbak_time flash_hash_patience(uint32_t size);

ESPBAK_MUST_USE espbak_status flash_hash_ask(espbak_session *session, uint32_t offset, uint32_t size,
                                             espbak_error *err);

/* Takes the raw digest of a stub and the hex digits of a ROM, status included. */
ESPBAK_MUST_USE espbak_status flash_hash_parse(const espbak_session *session, const command_response *response,
                                               uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err);

/* Compare what the chip hashed with what arrived: ESPBAK_E_LINK when they differ. Finishes `md5`. */
ESPBAK_MUST_USE espbak_status flash_check_digest(digest *md5, const uint8_t *of_chip, espbak_error *err);

#endif
