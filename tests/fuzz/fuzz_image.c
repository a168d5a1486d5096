/* SPDX-License-Identifier: Apache-2.0 */
/* Flash contents from anywhere, as an image header and as a partition table. */
#include <string.h>

#include "base/bytes.h"
#include "espbak/image.h"
#include "fuzz.h"

typedef struct contents {
    const uint8_t *bytes;
    size_t size;
} contents;

static espbak_status read_contents(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const contents *c = ctx;
    (void)err;
    FUZZ_CHECK(bytes_range_within(offset, size, c->size));
    memcpy(buffer, c->bytes + offset, size);
    return ESPBAK_OK;
}

static void try_header(const espbak_image_reader *reader)
{
    espbak_error err = {0};
    espbak_image_header header;
    bool found = false;
    FUZZ_CHECK(espbak_image_header_read(reader, 0, &header, &found, &err) == ESPBAK_OK);
    if (found)
        FUZZ_CHECK(header.segment_count > 0 && header.segment_count <= 16);
}

static void try_table(const espbak_image_reader *reader)
{
    espbak_error err = {0};
    espbak_partition_table table;
    const espbak_status status = espbak_partition_table_read(reader, 0, &table, &err);
    FUZZ_CHECK(status == ESPBAK_OK || (status == ESPBAK_E_FILE && err.message[0] != '\0' && table.count == 0));
    FUZZ_CHECK(table.count <= ESPBAK_PARTITIONS_MAX);
    for (size_t i = 0; i < table.count; i++) {
        const espbak_partition *entry = &table.entries[i];
        char text[ESPBAK_PARTITION_TEXT_MAX];
        FUZZ_CHECK(bytes_range_within(entry->offset, entry->size, reader->size));
        FUZZ_CHECK(memchr(entry->label, '\0', sizeof(entry->label)) != NULL);
        espbak_partition_subtype_text(entry->type, entry->subtype, text);
        FUZZ_CHECK(text[0] != '\0' && memchr(text, '\0', sizeof(text)) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    contents c = {.bytes = data, .size = size};
    espbak_image_reader reader = {.read = read_contents, .ctx = &c, .size = size};
    try_header(&reader);
    try_table(&reader);

    /* The same bytes as the table of a flash of 16 MB, where partitions find room. */
    espbak_error err = {0};
    espbak_partition_table table;
    const espbak_status status = espbak_partition_table_parse(&table, data, size, 1 << 24, &err);
    for (size_t i = 0; status == ESPBAK_OK && i < table.count; i++)
        FUZZ_CHECK(bytes_range_within(table.entries[i].offset, table.entries[i].size, 1 << 24));
    return 0;
}
