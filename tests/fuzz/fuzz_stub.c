/* SPDX-License-Identifier: Apache-2.0 */
/* Stub images from anybody: refused, or of a size that fits the chip's RAM. */
#include "device/loader/stub/image.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const chip_range ram[CHIP_RAM_RANGES] = {{0x3FC88000, 0x3FC98000}, {0x40370000, 0x40380000}};
    stub_image image = {0};
    espbak_error err = {0};
    const espbak_status status = stub_image_parse(&image, (const char *)data, size, ram, &err);
    FUZZ_CHECK(status == ESPBAK_OK || (image.text.bytes == NULL && err.message[0] != '\0'));
    if (status == ESPBAK_OK) {
        const stub_segment *segments[] = {&image.text, &image.data};
        for (size_t i = 0; i < 2; i++) {
            const uint64_t start = segments[i]->address, end = start + segments[i]->size;
            const bool fits =
                (start >= ram[0].start && end <= ram[0].end) || (start >= ram[1].start && end <= ram[1].end);
            FUZZ_CHECK(segments[i]->size == 0 || fits);
        }
        stub_image_free(&image);
    }
    return 0;
}
