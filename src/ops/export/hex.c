/* SPDX-License-Identifier: Apache-2.0 */
/* Intel HEX, as in src/image/container/hex.c, with linear addresses. */
#include <string.h>

#include "base/bytes.h"
#include "ops/export/job.h"

enum {
    RECORD = 32, /* bytes of flash in a line */
    LINE_MAX = 2 * (4 + RECORD + 1) + 2,
    PAGE = 0x10000, /* that an address within a line reaches */
    TYPE_DATA = 0,
    TYPE_END = 1,
    TYPE_LINEAR = 4,
};

/* Digits in upper case, as most programs write them. */
static size_t put_byte(char *line, size_t at, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    line[at] = digits[byte >> 4];
    line[at + 1] = digits[byte & 15];
    return at + 2;
}

static size_t put_record(char *line, uint8_t type, uint16_t address, const uint8_t *data, size_t size)
{
    const uint8_t head[] = {(uint8_t)size, (uint8_t)(address >> 8), (uint8_t)address, type};
    uint8_t sum = 0;
    size_t at = 0;
    line[at++] = ':';
    for (size_t i = 0; i < sizeof(head); i++) {
        sum = (uint8_t)(sum + head[i]);
        at = put_byte(line, at, head[i]);
    }
    for (size_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + data[i]);
        at = put_byte(line, at, data[i]);
    }
    at = put_byte(line, at, (uint8_t)-sum);
    line[at++] = '\n';
    return at;
}

static espbak_status take_lines(export_job *job, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err)
{
    enum { LINES = 64 };
    char text[LINES * LINE_MAX];
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        const uint64_t place = offset + at;
        const uint8_t page[] = {(uint8_t)(place >> 24), (uint8_t)(place >> 16)};
        const size_t part = (size_t)bytes_min64(bytes_min64(RECORD, size - at), PAGE - place % PAGE);
        if (at == 0 || place % PAGE == 0)
            used += put_record(text + used, TYPE_LINEAR, 0, page, sizeof(page));
        used += put_record(text + used, TYPE_DATA, (uint16_t)place, data + at, part);
        at += part;
        if (used + 2 * (size_t)LINE_MAX <= sizeof(text) && at < size)
            continue;
        if (export_put(job, text, used, err) != ESPBAK_OK)
            return err->status;
        used = 0;
    }
    return ESPBAK_OK;
}

espbak_status export_hex(export_job *job, espbak_error *err)
{
    char line[LINE_MAX];
    for (size_t i = 0; i < job->run_count; i++) {
        if (export_walk(job, job->runs[i].offset, job->runs[i].size, take_lines, err) != ESPBAK_OK)
            return err->status;
    }
    return export_put(job, line, put_record(line, TYPE_END, 0, NULL, 0), err);
}
