/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/own_stream.h"
#include "device/transfer/sparse.h"

/* The digests that blocks are compared with, and how long reading and hashing take. */

enum { BUFFER_SIZE = 64 * 1024 };

static espbak_status erased_digest(espbak_sparse_plan *plan, uint64_t size, espbak_digest_kind kind,
                                   const uint8_t **bytes, espbak_error *err)
{
    for (size_t i = 0; i < SPARSE_KNOWN_SIZES; i++) {
        *bytes = plan->erased[i].digest.bytes;
        if (plan->erased[i].size == size && plan->erased[i].digest.kind == kind)
            return ESPBAK_OK;
    }
    sparse_erased *slot = &plan->erased[plan->erased_next];
    plan->erased_next = (plan->erased_next + 1) % SPARSE_KNOWN_SIZES;
    slot->size = size;
    slot->digest.kind = kind;
    *bytes = slot->digest.bytes;
    return digest_of_erased(size, &slot->digest, err);
}

static espbak_status base_digest(const espbak_sparse_plan *plan, uint64_t offset, uint64_t size,
                                 espbak_flash_digest *out, espbak_error *err)
{
    digest *hash = NULL;
    uint8_t *buffer = malloc(BUFFER_SIZE);
    espbak_status status = buffer != NULL ? digest_new(&hash, (digest_kind)out->kind, err)
                                          : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (uint64_t done = 0; status == ESPBAK_OK && done < size;) {
        const size_t part = (size_t)bytes_min64(size - done, BUFFER_SIZE);
        status = plan->options->base(plan->options->base_user, offset + done, buffer, part, err);
        if (status == ESPBAK_OK)
            status = digest_update(hash, buffer, part, err);
        done += part;
    }
    if (status == ESPBAK_OK)
        status = digest_finish_short(hash, out, err);
    digest_free(hash);
    free(buffer);
    return status;
}

static bool base_has(const espbak_sparse_plan *plan, uint64_t offset, uint64_t size)
{
    const espbak_sparse_options *options = plan->options;
    return options->base_has == NULL || options->base_has(options->base_user, offset, size);
}

bool sparse_may_be_held(const espbak_sparse_plan *plan, uint64_t offset, uint64_t size)
{
    return plan->base_at_hand && (plan->options->find != NULL || base_has(plan, offset, size));
}

static espbak_status compare_with_base(espbak_sparse_plan *plan, uint64_t offset, uint64_t size,
                                       const espbak_flash_digest *found, uint8_t *state, espbak_error *err)
{
    espbak_flash_digest held = {.kind = found->kind};
    const espbak_status status = base_digest(plan, offset, size, &held, err);
    if (status == ESPBAK_E_FILE) {
        espbak_log(plan->session->events, ESPBAK_LOG_WARNING, "%s: what it holds is read from the device instead",
                   err->message);
        plan->base_at_hand = false;
        espbak_error_clear(err);
        return ESPBAK_OK;
    }
    if (status == ESPBAK_OK && memcmp(held.bytes, found->bytes, sizeof(held.bytes)) == 0)
        *state = SECTOR_BASE;
    return status;
}

espbak_status sparse_recognise(espbak_sparse_plan *plan, uint64_t offset, uint64_t size,
                               const espbak_flash_digest *found, uint8_t *state, espbak_error *err)
{
    const espbak_sparse_options *options = plan->options;
    const uint8_t *blank = NULL;
    *state = SECTOR_DATA;
    if (erased_digest(plan, size, found->kind, &blank, err) != ESPBAK_OK)
        return err->status;
    if (memcmp(blank, found->bytes, sizeof(found->bytes)) == 0)
        *state = SECTOR_ERASED;
    if (*state == SECTOR_DATA && plan->base_at_hand && base_has(plan, offset, size) &&
        compare_with_base(plan, offset, size, found, state, err) != ESPBAK_OK)
        return err->status;
    if (*state == SECTOR_DATA && plan->base_at_hand && options->find != NULL &&
        options->find(options->base_user, offset, size, found))
        *state = SECTOR_BASE;
    return ESPBAK_OK;
}

uint64_t sparse_block_end(const espbak_sparse_plan *plan, uint64_t at, uint64_t step)
{
    const espbak_sparse_options *options = plan->options;
    uint64_t end = bytes_min64(at - at % step + step, plan->first + plan->sectors * (uint64_t)SPARSE_SECTOR);
    for (size_t i = 0; i < options->hint_count; i++) {
        const uint64_t borders[] = {options->hints[i].offset, options->hints[i].offset + options->hints[i].size};
        for (int k = 0; k < 2; k++) {
            if (borders[k] > at && borders[k] % SPARSE_SECTOR == 0)
                end = bytes_min64(end, borders[k]);
        }
    }
    return end;
}

bool sparse_is_unused(const espbak_sparse_plan *plan, uint64_t at)
{
    const espbak_sparse_options *options = plan->options;
    for (size_t i = 0; i < options->hint_count; i++) {
        const espbak_sparse_hint *hint = &options->hints[i];
        if (at >= hint->offset && at - hint->offset < hint->size)
            return hint->unused;
    }
    return false;
}

double sparse_read_time(const espbak_sparse_plan *plan, uint64_t bytes)
{
    if (!session_has_own_loader(plan->session))
        return sparse_raw_time(plan, bytes);
    const espbak_flash_rates rates = espbak_flash_get_rates(plan->session);
    const double used = (double)bytes * (1 - plan->blank_share);
    return used * own_stream_ratio(plan->session) / (double)rates.read * ESPBAK_S + (double)rates.round_trip;
}

double sparse_raw_time(const espbak_sparse_plan *plan, uint64_t bytes)
{
    /* Frames and escapes take 1 percent, of a ROM's short answers every sixth byte. */
    const double share = plan->session->info.link.loader != ESPBAK_LOADER_ROM ? 0.99 : 0.81;
    const espbak_flash_rates rates = espbak_flash_get_rates(plan->session);
    return (double)bytes / ((double)rates.read * share) * ESPBAK_S + 2.0 * (double)rates.round_trip;
}

double sparse_hash_time(const espbak_sparse_plan *plan, uint64_t bytes, uint64_t requests)
{
    enum { WIRE = 60 }; /* bytes of a request and its answer */
    const espbak_flash_rates rates = espbak_flash_get_rates(plan->session);
    const double hash = (double)bytes / (double)rates.hash * ESPBAK_S;
    /* Two requests share a round trip. */
    const double wait =
        (double)requests * ((double)rates.round_trip + WIRE * (double)ESPBAK_S / (double)rates.read) / 2;
    return hash > wait ? hash : wait;
}
