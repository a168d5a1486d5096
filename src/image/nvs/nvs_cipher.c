/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted NVS: each entry is a data unit of XTS-AES, whose number is its offset in the partition. Headers of pages
   and the states of their entries are plain. */
#include <string.h>

#include "base/bytes.h"
#include "base/cipher/xts.h"
#include "image/crc32.h"
#include "image/nvs/nvs_parts.h"

_Static_assert((int)XTS_KEY_SIZE == (int)ESPBAK_NVS_KEY_SIZE, "a key is taken as it is");

espbak_status espbak_nvs_key_take(espbak_nvs_key *out, const uint8_t *bytes, size_t size, espbak_error *err)
{
    *out = (espbak_nvs_key){.bytes = {0}};
    if (size < ESPBAK_NVS_KEY_STORED)
        return espbak_fail(err, ESPBAK_E_FILE, "%zu bytes are no key of NVS, which has %d with its checksum", size,
                           ESPBAK_NVS_KEY_STORED);
    if (bytes_are_all(bytes, ESPBAK_NVS_KEY_STORED, 0xFF))
        return espbak_fail(err, ESPBAK_E_FILE, "there is no key of NVS: it is erased");
    if (crc32_esp(bytes, ESPBAK_NVS_KEY_SIZE) != bytes_get_le32(bytes + ESPBAK_NVS_KEY_SIZE))
        return espbak_fail(err, ESPBAK_E_FILE,
                           "this is no key of NVS, since its checksum is wrong, or it is encrypted with the flash");
    memcpy(out->bytes, bytes, sizeof(out->bytes));
    return ESPBAK_OK;
}

static bool is_encrypted(uint64_t at)
{
    return at % ESPBAK_NVS_PAGE_SIZE >= NVS_ENTRIES_AT;
}

/* Bytes of one entry, or of what is as long in a header. Erased flash is no ciphertext. */
static espbak_status read_unit(const espbak_nvs *nvs, uint64_t at, uint8_t unit[NVS_ENTRY_SIZE], espbak_error *err)
{
    const espbak_status status = nvs->under.read(nvs->under.ctx, nvs->start + at, unit, NVS_ENTRY_SIZE, err);
    if (status != ESPBAK_OK || !is_encrypted(at) || bytes_are_all(unit, NVS_ENTRY_SIZE, 0xFF))
        return status;
    return xts_decrypt(nvs->cipher, at, unit, NVS_ENTRY_SIZE, err);
}

static espbak_status read_decrypted(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const espbak_nvs *nvs = ctx;
    uint8_t unit[NVS_ENTRY_SIZE] = {0}, *out = buffer;
    espbak_status status = ESPBAK_OK;
    for (size_t done = 0; done < size && status == ESPBAK_OK;) {
        const uint64_t at = offset - nvs->start + done;
        const size_t skip = (size_t)(at % NVS_ENTRY_SIZE);
        const size_t part = (size_t)bytes_min64(NVS_ENTRY_SIZE - skip, size - done);
        status = read_unit(nvs, at - skip, unit, err);
        memcpy(out + done, unit + skip, part);
        done += part;
    }
    return status;
}

espbak_status nvs_cipher_begin(espbak_nvs *nvs, uint64_t offset, const espbak_nvs_key *key, espbak_error *err)
{
    nvs->start = offset;
    nvs->under = nvs->reader;
    nvs->reader = (espbak_image_reader){.read = read_decrypted, .ctx = nvs, .size = nvs->under.size};
    return xts_new(&nvs->cipher, key->bytes, err);
}

void nvs_cipher_end(espbak_nvs *nvs)
{
    xts_free(nvs->cipher);
    nvs->cipher = NULL;
}
