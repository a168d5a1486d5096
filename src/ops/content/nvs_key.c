/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/nvs_key.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/file.h"

enum { FILE_MAX = 64 * 1024 }; /* of a key: one of nvs_partition_gen has a page */

bool nvs_key_is_readable(const espbak_nvs *nvs)
{
    const espbak_nvs_summary *about = espbak_nvs_summarise(nvs);
    return about->recognised && (!about->encrypted || about->decrypted);
}

static espbak_status load_key(espbak_nvs_key *key, const char *path, espbak_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    if (file_load(path, FILE_MAX, &bytes, &size, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_nvs_key_take(key, (const uint8_t *)bytes, size, err);
    free(bytes);
    return status == ESPBAK_OK ? ESPBAK_OK : espbak_error_prefix(err, "%s", path);
}

static espbak_status open_by_file(espbak_nvs **out, const nvs_place *place, uint64_t offset, uint64_t size,
                                  espbak_nvs_key *key, espbak_findings *findings, espbak_error *err)
{
    if (load_key(key, place->keys, err) != ESPBAK_OK ||
        espbak_nvs_open(out, place->reader, offset, size, key, findings, err) != ESPBAK_OK)
        return err->status;
    const espbak_nvs_summary *about = espbak_nvs_summarise(*out);
    if (!about->recognised || !about->encrypted || about->decrypted)
        return ESPBAK_OK;
    espbak_nvs_free(*out);
    *out = NULL;
    espbak_fail(err, ESPBAK_E_FILE, "the key in %s does not fit this NVS", place->keys);
    espbak_error_hint(err, "each device has a key of its own: take that of this one");
    return ESPBAK_E_FILE;
}

static bool is_key(const nvs_place *place, const espbak_partition *entry)
{
    return entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS_KEYS && !entry->outside &&
           bytes_range_within(entry->offset, ESPBAK_NVS_KEY_STORED, place->reader->size);
}

/* What is encrypted with the flash, or not held, is no key, and so another may be one. */
static espbak_status take_from_flash(const nvs_place *place, const espbak_partition *entry, espbak_nvs_key *key,
                                     bool *found, espbak_error *err)
{
    uint8_t bytes[ESPBAK_NVS_KEY_STORED];
    if (place->reader->read(place->reader->ctx, entry->offset, bytes, sizeof(bytes), err) != ESPBAK_OK)
        return err->status;
    *found = espbak_nvs_key_take(key, bytes, sizeof(bytes), NULL) == ESPBAK_OK;
    return ESPBAK_OK;
}

/* *out is the NVS as it is without a key, or opened by the first that fits. */
static espbak_status try_keys(espbak_nvs **out, const nvs_place *place, uint64_t offset, uint64_t size,
                              espbak_nvs_key *key, espbak_findings *findings, espbak_error *err)
{
    for (size_t i = 0; place->table != NULL && i < place->table->count; i++) {
        bool found = false;
        if (!is_key(place, &place->table->entries[i]))
            continue;
        if (take_from_flash(place, &place->table->entries[i], key, &found, err) != ESPBAK_OK)
            return err->status;
        if (!found)
            continue;
        espbak_nvs_free(*out);
        *out = NULL;
        if (espbak_nvs_open(out, place->reader, offset, size, key, NULL, err) != ESPBAK_OK)
            return err->status;
        if (espbak_nvs_summarise(*out)->decrypted)
            return ESPBAK_OK;
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "the key in %s does not fit this NVS",
                            place->table->entries[i].label);
    }
    *key = (espbak_nvs_key){.bytes = {0}};
    return ESPBAK_OK;
}

espbak_status nvs_key_open(espbak_nvs **out, const nvs_place *place, uint64_t offset, uint64_t size,
                           espbak_nvs_key *used, espbak_findings *findings, espbak_error *err)
{
    espbak_nvs_key key = {.bytes = {0}};
    espbak_status status = ESPBAK_OK;
    if (place->keys != NULL)
        status = open_by_file(out, place, offset, size, &key, findings, err);
    else
        status = espbak_nvs_open(out, place->reader, offset, size, NULL, findings, err);
    if (status == ESPBAK_OK && place->keys == NULL && espbak_nvs_summarise(*out)->encrypted)
        status = try_keys(out, place, offset, size, &key, findings, err);
    if (used != NULL)
        *used = key;
    return status;
}
