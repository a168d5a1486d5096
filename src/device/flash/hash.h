/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_HASH_H
#define DEVICE_FLASH_HASH_H

/* SPI_FLASH_MD5, in parts: the files that hash one range and many share them. Ranges are checked already. */

#include "device/flash/read.h"

/* As long as an answer may take at the most. */
espbak_time flash_hash_patience(uint32_t size);

ESPBAK_MUST_USE espbak_status flash_hash_ask(espbak_session *session, uint32_t offset, uint32_t size,
                                             espbak_error *err);

/* Takes the raw digest of a stub and the hex digits of a ROM, status included. */
ESPBAK_MUST_USE espbak_status flash_hash_parse(const espbak_session *session, const command_response *response,
                                               uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err);

#endif
