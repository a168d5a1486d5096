/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are one part of a flash, and nothing else. */
#include <stdio.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "espbak/nvs.h"
#include "image/files/volume.h"
#include "image/verdict/boot_parts.h"

enum { SECTOR = 4096, TEXT = 80, NVS_MAX = 1 << 20 };

static void name_bootloader(const espbak_image *image, const espbak_chip *chip, espbak_boot_report *report)
{
    char name[TEXT], place[TEXT];
    const char *idf = image->bootloader.idf;
    snprintf(name, sizeof(name), "of %s%s%s", chip->title, idf[0] != '\0' ? ", ESP-IDF " : "", idf);
    snprintf(place, sizeof(place), "0x%lx", (unsigned long)chip->bootloader_offset);
    boot_tell(report, BOOT_BOOTLOADER_ALONE, name, espbak_image_sound(image) ? "sound" : "damaged", place);
}

static void name_application(const espbak_image *image, espbak_boot_report *report)
{
    char name[TEXT];
    if (image->format == 2)
        snprintf(name, sizeof(name), "of ESP8266");
    else if (image->app_described)
        snprintf(name, sizeof(name), "%s %s", image->app.project, image->app.version);
    else
        snprintf(name, sizeof(name), "without a description");
    boot_tell(report, BOOT_APPLICATION_ALONE, name, espbak_image_sound(image) ? "sound" : "damaged");
}

/* A signature and what fills up the last sector may follow an image, and so may erased bytes up to where tables begin.
 */
static espbak_status is_only(const espbak_image_reader *reader, const espbak_image *image, bool *only,
                             espbak_error *err)
{
    enum { ROOM = 0x10000 };
    uint8_t bytes[SECTOR];
    *only = image->whole && reader->size - image->size <= 2 * SECTOR;
    if (*only || !image->whole || reader->size > ROOM)
        return ESPBAK_OK;
    *only = true;
    for (uint64_t at = image->size; at < reader->size && *only; at += sizeof(bytes)) {
        const size_t size = (size_t)bytes_min64(sizeof(bytes), reader->size - at);
        if (reader->read(reader->ctx, at, bytes, size, err) != ESPBAK_OK)
            return err->status;
        *only = bytes_are_all(bytes, size, 0xFF);
    }
    return ESPBAK_OK;
}

/* *found: it begins with an image, or is a flash with a table. */
static espbak_status try_image(const espbak_image_reader *reader, const espbak_chip *chip, espbak_boot_report *report,
                               bool *found, bool *alone, espbak_error *err)
{
    espbak_image *image = &report->bootloader;
    espbak_status status = boot_table_begins(reader, ESPBAK_PARTITION_TABLE_OFFSET, found, err);
    if (status != ESPBAK_OK || *found)
        return status;
    status = espbak_image_examine(reader, 0, reader->size, ESPBAK_IMAGE_CONTENTS, image, found, &report->findings, err);
    if (status != ESPBAK_OK || !*found)
        return status;
    *alone = image->app_described;
    if (*alone) {
        name_application(image, report);
        return ESPBAK_OK;
    }
    bool only = false;
    if (is_only(reader, image, &only, err) != ESPBAK_OK)
        return err->status;
    *alone = only && (image->format == 2 || (chip != NULL && !chip->esp8266_layouts));
    if (*alone && (image->format == 2 ||
                   (chip != NULL && chip->boot_memory != NULL && boot_image_is_mapped(chip->boot_memory, image))))
        name_application(image, report);
    else if (*alone)
        name_bootloader(image, chip, report);
    return ESPBAK_OK;
}

static espbak_status try_table(const espbak_image_reader *reader, espbak_boot_report *report, bool *alone,
                               espbak_error *err)
{
    uint8_t bytes[ESPBAK_PARTITION_TABLE_SIZE];
    char count[TEXT];
    const size_t size = (size_t)bytes_min64(sizeof(bytes), reader->size);
    espbak_status status = boot_table_begins(reader, 0, alone, err);
    if (status != ESPBAK_OK || !*alone || reader->size > SECTOR) {
        *alone = false;
        return status;
    }
    status = reader->read(reader->ctx, 0, bytes, size, err);
    if (status == ESPBAK_OK)
        status = espbak_partition_table_examine(&report->table, bytes, size, 0, alone, &report->findings, err);
    report->table_found = *alone;
    report->table.offset = ESPBAK_PARTITION_TABLE_OFFSET;
    snprintf(count, sizeof(count), "%zu", report->table.count);
    if (*alone)
        boot_tell(report, BOOT_TABLE_ALONE, count);
    return status;
}

static espbak_status try_otadata(const espbak_image_reader *reader, espbak_boot_report *report, bool *alone,
                                 espbak_error *err)
{
    char number[TEXT];
    if (reader->size != ESPBAK_OTADATA_SIZE)
        return ESPBAK_OK;
    const espbak_status status = espbak_otadata_read(reader, 0, &report->otadata, NULL, err);
    *alone = status == ESPBAK_OK && report->otadata.active >= 0;
    report->otadata_found = *alone;
    if (!*alone)
        return status;
    snprintf(number, sizeof(number), "%lu", (unsigned long)report->otadata.entries[report->otadata.active].seq);
    boot_tell(report, BOOT_OTADATA_ALONE, number);
    return status;
}

static espbak_status try_nvs(const espbak_image_reader *reader, espbak_boot_report *report, bool *alone,
                             espbak_error *err)
{
    char keys[TEXT];
    espbak_nvs *nvs = NULL;
    if (reader->size % SECTOR != 0 || reader->size > NVS_MAX)
        return ESPBAK_OK;
    if (espbak_nvs_open(&nvs, reader, 0, reader->size, NULL, NULL, err) != ESPBAK_OK)
        return err->status;
    const espbak_nvs_summary *found = espbak_nvs_summarise(nvs);
    *alone = found->recognised && found->written > 0 && found->page_states[ESPBAK_NVS_PAGE_INVALID] == 0;
    snprintf(keys, sizeof(keys), found->encrypted ? "encrypted" : "%zu keys", found->items);
    if (*alone)
        boot_tell(report, BOOT_NVS_ALONE, keys);
    espbak_nvs_free(nvs);
    return ESPBAK_OK;
}

static espbak_status try_data(const espbak_image_reader *reader, espbak_boot_report *report, bool *alone,
                              espbak_error *err)
{
    const char *volume = NULL;
    espbak_status status = try_table(reader, report, alone, err);
    if (status == ESPBAK_OK && !*alone)
        status = try_otadata(reader, report, alone, err);
    if (status == ESPBAK_OK && !*alone)
        status = try_nvs(reader, report, alone, err);
    if (status != ESPBAK_OK || *alone)
        return status;
    status = volume_find(reader, 0, reader->size, &volume, err);
    *alone = volume != NULL;
    if (*alone)
        boot_tell(report, BOOT_FILES_ALONE, volume);
    return status;
}

espbak_status espbak_boot_examine_alone(const espbak_image_reader *reader, const espbak_chip *chip,
                                        espbak_boot_report *report, bool *alone, espbak_error *err)
{
    *report = (espbak_boot_report){.selected_slot = ESPBAK_SLOT_NONE};
    *alone = false;
    bool found = false;
    espbak_status status = try_image(reader, chip, report, &found, alone, err);
    if (status == ESPBAK_OK && !found)
        status = try_data(reader, report, alone, err);
    if (status != ESPBAK_OK || !*alone)
        espbak_boot_report_free(report);
    return status;
}
