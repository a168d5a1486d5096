/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "espbak/chip.h"
#include "firmware/images.h"
#include "support/group.h"

enum { CODE_MOST = 6144 };

static const char *const chips[] = {"esp8266", "esp32",   "esp32s2",  "esp32s3", "esp32c2", "esp32c3",
                                    "esp32c5", "esp32c6", "esp32c61", "esp32h2", "esp32p4"};

static void test_every_chip_with_a_public_map_has_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
        const loader_image *const image = loader_image_find(chips[i]);
        assert_non_null(image);
        assert_string_equal(image->chip, chips[i]);
        assert_non_null(espbak_chip_by_name(chips[i]));
    }
    assert_null(loader_image_find("esp32h4"));
    assert_null(loader_image_find(""));
}

static void test_images_can_be_loaded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
        const loader_image *const image = loader_image_find(chips[i]);
        assert_non_null(image);
        assert_in_range(image->text.size, sizeof(LOADER_IMAGE_MARK), CODE_MOST);
        assert_memory_equal(image->text.bytes, LOADER_IMAGE_MARK, sizeof(LOADER_IMAGE_MARK) - 1);
        assert_in_range(image->entry, image->text.address + sizeof(LOADER_IMAGE_MARK) - 1,
                        image->text.address + image->text.size - 1);
        const loader_segment *const segments[] = {&image->text, &image->data};
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(segments[k]->address % 4, 0); /* loaders write whole words */
            assert_int_equal(segments[k]->size % 4, 0);
        }
    }
}

TEST_GROUP(own_images)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_chip_with_a_public_map_has_one),
        cmocka_unit_test(test_images_can_be_loaded),
    };
    return RUN_GROUP(tests);
}
