/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_READER_H
#define TESTS_FUZZ_READER_H

/* The input as a flash that is read through an espbak_image_reader, which must never be asked for more. */

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/reader.h"
#include "fuzz.h"

typedef struct contents {
    const uint8_t *bytes;
    size_t size;
} contents;

static inline espbak_status read_contents(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const contents *c = ctx;
    (void)err;
    FUZZ_CHECK(size > 0 && bytes_range_within(offset, size, c->size));
    memcpy(buffer, c->bytes + offset, size);
    return ESPBAK_OK;
}

static inline espbak_image_reader reader_of(contents *c)
{
    return (espbak_image_reader){.read = read_contents, .ctx = c, .size = c->size};
}

static inline void check_findings(const espbak_findings *findings)
{
    FUZZ_CHECK(findings->count <= ESPBAK_FINDINGS_MAX);
    for (size_t i = 0; i < findings->count; i++) {
        const char *text = findings->entries[i].text;
        FUZZ_CHECK(text[0] != '\0' && memchr(text, '\0', ESPBAK_FINDING_TEXT_MAX) != NULL);
        for (size_t k = 0; text[k] != '\0'; k++)
            FUZZ_CHECK((unsigned char)text[k] >= ' ');
    }
}

#endif
