/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, UF2 and Intel HEX from anywhere; what is taken can be read, the same each time and in any order. */
#include "image/container/container.h"

#include "reader.h"

enum { LIMIT = 1 << 16, READ = 4096 };

static void try_part(container *c, const container_part *part)
{
    uint8_t once[READ], again[READ];
    espbak_error err = {0};
    const size_t size = (size_t)bytes_min64(part->size, READ);
    FUZZ_CHECK(part->size > 0);
    FUZZ_CHECK(container_read(c, part->offset, once, size, &err) == ESPBAK_OK);
    FUZZ_CHECK(container_read(c, part->offset + part->size - size, again, size, &err) == ESPBAK_OK);
    FUZZ_CHECK(container_read(c, part->offset, again, size, &err) == ESPBAK_OK);
    FUZZ_CHECK(memcmp(once, again, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    contents input = {.bytes = data, .size = size};
    const espbak_image_reader reader = reader_of(&input);
    container c;
    espbak_error err = {0};
    const espbak_status status = container_open(&c, &reader, LIMIT, &err);
    FUZZ_CHECK(status == ESPBAK_OK || (status == ESPBAK_E_FILE && err.message[0] != '\0'));
    for (size_t i = 0; status == ESPBAK_OK && i < c.part_count; i++) {
        FUZZ_CHECK(i == 0 || c.parts[i].offset >= c.parts[i - 1].offset + c.parts[i - 1].size);
        try_part(&c, &c.parts[i]);
    }
    container_close(&c);
    return 0;
}
