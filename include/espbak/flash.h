/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_FLASH_H
#define ESPBAK_FLASH_H

/*
 * Flash contents over a session. Offsets and sizes are bytes; a range that leaves the flash or that
 * the loader cannot address is refused before anything is sent. Where options are taken, NULL stands for all zero.
 *
 * What was read comes through a callback, which writes it to a file, for instance:
 *
 * @code
 * static espbak_status keep(void *file, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
 * {
 *     if (fwrite(data, 1, size, file) != size)
 *         return espbak_fail(err, ESPBAK_E_FILE, "0x%llx cannot be kept", (unsigned long long)offset);
 *     return ESPBAK_OK;
 * }
 * @endcode
 *
 * In a session, the bytes from 0x9000 to 0xD000, and the proof of a second look:
 *
 * @code
 * uint8_t md5[16];
 * espbak_status status = espbak_flash_read(session, 0x9000, 0x4000, NULL, keep, file, &err);
 * if (status == ESPBAK_OK)
 *     status = espbak_flash_md5(session, 0x9000, 0x4000, md5, &err);
 * if (status != ESPBAK_OK)
 *     fprintf(stderr, "%s\n", err.message);
 * @endcode
 */

#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/error.h"
#include "espbak/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Receives what was read, in order, each byte once and only after the chip's MD5 or our own loader's CRC-32 agreed. */
typedef espbak_status (*espbak_flash_sink)(void *user, uint64_t offset, const uint8_t *data, size_t size,
                                           espbak_error *err);

/** Supplies `size` bytes of flash contents for `offset`; may be asked again for the same range. */
typedef espbak_status (*espbak_flash_source)(void *user, uint64_t offset, uint8_t *data, size_t size,
                                             espbak_error *err);

typedef struct espbak_flash_read_options {
    uint32_t chunk_size;  /**< bytes between two digests; 0 for as many as about 50 round trips take */
    uint32_t packet_size; /**< stub packets, at most 4096; 0 for 4096 */
    bool plain;           /**< wait for every packet, one request at a time */
    bool may_restart;     /**< the chip may be started anew in mid-run where nothing else helps; its application may
                               have run then, so what was read before has to be compared again: stats.repairs.restarts tells
                           */
    uint64_t progress_base, progress_total; /**< added to what is reported; total 0 for this range alone */
    const char *phase;                      /**< progress phase, NULL for "reading" */
    bool open_end;                          /**< more may follow: no total is reported */
} espbak_flash_read_options;

/**
 * Read a range in bounded memory. Of a chunk whose digest is wrong the damaged sectors are read again,
 * in ever smaller pieces; rising errors lower the rate, and a place that keeps failing is tried by
 * another loader (see docs/reliability.md). Errors: ESPBAK_E_USAGE (range), ESPBAK_E_UNSUPPORTED (no way to read on
 * this loader), ESPBAK_E_LINK, ESPBAK_E_DEVICE, ESPBAK_E_CANCELLED, and whatever the sink returns.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_read(espbak_session *session, uint64_t offset, uint64_t size,
                                                           const espbak_flash_read_options *options,
                                                           espbak_flash_sink sink, void *user, espbak_error *err);

/** The chip's own MD5 of a range. Long ranges are fine: the deadline scales with the size. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_md5(espbak_session *session, uint64_t offset, uint64_t size,
                                                          uint8_t md5[16], espbak_error *err);

/**
 * Names the next range to hash; *more = false where there is none, or none before the results that are
 * still out are known. Asked for up to sixteen ranges ahead of their results.
 */
typedef espbak_status (*espbak_flash_md5_next)(void *user, uint64_t *offset, uint64_t *size, bool *more,
                                               espbak_error *err);

/** Receives the results in the order in which the ranges were named. */
typedef espbak_status (*espbak_flash_md5_take)(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16],
                                               espbak_error *err);

/**
 * The chip's MD5s of many ranges, none of them empty, with one request queued behind the one that
 * runs. A result is handed out when it is certain to belong to its range; where an answer is missing
 * everything since the last certain moment is asked for again, one by one. Ends when `next` has no
 * more and nothing is out. Errors as of espbak_flash_md5, and whatever the callbacks return.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_md5_many(espbak_session *session, espbak_flash_md5_next next,
                                                               espbak_flash_md5_take take, void *user,
                                                               espbak_error *err);

/** As espbak_flash_md5_take; the kind may be another one each time. */
typedef espbak_status (*espbak_flash_digest_take)(void *user, uint64_t offset, uint64_t size,
                                                  const espbak_flash_digest *digest, espbak_error *err);

/**
 * As espbak_flash_md5_many, for callers that compute what they expect when the digest is there: each is of the kind
 * that the loader makes fastest, which need not be the same to the end.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_digest_many(espbak_session *session, espbak_flash_md5_next next,
                                                                  espbak_flash_digest_take take, void *user,
                                                                  espbak_error *err);

/** What the line and the chip do in a second. */
typedef struct espbak_flash_rates {
    uint64_t read;          /**< bytes a second that the line carries at the most */
    uint64_t hash;          /**< bytes a second that the chip hashes; an assumption until measured */
    bool hash_measured;     /**< by what many digests took in this session */
    espbak_time round_trip; /**< shortest time from a request to its answer, microseconds; 0: not known */
} espbak_flash_rates;
ESPBAK_API espbak_flash_rates espbak_flash_get_rates(const espbak_session *session);

/** True when this session's loader can read (hash) flash at all; the reason goes to `err` when not. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_can_read(const espbak_session *session, espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_can_hash(const espbak_session *session, espbak_error *err);

typedef struct espbak_flash_write_options {
    bool compress_off; /**< send plain blocks even where deflate would pay */
    uint64_t progress_base, progress_total;
    const char *phase; /**< NULL for "writing" */
} espbak_flash_write_options;

/**
 * Erase and write a range, byte for byte: nothing is patched. `offset` must be sector-aligned;
 * a size that does not end on a sector erases its last sector whole, the rest of it becomes 0xFF.
 * Does not verify; use espbak_flash_md5. Once the first erase may have happened, errors carry
 * flash_changed.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_write(espbak_session *session, uint64_t offset, uint64_t size,
                                                            const espbak_flash_write_options *options,
                                                            espbak_flash_source source, void *user, espbak_error *err);

/** Erase whole sectors, through whatever command the loader has. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_flash_erase(espbak_session *session, uint64_t offset, uint64_t size,
                                                            espbak_error *err);

/*
 * Reading flash without moving what is known: blocks that the chip's digest proves to be erased, and
 * blocks that it proves to be what an earlier copy (the base) holds. First a plan is made by hashing,
 * where hashing is cheaper than reading; then the range is read as it says. What comes out is byte
 * for byte what a full read gives.
 */

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
