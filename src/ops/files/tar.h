/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_TAR_H
#define OPS_TAR_H

/* A tar archive, written to a sink as it comes: POSIX.1-2001, pax headers where a name is too long or has letters. */

#include "espbak/files.h"

typedef struct tar {
    espbak_file_sink sink;
    void *user;
    uint64_t left;    /* of the present file */
    uint64_t padding; /* behind it */
} tar;

/* A file's header; entry->size bytes are to follow. Or a folder. */
ESPBAK_MUST_USE espbak_status tar_begin(tar *out, const espbak_file *entry, espbak_error *err);
ESPBAK_MUST_USE espbak_status tar_write(tar *out, const uint8_t *data, size_t size, espbak_error *err);
/* What is missing of the file becomes zeros. */
ESPBAK_MUST_USE espbak_status tar_end(tar *out, espbak_error *err);
/* The end of the archive. */
ESPBAK_MUST_USE espbak_status tar_finish(tar *out, espbak_error *err);

#endif
