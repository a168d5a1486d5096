/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/chip.h"
#include "espbak/partition.h"
#include "espbak/profile.h"
#include "support/group.h"

static void built_in_ones_are_sound(void **state)
{
    (void)state;
    espbak_profile *profiles = NULL;
    size_t count = 0;
    espbak_error err = {0};
    assert_int_equal(espbak_profiles_list(NULL, &profiles, &count, NULL, NULL, &err), ESPBAK_OK);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(espbak_chip_by_name(profiles[i].chip));
        assert_string_equal(profiles[i].origin, "built in");
        assert_true(profiles[i].part_count > 0);
        assert_true(i == 0 || strcmp(profiles[i - 1].name, profiles[i].name) < 0);
        for (size_t k = 0; k < profiles[i].part_count; k++) {
            uint8_t type, subtype;
            assert_true(espbak_partition_type_from_text(profiles[i].parts[k].type, &type));
            assert_true(espbak_partition_subtype_from_text(type, profiles[i].parts[k].subtype, &subtype));
        }
    }
    free(profiles);
}

TEST_GROUP(profiles_built_in)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_ones_are_sound),
    };
    return RUN_GROUP(tests);
}
