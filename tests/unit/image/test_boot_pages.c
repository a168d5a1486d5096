/* SPDX-License-Identifier: Apache-2.0 */
/* Chips whose pages have several sizes: which one a bootloader of a version goes by. */
#include "support/group.h"
#include "support/image_fixture.h"

enum { FLASH = 0x40000, CHIP = 13, IRAM = 0x40380000, DRAM = 0x3FC00000, PAGE_BITS_AT = 32 + 180, VERSION_AT = 32 + 8 };

static const espbak_boot_memory memory = {
    .mapped = {{0x42000000, 0x43000000}, {0x3C000000, 0x3D000000}},
    .dram = {DRAM, DRAM + 0x10000},
    .iram = {IRAM, IRAM + 0x10000},
    .loader = {IRAM + 0x8000, IRAM + 0x10000},
    .pages_vary = true,
};

/* An application at 0x10000 fits pages of every size up to 64 KB, at 0x18000 up to 32 KB. */
static const struct {
    const char *bootloader;
    uint8_t bits;
    uint32_t slot;
    bool silent; /* without a description */
    const char *cause;
} cases[] = {
    {"v5.4.1", 15, 0x18000, false, "starts"}, {"v5.4.1", 16, 0x18000, false, "no-slot"},
    {"v5.4.1", 0, 0x18000, false, "no-slot"}, {"v5.2", 15, 0x18000, false, "no-slot"},
    {"v5.2", 16, 0x10000, false, "starts"},   {"v5.4.1", 17, 0x10000, false, "no-slot"},
    {"v6.2", 17, 0x10000, false, "starts"},   {"v5.4.1", 16, 0x10000, true, "no-slot"},
    {"v5.2", 16, 0x10000, true, "starts"},
};

static void pages_follow_the_version(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, FLASH);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        espbak_boot_report report;
        const fixture_row rows[] = {{"factory", 0, 0, cases[i].slot, 0x10000}};
        const espbak_boot_question q = {.reader = f.reader,
                                        .table_offset = ESPBAK_PARTITION_TABLE_ANYWHERE,
                                        .chip_id = CHIP,
                                        .chip_known = true,
                                        .revision_known = true,
                                        .memory = &memory};
        memset(f.bytes, 0xFF, FLASH);
        fixture_image(&f, 0, CHIP, FIXTURE_BOOTLOADER, NULL);
        bytes_put_le32(f.bytes + 24, DRAM);
        f.bytes[3] = 0x2F;
        memset(f.bytes + VERSION_AT, 0, 32);
        memcpy(f.bytes + VERSION_AT, cases[i].bootloader, strlen(cases[i].bootloader));
        fixture_seal(&f, 0, 0);
        fixture_table(&f, 0x8000, rows, 1);
        fixture_image(&f, cases[i].slot, CHIP, FIXTURE_APP, "1.0");
        f.bytes[cases[i].slot + PAGE_BITS_AT] = cases[i].bits;
        f.bytes[cases[i].slot + 32] ^= cases[i].silent ? 0xFF : 0;
        fixture_seal(&f, cases[i].slot, 0);
        assert_int_equal(espbak_boot_examine(&q, &report, NULL), ESPBAK_OK);
        if (strcmp(report.cause, cases[i].cause) != 0)
            fail_msg("%zu: %s, %s", i, report.cause, report.reason);
        espbak_boot_report_free(&report);
    }
    fixture_close(&f);
}

TEST_GROUP(boot_pages)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pages_follow_the_version)};
    return RUN_GROUP(tests);
}
