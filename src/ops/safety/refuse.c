/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/refuse_rows.h"

#include <stdio.h>

#include "device/chip/block_protection.h"
#include "device/flash/identify/judge.h"
#include "ops/safety/match.h"

static bool other_size(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->parts || t->manifest == NULL || t->manifest->flash.size == 0 ||
        t->manifest->flash.size == t->device->flash.size || t->manifest->flash.size == t->device->flash.whole_size)
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is of a flash of %llu KiB, the attached flash has %llu KiB",
             (unsigned long long)t->manifest->flash.size / 1024, (unsigned long long)t->device->flash.size / 1024);
    return true;
}

/* Two copies of the same, or the end: there, what is written behind it would land at the beginning. */
static bool repeating_flash(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const uint64_t at = t->device->flash.repeats_at;
    bool beyond = false;
    for (size_t i = 0; i < t->pieces->count; i++)
        beyond = beyond || t->pieces->items[i].offset + t->pieces->items[i].size > at;
    if (at == 0 || !beyond)
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the flash shows its beginning again from %llu KiB on: it may be no larger, and what is written behind "
             "that would overwrite its beginning",
             (unsigned long long)at / 1024);
    return true;
}

static bool block_protection(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_flash_info *flash = &t->device->flash;
    if (!block_protection_is_on(flash))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the flash has block protection bits set (status registers 0x%06X), so that parts of it ignore writing",
             (unsigned)flash->status_registers);
    return true;
}

void refuse_hint_unwritten(espbak_session *session, const char *again, espbak_error *err)
{
    const espbak_flash_info *const flash = &espbak_session_device(session)->flash;
    const uint64_t repeat = block_protection_is_on(flash) ? 0 : judge_repeat_now(session);
    if (repeat != 0)
        espbak_error_hint(err,
                          "the flash shows its beginning again from %llu KiB on: it is smaller than it says, and what "
                          "was written behind that has overwritten its beginning",
                          (unsigned long long)repeat / 1024);
    else if (block_protection_is_on(flash))
        espbak_error_hint(
            err,
            "the flash is write-protected (status registers 0x%06X): espbak's own loader lifts that while "
            "it writes (--loader own), the ROM loader for good (--loader rom)",
            (unsigned)flash->status_registers);
    else
        espbak_error_hint(err, "%s; if it fails at the same place, the flash is worn out there", again);
}

/* Only a clear "no" is refused; a backup of this very device may put it back to what it was. */
static bool would_not_boot(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->boot == NULL || t->boot->verdict != ESPBAK_BOOT_NO)
        return false;
    if (match_is_same_device(t->manifest, t->device))
        return false;
    snprintf(why, REFUSE_WHY_MAX, "a device would not boot from this backup: %s", t->boot->reason);
    return true;
}

/* What could not be read when the backup was made. */
static bool something_missing(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->missing == NULL)
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup does not have %s, without which a device does not start", t->missing);
    return true;
}

const refuse_row *refuse_rows(size_t *count)
{
    static const refuse_row rows[] = {
        {"chip", refuse_other_chip},
        {"flash size", other_size},
        {"flash that repeats", repeating_flash},
        {"secure boot v1", refuse_secure_boot_v1},
        {"secure boot", refuse_other_secure_boot},
        {"secure boot keys", refuse_other_keys},
        {"key manager", refuse_key_manager},
        {"encryption", refuse_encryption},
        {"encryption mode", refuse_other_encryption_mode},
        {"ciphertext", refuse_ciphertext_of_another},
        {"download mode", refuse_other_download_mode},
        {"rollback", refuse_rolled_back},
        {"secure version", refuse_ahead},
        {"redacted", refuse_redacted},
        {"file", refuse_foreign_file},
        {"image", refuse_foreign_image},
        {"neighbour", refuse_overlong_app},
        {"bootloader", refuse_no_bootloader},
        {"start", refuse_no_start},
        {"block protection", block_protection},
        {"missing", something_missing},
        {"boot", would_not_boot},
    };
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

static espbak_status refuse(const char *why, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_REFUSED, "refused: %s; --force overrides this", why);
    espbak_error_hint(err, "nothing was changed; add --force only if you know that this is meant");
    return ESPBAK_E_REFUSED;
}

espbak_status refuse_check_chip(const refuse_target *target, espbak_error *err)
{
    char why[REFUSE_WHY_MAX] = "";
    return !target->force && refuse_other_chip(target, why) ? refuse(why, err) : ESPBAK_OK;
}

espbak_status refuse_check(const refuse_target *target, espbak_error *err)
{
    size_t count;
    const refuse_row *rows = refuse_rows(&count);
    for (size_t i = 0; i < count; i++) {
        char why[REFUSE_WHY_MAX] = "";
        if (!rows[i].applies(target, why))
            continue;
        if (!target->force)
            return refuse(why, err);
        espbak_log(target->events, ESPBAK_LOG_WARNING, "forced: %s", why);
    }
    return ESPBAK_OK;
}
