/* SPDX-License-Identifier: Apache-2.0 */
#include "support/manifest_fixture.h"

const espbak_region app_region = {
    .name = "ota_0",
    .type = "app",
    .subtype = "ota_0",
    .offset = 0x20000,
    .size = 0x10000,
    .file = "ota_0.bin",
    .sha256 = {1, 2, 0xff},
    .md5 = {3, 4, 0xfe},
};

espbak_manifest full_manifest(void)
{
    espbak_manifest manifest = {
        .created = "2026-11-22T10:15:00Z",
        .tool_name = "espbak",
        .tool_version = "0.1.0",
        .note = "caf\xc3\xa9 \"quoted\" \\ before the update",
        .state = ESPBAK_STATE_HOLES,
        .verify_method = "device-md5",
        .read_by = "own",
        .confirmed_by = "rom",
        .confirmed_alone = true,
        .chip = "esp32s3",
        .chip_description = "ESP32-S3 (QFN56)",
        .revision = 2,
        .revision_known = true,
        .features = "Wi-Fi, BT 5 (LE), Dual Core + ULP, 240MHz",
        .crystal_mhz = 40,
        .mac = {0xa0, 0xb1, 0xc2, 0xd3, 0xe4, 0xf5},
        .mac_known = true,
        .flash = {.size = 16777216,
                  .size_source = ESPBAK_SIZE_SFDP,
                  .size_proof = ESPBAK_PROOF_DOUBTED,
                  .sfdp_size = 16777216,
                  .repeats_at = 4194304,
                  .jedec_id = 0xc84018,
                  .manufacturer = "GigaDevice",
                  .unique_id_known = true,
                  .unique_id = {0xde, 0xad, 0, 1, 2, 3, 4, 0xff},
                  .unique_id_size = 8,
                  .status_known = true,
                  .status_registers = 0x600204,
                  .octal = true,
                  .voltage = "3.3V"},
        .security = {.flash_encryption = ESPBAK_YES,
                     .secure_boot = ESPBAK_NO,
                     .secure_boot_version = 2,
                     .secure_download = ESPBAK_NO,
                     .key_manager_flash = ESPBAK_YES,
                     .raw_known = true,
                     .raw_flags = 0xffffffff,
                     .flash_crypt_count = 7,
                     .key_purposes = {0, 1, 2, 3, 4, 5, 255},
                     .secure_version_known = true,
                     .secure_version = 16,
                     .boot_keys = {{true, {1, 2}}, {true, {3}}, {true, {[31] = 255}}}},
        .efuses = {.count = 2,
                   .blocks = {{.number = 0, .count = 2, .words = {0x80000000, 0x12}},
                              {.number = 10, .count = 9, .words = {[8] = 0xFFFFFFFF}}}},
        .link = {.port = "/dev/ttyUSB0",
                 .baud = 921600,
                 .native_usb = true,
                 .loader = ESPBAK_LOADER_STUB_LEGACY,
                 .stub_source = "built in"},
        .retries = 3,
        .repairs = {11, 12, 13, 14, 15},
        .reconnects = 2,
        .reread_bytes = 8192,
        .line_bytes = 4096,
        .erased_bytes = 12288,
        .base_bytes = 65536,
        .base = "esp32s3-before",
        .bytes_on_wire = 9007199254740991,
        .seconds = 187.25,
        .table = {.known = true, .offset = 0x8000, .md5_ok = ESPBAK_YES},
        .bootloader = {.idf = "v5.4.1", .compiled = "Jan  1 2026 12:00:00", .sha256_ok = ESPBAK_YES},
        .edited = {.from = "esp32s3-sold", .from_created = "2026-11-21T10:15:00Z"},
        .ota = {.active_slot = "ota_0", .seq_known = true, .seq = 5, .state = "valid"},
    };
    espbak_error err = {0};
    static const espbak_manifest_partition partitions[] = {
        {.name = "nvs",
         .type = "data",
         .subtype = "nvs",
         .offset = 0x9000,
         .size = 0x6000,
         .encrypted = true,
         .read_only = true},
        {.name = "ota_0", .type = "app", .subtype = "ota_0", .offset = 0x20000, .size = 0x10000},
    };
    static const espbak_manifest_app app = {.slot = "ota_0",
                                            .active = true,
                                            .project = "weather",
                                            .version = "1.2.3",
                                            .idf = "v5.4.1",
                                            .compiled = "Jan  1 2026 12:00:00",
                                            .sha256_ok = ESPBAK_NO};
    static const espbak_manifest_edit edit = {
        .partition = "nvs", .space = "wifi", .key = "password", .type = "string", .change = "changed"};
    assert_int_equal(espbak_manifest_add_edit(&manifest, &edit, &err), ESPBAK_OK);
    static const espbak_manifest_efuse efuse = {.name = "SPI_BOOT_CRYPT_CNT", .value = "7"};
    assert_int_equal(espbak_manifest_add_efuse(&manifest, &efuse, &err), ESPBAK_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(espbak_manifest_add_partition(&manifest, &partitions[i], &err), ESPBAK_OK);
    assert_int_equal(espbak_manifest_add_app(&manifest, &app, &err), ESPBAK_OK);
    espbak_hole holes[] = {{0x28000, 0x1000}, {0x21000, 0x1000}};
    espbak_region region = app_region;
    region.unreadable = holes;
    region.unreadable_count = 2;
    assert_int_equal(espbak_manifest_add_region(&manifest, &region, &err), ESPBAK_OK);
    espbak_region nvs = {.name = "nvs", .offset = 0x9000, .size = 0x6000, .file = "nvs.bin"};
    assert_int_equal(espbak_manifest_add_region(&manifest, &nvs, &err), ESPBAK_OK);
    return manifest;
}

char *format(const espbak_manifest *manifest)
{
    char *json = NULL;
    espbak_error err = {0};
    assert_int_equal(espbak_manifest_format(manifest, &json, &err), ESPBAK_OK);
    return json;
}
