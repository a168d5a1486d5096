/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/loader/stub/image.h"
#include "device/loader/stub/source.h"
#include "support/group.h"

static const chip_range ram[CHIP_RAM_RANGES] = {{0x3FC80000, 0x3FCE0000}, {0x40380000, 0x40380100}};

static espbak_status parse(stub_image *image, const char *json, espbak_error *err)
{
    return stub_image_parse(image, json, strlen(json), ram, err);
}

static void test_good_image(void **state)
{
    (void)state;
    stub_image image;
    espbak_error err = {0};
    const char *const json = "{\"entry\": 1077411842, \"text\": \"AQIDBAU=\", \"text_start\": 1077411840,"
                             "\"data\": \"/+8=\", \"data_start\": 1070071808, \"bss_start\": 1070071808,"
                             "\"plugin_table_offset\": 156}";
    assert_int_equal(parse(&image, json, &err), ESPBAK_OK);
    assert_int_equal(image.entry, 0x40380002);
    assert_int_equal(image.text.address, 0x40380000);
    assert_int_equal(image.text.size, 5);
    assert_memory_equal(image.text.bytes, "\x01\x02\x03\x04\x05", 5);
    assert_int_equal(image.data.size, 2);
    assert_memory_equal(image.data.bytes, "\xFF\xEF", 2);
    stub_image_free(&image);
    stub_image_free(&image);
}

static void test_no_data_is_fine(void **state)
{
    (void)state;
    stub_image image;
    espbak_error err = {0};
    assert_int_equal(parse(&image, "{\"entry\":1077411840,\"text\":\"AQID\",\"text_start\":1077411840}", &err),
                     ESPBAK_OK);
    assert_int_equal(image.data.size, 0);
    stub_image_free(&image);
}

#define TEXT  "\"text\":\"AQIDBAUG\",\"text_start\":1077411840"
#define ENTRY "\"entry\":1077411840"

static void test_hostile_images(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "null",
        "{",
        "{" TEXT "}",
        "{" ENTRY "}",
        "{" ENTRY ",\"text\":5,\"text_start\":1077411840}",
        "{" ENTRY ",\"text\":\"AQIDBAUG\"}",
        "{" ENTRY ",\"text\":\"\",\"text_start\":1077411840}",
        "{" ENTRY ",\"text\":\"AQI\",\"text_start\":1077411840}",
        "{" ENTRY ",\"text\":\"AQ=D\",\"text_start\":1077411840}",
        "{" ENTRY ",\"text\":\"A===\",\"text_start\":1077411840}",
        "{" ENTRY ",\"text\":\"AQ==AQID\",\"text_start\":1077411840}",
        "{" ENTRY ",\"text\":\"AQ*D\",\"text_start\":1077411840}",
        /* numbers that are no addresses */
        "{\"entry\":\"1077411840\"," TEXT "}",
        "{\"entry\":-1," TEXT "}",
        "{\"entry\":4294967296," TEXT "}",
        "{\"entry\":1e300," TEXT "}",
        "{\"entry\":1077411840.5," TEXT "}",
        /* outside memory, before it, across its end, around the end of the address space */
        "{\"entry\":0,\"text\":\"AQID\",\"text_start\":0}",
        "{\"entry\":1077411839,\"text\":\"AQID\",\"text_start\":1077411839}",
        "{\"entry\":1077412094,\"text\":\"AQID\",\"text_start\":1077412094}",
        "{\"entry\":4294967294,\"text\":\"AQID\",\"text_start\":4294967294}",
        /* entry outside the code */
        "{\"entry\":1077411846," TEXT "}",
        "{\"entry\":1077411839," TEXT "}",
        /* data outside, and over the code */
        "{" ENTRY "," TEXT ",\"data\":\"AQID\",\"data_start\":16}",
        "{" ENTRY "," TEXT ",\"data\":\"AQID\",\"data_start\":1077411845}",
        "{" ENTRY "," TEXT ",\"data\":\"AQID\"}",
        "{" ENTRY "," TEXT ",\"data\":null,\"data_start\":1070071808}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        stub_image image;
        espbak_error err = {0};
        assert_int_equal(parse(&image, bad[i], &err), ESPBAK_E_FILE);
        assert_true(err.message[0] != '\0');
        assert_null(image.text.bytes);
        assert_null(image.data.bytes);
    }
}

static void test_huge_file(void **state)
{
    (void)state;
    stub_image image;
    espbak_error err = {0};
    const size_t size = STUB_FILE_MAX + 1;
    char *const json = malloc(size);
    assert_non_null(json);
    memset(json, ' ', size);
    assert_int_equal(stub_image_parse(&image, json, size, ram, &err), ESPBAK_E_FILE);
    free(json);
}

static void write_text(const char *path, const char *text)
{
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *path)
{
    espbak_error err = {0};
    bool existed = false;
    assert_int_equal(file_make_folder(path, &existed, &err), ESPBAK_OK);
}

static void test_sources(void **state)
{
    (void)state;
    espbak_error err = {0};
    static stub_candidates found;
    make_folder("stub_test");
    make_folder("stub_test/1");
    make_folder("stub_test/2");
    write_text("stub_test/1/nochip.json", "{}");
    write_text("stub_test/2/nochip.json", "{}");
    write_text("stub_test/flat.json", "{}");
    assert_int_equal(stub_find(&found, "nochip", "stub_test", &err), ESPBAK_OK);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.list[0].path, "stub_test/2/nochip.json");
    assert_true(found.list[0].chosen);
    assert_string_equal(found.list[1].path, "stub_test/1/nochip.json");
    assert_int_equal(stub_find(&found, "flat", "stub_test", &err), ESPBAK_OK);
    assert_string_equal(found.list[0].path, "stub_test/flat.json");
    assert_int_equal(stub_find(&found, "other", "stub_test/flat.json", &err), ESPBAK_OK);
    assert_string_equal(found.list[0].path, "stub_test/flat.json");
    assert_int_equal(stub_find(&found, "other", "stub_test", &err), ESPBAK_E_FILE);
    assert_non_null(strstr(err.message, "other.json"));
    assert_true(err.hint[0] != '\0');
    assert_int_equal(stub_find(&found, "other", "stub_test/none", &err), ESPBAK_E_FILE);
    assert_int_equal(stub_find(&found, "nochip", NULL, &err), ESPBAK_OK);
    assert_int_equal(found.count, 0);
}

static void test_embedded_rows(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < stub_embedded_count; i++) {
        const stub_embedded *const row = &stub_embedded_table[i];
        bool used = false;
        for (size_t k = 0; k < count; k++) {
            for (const char *const *name = chips[k]->stub_names; *name != NULL; name++) {
                stub_image image;
                espbak_error err = {0};
                if (strcmp(*name, row->name) != 0)
                    continue;
                used = true;
                assert_int_equal(
                    stub_image_parse(&image, (const char *)row->json, row->size, chips[k]->registers->ram, &err),
                    ESPBAK_OK);
                stub_image_free(&image);
            }
        }
        assert_true(used);
    }
}

TEST_GROUP(stub)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_image),     cmocka_unit_test(test_no_data_is_fine),
        cmocka_unit_test(test_hostile_images), cmocka_unit_test(test_huge_file),
        cmocka_unit_test(test_sources),        cmocka_unit_test(test_embedded_rows),
    };
    return RUN_GROUP(tests);
}
