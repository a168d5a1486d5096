/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_REASONS_H
#define BOOT_REASONS_H

/*
 * Every reason there is for a verdict, and for a slot that is passed over. docs/images.md has a row for each, with its
 * source; a test compares them.
 */

#include "espbak/boot.h"

typedef enum boot_cause {
    /* nothing can be said */
    BOOT_UNREADABLE,
    BOOT_ENCRYPTED,
    BOOT_OUTLINE,
    BOOT_CHIP_UNKNOWN,
    BOOT_APPLICATION_ALONE,
    BOOT_BOOTLOADER_ALONE,
    BOOT_TABLE_ALONE,
    BOOT_OTADATA_ALONE,
    BOOT_NVS_ALONE,
    BOOT_FILES_ALONE,
    /* the ROM and the bootloader */
    BOOT_NO_BOOTLOADER_ANY_CHIP,
    BOOT_BOOTLOADER_ERASED,
    BOOT_BOOTLOADER_RANDOM,
    BOOT_BOOTLOADER_NONE,
    BOOT_BOOTLOADER_ELSEWHERE,
    BOOT_BOOTLOADER_CHIP,
    BOOT_BOOTLOADER_MAPPED,
    BOOT_BOOTLOADER_MODE,
    BOOT_BOOTLOADER_SPEED,
    BOOT_BOOTLOADER_REVISION,
    BOOT_BOOTLOADER_CUT,
    BOOT_BOOTLOADER_ENTRY,
    BOOT_BOOTLOADER_CHECKSUM,
    BOOT_BOOTLOADER_UNSIGNED,
    BOOT_SECOND_BOOTLOADER,
    /* the bootloader and the partition table */
    BOOT_TABLE_ASKED_FOR,
    BOOT_TABLE_OTHER_BOOTLOADER,
    BOOT_TABLE_NONE,
    BOOT_TABLE_FILE,
    BOOT_TABLE_ELSEWHERE,
    BOOT_TABLE_NOT_ITS,
    BOOT_TABLE_MD5,
    BOOT_TABLE_BEYOND,
    BOOT_TABLE_BEYOND_PERHAPS,
    BOOT_TABLE_WRAPS,
    BOOT_TABLE_WRAPS_PERHAPS,
    BOOT_TABLE_DAMAGED,
    BOOT_TABLE_NO_APP,
    BOOT_OTADATA_SMALL,
    /* the bootloader and a slot */
    BOOT_SLOT_NO_BYTES,
    BOOT_SLOT_TOO_LARGE,
    BOOT_SLOT_EMPTY,
    BOOT_SLOT_CHIP,
    BOOT_SLOT_NEEDS_NEWER,
    BOOT_SLOT_NEEDS_OLDER,
    BOOT_SLOT_CUT,
    BOOT_SLOT_NO_DESCRIPTION,
    BOOT_SLOT_SHORT_SEGMENT,
    BOOT_SLOT_ALIGNMENT,
    BOOT_SLOT_DATA,
    BOOT_SLOT_STACK,
    BOOT_SLOT_LOADER,
    BOOT_SLOT_ADDRESS,
    BOOT_SLOT_UNSIGNED,
    BOOT_SLOT_CHECKSUM,
    BOOT_SLOT_SHA256,
    BOOT_SLOT_NOT_MAPPED,
    BOOT_SLOT_ENTRY,
    BOOT_SLOT_STOPS,
    BOOT_SLOTS_NONE,
    BOOT_SLOTS_NONE_OF_SEVERAL,
    /* it starts */
    BOOT_STARTS,
    BOOT_STARTS_NO_SHA256,
    BOOT_STARTS_UNREAD,
    BOOT_STARTS_INSTEAD,
    /* ESP8266 */
    BOOT_ESP8266_NONE,
    BOOT_ESP8266_CUT,
    BOOT_ESP8266_CHECKSUM,
    BOOT_ESP8266_STARTS,
    BOOT_ESP8266_SLOT,
    BOOT_ESP8266_SLOT_BAD,
    BOOT_ESP8266_UNKNOWN,
    BOOT_CAUSES
} boot_cause;

typedef struct boot_reason {
    const char *name; /* as docs/images.md has it */
    espbak_boot_verdict verdict;
    const char *says; /* each {} is one of the texts that boot_tell was given */
} boot_reason;

const boot_reason *boot_reason_of(boot_cause cause);

/* The sentence of a reason, with a text for each of its {}; further ones are not used. Cut short where there is no
 * room. */
void boot_say(char *out, size_t size, boot_cause cause, ...);

/* Verdict, cause and reason of a report; texts as above. */
void boot_tell(espbak_boot_report *report, boot_cause cause, ...);

#endif
