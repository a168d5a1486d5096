/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/hash.h"
#include "device/flash/hash_own.h"
#include "espbak/flash.h"

enum {
    HASH_TIME_PER_MB = 8, /* seconds; esptool's own allowance */
    HEX_SIZE = 2 * DIGEST_MD5_SIZE,
    REQUEST_SIZE = 16, /* offset, size, and two words that are 0 */
};

espbak_status espbak_flash_can_hash(const espbak_session *session, espbak_error *err)
{
    const espbak_chip *chip = session->info.chip;
    if (flash_check_chip(session, err) != ESPBAK_OK)
        return err->status;
    if (session->info.security.secure_download == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the chip is in Secure Download Mode, which does not hash flash");
    if (session->info.link.loader != ESPBAK_LOADER_ROM || chip == NULL || (chip->rom_caps & ESPBAK_ROM_MD5) != 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the %s ROM loader cannot hash flash; it needs a stub", chip->title);
    espbak_error_hint(err, "leave out --no-stub, or give a stub with --stub");
    return ESPBAK_E_UNSUPPORTED;
}

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
    session->stats.hashes++;
    return command_send(&session->link, OP_SPI_FLASH_MD5, data, sizeof(data), NULL, 0, 0, err);
}

espbak_status flash_hash_once(espbak_session *session, uint32_t offset, uint32_t size, uint8_t md5[16],
                              espbak_error *err)
{
    uint8_t data[REQUEST_SIZE];
    if (session_has_own_loader(session))
        return flash_hash_one_by_own_loader(session, offset, size, md5, err);
    make_request(data, offset, size);
    command_response response;
    session->stats.hashes++;
    const espbak_status status = command_run(&session->link, OP_SPI_FLASH_MD5, data, sizeof(data), answer_size(session),
                                             flash_hash_patience(size), &response, err);
    return status == ESPBAK_OK ? parse_md5(session, &response, md5, err) : status;
}

espbak_status espbak_flash_md5(espbak_session *session, uint64_t offset, uint64_t size, uint8_t md5[16],
                               espbak_error *err)
{
    espbak_error ignored = {0};
    err = err != NULL ? err : &ignored;
    espbak_status status = espbak_flash_can_hash(session, err);
    if (status == ESPBAK_OK)
        status = flash_check_range(session, "hashing", offset, size, err);
    if (status == ESPBAK_OK && size == 0)
        return digest_of(DIGEST_MD5, "", 0, md5, err);
    for (unsigned attempt = 1; status == ESPBAK_OK; attempt++) {
        status = flash_hash_once(session, (uint32_t)offset, (uint32_t)size, md5, err);
        if (status == ESPBAK_OK || !flash_may_retry(status) || attempt == FLASH_ATTEMPTS)
            break;
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "hashing 0x%" PRIX64 ": attempt %u of %d failed: %s", offset,
                   attempt, FLASH_ATTEMPTS, err->message);
        session->stats.retries++;
        status = flash_resync(session, err);
    }
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "hashing 0x%" PRIX64 " bytes at 0x%" PRIX64, size, offset);
    espbak_error_clear(err);
    return ESPBAK_OK;
}
