/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_SPARSE_H
#define ESPBAK_SPARSE_H

/*
 * Reading flash without moving what is known: blocks that the chip's digest proves to be erased, and
 * blocks that it proves to be what an earlier copy (the base) holds. First a plan is made by hashing,
 * where hashing is cheaper than reading; then the range is read as it says. What comes out is byte
 * for byte what a full read gives.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/flash.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum espbak_sparse_origin {
    ESPBAK_SPARSE_LINE,   /**< read over the line */
    ESPBAK_SPARSE_ERASED, /**< known to be 0xFF */
    ESPBAK_SPARSE_BASE,   /**< known to be what the base holds */
} espbak_sparse_origin;

/** Where contents of one kind begin and end, a partition for instance; blocks do not cross its borders. */
typedef struct espbak_sparse_hint {
    uint64_t offset, size;
    bool unused; /**< probably erased: looked at in larger blocks */
} espbak_sparse_hint;

typedef struct espbak_sparse_options {
    bool full;    /**< hash nothing, read everything */
    bool alone;   /**< no second look follows: on a line that makes mistakes what was found is hashed once more */
    bool measure; /**< find what is erased also where that saves nothing, as with our own loader */
    const espbak_sparse_hint *hints;
    size_t hint_count;
    espbak_flash_source base; /**< an earlier copy; NULL for none */
    /** Whether the base has all of a range; NULL: it has everything. */
    bool (*base_has)(const void *base_user, uint64_t offset, uint64_t size);
    /** Whether a block with this digest stands anywhere else; from then on `base` gives it. NULL: nowhere. */
    bool (*find)(void *base_user, uint64_t offset, uint64_t size, const espbak_flash_digest *digest);
    void *base_user;
} espbak_sparse_options;

typedef struct espbak_sparse_summary {
    uint64_t offset;       /**< of the range */
    uint64_t size;         /**< of it; the sum of the next three */
    uint64_t line_bytes;   /**< to read over the line */
    uint64_t erased_bytes; /**< left out */
    uint64_t base_bytes;   /**< taken from the base */
    uint64_t hashed_bytes; /**< what the chip hashed to find out */
    unsigned hashes;
    double hash_seconds; /**< that this took */
    double line_seconds; /**< that reading will take at the line's rate; what compression saves is only guessed */
    double full_seconds; /**< that reading everything would have taken, nothing compressed */
} espbak_sparse_summary;

typedef struct espbak_sparse_plan espbak_sparse_plan;

/**
 * Find out what of a range need not be read. A loader that cannot hash, a chip that hashes slowly or a
 * flash without anything to find give a plan that reads everything. Options are borrowed until the
 * plan is freed. A base that cannot be read is left out with a warning. Errors as of
 * espbak_flash_read and espbak_flash_md5; *out is NULL then.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_sparse_plan_make(espbak_sparse_plan **out, espbak_session *session,
                                                                 uint64_t offset, uint64_t size,
                                                                 const espbak_sparse_options *options,
                                                                 espbak_error *err);
ESPBAK_API void espbak_sparse_plan_free(espbak_sparse_plan *plan);
ESPBAK_API espbak_sparse_summary espbak_sparse_plan_summary(const espbak_sparse_plan *plan);

/** Where the bytes from `at` on come from, and how many of them in *size. `at` is within the plan's range. */
ESPBAK_API espbak_sparse_origin espbak_sparse_plan_origin(const espbak_sparse_plan *plan, uint64_t at, uint64_t *size);

/**
 * Read a part of the plan's range, in order, into the sink. Progress counts the bytes of the part that
 * come over the line; base and total of the options are for these. What a base no longer gives is read.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_sparse_read(espbak_session *session, const espbak_sparse_plan *plan,
                                                            uint64_t offset, uint64_t size,
                                                            const espbak_flash_read_options *options,
                                                            espbak_flash_sink sink, void *user, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
