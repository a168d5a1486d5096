/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

const char sums_file_name[] = "SHA256SUMS";
const char manifest_file_name[] = "manifest.json";

enum { HEX_SIZE = 64, GAP_SIZE = 2, LINE_MAX_SIZE = HEX_SIZE + GAP_SIZE + 64 + 1 };

static size_t put_line(char *out, const uint8_t sha256[32], const char *name)
{
    bytes_to_hex(out, sha256, 32);
    return HEX_SIZE + (size_t)snprintf(out + HEX_SIZE, LINE_MAX_SIZE - HEX_SIZE, "  %s\n", name);
}

char *sums_format(const espbak_manifest *manifest, const uint8_t manifest_sha256[32])
{
    char *text = malloc((manifest->region_count + 1) * LINE_MAX_SIZE + 1);
    if (text == NULL)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < manifest->region_count; i++)
        used += put_line(text + used, manifest->regions[i].sha256, manifest->regions[i].file);
    put_line(text + used, manifest_sha256, manifest_file_name);
    return text;
}

const sums_line *sums_find(const sums *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->lines[i].name, name) == 0)
            return &s->lines[i];
    }
    return NULL;
}

/* One line without its newline. A '*' before the name is what sha256sum --binary writes. */
static bool take_line(sums_line *line, const char *text, size_t size)
{
    char hex[HEX_SIZE + 1];
    if (size <= HEX_SIZE + GAP_SIZE || size - HEX_SIZE - GAP_SIZE >= sizeof(line->name))
        return false;
    memcpy(hex, text, HEX_SIZE);
    hex[HEX_SIZE] = '\0';
    if (!bytes_from_hex(line->sha256, sizeof(line->sha256), hex))
        return false;
    if (text[HEX_SIZE] != ' ' || (text[HEX_SIZE + 1] != ' ' && text[HEX_SIZE + 1] != '*'))
        return false;
    const size_t length = size - HEX_SIZE - GAP_SIZE;
    memcpy(line->name, text + HEX_SIZE + GAP_SIZE, length);
    line->name[length] = '\0';
    return strlen(line->name) == length;
}

espbak_status sums_parse(sums *out, const char *text, size_t size, espbak_error *err)
{
    out->count = 0;
    for (size_t at = 0, number = 1; at < size; number++) {
        const char *newline = memchr(text + at, '\n', size - at);
        const size_t length = newline == NULL ? size - at : (size_t)(newline - (text + at));
        sums_line line;
        if (out->count == SUMS_LINES_MAX || newline == NULL || !take_line(&line, text + at, length))
            return espbak_fail(err, ESPBAK_E_DIFFERS, "%s: line %zu is not a hash and a file name", sums_file_name,
                               number);
        if (sums_find(out, line.name) != NULL)
            return espbak_fail(err, ESPBAK_E_DIFFERS, "%s: line %zu names a file for the second time", sums_file_name,
                               number);
        out->lines[out->count++] = line;
        at += length + 1;
    }
    return ESPBAK_OK;
}
