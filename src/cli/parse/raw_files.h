/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RAW_FILES_H
#define CLI_RAW_FILES_H

/* OFFSET FILE [OFFSET FILE]… as write and verify take them. */

#include "cli/parse/opt.h"
#include "espbak/ops.h"

/* *files is allocated, free() it. */
ESPBAK_MUST_USE espbak_status raw_files_parse(const char *const *words, int word_count, espbak_raw_file **files,
                                              size_t *count, espbak_error *err);

/* Offsets and sizes go no further than 64 bits of flash could; what a device has is checked later. */
ESPBAK_MUST_USE espbak_status raw_files_number(const char *text, const char *what, uint64_t *value, espbak_error *err);

#endif
