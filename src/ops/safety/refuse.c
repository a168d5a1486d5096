/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/refuse.h"

#include <stdio.h>
#include <string.h>

#include "espbak/chip.h"
#include "espbak/image.h"
#include "ops/safety/match.h"

/* esptool cmds.py write_flash: what stands below are the bootloader and its digest. */
static const uint64_t SECURE_BOOT_V1_END = 0x8000;
/* esptool loader.py: the Key Manager keeps its recovery data there. */
static const uint64_t KEY_MANAGER_END = 0x2000;

static bool other_chip(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_chip *meant = t->manifest != NULL ? espbak_chip_by_name(t->manifest->chip) : NULL;
    if (t->manifest == NULL || t->manifest->chip[0] == '\0' || meant == t->device->chip)
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is of an %s, the attached device is an %s",
             meant != NULL ? meant->title : t->manifest->chip, t->device->chip->title);
    return true;
}

static bool other_size(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->parts || t->manifest == NULL || t->manifest->flash.size == 0 ||
        t->manifest->flash.size == t->device->flash.size)
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is of a flash of %llu KiB, the attached flash has %llu KiB",
             (unsigned long long)t->manifest->flash.size / 1024, (unsigned long long)t->device->flash.size / 1024);
    return true;
}

static bool secure_boot_v1(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *s = &t->device->security;
    if (s->secure_boot != ESPBAK_YES || s->secure_boot_version != 1 ||
        !piece_list_touches(t->pieces, 0, SECURE_BOOT_V1_END))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "secure boot (version 1) is on, and writing below 0x8000 can make the device unable to boot for ever");
    return true;
}

static bool key_manager(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->device->security.key_manager_flash != ESPBAK_YES || !piece_list_touches(t->pieces, 0, KEY_MANAGER_END))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the Key Manager encrypts this flash and keeps its recovery data below 0x2000, where this would write");
    return true;
}

/* Ciphertext fits one chip only, and plaintext on an encrypting chip reads back as noise. */
static bool encryption(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_tristate device = t->device->security.flash_encryption;
    const espbak_tristate image = t->manifest != NULL ? t->manifest->security.flash_encryption : ESPBAK_UNKNOWN;
    if (image == ESPBAK_YES && device != ESPBAK_YES)
        snprintf(why, REFUSE_WHY_MAX, "the backup is ciphertext, but the attached device %s",
                 device == ESPBAK_NO ? "does not encrypt its flash" : "does not tell whether it encrypts its flash");
    else if (image != ESPBAK_YES && device == ESPBAK_YES)
        snprintf(why, REFUSE_WHY_MAX, "the attached device encrypts its flash, but the %s",
                 t->manifest == NULL  ? "files may not be ciphertext of this device"
                 : image == ESPBAK_NO ? "backup is plaintext"
                                      : "backup may be plaintext");
    else
        return false;
    return true;
}

static bool ciphertext_of_another(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->manifest == NULL || t->manifest->security.flash_encryption != ESPBAK_YES)
        return false;
    const bool unproven = !t->manifest->mac_known || !t->device->mac_known;
    if (match_is_same_device(t->manifest, t->device))
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is ciphertext of %s, and no other chip can decrypt it",
             unproven ? "a chip whose MAC cannot be compared" : "a chip with another MAC");
    return true;
}

/* The name of the chip that an image is for; ESP8266 images carry no id. NULL where the id is not known. */
static const char *chip_title(uint16_t chip_id)
{
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        if (chips[i]->image_chip_id == chip_id)
            return chips[i]->title;
    }
    return NULL;
}

/* Whether an image for another chip or a newer revision starts at `offset`; data that only looks like one is none. */
static bool is_foreign_image(const refuse_target *t, uint64_t offset, const char *what, char why[REFUSE_WHY_MAX])
{
    const espbak_device_info *device = t->device;
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    espbak_image_header header;
    espbak_error ignored = {0};
    if (!piece_list_covers(t->pieces, offset, sizeof(bytes)) ||
        piece_list_read((void *)t->pieces, offset, bytes, sizeof(bytes), &ignored) != ESPBAK_OK ||
        !espbak_image_header_parse(&header, bytes) || chip_title(header.chip_id) == NULL)
        return false;
    switch (espbak_image_fits(&header, device->chip->image_chip_id, device->revision_known, device->revision)) {
    case ESPBAK_IMAGE_OTHER_CHIP:
        snprintf(why, REFUSE_WHY_MAX, "%s at 0x%llX is an image for %s, the attached device is an %s", what,
                 (unsigned long long)offset, chip_title(header.chip_id), device->chip->title);
        return true;
    case ESPBAK_IMAGE_NEEDS_NEWER:
        snprintf(why, REFUSE_WHY_MAX, "%s at 0x%llX needs chip revision v%u.%u, the attached device is v%u.%u", what,
                 (unsigned long long)offset, header.min_revision / 100, header.min_revision % 100,
                 device->revision / 100, device->revision % 100);
        return true;
    case ESPBAK_IMAGE_FITS:
    case ESPBAK_IMAGE_NEEDS_OLDER: /* an image may say that its upper limit does not count */
        break;
    }
    return false;
}

static bool foreign_image(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (t->manifest != NULL && t->manifest->security.flash_encryption == ESPBAK_YES)
        return false;
    if (is_foreign_image(t, t->device->chip->bootloader_offset, "the bootloader", why))
        return true;
    for (size_t i = 0; i < t->pieces->count; i++) {
        if (is_foreign_image(t, t->pieces->items[i].offset, t->pieces->items[i].name, why))
            return true;
    }
    return false;
}

/*
 * Status register 1: BP0 to BP2 are bits 2 to 4 on every NOR flash with such bits. Flash above 16 MB
 * has BP3 in bit 5. CMP (bit 14 with Winbond and GigaDevice) turns "nothing" into "everything".
 * Which sectors are meant differs by maker, so any of them counts for the whole flash.
 */
static bool is_write_protected(const espbak_flash_info *flash)
{
    const uint32_t maker = flash->jedec_id >> 16 & 0xFF;
    uint32_t mask = 0x1C;
    if (flash->size > 16u * 1024 * 1024)
        mask |= 0x20;
    if (maker == 0xEF || maker == 0xC8)
        mask |= 0x4000;
    return flash->status_known && (flash->status_registers & mask) != 0;
}

static bool block_protection(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_flash_info *flash = &t->device->flash;
    if (!is_write_protected(flash))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the flash has block protection bits set (status registers 0x%06X), so that parts of it ignore writing",
             (unsigned)flash->status_registers);
    return true;
}

void refuse_hint_unwritten(const espbak_flash_info *flash, const char *again, espbak_error *err)
{
    if (is_write_protected(flash))
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

const refuse_row *refuse_rows(size_t *count)
{
    static const refuse_row rows[] = {
        {"chip", other_chip},
        {"flash size", other_size},
        {"secure boot", secure_boot_v1},
        {"key manager", key_manager},
        {"encryption", encryption},
        {"ciphertext", ciphertext_of_another},
        {"image", foreign_image},
        {"block protection", block_protection},
        {"boot", would_not_boot},
    };
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

espbak_status refuse_check(const refuse_target *target, espbak_error *err)
{
    size_t count;
    const refuse_row *rows = refuse_rows(&count);
    for (size_t i = 0; i < count; i++) {
        char why[REFUSE_WHY_MAX] = "";
        if (!rows[i].applies(target, why))
            continue;
        if (!target->force) {
            espbak_fail(err, ESPBAK_E_REFUSED, "refused: %s; --force overrides this", why);
            espbak_error_hint(err, "nothing was changed; add --force only if you know that this is meant");
            return ESPBAK_E_REFUSED;
        }
        espbak_log(target->events, ESPBAK_LOG_WARNING, "forced: %s", why);
    }
    return ESPBAK_OK;
}
