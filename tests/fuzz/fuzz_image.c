/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from anywhere as an image: its header, the whole of it, and the layouts of an ESP8266. */
#include "espbak/boot.h"
#include "reader.h"

static void try_header(const espbak_image_reader *reader)
{
    espbak_error err = {0};
    espbak_image_header header;
    bool found = false;
    FUZZ_CHECK(espbak_image_header_read(reader, 0, &header, &found, &err) == ESPBAK_OK);
    if (found)
        FUZZ_CHECK(header.segment_count > 0 && header.segment_count <= 16);
}

static void try_image(const espbak_image_reader *reader, uint64_t offset, uint64_t limit)
{
    espbak_error err = {0};
    espbak_image image;
    espbak_findings findings = {.count = 0};
    bool found = false;
    FUZZ_CHECK(espbak_image_examine(reader, offset, limit, ESPBAK_IMAGE_CONTENTS, &image, &found, &findings, &err) ==
               ESPBAK_OK);
    check_findings(&findings);
    const uint64_t left = offset < reader->size ? reader->size - offset : 0;
    const uint64_t end = offset + bytes_min64(left, limit);
    FUZZ_CHECK(image.segment_count <= ESPBAK_IMAGE_SEGMENTS_MAX + 1);
    for (size_t i = 0; i < image.segment_count; i++)
        FUZZ_CHECK(bytes_range_within(image.segments[i].offset, image.segments[i].size, end));
    if (image.whole)
        FUZZ_CHECK(found && image.size > 0 && image.checked && bytes_range_within(offset, image.size, end));
    else
        FUZZ_CHECK(!espbak_image_sound(&image));
    espbak_findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    contents c = {.bytes = data, .size = size};
    const espbak_image_reader reader = reader_of(&c);
    espbak_error err = {0};
    espbak_esp8266_report report;
    try_header(&reader);
    try_image(&reader, 0, UINT64_MAX);
    try_image(&reader, 0, size / 2);
    try_image(&reader, size, 100);
    FUZZ_CHECK(espbak_esp8266_examine(&reader, ESPBAK_IMAGE_CONTENTS, &report, NULL, &err) == ESPBAK_OK);
    return 0;
}
