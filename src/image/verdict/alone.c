/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are an application, and nothing else. */
#include <stdio.h>

#include "base/bytes.h"
#include "image/verdict/boot_parts.h"

static espbak_status has_table(const espbak_image_reader *reader, bool *found, espbak_error *err)
{
    uint8_t row[ESPBAK_PARTITION_ROW_SIZE];
    *found = false;
    if (!bytes_range_within(ESPBAK_PARTITION_TABLE_OFFSET, sizeof(row), reader->size))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, ESPBAK_PARTITION_TABLE_OFFSET, row, sizeof(row), err);
    *found = status == ESPBAK_OK && espbak_partition_table_begins(row, sizeof(row));
    return status;
}

espbak_status espbak_boot_examine_alone(const espbak_image_reader *reader, espbak_boot_report *report, bool *alone,
                                        espbak_error *err)
{
    espbak_image_header header;
    bool table = false;
    char name[80];
    *report = (espbak_boot_report){.selected_slot = ESPBAK_SLOT_NONE};
    espbak_image *image = &report->bootloader;
    espbak_status status = espbak_image_header_read(reader, 0, &header, alone, err);
    if (status == ESPBAK_OK && *alone)
        status = has_table(reader, &table, err);
    if (status != ESPBAK_OK || !*alone || table) {
        *alone = false;
        return status;
    }
    status = espbak_image_examine(reader, 0, reader->size, ESPBAK_IMAGE_CONTENTS, image, alone, &report->findings, err);
    *alone = *alone && image->app_described;
    if (status != ESPBAK_OK || !*alone) {
        espbak_boot_report_free(report);
        return status;
    }
    snprintf(name, sizeof(name), "%s %s", image->app.project, image->app.version);
    boot_tell(report, BOOT_APPLICATION_ALONE, name, espbak_image_sound(image) ? "sound" : "damaged");
    return ESPBAK_OK;
}
