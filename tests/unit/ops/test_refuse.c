/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "image/crc32.h"
#include "image/nvs/nvs_blank.h"
#include "ops/safety/refuse.h"
#include "support/backup_fixture.h"
#include "support/group.h"

/* A target that nothing speaks against: one raw sector for a plain ESP32-S3. */
typedef struct setting {
    espbak_device_info device;
    espbak_manifest manifest;
    piece_list pieces;
    refuse_target target;
} setting;

static void prepare(setting *s, fixture *fix, uint64_t offset, const char *bytes, size_t size)
{
    espbak_error err = {0};
    memset(s, 0, sizeof(*s));
    store(fix->folder, "piece", bytes, size);
    char *path = path_of(fix->folder, "piece");
    const espbak_raw_file files[] = {{offset, path, NULL}};
    assert_ok(piece_list_of_files(&s->pieces, files, 1, true, &err), &err);
    free(path);
    s->pieces.items[0].name = "piece";
    s->device = (espbak_device_info){
        .chip = espbak_chip_by_name("esp32s3"),
        .revision = 2,
        .revision_known = true,
        .mac = {1, 2, 3, 4, 5, 6},
        .mac_known = true,
        .flash = {.size = 65536, .status_known = true, .jedec_id = 0xEF4018},
        .security = {.flash_encryption = ESPBAK_NO, .secure_boot = ESPBAK_NO},
    };
    s->manifest = small_manifest();
    memcpy(s->manifest.mac, s->device.mac, sizeof(s->device.mac));
    s->manifest.security = s->device.security;
    s->target = (refuse_target){.device = &s->device, .pieces = &s->pieces, .manifest = &s->manifest};
}

static void expect(setting *s, const char *words)
{
    espbak_error err = {0};
    const espbak_status status = refuse_check(&s->target, &err);
    if (words == NULL) {
        assert_ok(status, &err);
        return;
    }
    assert_int_equal(status, ESPBAK_E_REFUSED);
    assert_says(&err, words);
    assert_says(&err, "--force");
    s->target.force = true;
    assert_ok(refuse_check(&s->target, &err), &err);
    s->target.force = false;
}

static void test_nothing_speaks_against_it(void **state)
{
    setting s;
    prepare(&s, *state, 0, "x", 1);
    expect(&s, NULL);
    s.target.manifest = NULL;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

static void test_another_chip_or_flash(void **state)
{
    setting s;
    prepare(&s, *state, 0, "x", 1);
    snprintf(s.manifest.chip, sizeof(s.manifest.chip), "esp32");
    expect(&s, "ESP32");
    snprintf(s.manifest.chip, sizeof(s.manifest.chip), "esp3000");
    expect(&s, "esp3000");
    s.manifest.chip[0] = '\0'; /* imported, chip not known */
    expect(&s, "does not tell");
    s.target.recognised = espbak_chip_by_name("esp32"); /* by an image in it */
    expect(&s, "ESP32");
    s.target.recognised = s.device.chip;
    expect(&s, "no bootloader");
    s.target.parts = true;
    expect(&s, NULL);
    s.target.parts = false;
    snprintf(s.manifest.chip, sizeof(s.manifest.chip), "esp32s3");
    s.manifest.flash.size = 32768;
    expect(&s, "32 KiB");
    s.device.flash.whole_size = 32768; /* of which --flash-size takes less */
    expect(&s, NULL);
    s.manifest.flash.size = 0;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

/* What lies before the place from where on the flash repeats itself can be written. */
static void test_a_flash_that_repeats(void **state)
{
    setting s;
    prepare(&s, *state, 0x1000, "xy", 2);
    s.device.flash.repeats_at = 0x1002;
    expect(&s, NULL);
    s.device.flash.repeats_at = 0x1001;
    expect(&s, "overwrite its beginning");
    s.target.parts = true;
    expect(&s, "overwrite its beginning");
    piece_list_free(&s.pieces);
}

static void test_encryption_states_must_agree(void **state)
{
    static const struct {
        espbak_tristate device, image;
        const char *words;
    } cases[] = {
        {ESPBAK_NO, ESPBAK_NO, NULL},
        {ESPBAK_NO, ESPBAK_UNKNOWN, NULL},
        {ESPBAK_UNKNOWN, ESPBAK_NO, NULL},
        {ESPBAK_UNKNOWN, ESPBAK_UNKNOWN, NULL},
        {ESPBAK_YES, ESPBAK_YES, NULL},
        {ESPBAK_YES, ESPBAK_NO, "plaintext"},
        {ESPBAK_YES, ESPBAK_UNKNOWN, "may be plaintext"},
        {ESPBAK_NO, ESPBAK_YES, "ciphertext"},
        {ESPBAK_UNKNOWN, ESPBAK_YES, "ciphertext"},
    };
    setting s;
    prepare(&s, *state, 0, "x", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s.device.security.flash_encryption = cases[i].device;
        s.manifest.security.flash_encryption = cases[i].image;
        expect(&s, cases[i].words);
    }
    espbak_boot_report *boot = calloc(1, sizeof(*boot));
    assert_non_null(boot);
    boot->verdict = ESPBAK_BOOT_UNKNOWN;
    boot->cause = "bootloader-looks-encrypted";
    s.target.boot = boot;
    s.device.security.flash_encryption = ESPBAK_NO;
    s.manifest.security.flash_encryption = ESPBAK_UNKNOWN;
    expect(&s, "ciphertext");
    s.target.boot = NULL;
    free(boot);
    s.target.manifest = NULL;
    s.device.security.flash_encryption = ESPBAK_YES;
    expect(&s, "files");
    piece_list_free(&s.pieces);
}

static void test_ciphertext_belongs_to_one_chip(void **state)
{
    setting s;
    prepare(&s, *state, 0, "x", 1);
    s.device.mac[5] = 7;
    expect(&s, NULL);
    s.device.security.flash_encryption = s.manifest.security.flash_encryption = ESPBAK_YES;
    expect(&s, "MAC");
    s.device.mac[5] = 6;
    expect(&s, NULL);
    s.manifest.mac_known = false;
    expect(&s, "cannot be compared");
    piece_list_free(&s.pieces);
}

static void test_secure_boot_and_key_manager(void **state)
{
    static const struct {
        uint64_t offset;
        unsigned secure_boot;
        bool key_manager;
        const char *words;
    } cases[] = {
        {0x8000, 1, false, NULL},
        {0x1000, 0, true, "0x2000"},
        {0x2000, 0, true, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setting s;
        prepare(&s, *state, cases[i].offset, "x", 1);
        s.device.security.secure_boot = cases[i].secure_boot > 0 ? ESPBAK_YES : ESPBAK_NO;
        s.device.security.secure_boot_version = cases[i].secure_boot;
        s.device.security.key_manager_flash = cases[i].key_manager ? ESPBAK_YES : ESPBAK_NO;
        expect(&s, cases[i].words);
        piece_list_free(&s.pieces);
    }
}

static void test_protections_must_agree(void **state)
{
    const espbak_security plain = {.flash_encryption = ESPBAK_NO, .secure_boot = ESPBAK_NO};
    const espbak_security v1 = {.flash_encryption = ESPBAK_NO, .secure_boot = ESPBAK_YES, .secure_boot_version = 1};
    const espbak_security v2 = {.flash_encryption = ESPBAK_NO, .secure_boot = ESPBAK_YES, .secure_boot_version = 2};
    const espbak_security open = {.flash_encryption = ESPBAK_YES, .flash_crypt_count = 1};
    const espbak_security closed = {.flash_encryption = ESPBAK_YES, .flash_crypt_count = 7};
    const espbak_security normal = {.flash_encryption = ESPBAK_NO, .secure_download = ESPBAK_NO};
    const espbak_security secure = {.flash_encryption = ESPBAK_NO, .secure_download = ESPBAK_YES};
    const espbak_security low = {.flash_encryption = ESPBAK_NO, .secure_version_known = true, .secure_version = 1};
    const espbak_security high = {.flash_encryption = ESPBAK_NO, .secure_version_known = true, .secure_version = 3};
    espbak_security one = v2, two = v2, other = v2;
    one.boot_keys[0] = two.boot_keys[0] = (espbak_boot_key){true, {1}};
    two.boot_keys[1] = other.boot_keys[0] = (espbak_boot_key){true, {2}};
    const espbak_security unknown = {.flash_encryption = ESPBAK_NO};
    const struct {
        uint64_t offset;
        const espbak_security *device, *image;
        const char *words;
    } cases[] = {
        {0x7000, &v1, &v1, "0x8000"},
        {0x0, &v2, &plain, "without secure boot"},
        {0x0, &v2, &unknown, "not known to be"},
        {0x0, &v2, &v2, NULL},
        {0x0, &v2, &v1, "another version"},
        {0x0, &plain, &v2, "turn it on here"},
        {0x0, &unknown, &v2, "turn it on here"},
        {0x0, &unknown, &plain, NULL},
        {0x9000, &v2, &plain, NULL}, /* what secure boot does not look at */
        {0x0, &open, &open, NULL},
        {0x0, &open, &closed, "mode of flash encryption"},
        {0x0, &two, &two, NULL},
        {0x0, &two, &one, NULL},
        {0x0, &one, &two, "does not take key 1"},
        {0x0, &one, &other, "does not take key 0"},
        {0x0, &one, &v2, NULL},
        {0x9000, &one, &other, NULL},
        {0x0, &low, &low, NULL},
        {0x0, &low, &high, "raise that for ever"},
        {0x0, &high, &low, "was 1 when"},
        {0x9000, &high, &low, NULL},
        {0x0, &high, &plain, NULL},
        {0x0, &normal, &normal, NULL},
        {0x0, &normal, &secure, "in Secure Download Mode"},
        {0x0, &normal, &unknown, NULL},
    };
    setting s;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        prepare(&s, *state, cases[i].offset, "x", 1);
        s.device.security = *cases[i].device;
        s.manifest.security = *cases[i].image;
        expect(&s, cases[i].words);
        piece_list_free(&s.pieces);
    }
    prepare(&s, *state, 0, "x", 1);
    s.device.security = s.manifest.security = v2;
    s.device.mac[5] ^= 1;
    expect(&s, "whose keys");
    s.device.security = s.manifest.security = one;
    expect(&s, NULL);
    s.target.manifest = NULL;
    expect(&s, "files are not known");
    piece_list_free(&s.pieces);
}

static void test_what_is_missing(void **state)
{
    setting s;
    prepare(&s, *state, 0, "x", 1);
    s.target.missing = "0x1000, a part of the bootloader";
    expect(&s, "a part of the bootloader");
    s.target.missing = NULL;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

/* A file over the bootloader that is there, or nothing. */
static void test_what_would_not_start(void **state)
{
    setting s;
    espbak_boot_report before = {.bootloader_found = true, .verdict = ESPBAK_BOOT_YES};
    espbak_boot_report after = {.verdict = ESPBAK_BOOT_NO, .cause = "no-slot", .reason = "it is damaged"};
    prepare(&s, *state, 0, "x", 1);
    s.target.manifest = NULL;
    expect(&s, NULL); /* nothing is known of the device */
    s.target.before = &before;
    expect(&s, "no bootloader");
    s.target.erase = true;
    expect(&s, "would be erased");
    s.target.all = true;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
    prepare(&s, *state, 0x1000, "x", 1);
    s.target.manifest = NULL;
    s.target.before = &before;
    s.target.after = &after;
    expect(&s, NULL); /* an application may come next */
    after.cause = "bootloader-checksum";
    expect(&s, "would not afterwards: it is damaged");
    before.verdict = ESPBAK_BOOT_NO;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

/* A slice of a flash begins with an application as well, but what it says of its size fits. */
static void test_an_application_over_its_neighbour(void **state)
{
    enum { SLOT = 0x1000, SEGMENT = 0x1800 };
    static char bytes[2 * SLOT] = {
        (char)0xE9, 1, 2, 0x4F, [8] = (char)0xEE, [12] = 9, [21] = (char)0xFF, [22] = (char)0xFF};
    espbak_partition rows[] = {
        {.type = ESPBAK_PARTITION_APP, .subtype = 0x10, .offset = SLOT, .size = SLOT, .label = "app0"},
        {.type = ESPBAK_PARTITION_APP, .subtype = 0x11, .offset = 2 * SLOT, .size = SLOT, .label = "app1"}};
    espbak_boot_report after = {
        .table_found = true, .table = {.entries = rows, .count = 2}, .verdict = ESPBAK_BOOT_YES};
    setting s;
    bytes_put_le32((uint8_t *)bytes + 24, 0x3C000020);
    bytes_put_le32((uint8_t *)bytes + 28, SEGMENT);
    prepare(&s, *state, SLOT, bytes, sizeof(bytes));
    s.target.manifest = NULL;
    s.target.after = &after;
    expect(&s, "it would be written over app1");
    after.table.count = 1;
    expect(&s, NULL);
    after.table.count = 2;
    piece_list_free(&s.pieces);
    bytes_put_le32((uint8_t *)bytes + 28, SLOT / 2);
    prepare(&s, *state, SLOT, bytes, sizeof(bytes));
    s.target.manifest = NULL;
    s.target.after = &after;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

static void test_block_protection(void **state)
{
    static const struct {
        uint32_t status, jedec;
        uint64_t size;
        bool refused;
    } cases[] = {
        {0x000000, 0xEF4018, 1 << 24, false}, {0x000200, 0xEF4018, 1 << 24, false},
        {0x000004, 0xEF4018, 1 << 24, true},  {0x000010, 0xEF4018, 1 << 24, true},
        {0x000020, 0xEF4018, 1 << 24, false}, {0x000020, 0xEF4019, 1 << 25, true},
        {0x004000, 0xEF4018, 1 << 24, true},  {0x004000, 0xC84018, 1 << 24, true},
        {0x004000, 0xC22018, 1 << 24, false}, {0x000083, 0x204018, 1 << 24, false},
    };
    setting s;
    prepare(&s, *state, 0, "x", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s.device.flash.status_registers = cases[i].status;
        s.device.flash.jedec_id = cases[i].jedec;
        s.device.flash.size = s.manifest.flash.size = cases[i].size;
        expect(&s, cases[i].refused ? "block protection" : NULL);
    }
    s.device.flash.status_known = false;
    s.device.flash.status_registers = 0x1C;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

/* An image header: magic, segments, mode, size; entry; pins; chip id; old minimum; minimum; maximum; rest. */
#define HEADER_MAX(id, min, max)                                                                                       \
    "\xE9\x03\x02\x2F\x00\x90\x3C\x40\xEE\x00\x00\x00" id "\x00" min max "\x00\x00\x00\x00\x01"
#define HEADER(id, min) HEADER_MAX(id, min, "\xFF\xFF")

static void test_images_for_other_chips(void **state)
{
    static const struct {
        uint64_t offset;
        const char *bytes;
        const char *words;
    } cases[] = {
        {0x0, HEADER("\x09\x00", "\x00\x00"), NULL},
        {0x0, HEADER("\x09\x00", "\x02\x00"), NULL},
        {0x0, HEADER("\x09\x00", "\x03\x00"), "v0.3"},
        {0x0, HEADER_MAX("\x09\x00", "\x00\x00", "\x02\x00"), NULL},
        {0x0, HEADER_MAX("\x09\x00", "\x00\x00", "\x01\x00"), "v0.1 or older"},
        {0x2000, HEADER("\x17\x00", "\x00\x00"), "ESP32-C5"}, /* where that one's bootloader stands */
        {0x0, HEADER("\x05\x00", "\x00\x00"), "ESP32-C3"},
        {0x0, HEADER("\x99\x99", "\x00\x00"), NULL}, /* data that happens to begin like an image */
        {0x4000, HEADER("\x05\x00", "\x00\x00"), "piece at 0x4000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setting s;
        prepare(&s, *state, cases[i].offset, cases[i].bytes, 24);
        expect(&s, cases[i].words);
        s.target.manifest = NULL;
        expect(&s, cases[i].words);
        piece_list_free(&s.pieces);
    }
}

static void test_what_would_not_boot(void **state)
{
    setting s;
    prepare(&s, *state, 0, "x", 1);
    espbak_boot_report *boot = calloc(1, sizeof(*boot));
    assert_non_null(boot);
    snprintf(boot->reason, sizeof(boot->reason), "there is no bootloader");
    s.target.boot = boot;
    boot->verdict = ESPBAK_BOOT_NO;
    expect(&s, NULL); /* the device's own backup */
    s.device.mac[0] ^= 1;
    expect(&s, "there is no bootloader");
    s.manifest.mac_known = false;
    expect(&s, "there is no bootloader");
    boot->verdict = ESPBAK_BOOT_UNKNOWN;
    expect(&s, NULL);
    free(boot);
    piece_list_free(&s.pieces);
}

/* Whatever it is packed in: the pages of NVS say so. */
static void test_what_was_redacted(void **state)
{
    uint8_t bytes[0x3000];
    setting s;
    memset(bytes, 0xFF, sizeof(bytes));
    bytes_put_le32(bytes + 0x2000, 0xFFFFFFFE); /* a page: active, the first one, of version 2 */
    bytes_put_le32(bytes + 0x2004, 0);
    bytes[0x2008] = 0xFE;
    bytes_put_le32(bytes + 0x2000 + 28, crc32_esp(bytes + 0x2004, 24));
    prepare(&s, *state, 0x1000, (const char *)bytes, sizeof(bytes));
    expect(&s, NULL);
    piece_list_free(&s.pieces);
    assert_int_equal(nvs_blank_page(bytes + 0x2000), 0);
    prepare(&s, *state, 0x1000, (const char *)bytes, sizeof(bytes));
    expect(&s, "redacted, from 0x3000 on");
    s.target.erase = true;
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

static void test_a_file_that_belongs_nowhere(void **state)
{
    setting s;
    prepare(&s, *state, 0x9000, "PK\3\4and more", 12);
    expect(&s, "piece is a ZIP archive, and would be written as it is");
    piece_list_free(&s.pieces);
    prepare(&s, *state, 0x9000, "PK and more", 11);
    expect(&s, NULL);
    piece_list_free(&s.pieces);
}

static void test_every_row_has_a_test_above(void **state)
{
    (void)state;
    size_t count;
    const refuse_row *rows = refuse_rows(&count);
    assert_int_equal(count, 22);
    for (size_t i = 0; i < count; i++)
        assert_true(rows[i].name[0] != '\0' && rows[i].applies != NULL);
}

TEST_GROUP(refuse)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_speaks_against_it, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_another_chip_or_flash, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_flash_that_repeats, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_encryption_states_must_agree, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_ciphertext_belongs_to_one_chip, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_secure_boot_and_key_manager, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_protections_must_agree, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_is_missing, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_would_not_start, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_an_application_over_its_neighbour, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_block_protection, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_images_for_other_chips, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_would_not_boot, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_was_redacted, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_file_that_belongs_nowhere, make_fixture, remove_fixture),
        cmocka_unit_test(test_every_row_has_a_test_above),
    };
    return RUN_GROUP(tests);
}
