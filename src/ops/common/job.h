/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_JOB_H
#define OPS_JOB_H

/* What the jobs share: timing, cancellation between steps, and what is told about ciphertext. */

#include "base/digest.h"
#include "device/visit/reconnect.h"
#include "espbak/flash.h"
#include "espbak/ops.h"

/* When the data began to move, by the transport's clock and by the computer's. */
typedef struct job_start {
    espbak_time line, computer;
} job_start;

job_start job_start_now(espbak_session *session);

/*
 * Fill what the session counted. The longer time of the two counts: a simulated chip without a
 * simulated line takes none by its own clock.
 */
void job_stats(espbak_job_stats *stats, espbak_session *session, job_start start, uint64_t bytes);

/* Add what the sessions before have counted. */
void job_add_ended(espbak_job_stats *stats, const reconnect *again);

/* ESPBAK_E_CANCELLED once the caller wants to stop; for loops that do not wait on the chip. */
ESPBAK_MUST_USE espbak_status job_check_cancel(const espbak_cancel *cancel, espbak_error *err);

/* True, with a warning, when what is read of this device is ciphertext. */
bool job_warn_ciphertext(const espbak_device_info *device, const espbak_events *events);

/* An espbak_backup_note_fn with the events as its user. */
void job_mention_stray(void *events, const char *name);

/* Both digests of a stream. Zero-initialised ones are valid to free. */
typedef struct job_digests {
    digest *sha256, *md5;
} job_digests;

ESPBAK_MUST_USE espbak_status job_digests_new(job_digests *d, espbak_error *err);
ESPBAK_MUST_USE espbak_status job_digests_update(job_digests *d, const void *bytes, size_t size, espbak_error *err);
ESPBAK_MUST_USE espbak_status job_digests_finish(job_digests *d, uint8_t sha256[32], uint8_t md5[16],
                                                 espbak_error *err);
void job_digests_free(job_digests *d);

/* MD5 of the bytes that `source` has for a range. */
ESPBAK_MUST_USE espbak_status job_md5(espbak_flash_source source, void *user, uint64_t offset, uint64_t size,
                                      uint8_t md5[16], espbak_error *err);

/*
 * The second look at a range that was just read: its blocks are no multiples of any chunk size, so
 * that a mistake in one chunk's address cannot hide behind its own digest. Returns where
 * the block that starts at `at` ends.
 */
uint64_t job_second_look_end(uint64_t at, uint64_t end);

#endif
