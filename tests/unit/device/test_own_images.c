/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "espbak/chip.h"
#include "firmware/images.h"
#include "support/group.h"

enum { CODE_MOST = 6144 };

static void test_images_are_for_their_chips(void **state)
{
    (void)state;
    size_t count = 0, found = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        const loader_image *const image = loader_image_find(chips[i]->name);
        if (image == NULL) {
            assert_false(chips[i]->own_loader_proven);
            continue;
        }
        assert_string_equal(image->chip, chips[i]->name);
        found++;
    }
    assert_true(found > 0);
    assert_null(loader_image_find(""));
}

static void test_images_can_be_loaded(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        const loader_image *const image = loader_image_find(chips[i]->name);
        if (image == NULL)
            continue;
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
        cmocka_unit_test(test_images_are_for_their_chips),
        cmocka_unit_test(test_images_can_be_loaded),
    };
    return RUN_GROUP(tests);
}
