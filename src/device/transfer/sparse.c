/* SPDX-License-Identifier: Apache-2.0 */
#include "device/transfer/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "device/visit/range.h"

enum { BUFFER_SIZE = 64 * 1024 };

static const espbak_sparse_origin origins[] = {
    [SECTOR_UNKNOWN] = ESPBAK_SPARSE_LINE,
    [SECTOR_DATA] = ESPBAK_SPARSE_LINE,
    [SECTOR_ERASED] = ESPBAK_SPARSE_ERASED,
    [SECTOR_BASE] = ESPBAK_SPARSE_BASE,
};

espbak_sparse_origin espbak_sparse_plan_origin(const espbak_sparse_plan *plan, uint64_t at, uint64_t *size)
{
    const uint64_t sectors_end = plan->first + plan->sectors * (uint64_t)SPARSE_SECTOR;
    if (at < plan->first || at >= sectors_end) {
        const uint64_t end = at < plan->first ? bytes_min64(plan->first, plan->end) : plan->end;
        *size = end - at;
        return ESPBAK_SPARSE_LINE;
    }
    const size_t from = (size_t)((at - plan->first) / SPARSE_SECTOR);
    const espbak_sparse_origin origin = origins[plan->state[from]];
    size_t to = from + 1;
    while (to < plan->sectors && origins[plan->state[to]] == origin)
        to++;
    *size = plan->first + to * (uint64_t)SPARSE_SECTOR - at;
    return origin;
}

/* The same with neighbouring parts read as one: whole sectors, and what stands before and behind them. */
static espbak_sparse_origin origin_run(const espbak_sparse_plan *plan, uint64_t at, uint64_t end, uint64_t *size)
{
    const espbak_sparse_origin origin = espbak_sparse_plan_origin(plan, at, size);
    *size = bytes_min64(*size, end - at);
    while (at + *size < end) {
        uint64_t more;
        if (espbak_sparse_plan_origin(plan, at + *size, &more) != origin)
            break;
        *size = bytes_min64(*size + more, end - at);
    }
    return origin;
}

/* A short gap between two parts to read costs less to read than to leave out. */
static void close_gaps(espbak_sparse_plan *plan)
{
    const double begin = sparse_read_time(plan, 0);
    size_t data_end = 0;
    bool seen = false;
    for (size_t i = 0; i < plan->sectors; i++) {
        if (origins[plan->state[i]] != ESPBAK_SPARSE_LINE)
            continue;
        const uint64_t gap = (uint64_t)(i - data_end) * SPARSE_SECTOR;
        if (seen && gap > 0 && sparse_read_time(plan, gap) - begin < begin)
            memset(plan->state + data_end, SECTOR_DATA, i - data_end);
        data_end = i + 1;
        seen = true;
    }
}

static void sum_up(espbak_sparse_plan *plan)
{
    espbak_sparse_summary *s = &plan->summary;
    double line = 0;
    s->offset = plan->offset;
    s->size = plan->end - plan->offset;
    for (uint64_t at = plan->offset, size; at < plan->end; at += size) {
        const espbak_sparse_origin origin = origin_run(plan, at, plan->end, &size);
        s->line_bytes += origin == ESPBAK_SPARSE_LINE ? size : 0;
        s->erased_bytes += origin == ESPBAK_SPARSE_ERASED ? size : 0;
        s->base_bytes += origin == ESPBAK_SPARSE_BASE ? size : 0;
        line += origin == ESPBAK_SPARSE_LINE ? sparse_read_time(plan, size) : 0;
    }
    s->line_seconds = line / ESPBAK_S;
    s->full_seconds = sparse_raw_time(plan, s->size) / ESPBAK_S;
}

static espbak_status probe(espbak_sparse_plan *plan, espbak_error *err)
{
    return session_has_own_loader(plan->session) ? sparse_probe_by_own_loader(plan, err) : sparse_probe(plan, err);
}

static espbak_status make(espbak_sparse_plan *plan, espbak_error *err)
{
    espbak_error why = {0};
    const uint64_t from = (plan->offset + SPARSE_SECTOR - 1) / SPARSE_SECTOR, to = plan->end / SPARSE_SECTOR;
    plan->first = from * SPARSE_SECTOR;
    plan->sectors = to > from ? (size_t)(to - from) : 0;
    plan->state = calloc(plan->sectors + 1, 1);
    if (plan->state == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    plan->base_at_hand = plan->options->base != NULL;
    if (!plan->options->full && plan->sectors > 0 && espbak_flash_can_hash(plan->session, &why) == ESPBAK_OK &&
        probe(plan, err) != ESPBAK_OK)
        return err->status;
    close_gaps(plan);
    sum_up(plan);
    return ESPBAK_OK;
}

espbak_status espbak_sparse_plan_make(espbak_sparse_plan **out, espbak_session *session, uint64_t offset, uint64_t size,
                                      const espbak_sparse_options *options, espbak_error *err)
{
    static const espbak_sparse_options defaults = {0};
    espbak_error ignored = {0};
    err = err != NULL ? err : &ignored;
    *out = NULL;
    espbak_status status = espbak_flash_can_read(session, err);
    if (status == ESPBAK_OK)
        status = range_check(session, "reading", offset, size, err);
    if (status != ESPBAK_OK)
        return status;
    espbak_sparse_plan *plan = calloc(1, sizeof(*plan));
    if (plan == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    plan->session = session;
    plan->options = options != NULL ? options : &defaults;
    plan->offset = offset;
    plan->end = offset + size;
    status = make(plan, err);
    if (status == ESPBAK_OK)
        *out = plan;
    else
        espbak_sparse_plan_free(plan);
    return status;
}

void espbak_sparse_plan_free(espbak_sparse_plan *plan)
{
    if (plan != NULL)
        free(plan->state);
    free(plan);
}

espbak_sparse_summary espbak_sparse_plan_summary(const espbak_sparse_plan *plan)
{
    return plan->summary;
}

/* A read under way. */
typedef struct sparse_read {
    espbak_session *session;
    const espbak_sparse_plan *plan;
    espbak_flash_read_options options; /* progress_base moves on */
    uint8_t *buffer;
    espbak_flash_sink sink;
    void *user;
} sparse_read;

static espbak_status read_line(sparse_read *read, uint64_t at, uint64_t size, espbak_error *err)
{
    const espbak_status status =
        espbak_flash_read(read->session, at, size, &read->options, read->sink, read->user, err);
    read->options.progress_base += size;
    return status;
}

static espbak_status give_erased(sparse_read *read, uint64_t at, uint64_t size, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    memset(read->buffer, 0xFF, BUFFER_SIZE);
    while (status == ESPBAK_OK && size > 0) {
        const size_t part = (size_t)bytes_min64(size, BUFFER_SIZE);
        status = read->sink(read->user, at, read->buffer, part, err);
        at += part;
        size -= part;
    }
    return status;
}

static espbak_status give_base(sparse_read *read, uint64_t at, uint64_t size, espbak_error *err)
{
    const espbak_sparse_options *options = read->plan->options;
    espbak_status status = ESPBAK_OK;
    while (status == ESPBAK_OK && size > 0) {
        const size_t part = (size_t)bytes_min64(size, BUFFER_SIZE);
        status = options->base(options->base_user, at, read->buffer, part, err);
        if (status == ESPBAK_E_FILE) {
            espbak_log(read->session->events, ESPBAK_LOG_WARNING, "%s: read from the device instead", err->message);
            espbak_error_clear(err);
            read->options.progress_total += size;
            return read_line(read, at, size, err);
        }
        if (status == ESPBAK_OK)
            status = read->sink(read->user, at, read->buffer, part, err);
        at += part;
        size -= part;
    }
    return status;
}

static espbak_status (*const givers[])(sparse_read *, uint64_t, uint64_t, espbak_error *) = {
    [ESPBAK_SPARSE_LINE] = read_line,
    [ESPBAK_SPARSE_ERASED] = give_erased,
    [ESPBAK_SPARSE_BASE] = give_base,
};

static uint64_t line_bytes(const espbak_sparse_plan *plan, uint64_t offset, uint64_t end)
{
    uint64_t sum = 0;
    for (uint64_t at = offset, size; at < end; at += size) {
        if (origin_run(plan, at, end, &size) == ESPBAK_SPARSE_LINE)
            sum += size;
    }
    return sum;
}

espbak_status espbak_sparse_read(espbak_session *session, const espbak_sparse_plan *plan, uint64_t offset,
                                 uint64_t size, const espbak_flash_read_options *options, espbak_flash_sink sink,
                                 void *user, espbak_error *err)
{
    espbak_error ignored = {0};
    const uint64_t end = offset + size;
    sparse_read read = {.session = session, .plan = plan, .sink = sink, .user = user};
    err = err != NULL ? err : &ignored;
    if (offset < plan->offset || !bytes_range_within(offset, size, plan->end))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a part outside of the plan is read");
    if (options != NULL)
        read.options = *options;
    if (read.options.progress_total == 0)
        read.options.progress_total = read.options.progress_base + line_bytes(plan, offset, end);
    read.buffer = malloc(BUFFER_SIZE);
    espbak_status status =
        read.buffer != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "reading flash: out of memory");
    for (uint64_t at = offset, part; status == ESPBAK_OK && at < end; at += part) {
        const espbak_sparse_origin origin = origin_run(plan, at, end, &part);
        status = givers[origin](&read, at, part, err);
    }
    free(read.buffer);
    return status;
}
