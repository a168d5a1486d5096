/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_NVS_KEY_H
#define OPS_NVS_KEY_H

/* NVS opened with the key that fits, where it is encrypted: that of a file, or one that the flash itself holds. */

#include "espbak/contents.h"
#include "espbak/nvs.h"

/* A flash, and where keys for it may be. */
typedef struct nvs_place {
    const espbak_image_reader *reader;
    const espbak_partition_table *table; /* its partitions nvs_keys are tried; NULL: there is none */
    const char *keys;                    /* a file, which is used instead; NULL for none */
} nvs_place;

/*
 * As espbak_nvs_open. Keys in the flash that do not fit are no error, since it stays encrypted then; a file with one
 * that does not is ESPBAK_E_FILE. `used` gets the key that fits, all zero where none was needed or none fits; it may be
 * NULL.
 */
ESPBAK_MUST_USE espbak_status nvs_key_open(espbak_nvs **out, const nvs_place *place, uint64_t offset, uint64_t size,
                                           espbak_nvs_key *used, espbak_findings *findings, espbak_error *err);

/* Whether the keys and values can be read. */
bool nvs_key_is_readable(const espbak_nvs *nvs);

#endif
