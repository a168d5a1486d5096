/* SPDX-License-Identifier: Apache-2.0 */
#include "image/verdict/boot_reasons.h"

#include <stdarg.h>
#include <string.h>

#define DOES_NOT_SAY ESPBAK_BOOT_UNKNOWN
#define NO           ESPBAK_BOOT_NO
#define YES          ESPBAK_BOOT_YES

/* clang-format off */
static const boot_reason reasons[BOOT_CAUSES] = {
    [BOOT_UNREADABLE] = {"unreadable", DOES_NOT_SAY, "the flash could not be read"},
    [BOOT_ENCRYPTED] = {"encrypted", DOES_NOT_SAY, "the flash is encrypted: only its own chip can read what it holds"},
    [BOOT_OUTLINE] = {"not-read", DOES_NOT_SAY, "the contents of the applications were not read"},
    [BOOT_CHIP_UNKNOWN] = {"chip-unknown", DOES_NOT_SAY, "the chip is not known"},
    [BOOT_APPLICATION_ALONE] = {"application-alone", DOES_NOT_SAY,
        "this is an application alone, {}, {}: it belongs into a slot of a flash"},
    [BOOT_BOOTLOADER_ALONE] = {"bootloader-alone", DOES_NOT_SAY,
        "this is a bootloader alone, {}, {}: it belongs at {} of a flash"},
    [BOOT_TABLE_ALONE] = {"table-alone", DOES_NOT_SAY,
        "this is a partition table alone, of {} partitions: it belongs at 0x8000, or where the bootloader looks for it"},
    [BOOT_OTADATA_ALONE] = {"otadata-alone", DOES_NOT_SAY,
        "this is otadata alone, with the number {}: it belongs into its partition"},
    [BOOT_NVS_ALONE] = {"nvs-alone", DOES_NOT_SAY, "this is NVS alone, {}: it belongs into a partition"},
    [BOOT_FILES_ALONE] = {"files-alone", DOES_NOT_SAY,
        "this is a file system alone, {}: it belongs into a data partition"},
    [BOOT_NO_BOOTLOADER_ANY_CHIP] = {"bootloader-none-for-any-chip", DOES_NOT_SAY,
        "there is no bootloader at {}, and the chip is not known"},
    [BOOT_BOOTLOADER_ERASED] = {"bootloader-erased", NO, "there is no bootloader: the flash is erased at {}"},
    [BOOT_BOOTLOADER_RANDOM] = {"bootloader-looks-encrypted", DOES_NOT_SAY,
        "what stands at {} instead of a bootloader looks encrypted"},
    [BOOT_BOOTLOADER_NONE] = {"bootloader-none", NO, "what stands at {} is no bootloader"},
    [BOOT_BOOTLOADER_ELSEWHERE] = {"bootloader-elsewhere", NO,
        "there is no bootloader at {}, but one at {}: the image belongs {} further up"},
    [BOOT_BOOTLOADER_CHIP] = {"bootloader-other-chip", NO, "the bootloader at {} is for another chip"},
    [BOOT_BOOTLOADER_MAPPED] = {"bootloader-is-application", NO,
        "what stands at {} is an application: the ROM can load only what belongs into RAM"},
    [BOOT_BOOTLOADER_MODE] = {"bootloader-mode", NO, "the bootloader's header names flash mode {}, which the ROM refuses"},
    [BOOT_BOOTLOADER_SPEED] = {"bootloader-speed", NO,
        "the bootloader's header names flash speed {}, which the ROM refuses"},
    [BOOT_BOOTLOADER_REVISION] = {"bootloader-revision", NO, "the bootloader needs a newer revision of the chip (v{})"},
    [BOOT_BOOTLOADER_CUT] = {"bootloader-cut", NO, "the bootloader at {} is cut short or damaged"},
    [BOOT_BOOTLOADER_ENTRY] = {"bootloader-entry", NO,
        "the bootloader begins at {}, where there is no memory"},
    [BOOT_BOOTLOADER_CHECKSUM] = {"bootloader-checksum", NO, "the checksum of the bootloader at {} is wrong"},
    [BOOT_BOOTLOADER_UNSIGNED] = {"bootloader-unsigned", NO, "secure boot is on and the bootloader is not signed"},
    [BOOT_SECOND_BOOTLOADER] = {"second-bootloader", DOES_NOT_SAY, "{}, but the one in {} may take its place"},
    [BOOT_TABLE_ASKED_FOR] = {"table-not-there", DOES_NOT_SAY, "there is no partition table at {}"},
    [BOOT_TABLE_OTHER_BOOTLOADER] = {"table-none-other-bootloader", DOES_NOT_SAY,
        "there is no partition table, and the bootloader may not be ESP-IDF's"},
    [BOOT_TABLE_NONE] = {"table-none", NO, "there is no partition table"},
    [BOOT_TABLE_FILE] = {"table-from-file", DOES_NOT_SAY,
        "the partition table came from a file, the flash was not asked for one"},
    [BOOT_TABLE_ELSEWHERE] = {"table-elsewhere", NO,
        "there is no partition table at {}, where this bootloader looks: it does not see the one at {}"},
    [BOOT_TABLE_NOT_ITS] = {"table-not-its", DOES_NOT_SAY,
        "this bootloader looks for its partition table at {}, and the one at {} was asked for"},
    [BOOT_TABLE_MD5] = {"table-md5", NO, "the MD5 of the partition table is wrong"},
    [BOOT_TABLE_BEYOND] = {"table-beyond-header", NO,
        "partition {} ends beyond {}, which is the flash by the bootloader's header"},
    [BOOT_TABLE_BEYOND_PERHAPS] = {"table-beyond-header-by-version", DOES_NOT_SAY,
        "partition {} ends beyond 2 MB, which bootloaders before ESP-IDF v6.0 read out of a header that names {}"},
    [BOOT_TABLE_WRAPS] = {"table-wraps", NO, "the end of partition {} is beyond all addresses"},
    [BOOT_TABLE_WRAPS_PERHAPS] = {"table-wraps-by-version", DOES_NOT_SAY,
        "the end of partition {} is beyond all addresses, which bootloaders refuse since ESP-IDF v6.1"},
    [BOOT_TABLE_DAMAGED] = {"table-damaged", NO, "the partition table is damaged"},
    [BOOT_TABLE_NO_APP] = {"table-no-application", NO, "the partition table has no place for an application"},
    [BOOT_OTADATA_SMALL] = {"otadata-small", NO, "partition {} is too small for what the bootloader looks for there"},
    [BOOT_SLOT_NO_BYTES] = {"slot-no-bytes", NO, "it has no bytes"},
    [BOOT_SLOT_TOO_LARGE] = {"slot-too-large", NO, "it has more than 16 MB"},
    [BOOT_SLOT_EMPTY] = {"slot-no-image", NO, "there is no image"},
    [BOOT_SLOT_CHIP] = {"slot-other-chip", NO, "it is for another chip"},
    [BOOT_SLOT_NEEDS_NEWER] = {"slot-needs-newer-chip", NO, "it needs a newer revision of the chip"},
    [BOOT_SLOT_NEEDS_OLDER] = {"slot-needs-older-chip", NO, "it is for revisions of the chip up to v{}"},
    [BOOT_SLOT_CUT] = {"slot-cut", NO, "it is cut short or damaged"},
    [BOOT_SLOT_NO_DESCRIPTION] = {"slot-no-description", NO, "it has no description, which the bootloader wants"},
    [BOOT_SLOT_SHORT_SEGMENT] = {"slot-short-segment", NO, "its first segment is too short for a description"},
    [BOOT_SLOT_ALIGNMENT] = {"slot-alignment", NO, "segment {} lies at {}, which does not match its address {}"},
    [BOOT_SLOT_DATA] = {"slot-overlaps-data", NO, "segment {} at {} overlaps the bootloader's data"},
    [BOOT_SLOT_STACK] = {"slot-overlaps-stack", NO, "segment {} at {} overlaps the bootloader's stack"},
    [BOOT_SLOT_LOADER] = {"slot-overlaps-loader", NO, "segment {} at {} overlaps the bootloader's code"},
    [BOOT_SLOT_ADDRESS] = {"slot-bad-address", NO, "segment {} belongs to {}, where this chip has no memory for it"},
    [BOOT_SLOT_UNSIGNED] = {"slot-unsigned", NO, "it is not signed"},
    [BOOT_SLOT_CHECKSUM] = {"slot-checksum", NO, "its checksum is wrong"},
    [BOOT_SLOT_SHA256] = {"slot-sha256", NO, "its SHA-256 is wrong"},
    [BOOT_SLOT_NOT_MAPPED] = {"slot-not-mapped", NO, "{}, and at that the bootloader stops"},
    [BOOT_SLOT_ENTRY] = {"slot-entry", NO, "it begins at {}, where it has no code"},
    [BOOT_SLOT_STOPS] = {"slot-stops", NO, "the application in {} is loaded and does not start: {}"},
    [BOOT_SLOTS_NONE] = {"no-slot", NO, "the application in {} cannot start: {}"},
    [BOOT_SLOTS_NONE_OF_SEVERAL] = {"no-slot-of-several", NO,
        "the application in {} cannot start: {}, and no other slot can take its place"},
    [BOOT_STARTS] = {"starts", YES,
        "bootloader and partition table are right, {} starts: its checksum and SHA-256 are right{}"},
    [BOOT_STARTS_NO_SHA256] = {"starts-without-sha256", YES,
        "bootloader and partition table are right, {} starts: its checksum is right, it has no SHA-256{}"},
    [BOOT_STARTS_UNREAD] = {"starts-by-headers", YES,
        "bootloader and partition table are right, {} starts: its headers are right, not all contents were read{}"},
    [BOOT_STARTS_INSTEAD] = {"starts-instead", YES, "{} is selected but cannot start ({}), so {} starts in its place{}"},
    [BOOT_ESP8266_NONE] = {"esp8266-none", NO, "what stands at 0x0 is no image"},
    [BOOT_ESP8266_CUT] = {"esp8266-cut", NO, "the image at 0x0 is cut short or damaged"},
    [BOOT_ESP8266_CHECKSUM] = {"esp8266-checksum", NO, "the checksum of the image at 0x0 is wrong"},
    [BOOT_ESP8266_STARTS] = {"esp8266-starts", YES, "the image at 0x0 starts: its checksum is right ({})"},
    [BOOT_ESP8266_SLOT] = {"esp8266-slot-starts", YES, "the loader at 0x0 is right, and so is {} ({})"},
    [BOOT_ESP8266_SLOT_BAD] = {"esp8266-slot", NO, "the loader at 0x0 is right, but {} ({})"},
    [BOOT_ESP8266_UNKNOWN] = {"esp8266-unknown", DOES_NOT_SAY,
        "the ROM finds an image at 0x0, what it starts is not known ({})"},
};
/* clang-format on */

const boot_reason *boot_reason_of(boot_cause cause)
{
    return &reasons[cause];
}

static void fill(char *out, size_t size, const char *says, va_list given)
{
    size_t used = 0;
    for (; *says != '\0' && used + 1 < size; says++) {
        if (says[0] != '{' || says[1] != '}') {
            out[used++] = *says;
            continue;
        }
        const char *text = va_arg(given, const char *);
        for (; *text != '\0' && used + 1 < size; text++)
            out[used++] = *text;
        says++;
    }
    out[used] = '\0';
}

void boot_say(char *out, size_t size, boot_cause cause, ...)
{
    va_list given;
    va_start(given, cause);
    fill(out, size, reasons[cause].says, given);
    va_end(given);
}

void boot_tell(espbak_boot_report *report, boot_cause cause, ...)
{
    va_list given;
    report->verdict = reasons[cause].verdict;
    report->cause = reasons[cause].name;
    va_start(given, cause);
    fill(report->reason, sizeof(report->reason), reasons[cause].says, given);
    va_end(given);
}
