/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "device/visit/reconnect.h"
#include "ops/capture/capture.h"
#include "ops/content/piece.h"
#include "ops/proof/proof.h"
#include "ops/stats.h"

/* For each block of the second look the MD5 of what was read there. */
typedef struct read_job {
    const espbak_read_options *options;
    espbak_read_result *result;
    espbak_session *session;
    reconnect again;
    bool doubtful; /* the device was away since reading began */
    bool patched;  /* sectors of the file were replaced, so its hash has to be made again */
    file *out;
    char *sum_path; /* FILE.sha256 */
    digest_pair whole;
    digest *block_hash;
    uint8_t (*blocks)[16];
    size_t block_count, blocks_done;
    size_t blocks_asked, blocks_right; /* in the second look */
    saving savings;
    uint64_t at, block_end, end;
} read_job;

/*
 * The second look at a range that was just read: its blocks are no multiples of any chunk size, so
 * that a mistake in one chunk's address cannot hide behind its own digest. Returns where
 * the block that starts at `at` ends.
 */
static uint64_t second_look_end(uint64_t at, uint64_t end)
{
    /* 251 sectors: a prime number of them, about 1 MB. */
    const uint64_t block = (uint64_t)251 * ESPBAK_FLASH_SECTOR;
    return at + bytes_min64(block, end - at);
}

static espbak_status finish_block(read_job *job, espbak_error *err)
{
    if (digest_finish(job->block_hash, job->blocks[job->blocks_done], err) != ESPBAK_OK)
        return err->status;
    job->blocks_done++;
    job->block_end = second_look_end(job->at, job->end);
    return ESPBAK_OK;
}

static espbak_status hash_blocks(read_job *job, const uint8_t *data, size_t size, espbak_error *err)
{
    while (size > 0) {
        const size_t part = (size_t)bytes_min64(size, job->block_end - job->at);
        if (digest_update(job->block_hash, data, part, err) != ESPBAK_OK)
            return err->status;
        job->at += part;
        data += part;
        size -= part;
        if (job->at == job->block_end && finish_block(job, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status take(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    read_job *job = user;
    (void)offset;
    if (digest_pair_update(&job->whole, data, size, err) != ESPBAK_OK)
        return err->status;
    if (hash_blocks(job, data, size, err) != ESPBAK_OK)
        return err->status;
    if (job->out != NULL)
        return file_write(job->out, data, size, err);
    return job->options->sink(job->options->user, data, size, err);
}

static espbak_status check_free(const espbak_read_options *options, const char *path, espbak_error *err)
{
    if (options->overwrite || file_kind_of(path) != FILE_KIND_REGULAR)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "%s exists already", path);
    espbak_error_hint(err, "give another name, or --overwrite to replace it");
    return ESPBAK_E_FILE;
}

static espbak_status check_target(read_job *job, espbak_error *err)
{
    const espbak_read_options *options = job->options;
    if (options->file == NULL)
        return ESPBAK_OK;
    const size_t capacity = strlen(options->file) + sizeof(".sha256");
    job->sum_path = malloc(capacity);
    if (job->sum_path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(job->sum_path, capacity, "%s.sha256", options->file);
    if (check_free(options, options->file, err) != ESPBAK_OK || check_free(options, job->sum_path, err) != ESPBAK_OK)
        return err->status;
    return file_create_atomic(&job->out, options->file, options->overwrite, err);
}

/* Check before reading for minutes. */
static espbak_status check_space(const read_job *job, espbak_error *err)
{
    if (job->options->file == NULL)
        return ESPBAK_OK;
    char *folder = file_folder_of(job->options->file);
    espbak_status status = folder == NULL ? espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory")
                                          : file_need_space(folder, job->result->size, err);
    free(folder);
    return status;
}

static espbak_status check_range(read_job *job, espbak_error *err)
{
    const uint64_t flash = job->result->device.flash.size;
    espbak_read_result *result = job->result;
    result->offset = job->options->offset;
    result->size = job->options->size;
    if (job->options->all && result->offset < flash)
        result->size = flash - result->offset;
    const bool fits = bytes_range_within(result->offset, result->size, flash);
    if (fits && result->size > 0 && result->offset < flash)
        return ESPBAK_OK;
    if (fits && result->offset < flash)
        return espbak_fail(err, ESPBAK_E_USAGE, "nothing to read: the size is 0");
    if (result->offset >= flash)
        espbak_fail(err, ESPBAK_E_USAGE, "offset 0x%llX is past the end of the flash at 0x%llX",
                    (unsigned long long)result->offset, (unsigned long long)flash);
    else
        espbak_fail(err, ESPBAK_E_USAGE, "0x%llX bytes from 0x%llX reach past the end of the flash at 0x%llX",
                    (unsigned long long)result->size, (unsigned long long)result->offset, (unsigned long long)flash);
    espbak_error_hint(err, "ALL as the size reads up to the end; espbak info tells where the size is known from");
    return ESPBAK_E_USAGE;
}

static espbak_status prepare_digests(read_job *job, espbak_error *err)
{
    job->at = job->result->offset;
    job->end = job->at + job->result->size;
    job->block_end = second_look_end(job->at, job->end);
    for (uint64_t at = job->at; at < job->end; at = second_look_end(at, job->end))
        job->block_count++;
    job->blocks = calloc(job->block_count, sizeof(job->blocks[0]));
    if (job->blocks == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (digest_pair_new(&job->whole, err) != ESPBAK_OK)
        return err->status;
    return digest_new(&job->block_hash, DIGEST_MD5, err);
}

/* ---- the second look ---- */

static espbak_status name_block(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    read_job *job = user;
    (void)err;
    *more = job->blocks_asked < job->block_count;
    if (!*more)
        return ESPBAK_OK;
    *offset = job->at;
    *size = second_look_end(job->at, job->end) - job->at;
    job->at += *size;
    job->blocks_asked++;
    return ESPBAK_OK;
}

static espbak_status judge_block(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    read_job *job = user;
    if (memcmp(md5, job->blocks[job->blocks_right], 16) != 0) {
        espbak_fail(err, ESPBAK_E_DIFFERS, "what was read from 0x%llX to 0x%llX is not what the chip says is there",
                    (unsigned long long)offset, (unsigned long long)(offset + size));
        espbak_error_hint(err, "read again, with a lower --baud or with --loader rom");
        return ESPBAK_E_DIFFERS;
    }
    job->blocks_right++;
    espbak_report_progress(job->options->session.events, "verifying", offset + size - job->result->offset,
                           job->result->size);
    return ESPBAK_OK;
}

static espbak_status patch(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    read_job *job = user;
    job->patched = true;
    return file_write_at(job->out, offset - job->result->offset, data, size, err);
}

static espbak_status hash_again(read_job *job, piece_list *list, espbak_error *err)
{
    uint8_t buffer[ESPBAK_FLASH_SECTOR];
    for (uint64_t at = job->result->offset; at < job->end;) {
        const size_t part = (size_t)bytes_min64(sizeof(buffer), job->end - at);
        if (piece_list_read(list, at, buffer, part, err) != ESPBAK_OK ||
            digest_pair_update(&job->whole, buffer, part, err) != ESPBAK_OK)
            return err->status;
        at += part;
    }
    return digest_pair_finish(&job->whole, job->result->sha256, job->result->md5, err);
}

/* Find what differs, read it again and put it right in the file. */
static espbak_status repair(read_job *job, espbak_error *err)
{
    piece item = {.offset = job->result->offset,
                  .size = job->result->size,
                  .name = job->options->file,
                  .raw = job->out,
                  .borrowed = true};
    piece_list list = {.items = &item, .count = 1, .capacity = 1, .bytes = item.size};
    proof p = {.session = job->session,
               .pieces = &list,
               .patch = patch,
               .user = job,
               .events = job->options->session.events,
               .phase = "verifying",
               .what = "what was read"};
    if (proof_run(&p, err) != ESPBAK_OK)
        return err->status;
    return job->patched ? hash_again(job, &list, err) : ESPBAK_OK;
}

static espbak_status compare_blocks(read_job *job, espbak_error *err)
{
    job->at = job->result->offset;
    job->blocks_asked = job->blocks_right = 0;
    return espbak_flash_md5_many(job->session, name_block, judge_block, job, err);
}

/* A damaged request brings the wrong digest: what went to a stream already is asked about again before it fails. */
static espbak_status look_again(void *user, espbak_error *err)
{
    read_job *job = user;
    espbak_status status = compare_blocks(job, err);
    for (unsigned tries = 1; job->out == NULL && retry_again(RETRY_STREAM, tries, status); tries++) {
        espbak_error_clear(err);
        status = compare_blocks(job, err);
    }
    if (status == ESPBAK_E_DIFFERS && job->out != NULL) {
        espbak_log(job->options->session.events, ESPBAK_LOG_DETAIL, "%s; looking closer", err->message);
        espbak_error_clear(err);
        status = repair(job, err);
    }
    job->result->verified = status == ESPBAK_OK;
    return status == ESPBAK_OK || status == ESPBAK_E_DIFFERS ? status
                                                             : espbak_error_prefix(err, "verifying what was read");
}

static const char *base_name(const char *path)
{
    const char *name = path;
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '/' || *p == '\\')
            name = p + 1;
    }
    return name;
}

/* The data first: a file without its hash is still of use, a hash without its file is not. */
static espbak_status keep(read_job *job, espbak_error *err)
{
    char hex[65];
    file *out = job->out, *sum = NULL;
    if (out == NULL)
        return ESPBAK_OK;
    job->out = NULL;
    if (file_commit(out, err) != ESPBAK_OK)
        return err->status;
    bytes_to_hex(hex, job->result->sha256, sizeof(job->result->sha256));
    const char *name = base_name(job->options->file);
    if (file_create_atomic(&sum, job->sum_path, job->options->overwrite, err) != ESPBAK_OK)
        return err->status;
    if (file_write(sum, hex, 64, err) != ESPBAK_OK || file_write(sum, "  ", 2, err) != ESPBAK_OK ||
        file_write(sum, name, strlen(name), err) != ESPBAK_OK || file_write(sum, "\n", 1, err) != ESPBAK_OK) {
        file_close(sum, true);
        return err->status;
    }
    return file_commit(sum, err);
}

/* Look for what need not be read, then read the rest. */
static espbak_status read_rest(void *user, espbak_error *err)
{
    /* Restarting the chip makes the second look necessary: see reconnect_needs_proof. */
    const espbak_flash_read_options how = {.may_restart = true};
    read_job *job = user;
    espbak_status status;
    do {
        const uint64_t from = job->at;
        espbak_sparse_plan *plan = NULL;
        status = saving_plan(&job->savings, job->session, from, job->end - from, &plan, err);
        if (status == ESPBAK_OK)
            status = espbak_sparse_read(job->session, plan, from, job->end - from, &how, take, job, err);
        if (plan != NULL)
            saving_count(&job->savings, plan, from, job->at);
        espbak_sparse_plan_free(plan);
    } while (status == ESPBAK_E_FILE && saving_lost_base(&job->savings, err));
    return status;
}

static uint64_t reached(const void *user)
{
    const read_job *job = user;
    return job->at - job->result->offset;
}

static void take_back(void *user)
{
    read_job *job = user;
    job->doubtful = true;
    job->result->device.link = espbak_session_device(job->session)->link;
}

static espbak_status insist(read_job *job, espbak_status (*run)(void *user, espbak_error *err), espbak_error *err)
{
    const reconnect_step step = {.run = run, .reached = reached, .back = take_back, .user = job};
    reconnect_begin_part(&job->again);
    return reconnect_insist(&job->again, &job->session, &step, err);
}

static espbak_status read_range(read_job *job, espbak_error *err)
{
    const espbak_read_options *options = job->options;
    const saving_wanted wanted = {.full = options->full,
                                  .no_verify = options->no_verify,
                                  .base = options->base,
                                  .events = options->session.events};
    if (saving_open(&job->savings, job->session, &wanted, job->at, job->end - job->at, err) != ESPBAK_OK)
        return err->status;
    return insist(job, read_rest, err);
}

static espbak_status transfer(read_job *job, espbak_error *err)
{
    espbak_read_result *result = job->result;
    const stats_start start = stats_begin(job->session);
    espbak_status status = read_range(job, err);
    stats_count(&result->stats, &job->again, job->session, start, job->at - result->offset);
    if (status == ESPBAK_OK)
        status = digest_pair_finish(&job->whole, result->sha256, result->md5, err);
    if (status == ESPBAK_OK &&
        (!job->options->no_verify || job->doubtful || reconnect_needs_proof(&job->again, job->session)))
        status = insist(job, look_again, err);
    return status;
}

static espbak_status read_and_keep(read_job *job, espbak_error *err)
{
    if (check_target(job, err) != ESPBAK_OK)
        return err->status;
    if (reconnect_open(&job->session, &job->options->session, err) != ESPBAK_OK)
        return err->status;
    reconnect_init(&job->again, &job->options->session, job->options->wait_seconds, job->session);
    job->result->device = *espbak_session_device(job->session);
    if (check_range(job, err) != ESPBAK_OK || espbak_flash_can_read(job->session, err) != ESPBAK_OK)
        return err->status;
    job->result->ciphertext = capture_warn_ciphertext(&job->result->device, job->options->session.events);
    if (check_space(job, err) != ESPBAK_OK || prepare_digests(job, err) != ESPBAK_OK || transfer(job, err) != ESPBAK_OK)
        return err->status;
    return keep(job, err);
}

espbak_status espbak_read_run(const espbak_read_options *options, espbak_read_result *result, espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_read_options own = *options;
    read_job job = {.options = &own, .result = result};
    if (err == NULL)
        err = &unheard;
    *result = (espbak_read_result){0};
    own.session.reads_only = true;
    const espbak_status status = read_and_keep(&job, err);
    saving_report(&job.savings, &result->saved);
    espbak_session_close(job.session);
    saving_close(&job.savings);
    file_close(job.out, true);
    digest_pair_free(&job.whole);
    digest_free(job.block_hash);
    free(job.blocks);
    free(job.sum_path);
    return status;
}

void espbak_read_result_free(espbak_read_result *result)
{
    free(result->saved.base);
    *result = (espbak_read_result){0};
}
