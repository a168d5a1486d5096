/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small flash from anywhere: bootloader, table, otadata and applications judged together. The table
 * stands at 0x400, so that inputs stay small.
 */
#include "espbak/boot.h"

#include "reader.h"

static void try_chip(const espbak_image_reader *reader, uint16_t chip, uint64_t table, bool encrypted)
{
    espbak_boot_report report;
    espbak_error err = {0};
    const espbak_boot_question question = {
        .reader = *reader,
        .table_offset = table,
        .chip_id = chip,
        .chip_known = true,
        .esp8266_layouts = chip == ESPBAK_IMAGE_NO_CHIP_ID,
        .encrypted = encrypted,
        .secure_boot = reader->size % 2 == 1,
    };
    FUZZ_CHECK(espbak_boot_examine(&question, &report, &err) == ESPBAK_OK);
    check_findings(&report.findings);
    FUZZ_CHECK(report.reason[0] != '\0' && report.app_count <= ESPBAK_BOOT_APPS_MAX);
    const espbak_boot_app *active = espbak_boot_active(&report);
    if (report.verdict == ESPBAK_BOOT_YES && chip == ESPBAK_IMAGE_NO_CHIP_ID)
        FUZZ_CHECK(report.bootloader.whole);
    else if (report.verdict == ESPBAK_BOOT_YES)
        FUZZ_CHECK(active != NULL && active->bootable && report.table.bootable && report.bootloader.whole);
    if (encrypted && chip != ESPBAK_IMAGE_NO_CHIP_ID)
        FUZZ_CHECK(report.verdict == ESPBAK_BOOT_UNKNOWN);
    espbak_boot_report_free(&report);
}

static void try_alone(const espbak_image_reader *reader)
{
    espbak_boot_report report;
    espbak_error err = {0};
    bool alone = false;
    FUZZ_CHECK(espbak_boot_examine_alone(reader, NULL, &report, &alone, &err) == ESPBAK_OK);
    check_findings(&report.findings);
    FUZZ_CHECK(!alone || (report.reason[0] != '\0' && report.verdict == ESPBAK_BOOT_UNKNOWN));
    espbak_boot_report_free(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    contents c = {.bytes = data, .size = size};
    const espbak_image_reader reader = reader_of(&c);
    try_chip(&reader, 9, 0x400, false);
    try_chip(&reader, 9, ESPBAK_PARTITION_TABLE_ANYWHERE, false);
    try_chip(&reader, 9, 0x400, true);
    try_chip(&reader, ESPBAK_IMAGE_NO_CHIP_ID, 0x400, false);
    try_alone(&reader);
    return 0;
}
