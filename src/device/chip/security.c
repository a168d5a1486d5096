/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "device/chip/common.h"
#include "device/chip/detect.h"

static espbak_tristate tristate(bool yes)
{
    return yes ? ESPBAK_YES : ESPBAK_NO;
}

/* Where the loader does not tell the flags, the eFuses do. */
static espbak_status read_fuses(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    espbak_security *const security = &session->info.security;
    uint32_t count = 0, boot = 0;
    espbak_status status = chip_read_field(session, r->crypt_count, &count, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->secure_boot, &boot, err);
    if (status != ESPBAK_OK)
        return status;
    if (r->crypt_count.width > 0) {
        security->flash_crypt_count = (uint8_t)count;
        security->flash_encryption = tristate(chip_count_is_odd(count));
    }
    if (r->secure_boot.width > 0)
        security->secure_boot = tristate(boot != 0);
    return ESPBAK_OK;
}

static void judge_flags(espbak_security *security)
{
    security->flash_encryption = tristate(chip_count_is_odd(security->flash_crypt_count));
    security->secure_boot = tristate((security->raw_flags & 1) != 0);
}

static espbak_status read_key_manager(espbak_session *session, espbak_error *err)
{
    const chip_field field = session->info.chip->registers->key_manager;
    uint32_t value = 0;
    session->info.security.key_manager_flash = field.width > 0 ? ESPBAK_UNKNOWN : ESPBAK_NO;
    if (field.width == 0 || session_is_locked(session))
        return ESPBAK_OK;
    const espbak_status status = chip_read_field(session, field, &value, err);
    if (status == ESPBAK_OK)
        session->info.security.key_manager_flash = tristate((value & 2) != 0);
    return status;
}

/* A bit is burnt for each version: ESP-IDF esp_efuse_read_secure_version. */
static espbak_status read_secure_version(espbak_session *session, espbak_error *err)
{
    const chip_field field = session->info.chip->registers->secure_version;
    uint32_t value = 0;
    if (field.width == 0 || session_is_locked(session))
        return ESPBAK_OK;
    const espbak_status status = chip_read_field(session, field, &value, err);
    session->info.security.secure_version_known = status == ESPBAK_OK;
    for (; value != 0; value &= value - 1)
        session->info.security.secure_version++;
    return status;
}

/* A digest is no secret: the chip itself needs it readable. All zero means that it is not. */
static espbak_status read_boot_key(espbak_session *session, uint32_t address, unsigned words, espbak_boot_key *key,
                                   espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; i < words && status == ESPBAK_OK; i++) {
        uint32_t word = 0;
        status = chip_read_word(session, address + 4 * i, &word, err);
        bytes_put_le32(key->digest + 4 * i, word);
        key->known = key->known || word != 0;
    }
    return status;
}

/* Key purposes and flags as all chips have them: ESP-IDF esp_efuse_chip.h, esptool loader.py SECURITY_INFO_FLAG_MAP. */
static espbak_status read_boot_keys(espbak_session *session, espbak_error *err)
{
    enum { BLOCKS = 6, WORDS = 8, DIGEST_0 = 9, REVOKED_0 = 3 };
    const chip_registers *const r = session->info.chip->registers;
    espbak_security *const security = &session->info.security;
    espbak_status status = ESPBAK_OK;
    if (security->secure_boot_version != 2 || session_is_locked(session))
        return ESPBAK_OK;
    if (r->boot_digest != 0)
        return read_boot_key(session, r->boot_digest, r->boot_digest_words, &security->boot_keys[0], err);
    for (unsigned i = 0; r->key_blocks != 0 && security->raw_known && i < BLOCKS && status == ESPBAK_OK; i++) {
        const unsigned key = (unsigned)security->key_purposes[i] - DIGEST_0;
        if (key < ESPBAK_BOOT_KEYS && !(security->raw_flags >> (REVOKED_0 + key) & 1))
            status = read_boot_key(session, r->key_blocks + 4 * WORDS * i, WORDS, &security->boot_keys[key], err);
    }
    return status;
}

static espbak_status read_usual_state(espbak_session *session, espbak_error *err)
{
    espbak_security *const security = &session->info.security;
    espbak_status status = ESPBAK_OK;
    if (security->raw_known)
        judge_flags(security);
    else
        status = read_fuses(session, err);
    if (status == ESPBAK_OK)
        status = read_key_manager(session, err);
    /* Where there is a version 1 the chip has a function of its own. */
    security->secure_boot_version = security->secure_boot == ESPBAK_YES ? 2 : 0;
    return status;
}

espbak_status security_read(espbak_session *session, espbak_error *err)
{
    const chip_ops *const ops = session->info.chip->ops;
    espbak_status status = ops->security != NULL ? ops->security(session, err) : read_usual_state(session, err);
    if (status == ESPBAK_OK)
        status = read_secure_version(session, err);
    if (status == ESPBAK_OK)
        status = read_boot_keys(session, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "reading the security state");
    return ESPBAK_OK;
}
