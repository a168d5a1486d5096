/* SPDX-License-Identifier: Apache-2.0 */
/* UF2: its specification; Intel HEX: Intel's, records of ':', count, address, type, data, checksum; gzip: RFC 1952. */
#include "ops/content/container.h"

#include <string.h>

#include "base/bytes.h"

enum { LOOKED_AT = 32, HEX_HEAD = 9, UF2_FIRST = 0x0A324655, GZIP_MAGIC = 0x8B1F, GZIP_DEFLATE = 8 };
static const uint32_t uf2_second = 0x9E5D5157;

static bool is_hex_digit(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
}

static bool is_intel_hex(const uint8_t *bytes)
{
    for (size_t i = 1; i < HEX_HEAD; i++) {
        if (!is_hex_digit(bytes[i]))
            return false;
    }
    /* Types go from 00 to 05. */
    return bytes[0] == ':' && bytes[7] == '0' && bytes[8] <= '5';
}

/* What the bytes at the start of a file say that it is; NULL for anything else. */
static const char *kind_of(const uint8_t *bytes, const char **hint)
{
    *hint = "convert it first: what it holds may belong to several places, which it names itself";
    if (bytes_get_le32(bytes) == UF2_FIRST && bytes_get_le32(bytes + 4) == uf2_second)
        return "UF2";
    if (is_intel_hex(bytes))
        return "Intel HEX";
    *hint = "unpack it first: gzip -d";
    return bytes_get_le16(bytes) == GZIP_MAGIC && bytes[2] == GZIP_DEFLATE ? "gzip" : NULL;
}

espbak_status container_refuse(file *opened, const char *path, espbak_error *err)
{
    uint8_t bytes[LOOKED_AT];
    uint64_t size = 0;
    const char *hint;
    if (file_size(opened, &size, err) != ESPBAK_OK)
        return err->status;
    if (size < sizeof(bytes))
        return ESPBAK_OK;
    if (file_read_at(opened, 0, bytes, sizeof(bytes), err) != ESPBAK_OK)
        return err->status;
    const char *kind = kind_of(bytes, &hint);
    if (kind == NULL)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "%s is %s, and its bytes are not those of a flash", path, kind);
    espbak_error_hint(err, "%s", hint);
    return ESPBAK_E_FILE;
}
