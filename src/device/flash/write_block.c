/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/facts.h"
#include "device/flash/write.h"

#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/chip/registers.h"
#include "device/loader/state.h"

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
    STAY = 1, /* the word of END: 0 would reboot */
    INFLATE_WINDOW = 32 * 1024,
    DEFLATE_LEVEL = 9,
};

uint32_t flash_block_most(const espbak_session *session)
{
    if (!session_has_stub(session))
        return BLOCK_ROM;
    return session->loader->usb_otg ? BLOCK_USB_OTG : BLOCK_STUB;
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
    session->flash->changed = true;
    return command_run(&session->link, op, data, fifth ? sizeof(data) : sizeof(data) - 4, 0, begin_time(session, erase),
                       NULL, err);
}

bool flash_rom_erases_twice(const espbak_session *session)
{
    const espbak_chip *chip = session->info.chip;
    return session->info.link.loader == ESPBAK_LOADER_ROM && chip != NULL && chip->registers->rom_erases_twice;
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

/* A ROM erases what FLASH_BEGIN names; nothing needs to follow. */
espbak_status flash_erase_once(espbak_session *session, uint32_t offset, uint32_t size, espbak_error *err)
{
    if (!session_has_stub(session))
        return begin_plain(session, offset, size, flash_block_most(session), err);
    uint8_t data[8];
    bytes_put_le32(data, offset);
    bytes_put_le32(data + 4, size);
    const espbak_time timeout = COMMAND_DEFAULT_TIMEOUT + (espbak_time)size * FLASH_ERASE_PER_MB;
    session->flash->changed = true;
    return command_run(&session->link, OP_ERASE_REGION, data, sizeof(data), 0, timeout, NULL, err);
}

static espbak_status begin_deflated(const flash_download *download, espbak_error *err)
{
    espbak_session *session = download->session;
    const uint32_t block = download->block;
    /* A ROM wants the size rounded up to whole blocks, a stub the exact one. */
    const uint32_t size = session_has_stub(session) ? download->size : blocks_in(download->size, block) * block;
    return begin(session, OP_FLASH_DEFL_BEGIN, size, download->deflated_size, block, download->offset, err);
}

static espbak_status end(espbak_session *session, uint8_t op, espbak_time patience, espbak_error *err)
{
    uint8_t data[4];
    bytes_put_le32(data, STAY);
    return command_run(&session->link, op, data, sizeof(data), 0, COMMAND_DEFAULT_TIMEOUT + patience, NULL, err);
}

static espbak_status write_plain(flash_download *download, espbak_error *err)
{
    espbak_session *session = download->session;
    const bool stub = session_has_stub(session);
    const uint32_t block = download->block;
    const espbak_time patience = (espbak_time)2 * flash_block_most(session) * FLASH_ERASE_PER_MB;
    espbak_status status = begin_plain(session, download->offset, download->size, block, err);
    uint32_t sequence = 0;
    for (uint32_t done = 0; status == ESPBAK_OK && done < download->size;) {
        const uint32_t size = (uint32_t)bytes_min64(block, download->size - done);
        uint8_t padded[BLOCK_ROM];
        const uint8_t *data = download->data + done;
        if (!stub && size < block) { /* a ROM takes whole blocks only */
            memset(padded, 0xFF, block);
            memcpy(padded, data, size);
            data = padded;
        }
        flash_block send = {.download = download,
                            .op = OP_FLASH_DATA,
                            .sequence = &sequence,
                            .bytes = data,
                            .size = stub ? size : block,
                            .offset = download->offset + done,
                            .patience = patience};
        status = download->send(&send, err);
        done += size;
        if (status == ESPBAK_OK)
            download->progress(download->user, done);
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

static espbak_status send_deflated(flash_download *download, z_stream *stream, espbak_error *err)
{
    espbak_session *session = download->session;
    const uint32_t block = download->block, most = flash_block_most(session);
    espbak_status status = begin_deflated(download, err);
    uint32_t done = 0, before = 0, sequence = 0;
    for (size_t at = 0; status == ESPBAK_OK && at < download->deflated_size;) {
        const uint32_t size = (uint32_t)bytes_min64(block, download->deflated_size - at);
        const uint32_t inflated = inflated_by(stream, download->deflated + at, size);
        /* A stub still works on the block before when this one arrives. */
        const espbak_time patience = (espbak_time)(inflated + before + most) * FLASH_ERASE_PER_MB;
        flash_block send = {.download = download,
                            .op = OP_FLASH_DEFL_DATA,
                            .sequence = &sequence,
                            .bytes = download->deflated + at,
                            .size = size,
                            .patience = patience};
        status = download->send(&send, err);
        at += size;
        done += inflated;
        before = inflated + INFLATE_WINDOW;
        if (status == ESPBAK_OK)
            download->progress(download->user, done);
    }
    if (status == ESPBAK_OK && session_has_stub(session))
        status = end(session, OP_FLASH_DEFL_END, (espbak_time)(before + most) * FLASH_ERASE_PER_MB, err);
    return status;
}

static espbak_status write_deflated(flash_download *download, espbak_error *err)
{
    z_stream stream = {0};
    if (inflateInit(&stream) != Z_OK)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "writing flash: out of memory");
    const espbak_status status = send_deflated(download, &stream, err);
    inflateEnd(&stream);
    /* A legacy stub keeps what a broken stream left and would write it in front of the next one. */
    if (status != ESPBAK_OK && download->session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY)
        download->session->flash->inflate_stale = true;
    return status;
}

espbak_status flash_download_once(flash_download *download, espbak_error *err)
{
    return download->deflated_size != 0 ? write_deflated(download, err) : write_plain(download, err);
}

/* Secure Download Mode knows plain blocks only. */
static bool loader_inflates(const espbak_session *session)
{
    if (session->flash->inflate_stale || session->info.security.secure_download == ESPBAK_YES)
        return false;
    const espbak_chip *chip = session->info.chip;
    return session_has_stub(session) || (chip != NULL && (chip->rom_caps & ESPBAK_ROM_DEFLATE) != 0);
}

void flash_download_deflate(flash_download *download, uint8_t *room, bool compress_off)
{
    download->deflated = room;
    download->deflated_size = 0;
    if (compress_off || !loader_inflates(download->session))
        return;
    uLongf size = download->size - 1;
    if (compress2(room, &size, download->data, download->size, DEFLATE_LEVEL) == Z_OK)
        download->deflated_size = size;
}
