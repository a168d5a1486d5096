/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_PLAIN_FILE_H
#define OPS_PLAIN_FILE_H

/* A destination for one region: a file that appears when it is whole, and its hash beside it. */

#include "base/file.h"
#include "ops/capture/destination.h"

/* Starts as {0}. */
typedef struct plain_file {
    const char *path; /* borrowed */
    bool overwrite;
    char *sum_path; /* PATH.sha256 */
    file *out;
    uint64_t size;      /* bytes that are in */
    digest_pair hashes; /* of what came */
    bool patched;       /* sectors of the file were replaced, so its hashes have to be made again */
} plain_file;

/* Make it, under a temporary name. ESPBAK_E_FILE where one of the two is there already, unless `overwrite`. */
ESPBAK_MUST_USE espbak_status plain_file_create(plain_file *f, const char *path, bool overwrite, espbak_error *err);

destination to_file(plain_file *f);

/* Hash what is in the file. */
ESPBAK_MUST_USE espbak_status plain_file_hash(plain_file *f, uint8_t sha256[32], uint8_t md5[16], espbak_error *err);

/* The file and its hash get their names. */
ESPBAK_MUST_USE espbak_status plain_file_keep(plain_file *f, const uint8_t sha256[32], espbak_error *err);

/* What has no name yet is removed. */
void plain_file_close(plain_file *f);

#endif
