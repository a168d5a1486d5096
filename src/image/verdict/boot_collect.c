/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering what a flash starts from; boot_judge.c draws the conclusion. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "image/table/entries.h"
#include "image/table/places.h"
#include "image/verdict/boot_parts.h"
#include "image/verdict/table_place.h"

enum { BOOTLOADER_LIMIT = 1 << 20 /* where no table ends it */ };

espbak_image_depth boot_depth(const espbak_boot_question *question, uint64_t offset)
{
    const bool reads = question->reads == NULL || question->reads(question->reads_user, offset);
    return question->outline || !reads ? ESPBAK_IMAGE_OUTLINE : ESPBAK_IMAGE_CONTENTS;
}

espbak_status boot_table_begins(const espbak_image_reader *reader, uint64_t offset, bool *found, espbak_error *err)
{
    uint8_t row[ESPBAK_PARTITION_ROW_SIZE];
    *found = false;
    if (!bytes_range_within(offset, sizeof(row), reader->size))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, offset, row, sizeof(row), err);
    *found = status == ESPBAK_OK && espbak_partition_table_begins(row, sizeof(row));
    return status;
}

static espbak_status find_table(const espbak_boot_question *question, uint64_t offset, espbak_boot_report *report,
                                espbak_error *err)
{
    return espbak_partition_table_find(&question->reader, offset, &report->table, &report->table_found,
                                       &report->findings, err);
}

static espbak_status find_place(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    espbak_image bootloader;
    bool found = false;
    const espbak_status status = espbak_image_examine(&question->reader, question->bootloader_offset, BOOTLOADER_LIMIT,
                                                      ESPBAK_IMAGE_OUTLINE, &bootloader, &found, NULL, err);
    if (status != ESPBAK_OK || !found || question->memory == NULL)
        return status;
    return table_place_find(&question->reader, &bootloader, question->memory, &report->table_place, err);
}

/* What an older layout left behind, or what this bootloader should have been built for. */
static espbak_status note_other_tables(const espbak_boot_question *question, espbak_boot_report *report,
                                       espbak_error *err)
{
    enum { TABLES_MAX = 4 };
    uint64_t places[TABLES_MAX];
    char list[TABLES_MAX * 24] = "";
    size_t count = 0, used = 0;
    if (!report->table_found)
        return ESPBAK_OK;
    const espbak_status status =
        partition_tables_list(&question->reader, &report->table, places, TABLES_MAX, &count, err);
    for (size_t i = 0; i < count && used < sizeof(list); i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s0x%llx", i > 0 ? ", " : "",
                                 (unsigned long long)places[i]);
    if (status == ESPBAK_OK && count > 0)
        espbak_findings_add(&report->findings, report->table_place != 0 ? ESPBAK_FINDING_NOTE : ESPBAK_FINDING_WARNING,
                            report->table_place == report->table.offset
                                ? "there are more partition tables, at %s: this bootloader reads the one at 0x%llx"
                                : "there are more partition tables, at %s: the one at 0x%llx was taken",
                            list, (unsigned long long)report->table.offset);
    return status;
}

espbak_status boot_collect_table(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    if (question->table != NULL) {
        report->table_found = true;
        return entries_copy(&report->table, question->table, err);
    }
    espbak_status status = find_place(question, report, err);
    if (status == ESPBAK_OK && question->table_offset != ESPBAK_PARTITION_TABLE_ANYWHERE)
        return find_table(question, question->table_offset, report, err);
    if (status == ESPBAK_OK && report->table_place != 0)
        status = find_table(question, report->table_place, report, err);
    if (status == ESPBAK_OK && !report->table_found)
        status = find_table(question, ESPBAK_PARTITION_TABLE_ANYWHERE, report, err);
    /* They are looked for all over the flash, which takes time where reading does. */
    const bool takes_time = question->outline || question->reads != NULL;
    return status == ESPBAK_OK && !takes_time ? note_other_tables(question, report, err) : status;
}

espbak_status boot_collect_bootloader(const espbak_boot_question *question, espbak_boot_report *report,
                                      espbak_error *err)
{
    const uint64_t at = question->bootloader_offset;
    const bool bounded = report->table_found && report->table.offset > at;
    const uint64_t limit = bounded ? report->table.offset - at : BOOTLOADER_LIMIT;
    return espbak_image_examine(&question->reader, at, limit, boot_depth(question, at), &report->bootloader,
                                &report->bootloader_found, &report->findings, err);
}

/* The codes of the header's flash size, as update_flash_config() of ESP-IDF's bootloader reads them. */
static void read_flash_size(boot_rules *rules, const espbak_boot_question *question, uint8_t code)
{
    enum { MB = 1 << 20, LARGEST_CODE = 7, LARGEST_SMALL_CODE = 4, UNKNOWN_CODE = 1 };
    const bool large = question->memory != NULL && question->memory->large_flash;
    espbak_tristate knows =
        code <= LARGEST_SMALL_CODE || large ? ESPBAK_YES : boot_version_has(rules->version, BOOT_KNOWS_LARGE_FLASH);
    if (code > LARGEST_CODE)
        knows = ESPBAK_NO;
    rules->flash_size = (uint64_t)MB << (knows == ESPBAK_NO ? UNKNOWN_CODE : code);
    rules->flash_size_doubted = knows == ESPBAK_UNKNOWN;
}

boot_rules boot_rules_of(const espbak_boot_question *question, const espbak_boot_report *report)
{
    const espbak_image *bootloader = report->bootloader_found ? &report->bootloader : NULL;
    boot_rules rules = {.flash_size = question->reader.size};
    if (bootloader != NULL) {
        rules.version = boot_version_parse(bootloader->bootloader.idf);
        rules.asserts = bootloader->asserts;
        read_flash_size(&rules, question, bootloader->header.flash_size);
    }
    if (question->memory != NULL)
        rules.memory = boot_memory_of(question->memory, bootloader);
    return rules;
}

static espbak_status collect_otadata(const espbak_boot_question *question, espbak_boot_report *report,
                                     espbak_error *err)
{
    const espbak_partition *p = espbak_otadata_partition(&report->table);
    report->otadata_found = p != NULL && p->size >= ESPBAK_OTADATA_SIZE;
    if (!report->otadata_found)
        return ESPBAK_OK;
    return espbak_otadata_read(&question->reader, p->offset, &report->otadata, &report->findings, err);
}

static espbak_status collect_app(const espbak_boot_question *question, const boot_rules *rules,
                                 espbak_boot_report *report, const espbak_partition *partition, espbak_error *err)
{
    espbak_boot_app *app = &report->apps[report->app_count++];
    *app = (espbak_boot_app){.partition = partition, .slot = espbak_ota_slot_of(partition)};
    espbak_status status = ESPBAK_OK;
    if (partition->offset < question->reader.size)
        status = espbak_image_examine(&question->reader, partition->offset, partition->size,
                                      boot_depth(question, partition->offset), &app->image, &app->present,
                                      &report->findings, err);
    boot_judge_slot(question, rules, app);
    return status;
}

static espbak_boot_app *find_app(espbak_boot_report *report, int slot)
{
    const espbak_partition *partition = espbak_ota_slot_partition(&report->table, slot);
    for (size_t i = 0; i < report->app_count; i++) {
        if (report->apps[i].partition == partition)
            return &report->apps[i];
    }
    return NULL;
}

/* The first in the bootloader's order that it does not pass over. */
static void mark_active(espbak_boot_report *report)
{
    int order[ESPBAK_SLOTS_MAX];
    const espbak_otadata *otadata = report->otadata_found ? &report->otadata : NULL;
    report->selected_slot = espbak_otadata_first_slot(&report->table, otadata);
    const size_t count = espbak_ota_boot_order(&report->table, report->selected_slot, order);
    for (size_t i = 0; i < count; i++) {
        espbak_boot_app *app = find_app(report, order[i]);
        if (app == NULL || (app->why_not[0] != '\0' && !app->stops))
            continue;
        app->active = true;
        return;
    }
}

/* For every application that the table names. */
static espbak_status make_room(espbak_boot_report *report, espbak_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < report->table.count && count < ESPBAK_BOOT_APPS_MAX; i++)
        count += report->table.entries[i].type == ESPBAK_PARTITION_APP;
    if (count == 0)
        return ESPBAK_OK;
    report->apps = calloc(count, sizeof(report->apps[0]));
    return report->apps != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

espbak_status boot_collect_apps(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    const boot_rules rules = boot_rules_of(question, report);
    espbak_status status = collect_otadata(question, report, err);
    if (status == ESPBAK_OK)
        status = make_room(report, err);
    for (size_t i = 0; i < report->table.count && status == ESPBAK_OK; i++) {
        if (report->table.entries[i].type != ESPBAK_PARTITION_APP)
            continue;
        if (report->app_count == ESPBAK_BOOT_APPS_MAX)
            break;
        status = collect_app(question, &rules, report, &report->table.entries[i], err);
    }
    if (status == ESPBAK_OK)
        mark_active(report);
    return status;
}

espbak_status boot_name_apps(espbak_boot_report *report, espbak_error *err)
{
    const espbak_status status = make_room(report, err);
    if (status != ESPBAK_OK)
        return status;
    for (size_t i = 0; i < report->table.count && report->app_count < ESPBAK_BOOT_APPS_MAX; i++) {
        const espbak_partition *partition = &report->table.entries[i];
        if (partition->type == ESPBAK_PARTITION_APP)
            report->apps[report->app_count++] =
                (espbak_boot_app){.partition = partition, .slot = espbak_ota_slot_of(partition)};
    }
    return ESPBAK_OK;
}
