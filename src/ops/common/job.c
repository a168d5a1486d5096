/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/common/job.h"

#include <stdlib.h>

#include "base/bytes.h"

job_start job_start_now(espbak_session *session)
{
    return (job_start){
        .line = espbak_clock_now(espbak_transport_clock(espbak_session_transport(session))),
        .computer = espbak_clock_now(espbak_clock_system()),
    };
}

void job_stats(espbak_job_stats *stats, espbak_session *session, job_start start, uint64_t bytes)
{
    const espbak_session_stats counted = espbak_session_get_stats(session);
    const job_start now = job_start_now(session);
    const espbak_time line = now.line - start.line, computer = now.computer - start.computer;
    stats->bytes = bytes;
    stats->bytes_on_wire = counted.tx_bytes + counted.rx_bytes;
    stats->retries = counted.retries;
    stats->compression = counted.compression;
    stats->loader = espbak_session_device(session)->link.loader;
    stats->repairs = counted.repairs;
    stats->seconds = (double)(line > computer ? line : computer) / ESPBAK_S;
}

void job_add_ended(espbak_job_stats *stats, const reconnect *again)
{
    espbak_session_stats sum = {
        .retries = stats->retries, .compression = stats->compression, .repairs = stats->repairs};
    reconnect_add_stats(&sum, &again->ended);
    stats->bytes_on_wire += sum.tx_bytes + sum.rx_bytes;
    stats->retries = sum.retries;
    stats->compression = sum.compression;
    stats->repairs = sum.repairs;
}

espbak_status job_check_cancel(const espbak_cancel *cancel, espbak_error *err)
{
    if (cancel != NULL && cancel->requested)
        return espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted");
    return ESPBAK_OK;
}

bool job_warn_ciphertext(const espbak_device_info *device, const espbak_events *events)
{
    if (device->security.flash_encryption != ESPBAK_YES)
        return false;
    espbak_log(events, ESPBAK_LOG_WARNING,
               "flash encryption is on: what is read is ciphertext, which only this very chip can use");
    return true;
}

void job_mention_stray(void *events, const char *name)
{
    espbak_log(events, ESPBAK_LOG_INFO, "%s is in the backup's folder, but does not belong to it", name);
}

espbak_status job_digests_new(job_digests *d, espbak_error *err)
{
    if (digest_new(&d->sha256, DIGEST_SHA256, err) != ESPBAK_OK)
        return err->status;
    return digest_new(&d->md5, DIGEST_MD5, err);
}

espbak_status job_digests_update(job_digests *d, const void *bytes, size_t size, espbak_error *err)
{
    if (digest_update(d->sha256, bytes, size, err) != ESPBAK_OK)
        return err->status;
    return digest_update(d->md5, bytes, size, err);
}

espbak_status job_digests_finish(job_digests *d, uint8_t sha256[32], uint8_t md5[16], espbak_error *err)
{
    if (digest_finish(d->sha256, sha256, err) != ESPBAK_OK)
        return err->status;
    return digest_finish(d->md5, md5, err);
}

void job_digests_free(job_digests *d)
{
    digest_free(d->sha256);
    digest_free(d->md5);
    *d = (job_digests){0};
}

espbak_status job_md5(espbak_flash_source source, void *user, uint64_t offset, uint64_t size, uint8_t md5[16],
                      espbak_error *err)
{
    enum { BUFFER_SIZE = 64 * 1024 };
    digest *hash = NULL;
    uint8_t *buffer = malloc(BUFFER_SIZE);
    espbak_status status =
        buffer != NULL ? digest_new(&hash, DIGEST_MD5, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    while (status == ESPBAK_OK && size > 0) {
        const size_t part = (size_t)bytes_min64(size, BUFFER_SIZE);
        status = source(user, offset, buffer, part, err);
        if (status == ESPBAK_OK)
            status = digest_update(hash, buffer, part, err);
        offset += part;
        size -= part;
    }
    if (status == ESPBAK_OK)
        status = digest_finish(hash, md5, err);
    digest_free(hash);
    free(buffer);
    return status;
}

uint64_t job_second_look_end(uint64_t at, uint64_t end)
{
    /* 251 sectors: a prime number of them, about 1 MB. */
    const uint64_t block = (uint64_t)251 * ESPBAK_FLASH_SECTOR;
    return at + bytes_min64(block, end - at);
}
