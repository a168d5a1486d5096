/* SPDX-License-Identifier: Apache-2.0 */
/* Flash maps: ESP8266 Non-OS SDK and RTOS SDK documentation; the Arduino core's eboot; rBoot's rboot.h. */
#include "base/bytes.h"
#include "image/verdict/boot_parts.h"
#include "image/verdict/esp8266_loader.h"

enum { USER1_AT = 0x1000 };

/* user2 stands behind half of the flash that the map was made for: 512 KB, 1 MB, 2 MB and more. */
static const uint64_t user2_at[] = {0x41000, 0x81000, 0x101000};

/* To the next thing that can stand there, or to the end. */
static espbak_status examine_slot(const espbak_image_reader *reader, uint64_t offset, espbak_image_depth depth,
                                  espbak_esp8266_report *report, size_t slot, espbak_findings *findings,
                                  espbak_error *err)
{
    return espbak_image_examine(reader, offset, reader->size, depth, &report->slots[slot], &report->slot_found[slot],
                                findings, err);
}

static espbak_status find_user2(const espbak_image_reader *reader, espbak_image_depth depth,
                                espbak_esp8266_report *report, espbak_findings *findings, espbak_error *err)
{
    for (size_t i = 0; i < sizeof(user2_at) / sizeof(user2_at[0]); i++) {
        const espbak_image *user1 = &report->slots[0];
        if (report->slot_found[0] && user2_at[i] < user1->offset + user1->size)
            continue;
        const espbak_status status = examine_slot(reader, user2_at[i], ESPBAK_IMAGE_OUTLINE, report, 1, NULL, err);
        if (status != ESPBAK_OK)
            return status;
        /* Any byte can look like a header: a slot is what has its magic and is whole. */
        if (report->slot_found[1] && report->slots[1].format == 2 && report->slots[1].whole)
            return examine_slot(reader, user2_at[i], depth, report, 1, findings, err);
        report->slot_found[1] = false;
    }
    return ESPBAK_OK;
}

/* rBoot's configuration names up to four images; without one, there is one behind the configuration's sector. */
static espbak_status find_rboot(const espbak_image_reader *reader, espbak_image_depth depth,
                                espbak_esp8266_report *report, espbak_findings *findings, espbak_error *err)
{
    enum { CONFIG_AT = 0x1000, CONFIG_SIZE = 24, MAGIC = 0xE1, COUNT_AT = 5, ROMS_AT = 8, ROMS = 4, FIRST_AT = 0x2000 };
    uint8_t config[CONFIG_SIZE];
    size_t slot = 0;
    if (!bytes_range_within(CONFIG_AT, sizeof(config), reader->size))
        return ESPBAK_OK;
    if (reader->read(reader->ctx, CONFIG_AT, config, sizeof(config), err) != ESPBAK_OK)
        return err->status;
    const bool configured = config[0] == MAGIC && config[COUNT_AT] > 0 && config[COUNT_AT] <= ROMS;
    const size_t count = configured ? config[COUNT_AT] : 1;
    for (size_t i = 0; i < count && slot < 2; i++) {
        const uint64_t at = configured ? bytes_get_le32(config + ROMS_AT + 4 * i) : FIRST_AT;
        if (at < FIRST_AT || at >= reader->size)
            continue;
        if (examine_slot(reader, at, depth, report, slot, findings, err) != ESPBAK_OK)
            return err->status;
        report->slot_found[slot] = report->slot_found[slot] && report->slots[slot].whole;
        slot += report->slot_found[slot];
    }
    if (report->slot_found[0] || configured)
        report->layout = ESPBAK_ESP8266_RBOOT;
    return ESPBAK_OK;
}

/* `first`: of the image at 0x0, as far as that says. */
static espbak_esp8266_layout layout_of(const espbak_esp8266_report *report, bool table, espbak_esp8266_layout first)
{
    if (report->layout == ESPBAK_ESP8266_RBOOT)
        return ESPBAK_ESP8266_RBOOT;
    const bool user1_v2 = report->slot_found[0] && report->slots[0].format == 2;
    if (user1_v2 || report->slot_found[1])
        return ESPBAK_ESP8266_TWO_SLOT;
    if (!report->first_found)
        return ESPBAK_ESP8266_UNKNOWN;
    if (table)
        return ESPBAK_ESP8266_RTOS;
    return first;
}

espbak_status espbak_esp8266_examine(const espbak_image_reader *reader, espbak_image_depth depth,
                                     espbak_esp8266_report *report, espbak_findings *findings, espbak_error *err)
{
    bool table = false;
    *report = (espbak_esp8266_report){.layout = ESPBAK_ESP8266_UNKNOWN};
    espbak_status status =
        espbak_image_examine(reader, 0, reader->size, depth, &report->first, &report->first_found, findings, err);
    if (status == ESPBAK_OK)
        status = boot_table_begins(reader, ESPBAK_PARTITION_TABLE_OFFSET, &table, err);
    /* One image that reaches past 0x1000 has no slot behind it. */
    if (status == ESPBAK_OK && (!report->first_found || report->first.size <= USER1_AT) && !table)
        status = examine_slot(reader, USER1_AT, depth, report, 0, findings, err);
    const bool alone = report->first_found && report->first.size <= USER1_AT;
    if (status == ESPBAK_OK && alone && !table && !report->slot_found[0])
        status = find_rboot(reader, depth, report, findings, err);
    if (status == ESPBAK_OK && !table && (!report->first_found || alone) && report->layout != ESPBAK_ESP8266_RBOOT)
        status = find_user2(reader, depth, report, findings, err);
    espbak_esp8266_layout first = ESPBAK_ESP8266_UNKNOWN;
    if (status == ESPBAK_OK && report->first_found)
        status = esp8266_loader_find(reader, &report->first, &first, err);
    if (status == ESPBAK_OK)
        report->layout = layout_of(report, table, first);
    return status;
}

const char *espbak_esp8266_layout_name(espbak_esp8266_layout layout)
{
    static const char *const names[] = {
        [ESPBAK_ESP8266_UNKNOWN] = "not known",
        [ESPBAK_ESP8266_NON_OTA] = "one image",
        [ESPBAK_ESP8266_TWO_SLOT] = "two slots (non-OS SDK)",
        [ESPBAK_ESP8266_RTOS] = "RTOS SDK",
        [ESPBAK_ESP8266_ARDUINO] = "Arduino core",
        [ESPBAK_ESP8266_RBOOT] = "rBoot",
    };
    return (size_t)layout < sizeof(names) / sizeof(names[0]) ? names[layout] : "not known";
}

/*
 * The ROM starts what stands at 0x0, if its checksum is right. The core's loader and that of the non-OS SDK then start
 * an image of their own kinds; what the bootloader of the RTOS SDK does is judged from its table.
 */
static void judge_slots(const espbak_esp8266_report *found, espbak_boot_report *report)
{
    const char *layout = espbak_esp8266_layout_name(found->layout);
    bool any = false;
    for (size_t i = 0; i < 2; i++) {
        const espbak_image *image = &found->slots[i];
        any = any || (found->slot_found[i] && image->whole && (!image->checked || image->checksum_ok));
    }
    if (any)
        boot_tell(report, BOOT_ESP8266_SLOT, found->layout == ESPBAK_ESP8266_ARDUINO ? "the sketch" : "a slot", layout);
    else
        boot_tell(report, BOOT_ESP8266_SLOT_BAD, "nothing it could start is whole", layout);
}

static void judge(const espbak_boot_question *question, const espbak_esp8266_report *found, espbak_boot_report *report)
{
    const char *layout = espbak_esp8266_layout_name(found->layout);
    const espbak_boot_app *active = espbak_boot_active(report);
    if (!found->first_found)
        boot_tell(report, BOOT_ESP8266_NONE);
    else if (!found->first.whole)
        boot_tell(report, BOOT_ESP8266_CUT);
    else if (found->first.checked && !found->first.checksum_ok)
        boot_tell(report, BOOT_ESP8266_CHECKSUM);
    else if (!found->first.checked)
        boot_tell(report, BOOT_OUTLINE);
    else if (found->layout == ESPBAK_ESP8266_NON_OTA)
        boot_tell(report, BOOT_ESP8266_STARTS, layout);
    else if (found->layout == ESPBAK_ESP8266_ARDUINO || found->layout == ESPBAK_ESP8266_TWO_SLOT ||
             found->layout == ESPBAK_ESP8266_RBOOT)
        judge_slots(found, report);
    else if (!report->table_found)
        boot_tell(report, BOOT_TABLE_NONE);
    else if (active != NULL && active->bootable && question->table == NULL)
        boot_tell(report, BOOT_ESP8266_SLOT, active->partition->label, layout);
    else
        boot_tell(report, BOOT_ESP8266_UNKNOWN, layout);
}

espbak_status boot_examine_esp8266(const espbak_boot_question *question, espbak_boot_report *report, espbak_error *err)
{
    espbak_esp8266_report found;
    espbak_status status =
        espbak_esp8266_examine(&question->reader, boot_depth(question, 0), &found, &report->findings, err);
    if (status != ESPBAK_OK)
        return status;
    report->bootloader = found.first;
    report->bootloader_found = found.first_found;
    if (found.layout == ESPBAK_ESP8266_RTOS || question->table != NULL)
        status = boot_collect_table(question, report, err);
    if (status == ESPBAK_OK && report->table_found)
        status = boot_collect_apps(question, report, err);
    if (status == ESPBAK_OK)
        judge(question, &found, report);
    return status;
}
