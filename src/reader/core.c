/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

enum { RECEIVE_AT_ONCE = 64 };

/* The request under way is the first of the queue until its reply is made. */
static const uint32_t *current(const reader_core *core)
{
    return core->queue[core->first];
}

static void answer(reader_core *core, uint32_t kind, uint32_t status)
{
    const uint32_t *const request = current(core);
    core->reply[READER_REPLY_MAGIC] = READER_REPLY_MARK;
    core->reply[READER_REPLY_TAG] = request[READER_REQUEST_TAG];
    core->reply[READER_REPLY_KIND] = kind | status << 8;
    core->reply[READER_REPLY_ADDRESS] = request[READER_REQUEST_ADDRESS];
    core->reply[READER_REPLY_RAW] = 0;
    core->reply[READER_REPLY_PAYLOAD] = 0;
    core->reply[READER_REPLY_RAW_CRC] = 0;
    core->payload = core->packed;
}

static void done(reader_core *core)
{
    answer(core, READER_KIND_DONE, READER_STATUS_OK);
}

static void refuse(reader_core *core, uint32_t status)
{
    answer(core, READER_KIND_REFUSED, status);
}

/* Send `size` bytes of `packed` that are no flash contents. */
static void answer_packed(reader_core *core, uint32_t kind, uint32_t raw, uint32_t size)
{
    answer(core, kind, READER_STATUS_OK);
    core->reply[READER_REPLY_RAW] = raw;
    core->reply[READER_REPLY_PAYLOAD] = size;
    core->reply[READER_REPLY_RAW_CRC] = hal_crc32(core->hal, 0, core->packed, size);
}

static void say_hello(reader_core *core)
{
    uint32_t *const info = (uint32_t *)(void *)core->packed;
    info[READER_INFO_VERSION] = READER_VERSION;
    info[READER_INFO_CHIP] = hal_chip(core->hal);
    info[READER_INFO_FEATURES] = hal_features(core->hal);
    info[READER_INFO_BLOCK] = core->block_size;
    info[READER_INFO_QUEUE] = READER_QUEUE;
    info[READER_INFO_CPU_MHZ] = hal_cpu_mhz(core->hal);
    info[READER_INFO_BAUD] = core->baud;
    answer_packed(core, READER_KIND_INFO, 0, READER_INFO_WORDS * READER_WORD);
}

static bool is_aligned(const uint32_t *request)
{
    const uint32_t all = request[READER_REQUEST_ADDRESS] | request[READER_REQUEST_LENGTH];
    return all % READER_ALIGNMENT == 0 && request[READER_REQUEST_LENGTH] != 0;
}

/* Digests may end anywhere; what is read for the last one is rounded up. */
static bool can_digest(const uint32_t *request)
{
    const uint32_t length = request[READER_REQUEST_LENGTH], each = request[READER_REQUEST_ARGUMENT];
    return request[READER_REQUEST_ADDRESS] % READER_ALIGNMENT == 0 && length != 0 && each != 0 &&
           each % READER_ALIGNMENT == 0;
}

static uint32_t crc_of_blank(reader_core *core, uint32_t size)
{
    if (core->blank_size != size) {
        core->blank_size = size;
        core->blank_crc = hal_crc32(core->hal, 0, core->block, size);
    }
    return core->blank_crc;
}

/* Deflated when that is shorter, as it is when not. */
static void pack(reader_core *core, uint32_t size, uint32_t effort)
{
    uint32_t packed = 0;
    core->reply[READER_REPLY_RAW_CRC] = hal_crc32(core->hal, 0, core->block, size);
    if (effort != 0)
        packed = hal_deflate(core->hal, core->block, size, core->packed, size, effort);
    if (packed != 0 && packed < size) {
        core->reply[READER_REPLY_KIND] = READER_KIND_DEFLATE;
        core->reply[READER_REPLY_PAYLOAD] = packed;
        return;
    }
    core->reply[READER_REPLY_PAYLOAD] = size;
    core->payload = core->block;
}

static void read_block(reader_core *core)
{
    const uint32_t *const request = current(core);
    const uint32_t size = request[READER_REQUEST_LENGTH];
    if (!is_aligned(request) || size > core->block_size) {
        refuse(core, READER_STATUS_BAD_REQUEST);
        return;
    }
    if (!hal_flash_read(core->hal, request[READER_REQUEST_ADDRESS], core->block, size)) {
        refuse(core, READER_STATUS_FLASH);
        return;
    }
    answer(core, READER_KIND_RAW, READER_STATUS_OK);
    core->reply[READER_REPLY_RAW] = size;
    if (hal_is_blank(core->hal, (const uint32_t *)(const void *)core->block, size)) {
        core->reply[READER_REPLY_KIND] = READER_KIND_BLANK;
        core->reply[READER_REPLY_RAW_CRC] = crc_of_blank(core, size);
        return;
    }
    pack(core, size, request[READER_REQUEST_ARGUMENT]);
}

/* One digest over flash that may be longer than the block; false when flash cannot be read. */
static bool digest_range(reader_core *core, bool md5, uint32_t address, uint32_t size, uint8_t *out)
{
    uint32_t crc = 0;
    if (md5)
        hal_md5_begin(core->hal);
    while (size > 0) {
        const uint32_t part = size < core->block_size ? size : core->block_size;
        const uint32_t whole = (part + READER_ALIGNMENT - 1) / READER_ALIGNMENT * READER_ALIGNMENT;
        if (!hal_flash_read(core->hal, address, core->block, whole))
            return false;
        if (md5)
            hal_md5_update(core->hal, core->block, part);
        else
            crc = hal_crc32(core->hal, crc, core->block, part);
        address += part;
        size -= part;
    }
    if (md5)
        hal_md5_end(core->hal, out);
    else
        *(uint32_t *)(void *)out = crc;
    return true;
}

static void make_digests(reader_core *core, bool md5, uint32_t digest_size)
{
    const uint32_t *const request = current(core);
    const uint32_t length = request[READER_REQUEST_LENGTH];
    const uint32_t each = request[READER_REQUEST_ARGUMENT];
    const uint32_t most = core->block_size / digest_size;
    if (!can_digest(request) || (length - 1) / each >= most) {
        refuse(core, READER_STATUS_BAD_REQUEST);
        return;
    }
    uint32_t size = 0;
    for (uint32_t at = 0, left = length; left > 0; size += digest_size) {
        const uint32_t part = left < each ? left : each;
        if (!digest_range(core, md5, request[READER_REQUEST_ADDRESS] + at, part, core->packed + size)) {
            refuse(core, READER_STATUS_FLASH);
            return;
        }
        at += part;
        left -= part;
    }
    answer_packed(core, READER_KIND_DIGESTS, length, size);
}

static void make_crcs(reader_core *core)
{
    make_digests(core, false, READER_CRC32_SIZE);
}

static void make_md5s(reader_core *core)
{
    make_digests(core, true, READER_MD5_SIZE);
}

/* Only noted here: the answer goes out at the present rate. */
static void note_baud(reader_core *core)
{
    const uint32_t *const request = current(core);
    if (request[READER_REQUEST_ARGUMENT] == 0 || request[READER_REQUEST_LENGTH] == 0) {
        refuse(core, READER_STATUS_BAD_REQUEST);
        return;
    }
    core->new_baud = request[READER_REQUEST_ARGUMENT];
    core->new_patience = request[READER_REQUEST_LENGTH];
    done(core);
}

static void set_up_flash(reader_core *core)
{
    const uint32_t *const request = current(core);
    if (hal_flash_setup(core->hal, request[READER_REQUEST_LENGTH], request[READER_REQUEST_ARGUMENT]))
        done(core);
    else
        refuse(core, READER_STATUS_FLASH);
}

static void note_leave(reader_core *core)
{
    core->leaving = true;
    core->leave_how = current(core)[READER_REQUEST_ARGUMENT];
    done(core);
}

static void perform(reader_core *core)
{
    static void (*const operations[READER_OPS])(reader_core *) = {
        [READER_OP_HELLO] = say_hello,  [READER_OP_READ] = read_block, [READER_OP_CRC32] = make_crcs,
        [READER_OP_MD5] = make_md5s,    [READER_OP_BAUD] = note_baud,  [READER_OP_FLASH] = set_up_flash,
        [READER_OP_CANCEL] = done, /* the work was done when it came */
        [READER_OP_LEAVE] = note_leave,
    };
    const uint32_t op = current(core)[READER_REQUEST_OP];
    if (op < READER_OPS)
        operations[op](core);
    else
        refuse(core, READER_STATUS_BAD_REQUEST);
    core->reply[READER_REPLY_CRC] = hal_crc32(core->hal, 0, core->reply, READER_REPLY_CRC * READER_WORD);
    core->first = (core->first + 1) % READER_QUEUE;
    core->waiting--;
    core->header_sent = 0;
    core->payload_sent = 0;
    core->sending = true;
}

/* True when something was taken. */
static bool send_part(reader_core *core, const uint8_t *bytes, uint32_t size, uint32_t *sent)
{
    const uint32_t taken = hal_send(core->hal, bytes + *sent, size - *sent);
    *sent += taken;
    return taken != 0;
}

static bool send_some(reader_core *core)
{
    const uint32_t payload_size = core->reply[READER_REPLY_PAYLOAD];
    bool moved;
    if (core->header_sent < READER_REPLY_SIZE)
        moved = send_part(core, (const uint8_t *)core->reply, READER_REPLY_SIZE, &core->header_sent);
    else
        moved = send_part(core, core->payload, payload_size, &core->payload_sent);
    core->sending = core->header_sent < READER_REPLY_SIZE || core->payload_sent < payload_size;
    return moved || !core->sending;
}

/* A request came whole: the rate is right. */
static void take_request(reader_core *core)
{
    core->baud_patience = 0;
    if (core->window[READER_REQUEST_OP] == READER_OP_CANCEL) {
        core->waiting = 0;
        core->sending = false;
        hal_send_nothing(core->hal);
    }
    if (core->waiting == READER_QUEUE)
        return; /* hosts know how many may wait; one that sends more asks again */
    uint32_t *const place = core->queue[(core->first + core->waiting) % READER_QUEUE];
    for (uint32_t i = 0; i < READER_REQUEST_WORDS; i++)
        place[i] = core->window[i];
    core->waiting++;
}

static void take_byte(reader_core *core, uint8_t byte)
{
    uint32_t *const window = core->window;
    for (uint32_t i = 0; i + 1 < READER_REQUEST_WORDS; i++)
        window[i] = window[i] >> 8 | window[i + 1] << 24;
    window[READER_REQUEST_CRC] = window[READER_REQUEST_CRC] >> 8 | (uint32_t)byte << 24;
    if (window[READER_REQUEST_MAGIC] != READER_REQUEST_MARK)
        return;
    if (hal_crc32(core->hal, 0, window, READER_REQUEST_CRC * READER_WORD) == window[READER_REQUEST_CRC])
        take_request(core);
}

static bool take_bytes(reader_core *core)
{
    uint8_t bytes[RECEIVE_AT_ONCE];
    const uint32_t count = hal_receive(core->hal, bytes, sizeof(bytes));
    for (uint32_t i = 0; i < count; i++)
        take_byte(core, bytes[i]);
    return count != 0;
}

/* Rates are not settled until the host has been heard at them. */
static void change_baud(reader_core *core, uint32_t baud, uint32_t patience)
{
    if (!hal_set_baud(core->hal, baud))
        return;
    core->previous_baud = core->baud;
    core->baud = baud;
    core->baud_patience = patience;
    core->baud_since = hal_milliseconds(core->hal);
}

static void watch_baud(reader_core *core)
{
    if (core->baud_patience != 0 && hal_milliseconds(core->hal) - core->baud_since >= core->baud_patience)
        change_baud(core, core->previous_baud, 0);
}

/* What was promised in a reply and had to wait until that was on its way. */
static bool keep_promise(reader_core *core)
{
    const uint32_t baud = core->new_baud;
    core->new_baud = 0;
    if (baud != 0)
        change_baud(core, baud, core->new_patience);
    if (core->leaving)
        hal_leave(core->hal, core->leave_how);
    const bool kept = baud != 0 || core->leaving;
    core->leaving = false;
    return kept;
}

bool reader_core_step(reader_core *core)
{
    const bool took = take_bytes(core);
    watch_baud(core);
    if (core->sending)
        return send_some(core) || took;
    if (keep_promise(core))
        return true;
    if (core->waiting == 0)
        return took;
    perform(core);
    return true;
}
