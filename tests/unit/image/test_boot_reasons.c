/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/verdict/boot_reasons.h"
#include "image/verdict/boot_version.h"
#include "support/group.h"

enum { DOCUMENT_MAX = 64 * 1024 };

/* docs/images.md has a row for each reason, and no other. */
static void every_reason_is_documented(void **state)
{
    (void)state;
    char *text = calloc(1, DOCUMENT_MAX);
    FILE *file = fopen(ESPBAK_SOURCE_DIR "/docs/images.md", "rb");
    assert_non_null(text);
    assert_non_null(file);
    assert_true(fread(text, 1, DOCUMENT_MAX - 1, file) > 0);
    fclose(file);
    size_t rows = 0;
    for (const char *at = text; (at = strstr(at, "\n| `")) != NULL; at++)
        rows++;
    assert_int_equal(rows, BOOT_CAUSES);
    for (int i = 0; i < BOOT_CAUSES; i++) {
        char row[80];
        const boot_reason *reason = boot_reason_of((boot_cause)i);
        assert_non_null(reason->name);
        snprintf(row, sizeof(row), "\n| `%s` | ", reason->name);
        if (strstr(text, row) == NULL)
            fail_msg("docs/images.md does not explain %s", reason->name);
    }
    free(text);
}

static void versions_are_read(void **state)
{
    (void)state;
    assert_int_equal(boot_version_parse("v5.4.1"), 50401);
    assert_int_equal(boot_version_parse("v5.5"), 50500);
    assert_int_equal(boot_version_parse("v6.1-beta1"), 60100);
    assert_int_equal(boot_version_parse("v6.1-dev-3-gabc"), 60099);
    assert_int_equal(boot_version_parse("v4.4-dev-2313-gc69f0ec32"), 40399);
    assert_int_equal(boot_version_parse("esp-idf: v5.1"), 0);
    assert_int_equal(boot_version_parse(""), 0);
}

/* A habit that was brought to older branches is in their later releases only. */
static void habits_follow_branches(void **state)
{
    (void)state;
    assert_int_equal(boot_version_has(50106, BOOT_READS_BLOCK_REVISIONS), ESPBAK_NO);
    assert_int_equal(boot_version_has(50107, BOOT_READS_BLOCK_REVISIONS), ESPBAK_YES);
    assert_int_equal(boot_version_has(50202, BOOT_READS_BLOCK_REVISIONS), ESPBAK_NO);
    assert_int_equal(boot_version_has(50500, BOOT_READS_BLOCK_REVISIONS), ESPBAK_YES);
    assert_int_equal(boot_version_has(60002, BOOT_REFUSES_WRAPS), ESPBAK_NO);
    assert_int_equal(boot_version_has(60100, BOOT_REFUSES_WRAPS), ESPBAK_YES);
    assert_int_equal(boot_version_has(50000, BOOT_READS_FULL_REVISIONS), ESPBAK_NO);
    assert_int_equal(boot_version_has(0, BOOT_REFUSES_WRAPS), ESPBAK_UNKNOWN);
    /* Versions in development, as many boards have: before the first release that has it, and without later patches. */
    assert_int_equal(boot_version_has(40399, BOOT_READS_FULL_REVISIONS), ESPBAK_NO);
    assert_int_equal(boot_version_has(49999, BOOT_READS_FULL_REVISIONS), ESPBAK_NO);
    assert_int_equal(boot_version_has(50099, BOOT_READS_FULL_REVISIONS), ESPBAK_UNKNOWN);
    assert_int_equal(boot_version_has(50199, BOOT_READS_FULL_REVISIONS), ESPBAK_YES);
    assert_int_equal(boot_version_has(60099, BOOT_REFUSES_WRAPS), ESPBAK_UNKNOWN);
    assert_int_equal(boot_version_has(59999, BOOT_REFUSES_WRAPS), ESPBAK_NO);
}

TEST_GROUP(boot_reasons)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_is_documented),
        cmocka_unit_test(versions_are_read),
        cmocka_unit_test(habits_follow_branches),
    };
    return RUN_GROUP(tests);
}
