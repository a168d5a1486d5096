/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/reconnect.h"
#include "espbak/flash.h"
#include "ops/capture/stats.h"
#include "ops/content/device_contents.h"
#include "ops/safety/refuse.h"
#include "ops/selftest.h"

enum { DATA_UNDEFINED = 0x06 /* ESP-IDF: a data partition that is for nothing in particular */ };

typedef struct sector {
    uint8_t bytes[ESPBAK_FLASH_SECTOR];
} sector;

/* ---- what is in the sector ---- */

/* The same for the same place each time, so that what an interrupted test has left is known again. */
static void make_pattern(uint64_t offset, sector *out)
{
    uint32_t state = (uint32_t)offset ^ 0x7E57C0DE;
    for (size_t i = 0; i < sizeof(out->bytes); i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        out->bytes[i] = (uint8_t)(state >> 8);
    }
}

static bool is_blank(const sector *s)
{
    for (size_t i = 0; i < sizeof(s->bytes); i++) {
        if (s->bytes[i] != 0xFF)
            return false;
    }
    return true;
}

/* Erased, then the pattern was programmed, perhaps not to its end: no bit is 0 that is 1 in the pattern. */
static bool is_left_over(const sector *s, const sector *pattern)
{
    for (size_t i = 0; i < sizeof(s->bytes); i++) {
        if ((s->bytes[i] & pattern->bytes[i]) != pattern->bytes[i])
            return false;
    }
    return true;
}

static espbak_status take(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    memcpy(((sector *)user)->bytes + offset % ESPBAK_FLASH_SECTOR, data, size);
    return ESPBAK_OK;
}

static espbak_status give(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    (void)err;
    memcpy(data, ((const sector *)user)->bytes + offset % ESPBAK_FLASH_SECTOR, size);
    return ESPBAK_OK;
}

static espbak_status erase(espbak_session *session, uint64_t at, espbak_error *err)
{
    sector found;
    espbak_status status = espbak_flash_erase(session, at, sizeof(found.bytes), err);
    if (status == ESPBAK_OK)
        status = espbak_flash_read(session, at, sizeof(found.bytes), NULL, take, &found, err);
    if (status != ESPBAK_OK || is_blank(&found))
        return status;
    return espbak_fail(err, ESPBAK_E_DIFFERS, "the sector at 0x%llX is not blank after it was erased",
                       (unsigned long long)at);
}

/* ---- whether it may be used ---- */

static espbak_status pattern_piece(void *user, size_t region, uint64_t offset, uint8_t *data, size_t size,
                                   espbak_error *err)
{
    (void)region;
    return give(user, offset, data, size, err);
}

static espbak_status refuse_place(uint64_t at, const char *what, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_REFUSED, "0x%llX is no place to try writing: %s", (unsigned long long)at, what);
    espbak_error_hint(err, "take a sector that lies in no partition; --force overrides this");
    return ESPBAK_E_REFUSED;
}

/* What no partition has, behind the table, or a data partition that is for nothing in particular. */
static espbak_status check_place(const espbak_contents *contents, uint64_t at, espbak_error *err)
{
    const espbak_partition_table *table = &contents->boot.table;
    char what[64];
    if (!contents->boot.table_found)
        return refuse_place(at, "there is no partition table that tells what is kept there", err);
    if (at < table->offset + ESPBAK_FLASH_SECTOR)
        return refuse_place(at, "the bootloader and the partition table stand there", err);
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (at + ESPBAK_FLASH_SECTOR <= entry->offset || at >= (uint64_t)entry->offset + entry->size ||
            (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == DATA_UNDEFINED))
            continue;
        snprintf(what, sizeof(what), "it belongs to the partition %s", entry->label);
        return refuse_place(at, what, err);
    }
    return ESPBAK_OK;
}

espbak_status selftest_allow_scratch(selftest *test, espbak_session *session, espbak_error *err)
{
    const espbak_device_info *device = espbak_session_device(session);
    const espbak_table_source table = {0};
    const uint64_t at = test->options->scratch_offset;
    sector pattern;
    piece item = {
        .offset = at, .size = sizeof(pattern.bytes), .name = "the test", .read = pattern_piece, .user = &pattern};
    const piece_list pieces = {.items = &item, .count = 1, .capacity = 1, .bytes = sizeof(pattern.bytes)};
    const refuse_target target = {
        .device = device, .pieces = &pieces, .events = test->options->session.events, .force = test->options->force};
    if (!bytes_range_within(at, sizeof(pattern.bytes), device->flash.size))
        return espbak_fail(err, ESPBAK_E_USAGE, "there is no sector at 0x%llX: the flash ends at 0x%llX",
                           (unsigned long long)at, (unsigned long long)device->flash.size);
    make_pattern(at, &pattern);
    if (refuse_check(&target, err) != ESPBAK_OK)
        return err->status;
    espbak_contents contents = {0};
    espbak_status status = ESPBAK_OK;
    if (!test->options->force)
        status = device_contents_look(session, &table, NULL, &contents, err);
    if (status == ESPBAK_OK && !test->options->force)
        status = check_place(&contents, at, err);
    espbak_contents_free(&contents);
    test->scratch_allowed = status == ESPBAK_OK;
    return status;
}

/* ---- writing ---- */

static espbak_status check_blank(espbak_session *session, uint64_t at, const sector *pattern, bool *blank,
                                 espbak_error *err)
{
    sector found;
    if (espbak_flash_read(session, at, sizeof(found.bytes), NULL, take, &found, err) != ESPBAK_OK)
        return err->status;
    *blank = is_blank(&found);
    if (*blank || is_left_over(&found, pattern))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_REFUSED, "the sector at 0x%llX is not blank, so nothing is written there",
                (unsigned long long)at);
    espbak_error_hint(err, "choose another one; --force does not override this");
    return ESPBAK_E_REFUSED;
}

static espbak_status write_and_compare(espbak_session *session, uint64_t at, sector *pattern, espbak_error *err)
{
    sector found;
    espbak_status status = espbak_flash_write(session, at, sizeof(pattern->bytes), NULL, give, pattern, err);
    if (status != ESPBAK_OK)
        return status;
    status = espbak_flash_read(session, at, sizeof(found.bytes), NULL, take, &found, err);
    if (status == ESPBAK_OK && memcmp(&found, pattern, sizeof(found)) != 0)
        status =
            espbak_fail(err, ESPBAK_E_DIFFERS, "what was written at 0x%llX does not come back", (unsigned long long)at);
    err->flash_changed = err->flash_changed || status != ESPBAK_OK;
    return status;
}

/* Also after the user asked to stop. */
static espbak_status put_back(espbak_session *session, uint64_t at, espbak_error *err)
{
    espbak_error why = {0};
    if (!err->flash_changed)
        return err->status;
    espbak_transport_ignore_cancel(espbak_session_transport(session));
    if (erase(session, at, &why) == ESPBAK_OK)
        err->flash_changed = false;
    return err->status;
}

static espbak_status write_once(selftest *test, espbak_session *session, espbak_selftest_row *row, espbak_error *err)
{
    const uint64_t at = test->options->scratch_offset;
    sector pattern;
    bool blank = false;
    make_pattern(at, &pattern);
    espbak_status status = check_blank(session, at, &pattern, &blank, err);
    if (status == ESPBAK_OK && !blank) {
        espbak_log(test->options->session.events, ESPBAK_LOG_INFO,
                   "an earlier test was interrupted: the sector at 0x%llX is made blank", (unsigned long long)at);
        status = erase(session, at, err);
    }
    if (status != ESPBAK_OK)
        return status;
    const stats_start start = stats_begin(session);
    status = write_and_compare(session, at, &pattern, err);
    if (status == ESPBAK_OK) {
        status = erase(session, at, err);
        err->flash_changed = status != ESPBAK_OK;
    }
    row->seconds = stats_seconds(session, start);
    row->bytes = sizeof(pattern.bytes);
    return status == ESPBAK_OK ? status : put_back(session, at, err);
}

/* By whatever loader comes, after the one that was tried could not. */
static void mend(selftest *test, espbak_error *err)
{
    espbak_session_options options = test->options->session;
    espbak_session *session = NULL;
    espbak_error why = {0};
    options.transport = test->line;
    options.events = &test->heard;
    options.cancel = NULL;
    espbak_status status = reconnect_open(&session, &options, &why);
    if (status == ESPBAK_OK)
        status = erase(session, test->options->scratch_offset, &why);
    espbak_session_close(session);
    err->flash_changed = status != ESPBAK_OK;
    if (status != ESPBAK_OK)
        espbak_error_prefix(err, "the sector at 0x%llX could not be made blank again (%s)",
                            (unsigned long long)test->options->scratch_offset, why.message);
}

espbak_status selftest_write_scratch(selftest *test, espbak_error *err)
{
    for (size_t i = 0; i < ESPBAK_SELFTEST_LOADERS; i++) {
        const espbak_selftest_row *read = &test->result->reads[i];
        espbak_selftest_row *row = &test->result->writes[i];
        if (read->state != ESPBAK_SELFTEST_OK)
            continue;
        *row = (espbak_selftest_row){.loader = i == 1 ? ESPBAK_LOADER_STUB_CURRENT : read->loader, .baud = read->baud};
        const espbak_status status = selftest_visit(test, row, true, SELFTEST_STAY, write_once, err);
        if (status != ESPBAK_OK && err->flash_changed)
            mend(test, err);
        if (status != ESPBAK_OK && (err->flash_changed || row->state != ESPBAK_SELFTEST_DIFFERS))
            return status;
        espbak_error_clear(err);
    }
    return ESPBAK_OK;
}
