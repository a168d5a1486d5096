/* SPDX-License-Identifier: Apache-2.0 */
#include "device/transfer/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "device/flash/facts.h"
#include "device/flash/identify/id.h"
#include "device/flash/write_own.h"
#include "device/loader/resync.h"
#include "device/protect/protect.h"
#include "device/protect/watch.h"
#include "device/visit/ladder_steps.h"
#include "device/visit/range.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"
#include "espbak/flash.h"

enum {
    DOWNLOAD_STUB = 1024 * 1024,
    DOWNLOAD_ROM = 256 * 1024,            /* a ROM erases a whole download before it answers */
    DOWNLOAD_LEAST = ESPBAK_FLASH_SECTOR, /* after failures */
    BLOCK_LEAST = 256,                    /* likewise; the ROMs of ESP32 and ESP32-C3 have been seen to take it */
    SHRINK = 4,
    CALM_DOWNLOADS = 4,       /* written without trouble, until downloads and blocks get longer again */
    INFLATE_STEP = 32 * 1024, /* what loaders inflate before they write */
    WORD = 4,                 /* flash is programmed in words */
};

/* A write or erase under way. */
typedef struct flash_write {
    espbak_session *session;
    const espbak_flash_write_options *options;
    const char *phase;
    uint64_t offset, size;
    uint64_t at;         /* start of the present download */
    uint32_t limit;      /* bytes of a download, at the most */
    uint32_t block;      /* bytes of a block, at the most */
    uint32_t taken;      /* bytes of the present download that the loader has acknowledged */
    uint32_t taken_step; /* … and written, but for what follows the last multiple of this */
    unsigned failures;   /* in a row */
    unsigned calm;       /* downloads in a row */
    bool warned;         /* there was a failure since the last calm time */
    uint64_t progress_total, reported;
    uint8_t *data, *room; /* a download, and its deflated form */
    espbak_flash_source source;
    void *user;
} flash_write;

/* What a run may have done to the flash goes into the error too. */
static espbak_status mark_changed(const espbak_session *session, espbak_status status, espbak_error *err)
{
    if (status != ESPBAK_OK && session->flash->changed)
        err->flash_changed = true;
    return status;
}

static espbak_status check_write(const espbak_session *session, const char *verb, uint64_t offset, uint64_t size,
                                 espbak_error *err)
{
    const espbak_status status = range_check(session, verb, offset, size, err);
    if (status != ESPBAK_OK)
        return status;
    if (offset % ESPBAK_FLASH_SECTOR != 0)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "%s must begin at a multiple of 0x%X, where a sector begins; 0x%" PRIX64 " is none", verb,
                           ESPBAK_FLASH_SECTOR, offset);
    if (!flash_rom_erases_twice(session) || size > ESPBAK_FLASH_SECTOR || size == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_UNSUPPORTED,
                "%s a single sector is not possible with the %s ROM loader: it erases the next one too", verb,
                session->info.chip->title);
    espbak_error_hint(err, "let another loader run (--loader own or --loader stub), or name two sectors");
    return ESPBAK_E_UNSUPPORTED;
}

/* So far the flash was only read: it has to be what it was, and what protects it has to go. */
static espbak_status begin_changes(espbak_session *session, espbak_error *err)
{
    visit_note_progress(session);
    if (session->flash->changed)
        return ESPBAK_OK;
    const espbak_status status = watch_look(session, err);
    watch_end(session);
    protect_end(session);
    return status;
}

static void report(flash_write *write, uint64_t done)
{
    if (done < write->reported || (done == write->reported && done != 0))
        return;
    write->reported = done;
    espbak_report_progress(write->session->events, write->phase, write->options->progress_base + done,
                           write->progress_total);
}

/* A download may take longer than any wait for its answers. */
static void note_taken(flash_write *write, uint64_t done)
{
    if (done > write->taken)
        visit_note_progress(write->session);
    write->taken = (uint32_t)done;
}

static void download_progress(void *user, uint32_t done)
{
    flash_write *write = user;
    note_taken(write, done);
    report(write, bytes_min64(write->at - write->offset + done, write->size));
}

/*
 * Where the next download begins (*at may move back by a sector) and how long it is: up to a multiple of
 * the download size, so that a loader can erase in large blocks; for the ESP8266 ROM of a length that it
 * erases exactly.
 */
static uint32_t next_download(const flash_write *write, uint64_t *at)
{
    const uint64_t left = write->offset + write->size - *at;
    const uint32_t size = (uint32_t)bytes_min64(left, write->limit - *at % write->limit);
    if (!flash_rom_erases_twice(write->session))
        return size;
    const uint32_t sectors = (size + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR;
    if (flash_rom_erase_sectors((uint32_t)(*at / ESPBAK_FLASH_SECTOR), sectors) != 0)
        return size;
    if (sectors > 1)
        return (sectors - 1) * ESPBAK_FLASH_SECTOR;
    if (left > size) /* the download may cross the boundary: two sectors, both of this write */
        return (uint32_t)bytes_min64(left, 2 * ESPBAK_FLASH_SECTOR);
    *at -= ESPBAK_FLASH_SECTOR; /* the last sector, together with the one before, which is written again */
    return size + ESPBAK_FLASH_SECTOR;
}

/* Fetch a download's contents, padded to whole words as an erased flash would be. */
static espbak_status fetch(flash_write *write, flash_download *download, uint32_t size, espbak_error *err)
{
    download->offset = (uint32_t)write->at;
    download->size = (size + WORD - 1) / WORD * WORD;
    download->data = write->data;
    memset(write->data + size, 0xFF, download->size - size);
    return write->source(write->user, write->at, write->data, size, err);
}

static uint32_t largest_download(const espbak_session *session)
{
    return session_has_stub(session) ? DOWNLOAD_STUB : DOWNLOAD_ROM;
}

static uint32_t at_least(uint32_t size, uint32_t least)
{
    return size > least ? size : least;
}

static void go_on(flash_write *write, uint32_t size)
{
    visit_count_payload(write->session, size);
    write->at += size;
    write->failures = 0;
}

/* Longer downloads and blocks after a while without trouble, shorter blocks where many had to be sent again. */
static void learn(flash_write *write, const flash_download *download)
{
    const size_t sent = download->deflated_size != 0 ? download->deflated_size : download->size;
    if (download->resent > 0) {
        write->calm = 0;
        if ((size_t)download->resent * SHRINK * download->block > sent)
            write->block = at_least(download->block / SHRINK, BLOCK_LEAST);
        return;
    }
    if (++write->calm < CALM_DOWNLOADS)
        return;
    write->calm = 0;
    write->warned = false;
    write->limit = (uint32_t)bytes_min64((uint64_t)write->limit * 2, largest_download(write->session));
    write->block = (uint32_t)bytes_min64((uint64_t)write->block * 2, flash_block_most(write->session));
}

/* Where a block of a ROM's deflated download arrives damaged all of it is spoilt; of a plain one it is sent again. */
static bool deflating_pays(const flash_write *write, const flash_download *download)
{
    const bool noisy = write->block < flash_block_most(write->session);
    return session_has_stub(write->session) || !noisy || download->deflated_size <= write->block;
}

/* Fetch and send the next download, once; what broke a deflated one may spare a `plain` one. */
static espbak_status write_next(flash_write *write, bool plain, espbak_error *err)
{
    const uint32_t size = next_download(write, &write->at);
    flash_download download = {.session = write->session,
                               .send = write_block,
                               .block = write->block,
                               .progress = download_progress,
                               .user = write};
    espbak_error why = {0};
    write->taken = 0;
    espbak_status status = fetch(write, &download, size, err);
    if (status != ESPBAK_OK)
        return status;
    flash_download_deflate(&download, write->room, plain || write->options->compress_off);
    if (!deflating_pays(write, &download))
        download.deflated_size = 0;
    download.asks =
        write->warned && download.deflated_size == 0 && espbak_flash_can_hash(write->session, &why) == ESPBAK_OK;
    write->taken_step = download.deflated_size != 0 ? INFLATE_STEP : ESPBAK_FLASH_SECTOR;
    status = flash_download_once(&download, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "writing 0x%" PRIX64, write->at);
    go_on(write, size);
    learn(write, &download);
    return ESPBAK_OK;
}

/*
 * A legacy stub runs what lies in its two receive buffers when it takes a gap for a frame: leave
 * nothing there that writes.
 */
static espbak_status settle(espbak_session *session, espbak_error *err)
{
    enum { MAGIC_ADDRESS = 0x40001000 }; /* a word of ROM on every chip */
    espbak_status status = ESPBAK_OK;
    for (int i = 0; i < 2 && status == ESPBAK_OK && session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY; i++) {
        uint32_t ignored;
        status = command_read_reg(&session->link, MAGIC_ADDRESS, &ignored, err);
    }
    return status;
}

/* What the loader has acknowledged of a download that broke off is left alone where the chip's MD5 proves it. */
static espbak_status skip_proven(flash_write *write, espbak_error *err)
{
    const uint32_t size = write->taken / write->taken_step * write->taken_step;
    uint8_t expected[DIGEST_MD5_SIZE], found[DIGEST_MD5_SIZE];
    espbak_error why = {0};
    if (size == 0 || espbak_flash_can_hash(write->session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    espbak_status status = digest_of(DIGEST_MD5, write->data, size, expected, err);
    if (status == ESPBAK_OK)
        status = espbak_flash_md5(write->session, write->at, size, found, err);
    if (status == ESPBAK_OK && memcmp(expected, found, sizeof(found)) == 0)
        go_on(write, size);
    return status;
}

/* One more failure here. A lower rate may help where nothing else did. */
static espbak_status may_go_on(flash_write *write, espbak_status failure, espbak_error *err)
{
    bool again = false;
    if (!retry_helps(RETRY_WRITE, failure) || visit_is_stuck(write->session))
        return failure;
    retry_say_at(RETRY_WRITE, write->session->events, write->at, ++write->failures, err->message);
    visit_count_retry(write->session);
    if (retry_again(RETRY_WRITE, write->failures, failure))
        return ESPBAK_OK;
    write->failures = 0;
    const espbak_status status =
        ladder_steps_rescue(write->session, (uint32_t)write->at, LADDER_FAILS, false, &again, err);
    if (status != ESPBAK_OK || again)
        return status;
    return failure;
}

/* The loader takes commands again; what follows goes in shorter downloads, which a noisy line spares more often. */
static espbak_status recover(flash_write *write, espbak_status failure, espbak_error *err)
{
    write->limit = at_least(write->limit / SHRINK, DOWNLOAD_LEAST);
    if (write->warned) /* a single failure says nothing about blocks */
        write->block = at_least(write->block / SHRINK, BLOCK_LEAST);
    write->warned = true;
    write->calm = 0;
    espbak_status status = loader_resync(write->session, err);
    /* A ROM that was told another size by a damaged request refuses what lies beyond it. */
    if (status == ESPBAK_OK && failure == ESPBAK_E_DEVICE && !session_has_stub(write->session))
        status = flash_set_params(write->session, write->session->info.flash.size, err);
    if (status == ESPBAK_OK)
        status = skip_proven(write, err);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "writing 0x%" PRIX64, write->at);
}

static espbak_status write_in_downloads(flash_write *write, espbak_error *err)
{
    bool plain = false;
    write->limit = largest_download(write->session);
    write->block = flash_block_most(write->session);
    for (write->at = write->offset; write->at < write->offset + write->size;) {
        espbak_status status = write_next(write, plain, err);
        plain = status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED;
        if (status == ESPBAK_OK)
            continue;
        const espbak_status failure = status;
        status = may_go_on(write, failure, err);
        if (status == ESPBAK_OK)
            status = recover(write, failure, err);
        if (status != ESPBAK_OK)
            return status;
    }
    espbak_error_clear(err);
    return settle(write->session, err);
}

/* ---- by our own loader ---- */

static void own_progress(void *user, uint64_t done)
{
    flash_write *write = user;
    note_taken(write, done);
    report(write, bytes_min64(write->at - write->offset + done, write->size));
}

/* What is there already is not sent again. */
static espbak_status write_by_own(flash_write *write, espbak_error *err)
{
    for (write->at = write->offset;;) {
        own_write range = {.session = write->session,
                           .offset = write->at,
                           .size = write->offset + write->size - write->at,
                           .compress_off = write->options->compress_off,
                           .source = write->source,
                           .user = write->user,
                           .progress = own_progress,
                           .progress_user = write};
        write->taken = 0;
        espbak_status status = write_own_range(&range, err);
        if (status == ESPBAK_OK) {
            go_on(write, (uint32_t)range.size);
            return ESPBAK_OK;
        }
        if (range.reached > 0)
            go_on(write, (uint32_t)bytes_min64(range.reached, range.size));
        status = may_go_on(write, status, err);
        if (status == ESPBAK_OK)
            status = loader_resync(write->session, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "writing 0x%" PRIX64, write->at);
        espbak_error_clear(err);
    }
}

static espbak_status erase_by_own(espbak_session *session, uint64_t offset, uint64_t size, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        espbak_status status = write_own_erase(session, offset, size, err);
        if (!retry_again(RETRY_ERASE, tries, status) || visit_is_stuck(session))
            return status;
        retry_say_at(RETRY_ERASE, session->events, offset, tries, err->message);
        visit_count_retry(session);
        status = loader_resync(session, err);
        if (status != ESPBAK_OK)
            return status;
    }
}

espbak_status espbak_flash_write(espbak_session *session, uint64_t offset, uint64_t size,
                                 const espbak_flash_write_options *options, espbak_flash_source source, void *user,
                                 espbak_error *err)
{
    static const espbak_flash_write_options defaults = {0};
    espbak_error ignored = {0};
    err = err != NULL ? err : &ignored;
    options = options != NULL ? options : &defaults;
    espbak_status status = check_write(session, "writing", offset, size, err);
    if (status == ESPBAK_OK && size > 0)
        status = begin_changes(session, err);
    if (status != ESPBAK_OK || size == 0)
        return status;
    flash_write write = {
        .session = session,
        .options = options,
        .phase = options->phase != NULL ? options->phase : "writing",
        .offset = offset,
        .size = size,
        .taken_step = ESPBAK_FLASH_SECTOR,
        .progress_total = options->progress_total != 0 ? options->progress_total : options->progress_base + size,
        .data = malloc(DOWNLOAD_STUB),
        .room = malloc(DOWNLOAD_STUB),
        .source = source,
        .user = user,
    };
    report(&write, 0);
    if (session_has_own_loader(session))
        status = write_by_own(&write, err);
    else if (write.data == NULL || write.room == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "writing flash: out of memory");
    else
        status = write_in_downloads(&write, err);
    free(write.room);
    free(write.data);
    return mark_changed(session, status, err);
}

static espbak_status erase_sure(espbak_session *session, uint32_t offset, uint32_t size, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        espbak_status status = flash_erase_once(session, offset, size, err);
        if (!retry_again(RETRY_ERASE, tries, status) || visit_is_stuck(session))
            return status;
        retry_say_at(RETRY_ERASE, session->events, offset, tries, err->message);
        visit_count_retry(session);
        status = loader_resync(session, err);
        if (status != ESPBAK_OK)
            return status;
    }
}

static espbak_status erase_in_parts(flash_write *write, espbak_error *err)
{
    const uint64_t end = write->offset + write->size;
    write->limit = largest_download(write->session);
    for (write->at = write->offset; write->at < end;) {
        const uint32_t size = next_download(write, &write->at);
        const espbak_status status = erase_sure(write->session, (uint32_t)write->at, size, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "erasing 0x%" PRIX64, write->at);
        write->at += size;
        visit_note_progress(write->session);
        report(write, write->at - write->offset);
    }
    espbak_error_clear(err);
    return settle(write->session, err);
}

espbak_status espbak_flash_erase(espbak_session *session, uint64_t offset, uint64_t size, espbak_error *err)
{
    static const espbak_flash_write_options defaults = {0};
    espbak_error ignored = {0};
    err = err != NULL ? err : &ignored;
    espbak_status status = check_write(session, "erasing", offset, size, err);
    if (status == ESPBAK_OK && size % ESPBAK_FLASH_SECTOR != 0)
        status = espbak_fail(err, ESPBAK_E_USAGE, "erasing takes whole sectors of 0x%X bytes; 0x%" PRIX64 " is none",
                             ESPBAK_FLASH_SECTOR, size);
    if (status == ESPBAK_OK && size > 0)
        status = begin_changes(session, err);
    if (status != ESPBAK_OK || size == 0)
        return status;
    flash_write write = {
        .session = session,
        .options = &defaults,
        .phase = "erasing",
        .offset = offset,
        .size = size,
        .progress_total = size,
    };
    report(&write, 0);
    status = session_has_own_loader(session) ? erase_by_own(session, offset, size, err) : erase_in_parts(&write, err);
    return mark_changed(session, status, err);
}
