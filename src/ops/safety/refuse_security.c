/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/safety/match.h"
#include "ops/safety/refuse_rows.h"

/* esptool cmds.py write_flash: what stands below are the bootloader and its digest. */
static const uint64_t SECURE_BOOT_V1_END = 0x8000;
/* esptool loader.py: the Key Manager keeps its recovery data there. */
static const uint64_t KEY_MANAGER_END = 0x2000;

static const espbak_security *device_of(const refuse_target *t)
{
    return &t->device->security;
}

/* What the backup says; everything is unknown of raw files. */
static espbak_security backup_of(const refuse_target *t)
{
    return t->manifest != NULL ? t->manifest->security : (espbak_security){.flash_encryption = ESPBAK_UNKNOWN};
}

bool refuse_touches_code(const refuse_target *t)
{
    const uint64_t table = t->table != NULL && t->table->offset != 0 ? t->table->offset : ESPBAK_PARTITION_TABLE_OFFSET;
    const uint64_t bootloader = t->device->chip->bootloader_offset;
    if (piece_list_touches(t->pieces, bootloader, table > bootloader ? table - bootloader : ESPBAK_FLASH_SECTOR))
        return true;
    for (size_t i = 0; i < t->pieces->count; i++) {
        espbak_image_header header;
        if (refuse_image_at(t, t->pieces->items[i].offset, &header))
            return true;
    }
    for (size_t i = 0; t->table != NULL && i < t->table->count; i++) {
        const espbak_partition *entry = &t->table->entries[i];
        if (entry->type == ESPBAK_PARTITION_APP && piece_list_touches(t->pieces, entry->offset, entry->size))
            return true;
    }
    return false;
}

bool refuse_secure_boot_v1(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *s = device_of(t);
    if (s->secure_boot != ESPBAK_YES || s->secure_boot_version != 1 ||
        !piece_list_touches(t->pieces, 0, SECURE_BOOT_V1_END))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "secure boot (version 1) is on, and writing below 0x8000 can make the device unable to boot for ever");
    return true;
}

/* A bootloader that is built for secure boot turns it on at its first start, and for ever. */
bool refuse_other_secure_boot(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *here = device_of(t), there = backup_of(t);
    const bool other_version = here->secure_boot == ESPBAK_YES && there.secure_boot == ESPBAK_YES &&
                               here->secure_boot_version != there.secure_boot_version;
    if (!refuse_touches_code(t) || (here->secure_boot == there.secure_boot && !other_version))
        return false;
    if (here->secure_boot == ESPBAK_YES)
        snprintf(why, REFUSE_WHY_MAX,
                 "secure boot (version %u) is on, so the device starts only what is signed with its keys, and %s",
                 here->secure_boot_version,
                 t->erase                              ? "so must be what comes in place of what is erased"
                 : t->manifest == NULL                 ? "the files are not known to be"
                 : there.secure_boot == ESPBAK_UNKNOWN ? "the backup is not known to be"
                 : other_version                       ? "the backup is of a device with another version of it"
                                                       : "the backup is of a device without secure boot");
    else if (there.secure_boot == ESPBAK_YES)
        snprintf(
            why, REFUSE_WHY_MAX,
            "the backup is of a device with secure boot (version %u), whose bootloader may turn it on here for ever",
            there.secure_boot_version);
    return here->secure_boot == ESPBAK_YES || there.secure_boot == ESPBAK_YES;
}

static bool has_boot_keys(const espbak_security *s)
{
    return s->boot_keys[0].known || s->boot_keys[1].known || s->boot_keys[2].known;
}

static bool accepts(const espbak_security *s, const espbak_boot_key *key)
{
    for (unsigned i = 0; i < ESPBAK_BOOT_KEYS; i++) {
        if (s->boot_keys[i].known && memcmp(s->boot_keys[i].digest, key->digest, sizeof(key->digest)) == 0)
            return true;
    }
    return false;
}

/* Which of its keys the backup is signed with is not asked, so the device has to take all of them. */
bool refuse_other_keys(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *here = device_of(t), there = backup_of(t);
    if (here->secure_boot != ESPBAK_YES || there.secure_boot != ESPBAK_YES || !refuse_touches_code(t))
        return false;
    if (!has_boot_keys(here) || !has_boot_keys(&there)) {
        snprintf(
            why, REFUSE_WHY_MAX,
            "secure boot is on, and the backup is of another device, whose keys are not known to be those of this one");
        return !match_is_same_device(t->manifest, t->device);
    }
    for (unsigned i = 0; i < ESPBAK_BOOT_KEYS; i++) {
        char begins[17];
        if (!there.boot_keys[i].known || accepts(here, &there.boot_keys[i]))
            continue;
        bytes_to_hex(begins, there.boot_keys[i].digest, 8);
        snprintf(why, REFUSE_WHY_MAX,
                 "secure boot is on, and the attached device does not take key %u of the backup's device (its digest "
                 "begins %s)",
                 i, begins);
        return true;
    }
    return false;
}

bool refuse_key_manager(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (device_of(t)->key_manager_flash != ESPBAK_YES || !piece_list_touches(t->pieces, 0, KEY_MANAGER_END))
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the Key Manager encrypts this flash and keeps its recovery data below 0x2000, where this would write");
    return true;
}

/* What the backup holds, as the manifest tells or as it looks. */
static espbak_tristate is_ciphertext(const refuse_target *t)
{
    const espbak_tristate told = backup_of(t).flash_encryption;
    const bool looks =
        t->boot != NULL && t->boot->cause != NULL && strcmp(t->boot->cause, "bootloader-looks-encrypted") == 0;
    return told == ESPBAK_UNKNOWN && looks ? ESPBAK_YES : told;
}

/* Ciphertext fits one chip only, and plaintext on an encrypting chip reads back as noise. */
bool refuse_encryption(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_tristate device = device_of(t)->flash_encryption, image = is_ciphertext(t);
    if (image == ESPBAK_YES && device != ESPBAK_YES)
        snprintf(why, REFUSE_WHY_MAX, "the backup is ciphertext, but the attached device %s",
                 device == ESPBAK_NO ? "does not encrypt its flash" : "does not tell whether it encrypts its flash");
    else if (image != ESPBAK_YES && device == ESPBAK_YES)
        snprintf(why, REFUSE_WHY_MAX, "the attached device encrypts its flash, but the %s",
                 t->erase              ? "place that is erased can only be filled with ciphertext of this device"
                 : t->manifest == NULL ? "files may not be ciphertext of this device"
                 : image == ESPBAK_NO  ? "backup is plaintext"
                                       : "backup may be plaintext");
    else
        return false;
    return true;
}

/* The counter of changes: with all of its bits set encryption is there for good, and more is locked than before. */
bool refuse_other_encryption_mode(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_security *here = device_of(t), there = backup_of(t);
    if (here->flash_encryption != ESPBAK_YES || there.flash_encryption != ESPBAK_YES ||
        here->flash_crypt_count == there.flash_crypt_count || there.flash_crypt_count == 0)
        return false;
    snprintf(why, REFUSE_WHY_MAX,
             "the mode of flash encryption has changed: its counter is 0x%X in the backup, 0x%X in the device",
             (unsigned)there.flash_crypt_count, (unsigned)here->flash_crypt_count);
    return true;
}

bool refuse_ciphertext_of_another(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    if (backup_of(t).flash_encryption != ESPBAK_YES || match_is_same_device(t->manifest, t->device))
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is ciphertext of %s, and no other chip can decrypt it",
             match_is_other_device(t->manifest, t->device) ? "a chip with another MAC"
                                                           : "a chip whose MAC cannot be compared");
    return true;
}

bool refuse_other_download_mode(const refuse_target *t, char why[REFUSE_WHY_MAX])
{
    const espbak_tristate here = device_of(t)->secure_download, there = backup_of(t).secure_download;
    if (here == ESPBAK_UNKNOWN || there == ESPBAK_UNKNOWN || here == there)
        return false;
    snprintf(why, REFUSE_WHY_MAX, "the backup is of a device %s Secure Download Mode, the attached device is %s it",
             there == ESPBAK_YES ? "in" : "without", here == ESPBAK_YES ? "in" : "without");
    return true;
}
