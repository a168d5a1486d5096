/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/core.h"

enum { PAYLOAD_LEAST = (WIRE_WRITE_WORDS + 1) * WIRE_WORD };

/* The request under way is the first of the queue until its reply is made. */
const uint32_t *loader_current(const loader_core *core)
{
    return core->queue[core->first];
}

static void answer(loader_core *core, uint32_t kind, uint32_t status)
{
    const uint32_t *const request = loader_current(core);
    core->reply[WIRE_REPLY_MAGIC] = WIRE_REPLY_MARK;
    core->reply[WIRE_REPLY_TAG] = request[WIRE_REQUEST_TAG];
    core->reply[WIRE_REPLY_KIND] = kind | status << 8;
    core->reply[WIRE_REPLY_ADDRESS] = request[WIRE_REQUEST_ADDRESS];
    core->reply[WIRE_REPLY_RAW] = 0;
    core->reply[WIRE_REPLY_PAYLOAD] = 0;
    core->reply[WIRE_REPLY_RAW_CRC] = 0;
    core->payload = core->packed;
}

/* Send `size` bytes of `packed` that are no flash contents. */
static uint32_t answer_packed(loader_core *core, uint32_t kind, uint32_t size)
{
    core->reply[WIRE_REPLY_KIND] = kind;
    core->reply[WIRE_REPLY_PAYLOAD] = size;
    core->reply[WIRE_REPLY_RAW_CRC] = hal_crc32(core->hal, 0, core->packed, size);
    return WIRE_STATUS_OK;
}

static uint32_t say_hello(loader_core *core)
{
    uint32_t *const info = (uint32_t *)(void *)core->packed;
    info[WIRE_INFO_VERSION] = WIRE_VERSION;
    info[WIRE_INFO_CHIP] = hal_chip(core->hal);
    info[WIRE_INFO_FEATURES] = hal_features(core->hal);
    info[WIRE_INFO_BLOCK] = core->block_size;
    info[WIRE_INFO_QUEUE] = WIRE_QUEUE;
    info[WIRE_INFO_CPU_MHZ] = hal_cpu_mhz(core->hal);
    info[WIRE_INFO_BAUD] = core->baud;
    info[WIRE_INFO_NONCE] = hal_nonce(core->hal);
    info[WIRE_INFO_WRITE_BLOCK] = hal_write_block(core->hal);
    info[WIRE_INFO_WRITE_AHEAD] = hal_write_ahead(core->hal);
    loader_wire_words(info, WIRE_INFO_WORDS);
    return answer_packed(core, WIRE_KIND_INFO, WIRE_INFO_WORDS * WIRE_WORD);
}

static bool is_aligned(const uint32_t *request)
{
    const uint32_t all = request[WIRE_REQUEST_ADDRESS] | request[WIRE_REQUEST_LENGTH];
    return all % WIRE_ALIGNMENT == 0 && request[WIRE_REQUEST_LENGTH] != 0;
}

/* Digests may end anywhere; what is read for the last one is rounded up. */
static bool can_digest(const uint32_t *request)
{
    const uint32_t length = request[WIRE_REQUEST_LENGTH], each = request[WIRE_REQUEST_ARGUMENT];
    return request[WIRE_REQUEST_ADDRESS] % WIRE_ALIGNMENT == 0 && length != 0 && each != 0 &&
           each % WIRE_ALIGNMENT == 0;
}

static uint32_t crc_of_blank(loader_core *core, uint32_t size)
{
    if (core->blank_size != size) {
        core->blank_size = size;
        core->blank_crc = hal_crc32(core->hal, 0, core->block, size);
    }
    return core->blank_crc;
}

/* Deflated when that is shorter, as it is when not. */
static uint32_t pack(loader_core *core, uint32_t size, uint32_t effort)
{
    uint32_t packed = 0;
    core->reply[WIRE_REPLY_RAW_CRC] = hal_crc32(core->hal, 0, core->block, size);
    if (effort != 0 && !core->may_write) /* the compressor's memory has another use then */
        packed = hal_deflate(core->hal, core->block, size, core->packed, size, effort);
    if (packed != 0 && packed < size) {
        core->reply[WIRE_REPLY_KIND] = WIRE_KIND_DEFLATE;
        core->reply[WIRE_REPLY_PAYLOAD] = packed;
        return WIRE_STATUS_OK;
    }
    core->reply[WIRE_REPLY_PAYLOAD] = size;
    core->payload = core->block;
    return WIRE_STATUS_OK;
}

static uint32_t read_block(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    const uint32_t size = request[WIRE_REQUEST_LENGTH];
    if (!is_aligned(request) || size > core->block_size)
        return WIRE_STATUS_BAD_REQUEST;
    if (!hal_flash_read(core->hal, request[WIRE_REQUEST_ADDRESS], core->block, size))
        return WIRE_STATUS_FLASH;
    core->reply[WIRE_REPLY_RAW] = size;
    core->reply[WIRE_REPLY_KIND] = WIRE_KIND_RAW;
    if (!hal_is_blank(core->hal, (const uint32_t *)(const void *)core->block, size))
        return pack(core, size, request[WIRE_REQUEST_ARGUMENT]);
    core->reply[WIRE_REPLY_KIND] = WIRE_KIND_BLANK;
    core->reply[WIRE_REPLY_RAW_CRC] = crc_of_blank(core, size);
    return WIRE_STATUS_OK;
}

bool loader_digest(loader_core *core, uint32_t kind, uint32_t address, uint32_t size, uint8_t *out)
{
    uint32_t crc = 0;
    if (kind != HAL_CRC32)
        hal_digest_begin(core->hal, kind);
    while (size > 0) {
        const uint32_t part = size < core->block_size ? size : core->block_size;
        const uint32_t whole = (part + WIRE_ALIGNMENT - 1) / WIRE_ALIGNMENT * WIRE_ALIGNMENT;
        if (!hal_flash_read(core->hal, address, core->block, whole))
            return false;
        if (kind == HAL_CRC32)
            crc = hal_crc32(core->hal, crc, core->block, part);
        else
            hal_digest_update(core->hal, kind, core->block, part);
        address += part;
        size -= part;
    }
    if (kind == HAL_CRC32)
        *(uint32_t *)(void *)out = loader_wire_word(crc);
    else
        hal_digest_end(core->hal, kind, out);
    return true;
}

static uint32_t make_digests(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    const uint32_t kind = request[WIRE_REQUEST_OP] - WIRE_OP_CRC32, each = request[WIRE_REQUEST_ARGUMENT];
    const uint32_t digest_size = kind == HAL_CRC32 ? WIRE_CRC32_SIZE : WIRE_DIGEST_SIZE;
    uint32_t address = request[WIRE_REQUEST_ADDRESS], left = request[WIRE_REQUEST_LENGTH], size = 0;
    if (!can_digest(request) || (left - 1) / each >= core->block_size / digest_size)
        return WIRE_STATUS_BAD_REQUEST;
    core->reply[WIRE_REPLY_RAW] = left;
    for (; left > 0; size += digest_size) {
        const uint32_t part = left < each ? left : each;
        if (!loader_digest(core, kind, address, part, core->packed + size))
            return WIRE_STATUS_FLASH;
        address += part;
        left -= part;
    }
    return answer_packed(core, WIRE_KIND_DIGESTS, size);
}

/* Only noted here: the answer goes out at the present rate. */
static uint32_t note_baud(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    if (request[WIRE_REQUEST_ARGUMENT] == 0 || request[WIRE_REQUEST_LENGTH] == 0)
        return WIRE_STATUS_BAD_REQUEST;
    core->new_baud = request[WIRE_REQUEST_ARGUMENT];
    core->new_patience = request[WIRE_REQUEST_LENGTH];
    return WIRE_STATUS_OK;
}

static uint32_t set_up_flash(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    return hal_flash_setup(core->hal, request[WIRE_REQUEST_LENGTH], request[WIRE_REQUEST_ARGUMENT]) ? WIRE_STATUS_OK
                                                                                                    : WIRE_STATUS_FLASH;
}

static uint32_t use_status(loader_core *core)
{
    const uint32_t *const request = loader_current(core);
    const uint32_t code = request[WIRE_REQUEST_ADDRESS], size = request[WIRE_REQUEST_LENGTH];
    if ((code != 0x05 && code != 0x35 && code != 0x15) || size > 2)
        return WIRE_STATUS_BAD_REQUEST;
    if (size != 0 && !core->may_write)
        return WIRE_STATUS_OFF;
    *(uint32_t *)(void *)core->packed =
        loader_wire_word(hal_flash_status(core->hal, code, size, request[WIRE_REQUEST_ARGUMENT]));
    return answer_packed(core, WIRE_KIND_STATUS, WIRE_WORD);
}

static uint32_t note_leave(loader_core *core)
{
    core->leaving = true;
    core->leave_how = loader_current(core)[WIRE_REQUEST_ARGUMENT];
    return WIRE_STATUS_OK;
}

/* The work was done when it came. */
static uint32_t cancel(loader_core *core)
{
    (void)core;
    return WIRE_STATUS_OK;
}

/* An operation returns a wire_status; what it does not put into the reply itself is done, and without payload. */
static void perform(loader_core *core)
{
    static uint32_t (*const operations[])(loader_core *) = {
        [WIRE_OP_HELLO] = say_hello,     [WIRE_OP_READ] = read_block,        [WIRE_OP_CRC32] = make_digests,
        [WIRE_OP_MD5] = make_digests,    [WIRE_OP_BAUD] = note_baud,         [WIRE_OP_FLASH] = set_up_flash,
        [WIRE_OP_CANCEL] = cancel,       [WIRE_OP_LEAVE] = note_leave,       [WIRE_OP_OPEN] = loader_open_transaction,
        [WIRE_OP_ALLOW] = loader_allow,  [WIRE_OP_CONFIRM] = loader_confirm, [WIRE_OP_ERASE] = loader_erase,
        [WIRE_OP_WRITE] = loader_write,  [WIRE_OP_STATUS] = use_status,
#ifndef LOADER_WITHOUT_SHA256
        [WIRE_OP_SHA256] = make_digests,
#endif
    };
    const uint32_t op = loader_current(core)[WIRE_REQUEST_OP];
    answer(core, WIRE_KIND_DONE, WIRE_STATUS_OK);
    const uint32_t known = sizeof(operations) / sizeof(operations[0]);
    const uint32_t status = op < known ? operations[op](core) : WIRE_STATUS_BAD_REQUEST;
    if (status != WIRE_STATUS_OK)
        answer(core, WIRE_KIND_REFUSED, status);
    loader_wire_words(core->reply, WIRE_REPLY_CRC);
    core->reply[WIRE_REPLY_CRC] = loader_wire_word(hal_crc32(core->hal, 0, core->reply, WIRE_REPLY_CRC * WIRE_WORD));
    core->has_payload = core->has_payload && op != WIRE_OP_WRITE; /* there is one at a time */
    core->first = (core->first + 1) % WIRE_QUEUE;
    core->waiting--;
    core->header_sent = 0;
    core->payload_sent = 0;
    core->sending = true;
}

/* True when something was taken. */
static bool send_part(loader_core *core, const uint8_t *bytes, uint32_t size, uint32_t *sent)
{
    const uint32_t taken = hal_send(core->hal, bytes + *sent, size - *sent);
    *sent += taken;
    return taken != 0;
}

static bool send_some(loader_core *core)
{
    const uint32_t payload_size = loader_wire_word(core->reply[WIRE_REPLY_PAYLOAD]);
    bool moved;
    if (core->header_sent < WIRE_REPLY_SIZE)
        moved = send_part(core, (const uint8_t *)core->reply, WIRE_REPLY_SIZE, &core->header_sent);
    else
        moved = send_part(core, core->payload, payload_size, &core->payload_sent);
    core->sending = core->header_sent < WIRE_REPLY_SIZE || core->payload_sent < payload_size;
    return moved || !core->sending;
}

static void enqueue(loader_core *core)
{
    if (core->waiting == WIRE_QUEUE)
        return; /* hosts know how many may wait; one that sends more asks again */
    uint32_t *const place = core->queue[(core->first + core->waiting) % WIRE_QUEUE];
    for (uint32_t i = 0; i < WIRE_REQUEST_WORDS; i++)
        place[i] = core->window[i];
    core->waiting++;
}

static bool has_room_for_payload(const loader_core *core)
{
    const uint32_t size = core->window[WIRE_REQUEST_ARGUMENT];
    return core->may_write && size >= PAYLOAD_LEAST && size % WIRE_WORD == 0 && size <= core->incoming_size;
}

/* A request came whole: the rate is right. A WRITE that cannot be served is refused without its payload. */
static void take_request(loader_core *core)
{
    const uint32_t op = core->window[WIRE_REQUEST_OP];
    core->baud_patience = 0;
    if (op == WIRE_OP_CANCEL) {
        core->waiting = 0;
        core->has_payload = false;
        core->sending = false;
        hal_send_nothing(core->hal);
    }
    core->waits_for_payload = op == WIRE_OP_WRITE && has_room_for_payload(core);
    core->expected = core->window[WIRE_REQUEST_ARGUMENT];
    core->arrived = 0;
    if (!core->waits_for_payload)
        enqueue(core);
}

/* What was taken for a payload may have requests in it, if bytes were lost: look at it once more. */
static void give_payload_up(loader_core *core)
{
    core->waits_for_payload = false;
    core->again_at = 0;
    core->again_end = core->arrived;
}

static void take_payload(loader_core *core)
{
    const uint32_t size = core->expected - WIRE_WORD;
    const uint32_t *const words = (const uint32_t *)(const void *)core->incoming;
    if (hal_crc32(core->hal, 0, core->incoming, size) != loader_wire_word(words[size / WIRE_WORD])) {
        give_payload_up(core);
        return;
    }
    core->waits_for_payload = false;
    core->has_payload = core->waiting < WIRE_QUEUE;
    enqueue(core);
}

static void take_byte(loader_core *core, uint8_t byte)
{
    uint32_t *const window = core->window;
    if (core->waits_for_payload) {
        core->incoming[core->arrived++] = byte; /* never ahead of what is looked at again */
        if (core->arrived == core->expected)
            take_payload(core);
        return;
    }
    for (uint32_t i = 0; i + 1 < WIRE_REQUEST_WORDS; i++)
        window[i] = window[i] >> 8 | window[i + 1] << 24;
    window[WIRE_REQUEST_CRC] = window[WIRE_REQUEST_CRC] >> 8 | (uint32_t)byte << 24;
    if (window[WIRE_REQUEST_MAGIC] != WIRE_REQUEST_MARK)
        return;
    if (loader_words_crc(core->hal, window, WIRE_REQUEST_CRC) == window[WIRE_REQUEST_CRC])
        take_request(core);
}

static bool fetch_batch(loader_core *core)
{
    if (core->batch_at < core->batch_end)
        return true;
    core->batch_at = 0;
    core->batch_end = hal_receive(core->hal, core->batch, LOADER_BATCH);
    if (core->batch_end != 0)
        core->arrived_at = hal_milliseconds(core->hal);
    return core->batch_end != 0;
}

static bool take_again(loader_core *core)
{
    if (core->again_at == core->again_end)
        return false;
    for (uint32_t i = 0; i < LOADER_BATCH && core->again_at < core->again_end && !core->has_payload; i++)
        take_byte(core, core->incoming[core->again_at++]);
    return true;
}

static bool give_late_payload_up(loader_core *core)
{
    if (!core->waits_for_payload || hal_milliseconds(core->hal) - core->arrived_at < LOADER_PAYLOAD_PATIENCE)
        return false;
    give_payload_up(core);
    return true;
}

/* While a payload waits to be used, what comes behind it stays where it is. */
static bool take_bytes(loader_core *core)
{
    if (core->has_payload)
        return false;
    if (take_again(core))
        return true;
    if (!fetch_batch(core))
        return give_late_payload_up(core);
    while (core->batch_at < core->batch_end && core->again_at == core->again_end && !core->has_payload)
        take_byte(core, core->batch[core->batch_at++]);
    return true;
}

/* Rates are not settled until the host has been heard at them. */
static void change_baud(loader_core *core, uint32_t baud, uint32_t patience)
{
    if (!hal_set_baud(core->hal, baud))
        return;
    core->previous_baud = core->baud;
    core->baud = baud;
    core->baud_patience = patience;
    core->baud_since = hal_milliseconds(core->hal);
}

static void watch_baud(loader_core *core)
{
    if (core->baud_patience != 0 && hal_milliseconds(core->hal) - core->baud_since >= core->baud_patience)
        change_baud(core, core->previous_baud, 0);
}

/* What was promised in a reply and had to wait until that was on its way. */
static bool keep_promise(loader_core *core)
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

bool loader_core_step(loader_core *core)
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
