/* SPDX-License-Identifier: Apache-2.0 */
/* PEM: RFC 7468. DER: the first bytes of X.509, PKCS #1, PKCS #8 and SEC 1, of the sizes that they have. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/export/redact.h"

enum {
    LONGEST = 16 * 1024, /* of one, so much is looked at together */
    LABEL_MAX = 64,
    SHORTEST_BODY = 24, /* less stands behind the words in a program that only knows them */
    ANY = -1,
};

static const char begins[] = "-----BEGIN ", ends[] = "-----";

typedef struct secret {
    size_t at, size; /* of what is to be blanked */
    bool pem, private_key;
} secret;

static bool is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
}

static bool is_space(uint8_t c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Headers of an encrypted key, "Proc-Type: …", stand before the letters, and are no secret. */
static size_t skip_headers(const uint8_t *data, size_t size, size_t at)
{
    for (;;) {
        size_t end = at;
        while (end < size && data[end] != '\n' && end - at < 4 * LABEL_MAX)
            end++;
        if (end >= size || memchr(data + at, ':', end - at) == NULL)
            return at;
        at = end + 1;
    }
}

static bool take_pem(const uint8_t *data, size_t size, size_t at, secret *found)
{
    size_t i = at + sizeof(begins) - 1;
    const size_t label = i;
    if (size - at < sizeof(begins) || memcmp(data + at, begins, sizeof(begins) - 1) != 0)
        return false;
    while (i < size && i - label < LABEL_MAX && data[i] != '-')
        i++;
    if (i + sizeof(ends) > size || memcmp(data + i, ends, sizeof(ends) - 1) != 0)
        return false;
    found->private_key = i - label >= 11 && memcmp(data + i - 11, "PRIVATE KEY", 11) == 0;
    i += sizeof(ends) - 1;
    if (i >= size || !is_space(data[i]))
        return false;
    while (i < size && is_space(data[i]))
        i++;
    i = skip_headers(data, size, i);
    found->at = i;
    while (i < size && (is_base64(data[i]) || is_space(data[i])))
        i++;
    found->size = i - found->at;
    found->pem = true;
    return found->size >= SHORTEST_BODY;
}

/* What stands at the beginning; SIZE: a byte of the length of what follows the outer header. */
enum { HEAD_MAX = 12, SIZE = -2, END = -3 };
static const short heads[][HEAD_MAX + 1] = {
    {0x30, 0x82, SIZE, SIZE, 0x30, 0x82, ANY, ANY, 0xA0, 0x03, 0x02, 0x01, END}, /* X.509 */
    {0x30, 0x82, SIZE, SIZE, 0x30, 0x81, ANY, 0xA0, 0x03, 0x02, 0x01, END},
    {0x30, 0x82, SIZE, SIZE, 0x02, 0x01, 0x00, 0x02, 0x82, END}, /* PKCS #1 */
    {0x30, 0x82, SIZE, SIZE, 0x02, 0x01, 0x00, 0x02, 0x81, END},
    {0x30, 0x82, SIZE, SIZE, 0x02, 0x01, 0x00, 0x30, END}, /* PKCS #8 */
    {0x30, 0x81, SIZE, 0x02, 0x01, 0x00, 0x30, END},
    {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20, END}, /* SEC 1 */
    {0x30, 0x81, SIZE, 0x02, 0x01, 0x01, 0x04, END},
};

static bool take_der(const uint8_t *data, size_t size, size_t at, secret *found)
{
    for (size_t row = 0; row < sizeof(heads) / sizeof(heads[0]); row++) {
        size_t i = 0, length = 0, head = 2;
        for (; heads[row][i] != END && at + i < size; i++) {
            if (heads[row][i] >= 0 && data[at + i] != heads[row][i])
                break;
            if (heads[row][i] != SIZE)
                continue;
            length = length << 8 | data[at + i];
            head = i + 1;
        }
        if (heads[row][i] != END)
            continue;
        length = head == 2 ? data[at + 1] : length;
        found->at = at + head;
        found->size = (size_t)bytes_min64(length, size - found->at);
        found->pem = false;
        found->private_key = true;
        return true;
    }
    return false;
}

static void blank(uint8_t *data, const secret *found)
{
    for (size_t i = found->at; i < found->at + found->size; i++) {
        if (!found->pem)
            data[i] = 0;
        else if (!is_space(data[i]))
            data[i] = 'A';
    }
}

static bool is_blank(const uint8_t *data, const secret *found)
{
    for (size_t i = found->at; i < found->at + found->size; i++) {
        if (data[i] != 'A' && !is_space(data[i]))
            return false;
    }
    return true;
}

typedef espbak_status (*each_secret)(redaction *r, uint64_t offset, uint8_t *data, const secret *found,
                                     espbak_error *err);

typedef struct walk {
    bool der;
    each_secret each;
} walk;

/* One that begins in the first part of what is read is seen whole. */
static espbak_status look_at(redaction *r, const walk *how, uint64_t offset, size_t size, bool last, uint64_t *next,
                             espbak_error *err)
{
    uint8_t *data = r->job->buffer;
    const size_t starts = last ? size : size - LONGEST;
    if (r->job->reader.read(r->job->reader.ctx, offset, data, size, err) != ESPBAK_OK)
        return err->status;
    size_t at = 0;
    while (at < starts) {
        secret found = {0};
        const bool begin = data[at] == '-' || (how->der && data[at] == 0x30);
        if (begin && (take_pem(data, size, at, &found) || (how->der && take_der(data, size, at, &found)))) {
            if (how->each(r, offset, data, &found, err) != ESPBAK_OK)
                return err->status;
            at = found.at + found.size;
        } else {
            at++;
        }
    }
    *next = offset + at;
    return ESPBAK_OK;
}

static espbak_status walk_range(redaction *r, const walk *how, uint64_t offset, uint64_t size, espbak_error *err)
{
    for (uint64_t at = offset, end = offset + size; at < end;) {
        const size_t part = (size_t)bytes_min64(EXPORT_CHUNK, end - at);
        if (look_at(r, how, at, part, at + part == end, &at, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status blank_one(redaction *r, uint64_t offset, uint8_t *data, const secret *found, espbak_error *err)
{
    blank(data, found);
    r->secrets++;
    return found->size > 0 ? redact_replace(r, offset + found->at, data + found->at, found->size, err) : ESPBAK_OK;
}

espbak_status redact_secrets(redaction *r, uint64_t offset, uint64_t size, size_t *count, espbak_error *err)
{
    static const walk how = {.der = true, .each = blank_one};
    r->secrets = 0;
    const espbak_status status = walk_range(r, &how, offset, size, err);
    *count = r->secrets;
    return status;
}

static espbak_status find_one(redaction *r, uint64_t offset, uint8_t *data, const secret *found, espbak_error *err)
{
    (void)err;
    if (!found->private_key || is_blank(data, found))
        return ESPBAK_OK;
    if (r->secrets++ == 0)
        r->first_secret = offset + found->at;
    return ESPBAK_OK;
}

espbak_status redact_find_keys(redaction *r, uint64_t offset, uint64_t size, size_t *count, uint64_t *first,
                               espbak_error *err)
{
    static const walk how = {.der = false, .each = find_one};
    r->secrets = 0;
    const espbak_status status = walk_range(r, &how, offset, size, err);
    *count = r->secrets;
    *first = r->first_secret;
    return status;
}
