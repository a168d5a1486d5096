/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_REDACTED_H
#define OPS_REDACTED_H

#include "espbak/reader.h"

/*
 * Whether a range holds what an export has redacted: each page of NVS says so, whatever it was packed in and whoever
 * has imported it since. *at is where the first one is. What cannot be read is not looked at.
 */
bool redacted_find(const espbak_image_reader *reader, uint64_t offset, uint64_t size, uint64_t *at);

#endif
