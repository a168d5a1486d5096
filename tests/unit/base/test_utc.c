/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utc.h"
#include "support/group.h"

static void time_has_its_forms(void **state)
{
    (void)state;
    char rfc3339[32];
    char compact[32];
    utc_now(rfc3339, compact);
    assert_int_equal(strlen(rfc3339), 20);
    assert_int_equal(rfc3339[10], 'T');
    assert_int_equal(rfc3339[19], 'Z');
    assert_int_equal(strlen(compact), 15);
    assert_memory_equal(rfc3339, compact, 4);
}

TEST_GROUP(utc)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_has_its_forms),
    };
    return RUN_GROUP(tests);
}
