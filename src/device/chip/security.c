/* SPDX-License-Identifier: Apache-2.0 */
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

espbak_status security_read(espbak_session *session, espbak_error *err)
{
    const chip_ops *const ops = session->info.chip->ops;
    espbak_security *const security = &session->info.security;
    espbak_status status = ESPBAK_OK;
    if (ops->security != NULL)
        return ops->security(session, err);
    if (security->raw_known)
        judge_flags(security);
    else
        status = read_fuses(session, err);
    if (status == ESPBAK_OK)
        status = read_key_manager(session, err);
    /* Where there is a version 1 the chip has a function of its own. */
    security->secure_boot_version = security->secure_boot == ESPBAK_YES ? 2 : 0;
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "reading the security state");
    return ESPBAK_OK;
}
