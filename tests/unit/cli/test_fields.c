/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show/fields.h"
#include "support/group.h"

static const uint8_t bytes[3] = {0x01, 0xAB, 0xFF};

static const field rows[] = {
    {"Name", "name", TEXT("a \x1b b")},
    {NULL, "link.baud", NUMBER(UINT64_C(1) << 40)},
    {"Port", "link.port", TEXT("usb"), .line = "usb, fast"},
    {"Hash", "hash", HEX(bytes)},
    {"Whole", "whole", FLAG(true), .line = "yes"},
    {NULL, "boot", TRISTATE(ESPBAK_UNKNOWN)},
    {NULL, "security", TRISTATE(ESPBAK_NO)},
    {NULL, "ota", OBJECT},
    {"Gone", "gone", TEXT("x"), .absent = true},
    {"Empty", "empty", TEXT("")},
    {"Line", NULL, .line = "only for people"},
    {"Silent", "silent", NUMBER(7)},
};

static void people_get_lines(void **state)
{
    (void)state;
    char text[512] = "";
    FILE *stream = tmpfile();
    assert_non_null(stream);
    output out = {.stream = stream};
    fields_show(&out, rows, FIELD_COUNT(rows));
    rewind(stream);
    assert_true(fread(text, 1, sizeof(text) - 1, stream) > 0);
    assert_string_equal(text, "  Name         a ? b\n"
                              "  Port         usb, fast\n"
                              "  Hash         01abff\n"
                              "  Whole        yes\n"
                              "  Line         only for people\n");
    fclose(stream);
}

static void programs_get_values(void **state)
{
    (void)state;
    output out = {.json = true};
    fields_show(&out, rows, FIELD_COUNT(rows));
    char *text = cJSON_PrintUnformatted(output_root(&out));
    assert_string_equal(text, "{\"name\":\"a ? b\",\"link\":{\"baud\":1099511627776,\"port\":\"usb\"},"
                              "\"hash\":\"01abff\",\"whole\":true,\"boot\":null,\"security\":false,\"ota\":{},"
                              "\"empty\":\"\",\"silent\":7}");
    cJSON_free(text);
    cJSON_Delete(out.root);
}

static void a_list_has_one_object_for_each_item(void **state)
{
    (void)state;
    output out = {.json = true};
    cJSON *list = cJSON_AddArrayToObject(output_root(&out), "items");
    for (unsigned i = 0; i < 2; i++) {
        const field item[] = {{"", "at", NUMBER(i), .line = "not for programs"}};
        assert_non_null(fields_show_item(&out, list, item, FIELD_COUNT(item)));
    }
    assert_null(fields_item(NULL));
    fields_add(NULL, rows, FIELD_COUNT(rows));
    char *text = cJSON_PrintUnformatted(output_root(&out));
    assert_string_equal(text, "{\"items\":[{\"at\":0},{\"at\":1}]}");
    cJSON_free(text);
    cJSON_Delete(out.root);
}

TEST_GROUP(fields)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_get_lines),
        cmocka_unit_test(programs_get_values),
        cmocka_unit_test(a_list_has_one_object_for_each_item),
    };
    return RUN_GROUP(tests);
}
