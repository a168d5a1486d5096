/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of docs/images.md: "no" only where it is proven. */
#include <string.h>

#include "base/bytes.h"
#include "image/verdict/boot_parts.h"

/* Whether the sector at `offset` is erased, or as even as ciphertext is. */
typedef struct sector_look {
    bool erased;
    bool random;
} sector_look;

static espbak_status look_at_sector(const espbak_image_reader *reader, uint64_t offset, sector_look *look,
                                    espbak_error *err)
{
    /* Of 4096 even bytes, the squared counts add up to 69632, give or take 400; code is far above. */
    enum { SECTOR = 4096, EVEN = 72000 };
    uint8_t bytes[SECTOR];
    uint32_t counts[256] = {0}, sum = 0;
    *look = (sector_look){.erased = false};
    if (!bytes_range_within(offset, sizeof(bytes), reader->size))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, offset, bytes, sizeof(bytes), err);
    if (status != ESPBAK_OK)
        return status;
    for (size_t i = 0; i < sizeof(bytes); i++)
        counts[bytes[i]]++;
    for (size_t i = 0; i < 256; i++)
        sum += counts[i] * counts[i];
    look->erased = counts[0xFF] == SECTOR;
    look->random = sum < EVEN;
    return ESPBAK_OK;
}

static unsigned long long at(const espbak_boot_question *question)
{
    return (unsigned long long)question->bootloader_offset;
}

static espbak_status judge_missing_bootloader(const espbak_boot_question *question, espbak_boot_report *report,
                                              espbak_error *err)
{
    sector_look look;
    const espbak_status status = look_at_sector(&question->reader, question->bootloader_offset, &look, err);
    if (status != ESPBAK_OK)
        return status;
    if (!question->chip_known)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN, "there is no bootloader at 0x%llx, and the chip is not known",
                    at(question));
    else if (look.erased)
        boot_answer(report, ESPBAK_BOOT_NO, "there is no bootloader: the flash is erased at 0x%llx", at(question));
    else if (look.random && !question->encryption_known)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN, "what stands at 0x%llx instead of a bootloader looks encrypted",
                    at(question));
    else
        boot_answer(report, ESPBAK_BOOT_NO, "what stands at 0x%llx is no bootloader", at(question));
    return ESPBAK_OK;
}

/* True when it is decided: the bootloader cannot start. */
static bool judge_bootloader(const espbak_boot_question *question, espbak_boot_report *report)
{
    const espbak_image *image = &report->bootloader;
    espbak_image_fit fit = ESPBAK_IMAGE_FITS;
    if (question->chip_known)
        fit = espbak_image_fits(&image->header, question->chip_id, question->revision_known, question->revision);
    const bool needs_signature = question->secure_boot && !question->secure_boot_digest;
    if (fit == ESPBAK_IMAGE_OTHER_CHIP)
        boot_answer(report, ESPBAK_BOOT_NO, "the bootloader at 0x%llx is for another chip", at(question));
    else if (fit == ESPBAK_IMAGE_NEEDS_NEWER)
        boot_answer(report, ESPBAK_BOOT_NO, "the bootloader needs a newer revision of the chip (v%u.%u)",
                    image->header.min_revision / 100, image->header.min_revision % 100);
    else if (!image->whole)
        boot_answer(report, ESPBAK_BOOT_NO, "the bootloader at 0x%llx is cut short or damaged", at(question));
    else if (image->checked && !image->checksum_ok)
        boot_answer(report, ESPBAK_BOOT_NO, "the checksum of the bootloader at 0x%llx is wrong", at(question));
    else if (needs_signature && image->signature == ESPBAK_SIGNATURE_NONE)
        boot_answer(report, ESPBAK_BOOT_NO, "secure boot is on and the bootloader is not signed");
    else
        return false;
    return true;
}

static void judge_missing_table(const espbak_boot_question *question, espbak_boot_report *report)
{
    if (question->table_offset != ESPBAK_PARTITION_TABLE_ANYWHERE)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN, "there is no partition table at 0x%llx",
                    (unsigned long long)question->table_offset);
    else if (!report->bootloader.esp_idf)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN,
                    "there is no partition table, and the bootloader may not be ESP-IDF's");
    else
        boot_answer(report, ESPBAK_BOOT_NO, "there is no partition table");
}

/* What the bootloader of ESP-IDF refuses in a table; overlaps it does not look at. */
static void judge_bad_table(espbak_boot_report *report)
{
    const espbak_partition *outside = NULL;
    for (size_t i = 0; i < report->table.count && outside == NULL; i++) {
        if (report->table.entries[i].outside)
            outside = &report->table.entries[i];
    }
    if (report->table.md5_present && !report->table.md5_ok)
        boot_answer(report, ESPBAK_BOOT_NO, "the MD5 of the partition table is wrong");
    else if (outside != NULL)
        boot_answer(report, ESPBAK_BOOT_NO, "partition %s leaves the flash", outside->label);
    else
        boot_answer(report, ESPBAK_BOOT_NO, "the partition table is damaged");
}

static bool judge_table(const espbak_boot_question *question, espbak_boot_report *report)
{
    const espbak_partition *ota = espbak_partition_find_kind(&report->table, ESPBAK_PARTITION_DATA, ESPBAK_DATA_OTA);
    if (!report->table_found)
        judge_missing_table(question, report);
    else if (question->table != NULL)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN,
                    "the partition table came from a file, the flash was not asked for one");
    else if (!report->table.bootable)
        judge_bad_table(report);
    else if (report->app_count == 0)
        boot_answer(report, ESPBAK_BOOT_NO, "the partition table has no place for an application");
    else if (ota != NULL && !report->otadata_found)
        boot_answer(report, ESPBAK_BOOT_NO, "partition %s is too small for what the bootloader looks for there",
                    ota->label);
    else
        return false;
    return true;
}

static const espbak_boot_app *selected_app(const espbak_boot_report *report)
{
    for (size_t i = 0; i < report->app_count; i++) {
        if (report->apps[i].slot == report->selected_slot)
            return &report->apps[i];
    }
    return NULL;
}

/* Where nothing boots, the selected application is what one wants to hear about. */
static void judge_no_app(espbak_boot_report *report)
{
    const espbak_boot_app *app = selected_app(report);
    if (app == NULL)
        app = &report->apps[0];
    const char *others = report->app_count > 1 ? ", and no other slot can take its place" : "";
    if (app->why_not[0] != '\0')
        boot_answer(report, ESPBAK_BOOT_NO, "the application in %s cannot start: %s%s", app->partition->label,
                    app->why_not, others);
    else
        boot_answer(report, ESPBAK_BOOT_NO, "no slot holds an application that can start");
}

static void judge_app(const espbak_boot_question *question, espbak_boot_report *report)
{
    const espbak_boot_app *active = espbak_boot_active(report);
    const espbak_boot_app *selected = selected_app(report);
    const char *signature = question->secure_boot ? ", signatures are there but were not checked" : "";
    if (active == NULL)
        judge_no_app(report);
    else if (selected != NULL && selected != active)
        boot_answer(report, ESPBAK_BOOT_YES, "%s is selected but cannot start (%s), so %s starts in its place%s",
                    selected->partition->label, selected->why_not, active->partition->label, signature);
    else if (active->image.header.hash_appended)
        boot_answer(report, ESPBAK_BOOT_YES,
                    "bootloader and partition table are right, %s starts: its checksum and SHA-256 are right%s",
                    active->partition->label, signature);
    else
        boot_answer(report, ESPBAK_BOOT_YES,
                    "bootloader and partition table are right, %s starts: its checksum is right, it has no SHA-256%s",
                    active->partition->label, signature);
}

/* A bootloader that was told of a smaller flash refuses what lies past it, unless it looks for itself. */
static void tell_small_header(espbak_boot_report *report)
{
    const uint64_t size = (uint64_t)1 << 20 << report->bootloader.header.flash_size;
    for (size_t i = 0; i < report->table.count && report->bootloader_found; i++) {
        const espbak_partition *p = &report->table.entries[i];
        if (p->outside || (uint64_t)p->offset + p->size <= size)
            continue;
        espbak_findings_add(&report->findings, ESPBAK_FINDING_WARNING,
                            "the bootloader's header names a flash of %llu MB, which %s leaves",
                            (unsigned long long)(size >> 20), p->label);
        return;
    }
}

/* Some ROMs go on to a second bootloader, if their fuses say where one is. */
static void allow_for_recovery(espbak_boot_report *report)
{
    const espbak_partition *second = NULL;
    for (size_t i = 0; i < report->table.count && second == NULL; i++) {
        if (report->table.entries[i].type == ESPBAK_PARTITION_BOOTLOADER && report->table.entries[i].subtype != 0)
            second = &report->table.entries[i];
    }
    if (second == NULL || report->verdict != ESPBAK_BOOT_NO)
        return;
    char reason[ESPBAK_BOOT_REASON_MAX];
    memcpy(reason, report->reason, sizeof(reason));
    reason[sizeof(reason) - 64] = '\0'; /* leaves room for what follows */
    boot_answer(report, ESPBAK_BOOT_UNKNOWN, "%s, but the one in %s may take its place", reason, second->label);
}

espbak_status boot_judge(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    if (!report->bootloader_found)
        status = judge_missing_bootloader(question, report, err);
    tell_small_header(report);
    if (!report->bootloader_found || judge_bootloader(question, report)) {
        allow_for_recovery(report);
        return status;
    }
    if (judge_table(question, report))
        return ESPBAK_OK;
    if (question->outline)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN, "the contents of the applications were not read");
    else if (!question->chip_known)
        boot_answer(report, ESPBAK_BOOT_UNKNOWN, "the chip is not known");
    else
        judge_app(question, report);
    return ESPBAK_OK;
}
