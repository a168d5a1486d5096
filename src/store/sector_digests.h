/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SECTOR_DIGESTS_H
#define STORE_SECTOR_DIGESTS_H

/*
 * What was checked is what is used: digests of a file's sectors, made of the very bytes that were checked as a whole.
 * Whatever is read of the file afterwards has to agree with them, because another program may write to it meanwhile.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/file.h"

typedef struct sector_digests sector_digests;

/** For a file of `size` bytes; they come by sector_digests_add, in order and in any portions. */
ESPBAK_MUST_USE espbak_status sector_digests_begin(sector_digests **out, uint64_t size, espbak_error *err);
ESPBAK_MUST_USE espbak_status sector_digests_add(sector_digests *s, const uint8_t *bytes, size_t size,
                                                 espbak_error *err);
/** NULL is allowed. */
void sector_digests_free(sector_digests *s);

/** Where the bytes come from: exactly `size` from `offset`. */
typedef espbak_status sector_source(void *from, uint64_t offset, void *bytes, size_t size, espbak_error *err);
/** That of a file, which is `from`. */
espbak_status sector_digests_file(void *from, uint64_t offset, void *bytes, size_t size, espbak_error *err);

/** Of all that there is. */
ESPBAK_MUST_USE espbak_status sector_digests_of(sector_digests **out, sector_source *source, void *from, uint64_t size,
                                                espbak_error *err);

/** ESPBAK_E_FILE where the bytes are not any more what was checked; `name` is what their file is called. */
ESPBAK_MUST_USE espbak_status sector_digests_read(const sector_digests *s, sector_source *source, void *from,
                                                  const char *name, uint64_t offset, uint8_t *bytes, size_t size,
                                                  espbak_error *err);

#endif
