/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/hash.h"
#include "device/flash/facts.h"

#include <ctype.h>
#include <string.h>

#include "base/bytes.h"

enum {
    HASH_TIME_PER_MB = 8, /* seconds; esptool's own allowance */
    HEX_SIZE = 2 * DIGEST_MD5_SIZE,
    REQUEST_SIZE = 16, /* offset, size, and two words that are 0 */
};

/* A stub sends 16 bytes, a ROM 32 hex digits. */
static size_t answer_size(const espbak_session *session)
{
    return session_has_stub(session) ? DIGEST_MD5_SIZE : HEX_SIZE;
}

static espbak_status parse_md5(const espbak_session *session, const command_response *response,
                               uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err)
{
    if (session_has_stub(session)) {
        memcpy(md5, response->data, DIGEST_MD5_SIZE);
        return ESPBAK_OK;
    }
    char text[HEX_SIZE + 1] = {0};
    for (size_t i = 0; i < HEX_SIZE; i++)
        text[i] = (char)tolower(response->data[i]);
    if (!bytes_from_hex(md5, DIGEST_MD5_SIZE, text))
        return espbak_fail(err, ESPBAK_E_LINK, "the chip's MD5 is not made of hex digits");
    return ESPBAK_OK;
}

espbak_status flash_hash_parse(const espbak_session *session, const command_response *response,
                               uint8_t md5[DIGEST_MD5_SIZE], espbak_error *err)
{
    const espbak_status status = command_check_status(response, answer_size(session), err);
    return status == ESPBAK_OK ? parse_md5(session, response, md5, err) : status;
}

espbak_time flash_hash_patience(uint32_t size)
{
    return COMMAND_DEFAULT_TIMEOUT + (espbak_time)((uint64_t)size * HASH_TIME_PER_MB); /* s/MB is µs/byte */
}

static void make_request(uint8_t data[REQUEST_SIZE], uint32_t offset, uint32_t size)
{
    memset(data, 0, REQUEST_SIZE);
    bytes_put_le32(data, offset);
    bytes_put_le32(data + 4, size);
}

espbak_status flash_hash_ask(espbak_session *session, uint32_t offset, uint32_t size, espbak_error *err)
{
    uint8_t data[REQUEST_SIZE];
    make_request(data, offset, size);
    session->flash->counts.hashes++;
    return command_send(&session->link, OP_SPI_FLASH_MD5, data, sizeof(data), NULL, 0, 0, err);
}

espbak_status flash_hash_by_command(espbak_session *session, uint32_t offset, uint32_t size, uint8_t md5[16],
                                    espbak_error *err)
{
    uint8_t data[REQUEST_SIZE];
    make_request(data, offset, size);
    command_response response;
    session->flash->counts.hashes++;
    const espbak_status status = command_run(&session->link, OP_SPI_FLASH_MD5, data, sizeof(data), answer_size(session),
                                             flash_hash_patience(size), &response, err);
    return status == ESPBAK_OK ? parse_md5(session, &response, md5, err) : status;
}

espbak_status flash_check_digest(digest *md5, const uint8_t *of_chip, espbak_error *err)
{
    uint8_t arrived[DIGEST_MD5_SIZE];
    const espbak_status status = digest_finish(md5, arrived, err);
    if (status != ESPBAK_OK || memcmp(arrived, of_chip, sizeof(arrived)) == 0)
        return status;
    char chip[2 * DIGEST_MD5_SIZE + 1], here[2 * DIGEST_MD5_SIZE + 1];
    bytes_to_hex(chip, of_chip, DIGEST_MD5_SIZE);
    bytes_to_hex(here, arrived, DIGEST_MD5_SIZE);
    return espbak_fail(err, ESPBAK_E_LINK, "what arrived has MD5 %s, the chip says %s", here, chip);
}
