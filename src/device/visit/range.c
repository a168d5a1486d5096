/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/range.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "device/flash/facts.h"
#include "device/visit/visit.h"
#include "espbak/flash.h"

/* A restart that broke off: which loader runs, if any, is not known. */
static espbak_status check_chip(const espbak_session *session, espbak_error *err)
{
    if (!session->visit->adrift)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_LINK, "the chip was not found again when it was started anew");
}

espbak_status range_check(const espbak_session *session, const char *verb, uint64_t offset, uint64_t size,
                          espbak_error *err)
{
    if (check_chip(session, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "%s", verb);
    const uint64_t flash_size = session->info.flash.size != 0 ? session->info.flash.size : session->flash->addressable;
    if (!bytes_range_within(offset, size, flash_size))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "%s 0x%" PRIX64 " bytes at 0x%" PRIX64 " would leave the flash, which ends at 0x%" PRIX64,
                           verb, size, offset, flash_size);
    const uint64_t limit = bytes_min64(session->flash->addressable, UINT64_C(1) << 32);
    if (bytes_range_within(offset, size, limit))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                "%s above 0x%" PRIX64 " is not possible with the loader that runs: its addresses wrap around there",
                verb, limit);
    espbak_error_hint(err, "%s",
                      session_has_stub(session)
                          ? "no stub of this chip is known to address more; work on the part below"
                          : "let another loader run: --loader own or --loader stub");
    return ESPBAK_E_UNSUPPORTED;
}

espbak_status espbak_flash_can_read(const espbak_session *session, espbak_error *err)
{
    const espbak_chip *chip = session->info.chip;
    if (check_chip(session, err) != ESPBAK_OK)
        return err->status;
    if (session->info.security.secure_download == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                           "the chip is in Secure Download Mode, which lets nothing be read");
    if (session->info.link.loader != ESPBAK_LOADER_ROM || chip == NULL || (chip->rom_caps & ESPBAK_ROM_READ_SLOW) != 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the %s ROM loader cannot read flash; it needs a stub", chip->title);
    espbak_error_hint(err, "let another loader run: --loader own or --loader stub");
    return ESPBAK_E_UNSUPPORTED;
}

espbak_status espbak_flash_can_hash(const espbak_session *session, espbak_error *err)
{
    const espbak_chip *chip = session->info.chip;
    if (check_chip(session, err) != ESPBAK_OK)
        return err->status;
    if (session->info.security.secure_download == ESPBAK_YES)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the chip is in Secure Download Mode, which does not hash flash");
    if (session->info.link.loader != ESPBAK_LOADER_ROM || chip == NULL || (chip->rom_caps & ESPBAK_ROM_MD5) != 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED, "the %s ROM loader cannot hash flash; it needs a stub", chip->title);
    espbak_error_hint(err, "let another loader run: --loader own or --loader stub");
    return ESPBAK_E_UNSUPPORTED;
}
