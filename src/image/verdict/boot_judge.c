/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of docs/images.md: "no" only where it is proven. */
#include <stdio.h>
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

enum { NUMBER = 32 };

static const char *hex(uint64_t value, char out[NUMBER])
{
    snprintf(out, NUMBER, "0x%llx", (unsigned long long)value);
    return out;
}

static const char *megabytes(uint64_t value, char out[NUMBER])
{
    snprintf(out, NUMBER, "%llu MB", (unsigned long long)(value >> 20));
    return out;
}

/* A file that begins with the bootloader belongs where the ROM looks for it. */
static espbak_status find_elsewhere(const espbak_boot_question *question, uint64_t *place, bool *found,
                                    espbak_error *err)
{
    espbak_image_header header;
    static const uint64_t places[] = {0, 0x1000, 0x2000};
    *found = false;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !*found; i++) {
        *place = places[i];
        if (places[i] == question->bootloader_offset)
            continue;
        const espbak_status status = espbak_image_header_read(&question->reader, places[i], &header, found, err);
        if (status != ESPBAK_OK)
            return status;
        *found = *found && header.chip_id == question->chip_id;
    }
    return ESPBAK_OK;
}

static espbak_status judge_missing_bootloader(const espbak_boot_question *question, espbak_boot_report *report,
                                              espbak_error *err)
{
    sector_look look;
    uint64_t place = 0;
    bool elsewhere = false;
    char at[NUMBER], there[NUMBER], further[NUMBER];
    hex(question->bootloader_offset, at);
    espbak_status status = look_at_sector(&question->reader, question->bootloader_offset, &look, err);
    if (status == ESPBAK_OK && question->chip_known)
        status = find_elsewhere(question, &place, &elsewhere, err);
    if (status != ESPBAK_OK)
        return status;
    if (!question->chip_known)
        boot_tell(report, BOOT_NO_BOOTLOADER_ANY_CHIP, at);
    else if (elsewhere && place < question->bootloader_offset)
        boot_tell(report, BOOT_BOOTLOADER_ELSEWHERE, at, hex(place, there),
                  hex(question->bootloader_offset - place, further));
    else if (look.erased)
        boot_tell(report, BOOT_BOOTLOADER_ERASED, at);
    else if (look.random && !question->encryption_known)
        boot_tell(report, BOOT_BOOTLOADER_RANDOM, at);
    else
        boot_tell(report, BOOT_BOOTLOADER_NONE, at);
    return ESPBAK_OK;
}

/* Within a segment, or at least in RAM. */
static bool begins_in_ram(const espbak_boot_memory *memory, const espbak_image *image)
{
    const uint32_t entry = image->header.entry;
    if ((entry >= memory->iram.start && entry < memory->iram.end) ||
        (entry >= memory->dram.start && entry < memory->dram.end))
        return true;
    for (size_t i = 0; i < image->segment_count; i++) {
        const espbak_image_segment *segment = &image->segments[i];
        if (entry >= segment->address && entry - segment->address < segment->size)
            return true;
    }
    return false;
}

/* What the ROM refuses in the header and the layout; what is not known of a ROM it is not asked. */
static bool judge_by_rom(const espbak_boot_memory *memory, espbak_boot_report *report)
{
    const espbak_image *image = &report->bootloader;
    char at[NUMBER];
    if (memory->modes != 0 && image->header.flash_mode >= memory->modes) {
        snprintf(at, sizeof(at), "%u", image->header.flash_mode);
        boot_tell(report, BOOT_BOOTLOADER_MODE, at);
    } else if (memory->speeds != 0 && (memory->speeds >> image->header.flash_speed & 1) == 0) {
        snprintf(at, sizeof(at), "%u", image->header.flash_speed);
        boot_tell(report, BOOT_BOOTLOADER_SPEED, at);
    } else if (boot_image_is_mapped(memory, image)) {
        /* The ROM loads into RAM, and only there: what belongs into the flash cache makes it crash. */
        boot_tell(report, BOOT_BOOTLOADER_MAPPED, hex(image->offset, at));
    } else if (image->whole && !begins_in_ram(memory, image)) {
        boot_tell(report, BOOT_BOOTLOADER_ENTRY, hex(image->header.entry, at));
    } else {
        return false;
    }
    return true;
}

/* True when it is decided: the bootloader cannot start. */
static bool judge_bootloader(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_report *report)
{
    const espbak_image *image = &report->bootloader;
    const unsigned least = boot_min_revision(&image->header, rules->version);
    const bool needs_signature = question->secure_boot && !question->secure_boot_digest;
    char at[NUMBER], revision[NUMBER];
    hex(question->bootloader_offset, at);
    snprintf(revision, sizeof(revision), "%u.%u", least / 100, least % 100);
    if (question->chip_known && image->header.chip_id != question->chip_id)
        boot_tell(report, BOOT_BOOTLOADER_CHIP, at);
    else if (question->chip_known && question->revision_known && question->revision < least)
        boot_tell(report, BOOT_BOOTLOADER_REVISION, revision);
    else if (question->memory != NULL && judge_by_rom(question->memory, report))
        return true;
    else if (!image->whole)
        boot_tell(report, BOOT_BOOTLOADER_CUT, at);
    else if (image->checked && !image->checksum_ok)
        boot_tell(report, BOOT_BOOTLOADER_CHECKSUM, at);
    else if (needs_signature && image->signature == ESPBAK_SIGNATURE_NONE)
        boot_tell(report, BOOT_BOOTLOADER_UNSIGNED);
    else
        return false;
    return true;
}

static void judge_missing_table(const espbak_boot_question *question, espbak_boot_report *report)
{
    char at[NUMBER];
    if (question->table_offset != ESPBAK_PARTITION_TABLE_ANYWHERE)
        boot_tell(report, BOOT_TABLE_ASKED_FOR, hex(question->table_offset, at));
    else
        boot_tell(report, report->bootloader.esp_idf ? BOOT_TABLE_NONE : BOOT_TABLE_OTHER_BOOTLOADER);
}

/* One row against the size of the flash that the bootloader's header names. True when it is decided. */
static bool judge_row(const boot_rules *rules, const espbak_partition *p, espbak_boot_report *report)
{
    enum { OLD_SIZE = 2 << 20 };
    char size[NUMBER];
    const uint64_t end = (uint64_t)p->offset + p->size;
    const bool wraps = end > UINT32_MAX;
    const espbak_tristate refuses = boot_version_has(rules->version, BOOT_REFUSES_WRAPS);
    const uint64_t seen = wraps ? (uint32_t)end : end;
    megabytes(rules->flash_size, size);
    if (p->offset > rules->flash_size || seen > rules->flash_size)
        boot_tell(report, BOOT_TABLE_BEYOND, p->label, size);
    else if (wraps && refuses != ESPBAK_NO)
        boot_tell(report, refuses == ESPBAK_YES ? BOOT_TABLE_WRAPS : BOOT_TABLE_WRAPS_PERHAPS, p->label);
    else if (rules->flash_size_doubted && seen > OLD_SIZE)
        boot_tell(report, BOOT_TABLE_BEYOND_PERHAPS, p->label, size);
    else
        return false;
    return true;
}

/* What the bootloader of ESP-IDF refuses in a table; overlaps it does not look at. */
static bool judge_rows(const boot_rules *rules, espbak_boot_report *report)
{
    const bool md5_wrong = report->table.md5_present && !report->table.md5_ok;
    if (md5_wrong || !report->table.bootable) {
        boot_tell(report, md5_wrong ? BOOT_TABLE_MD5 : BOOT_TABLE_DAMAGED);
        return true;
    }
    for (size_t i = 0; i < report->table.count; i++) {
        if (judge_row(rules, &report->table.entries[i], report))
            return true;
    }
    return false;
}

static bool judge_table(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_report *report)
{
    const espbak_partition *ota = espbak_otadata_partition(&report->table);
    const bool asked_for = question->table_offset != ESPBAK_PARTITION_TABLE_ANYWHERE;
    char its[NUMBER], there[NUMBER];
    if (!report->table_found)
        judge_missing_table(question, report);
    else if (question->table != NULL)
        boot_tell(report, BOOT_TABLE_FILE);
    else if (report->table_place != 0 && report->table.offset != report->table_place)
        boot_tell(report, asked_for ? BOOT_TABLE_NOT_ITS : BOOT_TABLE_ELSEWHERE, hex(report->table_place, its),
                  hex(report->table.offset, there));
    else if (judge_rows(rules, report))
        return true;
    else if (report->app_count == 0)
        boot_tell(report, BOOT_TABLE_NO_APP);
    else if (ota != NULL && !report->otadata_found)
        boot_tell(report, BOOT_OTADATA_SMALL, ota->label);
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
    boot_tell(report, report->app_count > 1 ? BOOT_SLOTS_NONE_OF_SEVERAL : BOOT_SLOTS_NONE, app->partition->label,
              app->why_not[0] != '\0' ? app->why_not : "the bootloader does not try it");
}

/* Where the bootloader's code does not say where it looks. */
static void add_table_condition(espbak_boot_report *report)
{
    const size_t used = strlen(report->condition);
    if (report->table_place == 0 && report->table.offset != ESPBAK_PARTITION_TABLE_OFFSET)
        snprintf(report->condition + used, sizeof(report->condition) - used,
                 "%sif this bootloader was built for a table at 0x%llx", used > 0 ? " and " : "",
                 (unsigned long long)report->table.offset);
}

static bool all_read(const espbak_boot_report *report, const espbak_boot_app *active)
{
    return report->bootloader.checked && active->image.checked;
}

static void allow_for_contents(char condition[ESPBAK_BOOT_CONDITION_MAX])
{
    const size_t used = strlen(condition);
    snprintf(condition + used, ESPBAK_BOOT_CONDITION_MAX - used, "%sas far as the headers tell", used > 0 ? ", " : "");
}

static void judge_app(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_report *report)
{
    const espbak_boot_app *active = espbak_boot_active(report);
    const espbak_boot_app *selected = selected_app(report);
    const char *signature = question->secure_boot ? ", signatures are there but were not checked" : "";
    if (active == NULL) {
        judge_no_app(report);
        return;
    }
    if (active->stops) {
        boot_tell(report, BOOT_SLOT_STOPS, active->partition->label, active->why_not);
        return;
    }
    boot_add_conditions(question, rules, &report->bootloader, active, report->condition);
    add_table_condition(report);
    boot_allow_for_assertions(rules, active, report);
    if (selected != NULL && selected != active)
        boot_tell(report, BOOT_STARTS_INSTEAD, selected->partition->label, selected->why_not, active->partition->label,
                  signature);
    else
        boot_tell(report,
                  !all_read(report, active)            ? BOOT_STARTS_UNREAD
                  : active->image.header.hash_appended ? BOOT_STARTS
                                                       : BOOT_STARTS_NO_SHA256,
                  active->partition->label, signature);
    if (!all_read(report, active))
        allow_for_contents(report->condition);
}

/* The bootloader goes by its header; applications of ESP-IDF compare it with the flash. */
static void tell_large_header(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_report *report)
{
    if (question->whole && report->bootloader_found && rules->flash_size > question->reader.size)
        espbak_findings_add(&report->findings, ESPBAK_FINDING_WARNING,
                            "the bootloader's header names a flash of %llu MB, and this one has %llu KB: applications "
                            "of ESP-IDF stop when they find out",
                            (unsigned long long)(rules->flash_size >> 20),
                            (unsigned long long)(question->reader.size >> 10));
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
    boot_tell(report, BOOT_SECOND_BOOTLOADER, reason, second->label);
}

espbak_status boot_judge(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    const boot_rules rules = boot_rules_of(question, report);
    report->header_flash_size = report->bootloader_found ? rules.flash_size : 0;
    if (!report->bootloader_found)
        status = judge_missing_bootloader(question, report, err);
    tell_large_header(question, &rules, report);
    if (!report->bootloader_found || judge_bootloader(question, &rules, report)) {
        allow_for_recovery(report);
        return status;
    }
    if (judge_table(question, &rules, report))
        return ESPBAK_OK;
    if (question->outline)
        boot_tell(report, BOOT_OUTLINE);
    else if (!question->chip_known)
        boot_tell(report, BOOT_CHIP_UNKNOWN);
    else
        judge_app(question, &rules, report);
    return ESPBAK_OK;
}
