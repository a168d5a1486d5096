/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "device/loader/own.h"
#include "device/loader/stub.h"
#include "device/visit/rate.h"
#include "device/visit/reconnect.h"
#include "device/visit/visit.h"
#include "espbak/flash.h"
#include "ops/capture/stats.h"
#include "ops/selftest.h"

enum {
    FIRST_RANGE = 64 * 1024,
    OTHER_RANGES = 32 * 1024,
    RANGES_SIZE = FIRST_RANGE + 2 * OTHER_RANGES,
    DIGEST_TRIES = 3
};
/* Every loader reaches that far. */
#define RANGES_END (UINT64_C(16) * 1024 * 1024)

/* Bootloader and partition table, something from the middle, and the end. */
static size_t choose_ranges(uint64_t flash, espbak_range ranges[ESPBAK_SELFTEST_RANGES])
{
    const uint64_t end = bytes_min64(flash, RANGES_END);
    const uint64_t middle = end / 2 / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
    ranges[0] = (espbak_range){0, bytes_min64(end, FIRST_RANGE)};
    ranges[1] = (espbak_range){middle, OTHER_RANGES};
    ranges[2] = (espbak_range){end - bytes_min64(end, OTHER_RANGES), OTHER_RANGES};
    return end < FIRST_RANGE + 3 * OTHER_RANGES ? 1 : ESPBAK_SELFTEST_RANGES;
}

typedef struct summing {
    digest *sum;
    bool leaves_out; /* the sector that is written and erased meanwhile */
    uint64_t sector;
    uint8_t *kept; /* all that was read, RANGES_SIZE at most */
    size_t kept_size;
} summing;

static espbak_status add_to_digest(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    summing *s = user;
    const uint64_t end = offset + size;
    if (size > RANGES_SIZE - s->kept_size)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "more than was asked for");
    memcpy(s->kept + s->kept_size, data, size);
    s->kept_size += size;
    if (!s->leaves_out || end <= s->sector || offset >= s->sector + ESPBAK_FLASH_SECTOR)
        return digest_update(s->sum, data, size, err);
    espbak_status status = ESPBAK_OK;
    if (offset < s->sector)
        status = digest_update(s->sum, data, (size_t)(s->sector - offset), err);
    const uint64_t behind = s->sector + ESPBAK_FLASH_SECTOR;
    if (status == ESPBAK_OK && behind < end)
        status = digest_update(s->sum, data + (behind - offset), (size_t)(end - behind), err);
    return status;
}

static espbak_status read_ranges(espbak_session *session, summing *sums, espbak_selftest_row *row, espbak_error *err)
{
    espbak_range ranges[ESPBAK_SELFTEST_RANGES];
    const size_t count = choose_ranges(espbak_session_device(session)->flash.size, ranges);
    uint64_t total = 0, done = 0;
    for (size_t i = 0; i < count; i++)
        total += ranges[i].size;
    const stats_start start = stats_begin(session);
    for (size_t i = 0; i < count; i++) {
        const espbak_flash_read_options how = {.progress_base = done, .progress_total = total};
        if (espbak_flash_read(session, ranges[i].offset, ranges[i].size, &how, add_to_digest, sums, err) != ESPBAK_OK)
            return err->status;
        done += ranges[i].size;
    }
    row->seconds = stats_seconds(session, start);
    row->bytes = done;
    return digest_finish(sums->sum, row->sha256, err);
}

/* ---- the chip's digests of the same ranges ---- */

typedef struct asking {
    espbak_selftest_row *row;
    espbak_range ranges[ESPBAK_SELFTEST_RANGES];
    size_t count, named;
    const uint8_t *kept; /* what was read of the range that is judged next */
} asking;

static espbak_status name_range(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    asking *a = user;
    (void)err;
    *more = a->named < a->count;
    if (*more) {
        *offset = a->ranges[a->named].offset;
        *size = a->ranges[a->named++].size;
    }
    return ESPBAK_OK;
}

static espbak_status digest_kept(const uint8_t *bytes, size_t size, espbak_flash_digest *out, espbak_error *err)
{
    digest *sum = NULL;
    espbak_status status = digest_new(&sum, (digest_kind)out->kind, err);
    if (status == ESPBAK_OK)
        status = digest_update(sum, bytes, size, err);
    if (status == ESPBAK_OK)
        status = digest_finish_short(sum, out, err);
    digest_free(sum);
    return status;
}

static espbak_status judge_digest(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                  espbak_error *err)
{
    asking *a = user;
    const bool sha = found->kind == ESPBAK_DIGEST_SHA256;
    espbak_flash_digest expected = {.kind = found->kind};
    if (digest_kept(a->kept, (size_t)size, &expected, err) != ESPBAK_OK)
        return err->status;
    a->kept += size;
    a->row->digest = sha ? "sha256" : "md5";
    if (memcmp(expected.bytes, found->bytes, sizeof(expected.bytes)) == 0)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_DIFFERS, "its %s of 0x%llX to 0x%llX is not that of what it read there",
                       sha ? "SHA-256" : "MD5", (unsigned long long)offset, (unsigned long long)(offset + size));
}

/*
 * Where the loader can hash: with what it hashes fastest, an accelerator of the chip on some. The answers of others
 * than our own have no checksum, so one that is wrong alone is the line's.
 */
static espbak_status ask_digests(espbak_session *session, const summing *sums, espbak_selftest_row *row,
                                 espbak_error *err)
{
    espbak_error none = {0};
    if (espbak_flash_can_hash(session, &none) != ESPBAK_OK)
        return ESPBAK_OK;
    espbak_status status = ESPBAK_E_DIFFERS;
    for (unsigned tries = 0; tries < DIGEST_TRIES && status == ESPBAK_E_DIFFERS; tries++) {
        asking a = {.row = row, .kept = sums->kept};
        a.count = choose_ranges(espbak_session_device(session)->flash.size, a.ranges);
        row->retries += tries > 0;
        espbak_error_clear(err);
        status = espbak_flash_digest_many(session, name_range, judge_digest, &a, err);
    }
    return status;
}

static const espbak_selftest_row *first_read(const espbak_selftest_result *result)
{
    for (size_t i = 0; i < ESPBAK_SELFTEST_LOADERS; i++) {
        if (result->reads[i].state == ESPBAK_SELFTEST_OK)
            return &result->reads[i];
    }
    return NULL;
}

static espbak_status compare_with_first(const espbak_selftest_result *result, const espbak_selftest_row *row,
                                        espbak_error *err)
{
    const espbak_selftest_row *first = first_read(result);
    if (first == NULL || memcmp(first->sha256, row->sha256, sizeof(row->sha256)) == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_DIFFERS, "it gives other bytes than %s", espbak_loader_phrase(first->loader));
    return ESPBAK_E_DIFFERS;
}

espbak_status selftest_read(selftest *test, espbak_session *session, espbak_selftest_row *row, espbak_error *err)
{
    summing sums = {.leaves_out = test->options->scratch, .sector = test->options->scratch_offset};
    espbak_status status = espbak_flash_can_read(session, err);
    if (status == ESPBAK_OK)
        status = digest_new(&sums.sum, DIGEST_SHA256, err);
    sums.kept = malloc(RANGES_SIZE);
    if (status == ESPBAK_OK && sums.kept == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = read_ranges(session, &sums, row, err);
    if (status == ESPBAK_OK) {
        test->result->size = row->bytes;
        status = compare_with_first(test->result, row, err);
    }
    if (status == ESPBAK_OK)
        status = ask_digests(session, &sums, row, err);
    digest_free(sums.sum);
    free(sums.kept);
    return status;
}

/* ---- one visit ---- */

static bool is_wanted(const espbak_session *session, espbak_loader wanted)
{
    const espbak_loader found = espbak_session_device(session)->link.loader;
    return found == wanted || (wanted == ESPBAK_LOADER_STUB_CURRENT && found == ESPBAK_LOADER_STUB_LEGACY);
}

/* Another loader runs than was asked for; what was told last says why, and that the session goes on with it. */
static espbak_status tell_other_loader(selftest *test, espbak_session *session, espbak_loader wanted, espbak_error *err)
{
    const char *none = wanted == ESPBAK_LOADER_OWN ? own_why_none(session) : NULL;
    const bool missing = none != NULL || (wanted != ESPBAK_LOADER_OWN && !stub_is_possible(session));
    char *const goes_on = strstr(test->last, ": going on with ");
    if (goes_on != NULL)
        *goes_on = '\0';
    return espbak_fail(err, missing ? ESPBAK_E_UNSUPPORTED : ESPBAK_E_DEVICE, "%s", none != NULL ? none : test->last);
}

static espbak_status work(selftest *test, espbak_session *session, espbak_selftest_row *row, selftest_task *task,
                          espbak_error *err)
{
    const espbak_loader wanted = row->loader;
    if (!is_wanted(session, wanted))
        return tell_other_loader(test, session, wanted, err);
    row->loader = espbak_session_device(session)->link.loader;
    espbak_status status = task(test, session, row, err);
    if (status == ESPBAK_OK && !is_wanted(session, wanted))
        status = espbak_fail(err, ESPBAK_E_DEVICE, "it was given up: %s", test->last);
    row->used_baud = espbak_session_device(session)->link.baud;
    row->retries += espbak_session_get_stats(session).retries;
    return status;
}

static espbak_selftest_state state_of(espbak_status status)
{
    switch (status) {
    case ESPBAK_OK:
        return ESPBAK_SELFTEST_OK;
    case ESPBAK_E_UNSUPPORTED:
        return ESPBAK_SELFTEST_NONE;
    case ESPBAK_E_DIFFERS:
        return ESPBAK_SELFTEST_DIFFERS;
    default:
        return ESPBAK_SELFTEST_FAILED;
    }
}

/* Whether nothing more can be tried after this. */
static bool is_final(const selftest *test, espbak_status status, const espbak_error *err)
{
    return session_is_over(status) || status == ESPBAK_E_USAGE || status == ESPBAK_E_REFUSED ||
           (status != ESPBAK_OK && (test->result->device.chip == NULL || err->flash_changed));
}

espbak_status selftest_visit(selftest *test, espbak_selftest_row *row, bool writes, selftest_end end,
                             selftest_task *task, espbak_error *err)
{
    espbak_session_options options = test->options->session;
    espbak_session *session = NULL;
    options.transport = test->line;
    options.baud = row->baud;
    options.reads_only = !writes;
    options.no_stub = row->loader != ESPBAK_LOADER_STUB_CURRENT;
    options.own_loader = row->loader == ESPBAK_LOADER_OWN ? ESPBAK_OWN_LOADER_ON : ESPBAK_OWN_LOADER_OFF;
    options.events = &test->heard;
    test->last[0] = '\0';
    espbak_status status = reconnect_open(&session, &options, err);
    if (status == ESPBAK_OK) {
        if (test->result->device.chip == NULL) {
            test->result->device = *espbak_session_device(session);
            test->rate_count = rate_list(session, test->rates);
        }
        status = work(test, session, row, task, err);
        if (end == SELFTEST_STAY && !is_final(test, status, err))
            visit_stay(session);
    }
    espbak_session_close(session);
    row->state = state_of(status);
    if (status == ESPBAK_OK)
        return ESPBAK_OK;
    bytes_printable(row->why, sizeof(row->why), err->message, strlen(err->message));
    if (is_final(test, status, err))
        return status;
    espbak_error_clear(err);
    return ESPBAK_OK;
}
