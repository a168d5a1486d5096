/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/flash_write.h"

/*
 * One download. A stub acknowledges a block before it has written it and tells an error with the
 * answer to the next command, so END comes last: it also says when bytes are missing. A ROM has
 * written when it answers; END would make it leave the loader (esptool loader.py flash_defl_finish).
 */

enum {
    BLOCK_STUB = 0x4000,
    BLOCK_ROM = 0x400,
    BLOCK_USB_OTG = 0x800, /* a stub behind the chip's own USB: esptool USB_RAM_BLOCK */
    BEGIN_WORDS = 5,
    BLOCK_HEAD = 16,
    STAY = 1, /* the word of END: 0 would reboot */
    INFLATE_WINDOW = 32 * 1024,
    DEFLATE_LEVEL = 9,
    ASKING_TIME = 500 * ESPBAK_MS, /* beyond what a ROM programs a block in; later it is only asked once more */
    BLOCK_ATTEMPTS = 8,            /* where a refusal says that nothing of the block was used */
};

uint32_t flash_block_most(const espbak_session *session)
{
    if (!session_has_stub(session))
        return BLOCK_ROM;
    return session->usb_otg ? BLOCK_USB_OTG : BLOCK_STUB;
}

static uint32_t blocks_in(size_t size, uint32_t block)
{
    return (uint32_t)((size + block - 1) / block);
}

/* Erase time that a BEGIN may take: a ROM erases all at once, a stub goes along with the blocks. */
static espbak_time begin_time(const espbak_session *session, uint32_t size)
{
    return COMMAND_DEFAULT_TIMEOUT + (session_has_stub(session) ? 0 : (espbak_time)size * FLASH_ERASE_PER_MB);
}

/* `size`: bytes that follow, in blocks of `block`. */
static espbak_status begin(espbak_session *session, uint8_t op, uint32_t erase, size_t size, uint32_t block,
                           uint32_t offset, espbak_error *err)
{
    const espbak_chip *chip = session->info.chip;
    const bool fifth = !session_has_stub(session) && chip != NULL && (chip->rom_caps & ESPBAK_ROM_ENCRYPTED_FLAG) != 0;
    uint8_t data[4 * BEGIN_WORDS] = {0};
    bytes_put_le32(data, erase);
    bytes_put_le32(data + 4, blocks_in(size, block));
    bytes_put_le32(data + 8, block);
    bytes_put_le32(data + 12, offset);
    session->flash_changed = true;
    return command_run(&session->link, op, data, fifth ? sizeof(data) : sizeof(data) - 4, 0, begin_time(session, erase),
                       NULL, err);
}

bool flash_rom_erases_twice(const espbak_session *session)
{
    enum { NO_IMAGE_ID = 0xFFFF }; /* of the ESP8266 alone */
    return !session_has_stub(session) && session->info.chip != NULL && session->info.chip->image_chip_id == NO_IMAGE_ID;
}

/* esptool targets/esp8266.py get_erase_size; what it would round up to a sector too many is 0 here. */
uint32_t flash_rom_erase_sectors(uint32_t first, uint32_t count)
{
    enum { SECTORS_PER_BLOCK = 16 };
    const uint32_t head = SECTORS_PER_BLOCK - first % SECTORS_PER_BLOCK;
    if (count >= 2 * head)
        return count - head;
    return count % 2 == 0 ? count / 2 : 0;
}

static espbak_status begin_plain(espbak_session *session, uint32_t offset, uint32_t exact, uint32_t block,
                                 espbak_error *err)
{
    uint32_t erase = exact;
    if (flash_rom_erases_twice(session)) {
        const uint32_t sectors = blocks_in(exact, ESPBAK_FLASH_SECTOR);
        erase = flash_rom_erase_sectors(offset / ESPBAK_FLASH_SECTOR, sectors) * ESPBAK_FLASH_SECTOR;
    }
    return begin(session, OP_FLASH_BEGIN, erase, exact, block, offset, err);
}

espbak_status flash_begin_plain(espbak_session *session, uint32_t offset, uint32_t exact, espbak_error *err)
{
    return begin_plain(session, offset, exact, flash_block_most(session), err);
}

static espbak_status begin_deflated(const flash_piece *piece, espbak_error *err)
{
    espbak_session *session = piece->session;
    const uint32_t block = piece->block;
    /* A ROM wants the size rounded up to whole blocks, a stub the exact one. */
    const uint32_t size = session_has_stub(session) ? piece->size : blocks_in(piece->size, block) * block;
    return begin(session, OP_FLASH_DEFL_BEGIN, size, piece->deflated_size, block, piece->offset, err);
}

/* A block on its way. */
typedef struct block_send {
    flash_piece *piece;
    uint8_t op;
    uint32_t *sequence;
    const uint8_t *bytes;
    uint32_t size;
    espbak_time patience;
    bool unsure;      /* no answer came to a try, so the loader may have it */
    unsigned unknown; /* times in a row that a ROM wanted no block of this number */
} block_send;

typedef enum verdict { ARRIVED, SEND_AGAIN, REFUSED } verdict;

/* What a ROM says to a block that is not as it was sent, or that it has had before. */
enum { ROM_INVALID = 0x05, ROM_CHECKSUM = 0x07, SURE_OF_NUMBER = 2 };

/*
 * What an answer means. A stub that refuses a block which did not arrive as it was sent has used
 * nothing of it. A ROM has counted one with a wrong checksum, though: plain ones go on with the next
 * number, but a deflated download, where the count tells it which block is the last, is spoilt. One
 * whose length is wrong, or its number, it does not count; so a block that it has had before is told
 * from one that was lost (all seen on the mask ROMs of ESP32 and ESP32-C3).
 */
static verdict judge(block_send *send, const command_response *response)
{
    if (response->size < COMMAND_STATUS_STUB || response->data[0] == 0)
        return ARRIVED;
    const uint8_t first = response->data[0], second = response->data[1];
    if (session_has_stub(send->piece->session)) /* wrong length, wrong checksum, another length than its frame */
        return first == 0xC0 || first == 0xC1 || (first == 0xC9 && send->op == OP_FLASH_DATA) ? SEND_AGAIN : REFUSED;
    if (send->op != OP_FLASH_DATA)
        return REFUSED;
    if (second == ROM_CHECKSUM) {
        ++*send->sequence;
        send->unsure = false;
        return SEND_AGAIN;
    }
    if (second != ROM_INVALID)
        return REFUSED;
    return send->unsure && ++send->unknown == SURE_OF_NUMBER ? ARRIVED : SEND_AGAIN;
}

static espbak_status send_block_once(const block_send *send, command_response *response, espbak_error *err)
{
    espbak_session *session = send->piece->session;
    uint8_t head[BLOCK_HEAD] = {0};
    bytes_put_le32(head, send->size);
    bytes_put_le32(head + 4, *send->sequence);
    const espbak_status status = command_send(&session->link, send->op, head, sizeof(head), send->bytes, send->size,
                                              command_checksum(send->bytes, send->size), err);
    if (status != ESPBAK_OK)
        return status;
    espbak_time deadline = session_deadline(session, SLIP_ENCODED_MAX(send->size), send->patience);
    if (send->piece->asks_twice && deadline > flash_now(session) + ASKING_TIME + 4 * session->round_trip)
        deadline = flash_now(session) + ASKING_TIME + 4 * session->round_trip;
    return command_receive(&session->link, send->op, deadline, response, err);
}

/* After silence: where the loader numbers blocks, the same one may be sent again. */
static espbak_status ask_again(block_send *send, espbak_error *err)
{
    send->unsure = true;
    send->unknown = 0;
    return flash_resync(send->piece->session, err);
}

/* Send one block until it has arrived; the sequence moves on. */
static espbak_status send_block(block_send *send, espbak_error *err)
{
    espbak_session *session = send->piece->session;
    for (unsigned attempt = 1;; attempt++) {
        command_response response = {0};
        espbak_status status = send_block_once(send, &response, err);
        const bool silent = status == ESPBAK_E_LINK && send->piece->asks_twice;
        if (status != ESPBAK_OK && (!silent || attempt == BLOCK_ATTEMPTS))
            return status;
        const verdict said = silent ? SEND_AGAIN : judge(send, &response);
        if (said == ARRIVED)
            ++*send->sequence;
        if (said == ARRIVED && send->unknown == SURE_OF_NUMBER)
            return ESPBAK_OK;
        if (said != SEND_AGAIN || attempt == BLOCK_ATTEMPTS)
            return command_check_status(&response, 0, err);
        session->stats.retries++;
        send->piece->resent++;
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "a block of %" PRIu32 " bytes %s, sending it again", send->size,
                   silent ? "was not answered" : "arrived damaged");
        status = silent ? ask_again(send, err) : ESPBAK_OK;
        if (status != ESPBAK_OK)
            return status;
    }
}

static espbak_status end(espbak_session *session, uint8_t op, espbak_time patience, espbak_error *err)
{
    uint8_t data[4];
    bytes_put_le32(data, STAY);
    return command_run(&session->link, op, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT + patience, NULL, err);
}

static espbak_status write_plain(flash_piece *piece, espbak_error *err)
{
    espbak_session *session = piece->session;
    const bool stub = session_has_stub(session);
    const uint32_t block = piece->block;
    const espbak_time patience = (espbak_time)2 * flash_block_most(session) * FLASH_ERASE_PER_MB;
    espbak_status status = begin_plain(session, piece->offset, piece->size, block, err);
    uint32_t sequence = 0;
    for (uint32_t done = 0; status == ESPBAK_OK && done < piece->size;) {
        const uint32_t size = (uint32_t)bytes_min64(block, piece->size - done);
        uint8_t padded[BLOCK_ROM];
        const uint8_t *data = piece->data + done;
        if (!stub && size < block) { /* a ROM takes whole blocks only */
            memset(padded, 0xFF, block);
            memcpy(padded, data, size);
            data = padded;
        }
        block_send send = {piece, OP_FLASH_DATA, &sequence, data, stub ? size : block, patience, false, 0};
        status = send_block(&send, err);
        done += size;
        if (status == ESPBAK_OK)
            piece->progress(piece->user, done);
    }
    if (status == ESPBAK_OK && stub)
        status = end(session, OP_FLASH_END, patience, err);
    return status;
}

/* Bytes that come out of the next `size` bytes of the stream: the time a block takes depends on it. */
static uint32_t inflated_by(z_stream *stream, const uint8_t *bytes, uint32_t size)
{
    uint8_t window[4096];
    const uLong before = stream->total_out;
    stream->next_in = (z_const Bytef *)bytes;
    stream->avail_in = size;
    int result;
    do {
        stream->next_out = window;
        stream->avail_out = sizeof(window);
        result = inflate(stream, Z_NO_FLUSH);
    } while (result == Z_OK && stream->avail_out == 0);
    return (uint32_t)(stream->total_out - before);
}

static espbak_status send_deflated(flash_piece *piece, z_stream *stream, espbak_error *err)
{
    espbak_session *session = piece->session;
    const uint32_t block = piece->block, most = flash_block_most(session);
    espbak_status status = begin_deflated(piece, err);
    uint32_t done = 0, before = 0, sequence = 0;
    for (size_t at = 0; status == ESPBAK_OK && at < piece->deflated_size;) {
        const uint32_t size = (uint32_t)bytes_min64(block, piece->deflated_size - at);
        const uint32_t inflated = inflated_by(stream, piece->deflated + at, size);
        /* A stub still works on the block before when this one arrives. */
        const espbak_time patience = (espbak_time)(inflated + before + most) * FLASH_ERASE_PER_MB;
        block_send send = {piece, OP_FLASH_DEFL_DATA, &sequence, piece->deflated + at, size, patience, false, 0};
        status = send_block(&send, err);
        at += size;
        done += inflated;
        before = inflated + INFLATE_WINDOW;
        if (status == ESPBAK_OK)
            piece->progress(piece->user, done);
    }
    if (status == ESPBAK_OK && session_has_stub(session))
        status = end(session, OP_FLASH_DEFL_END, (espbak_time)(before + most) * FLASH_ERASE_PER_MB, err);
    return status;
}

static espbak_status write_deflated(flash_piece *piece, espbak_error *err)
{
    z_stream stream = {0};
    if (inflateInit(&stream) != Z_OK)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "writing flash: out of memory");
    const espbak_status status = send_deflated(piece, &stream, err);
    inflateEnd(&stream);
    /* A legacy stub keeps what a broken stream left and would write it in front of the next one. */
    if (status != ESPBAK_OK && piece->session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY)
        piece->session->inflate_stale = true;
    return status;
}

espbak_status flash_write_piece(flash_piece *piece, espbak_error *err)
{
    return piece->deflated_size != 0 ? write_deflated(piece, err) : write_plain(piece, err);
}

/* Secure Download Mode knows plain blocks only. */
static bool loader_inflates(const espbak_session *session)
{
    if (session->inflate_stale || session->info.security.secure_download == ESPBAK_YES)
        return false;
    const espbak_chip *chip = session->info.chip;
    return session_has_stub(session) || (chip != NULL && (chip->rom_caps & ESPBAK_ROM_DEFLATE) != 0);
}

void flash_deflate_piece(flash_piece *piece, uint8_t *room, bool compress_off)
{
    piece->deflated = room;
    piece->deflated_size = 0;
    if (compress_off || !loader_inflates(piece->session))
        return;
    uLongf size = piece->size - 1;
    if (compress2(room, &size, piece->data, piece->size, DEFLATE_LEVEL) == Z_OK)
        piece->deflated_size = size;
}
