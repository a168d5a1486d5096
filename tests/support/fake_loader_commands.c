/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_loader_commands.h"

static void fake_emit(fake_loader *fake, const uint8_t *bytes, size_t size)
{
    if (fake->out_used == fake->out_size)
        fake->out_used = fake->out_size = 0;
    assert_true(fake->out_size + SLIP_ENCODED_MAX(size) <= FAKE_OUT_MAX);
    fake->packet_begin = fake->out_size + 1;
    fake->out_size += slip_encode(fake->out + fake->out_size, bytes, size);
}

static void fake_answer(fake_loader *fake, uint8_t op, uint32_t value, const uint8_t *data, size_t size,
                        const uint8_t status[2])
{
    uint8_t frame[128] = {1, op};
    const bool rom = fake->kind == ESPBAK_LOADER_ROM && !fake->esp8266;
    const size_t status_size = rom ? 4 : 2;
    bytes_put_le16(frame + 2, (uint16_t)(size + status_size));
    bytes_put_le32(frame + 4, value);
    if (size > 0)
        memcpy(frame + 8, data, size);
    memcpy(frame + 8 + size, status, 2);
    fake_emit(fake, frame, 8 + size + status_size);
}

static void fake_status(fake_loader *fake, uint8_t op, uint8_t code)
{
    const uint8_t stub[2] = {code, 0};
    const uint8_t rom[2] = {code != 0, code};
    fake_answer(fake, op, 0, NULL, 0, fake->kind == ESPBAK_LOADER_ROM ? rom : stub);
}

void fake_send_packet(fake_loader *fake)
{
    const uint32_t size = (uint32_t)bytes_min64(fake->read_packet, fake->read_size - fake->sent);
    if (fake->fail_reads > 0) {
        fake->fail_reads--;
        fake->reading = false;
        fake->deferred = 0xC4;
        return;
    }
    uint8_t packet[4096];
    memcpy(packet, fake->flash + fake->read_offset + fake->sent, size);
    espbak_error err = {0};
    assert_int_equal(digest_update(fake->md5, packet, size, &err), ESPBAK_OK);
    if (fake->corrupt_packets > 0) {
        fake->corrupt_packets--;
        packet[size / 2] ^= 0x01;
    }
    fake->sent += size;
    fake_emit(fake, packet, size);
}

void fake_end_read(fake_loader *fake)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    espbak_error err = {0};
    assert_int_equal(digest_finish(fake->md5, md5, &err), ESPBAK_OK);
    fake->reading = false;
    fake_emit(fake, md5, sizeof(md5));
}

static void fake_begin_read(fake_loader *fake, const uint8_t *data)
{
    fake->read_offset = bytes_get_le32(data);
    fake->read_size = bytes_get_le32(data + 4);
    fake->read_packet = bytes_get_le32(data + 8);
    fake->last_window = bytes_get_le32(data + 12);
    fake->read_window = fake->kind == ESPBAK_LOADER_STUB_LEGACY ? fake->last_window : 1;
    fake->sent = fake->acked = 0;
    fake->reading = true;
    uint8_t ignored[DIGEST_MD5_SIZE];
    espbak_error err = {0};
    assert_int_equal(digest_finish(fake->md5, ignored, &err), ESPBAK_OK);
}

static void fake_hash(fake_loader *fake, const uint8_t *data)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    char hex[2 * DIGEST_MD5_SIZE + 1];
    espbak_error err = {0};
    uint32_t offset = bytes_get_le32(data);
    if (fake->damage_hashes > 0 && offset == fake->damage_at) {
        fake->damage_hashes--;
        offset ^= fake->damage_mask;
    }
    assert_int_equal(digest_of(DIGEST_MD5, fake->flash + offset, bytes_get_le32(data + 4), md5, &err), ESPBAK_OK);
    bytes_to_hex(hex, md5, sizeof(md5));
    if (fake->fail_hashes > 0) {
        fake->fail_hashes--;
        fake_status(fake, OP_SPI_FLASH_MD5, 0xC4);
        return;
    }
    if (fake->hash_rate != 0) {
        const espbak_time idle = fake->now > fake->ready ? fake->now : fake->ready;
        fake->ready = idle + (espbak_time)((uint64_t)bytes_get_le32(data + 4) * ESPBAK_S / fake->hash_rate);
    }
    const uint8_t ok[2] = {0, 0};
    if (fake->noisy) {
        assert_true(fake->out_size < FAKE_OUT_MAX);
        fake->out[fake->out_size++] = 0x55;
    }
    if (fake->kind == ESPBAK_LOADER_ROM)
        fake_answer(fake, OP_SPI_FLASH_MD5, 0, (const uint8_t *)hex, 32, ok);
    else
        fake_answer(fake, OP_SPI_FLASH_MD5, 0, md5, sizeof(md5), ok);
}

static void fake_read_slow(fake_loader *fake, const uint8_t *data)
{
    uint8_t block[64];
    const uint32_t offset = bytes_get_le32(data);
    memset(block, 0xEE, sizeof(block));
    memcpy(block, fake->flash + offset, bytes_get_le32(data + 4));
    if (fake->corrupt_packets > 0) {
        fake->corrupt_packets--;
        block[0] ^= 0x01;
    }
    const uint8_t ok[2] = {0, 0};
    fake_answer(fake, OP_READ_FLASH_SLOW, 0, block, sizeof(block), ok);
}

static void fake_erase(fake_loader *fake, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t at = (uint64_t)(first + i) * FAKE_SECTOR;
        assert_true(at + FAKE_SECTOR <= fake->flash_size);
        memset(fake->flash + at, 0xFF, FAKE_SECTOR);
        fake->erased_sectors++;
    }
}

/* The ESP8266 ROM erases the sectors before the first block boundary, then all of the count after them. */
static void fake_erase_for_begin(fake_loader *fake, uint32_t size, uint32_t offset)
{
    const uint32_t first = offset / FAKE_SECTOR, count = (size + FAKE_SECTOR - 1) / FAKE_SECTOR;
    uint32_t head = 0;
    if (fake->esp8266) {
        head = 16 - first % 16;
        head = head < count ? head : count;
    }
    fake_erase(fake, first, head + count);
}

static void fake_begin_write(fake_loader *fake, uint8_t op, const uint8_t *data, size_t size)
{
    const uint32_t total = bytes_get_le32(data), offset = bytes_get_le32(data + 12);
    fake->begin_words = (unsigned)(size / 4);
    fake->block_size = bytes_get_le32(data + 8);
    fake->write_offset = offset;
    fake->write_left = fake->kind == ESPBAK_LOADER_ROM ? fake->flash_size - offset : total;
    fake->writing = true;
    fake->sequence = 0;
    fake_erase_for_begin(fake, total, offset);
    if (fake->inflating)
        inflateEnd(&fake->inflater);
    fake->inflating = op == OP_FLASH_DEFL_BEGIN;
    if (fake->inflating) {
        memset(&fake->inflater, 0, sizeof(fake->inflater));
        assert_int_equal(inflateInit(&fake->inflater), Z_OK);
        fake->begins_deflated++;
    } else {
        fake->begins_plain++;
    }
    fake_status(fake, op, FAKE_STATUS_OK);
}

static void fake_program(fake_loader *fake, const uint8_t *data, size_t size)
{
    size = (size_t)bytes_min64(size, fake->write_left);
    for (size_t i = 0; i < size; i++)
        fake->flash[fake->write_offset + i] &= data[i];
    fake->write_offset += (uint32_t)size;
    fake->write_left -= (uint32_t)size;
}

static void fake_inflate(fake_loader *fake, const uint8_t *data, size_t size)
{
    uint8_t room[4096];
    fake->inflater.next_in = (z_const Bytef *)data;
    fake->inflater.avail_in = (uInt)size;
    int result;
    do {
        fake->inflater.next_out = room;
        fake->inflater.avail_out = sizeof(room);
        result = inflate(&fake->inflater, Z_NO_FLUSH);
        fake_program(fake, room, sizeof(room) - fake->inflater.avail_out);
    } while (result == Z_OK && fake->inflater.avail_out == 0);
}

static void fake_block(fake_loader *fake, uint8_t op, const uint8_t *frame, size_t size)
{
    const uint8_t *block = frame + 8 + 16;
    const size_t block_size = size - 8 - 16;
    assert_int_equal(bytes_get_le32(frame + 8), block_size);
    uint8_t sum = COMMAND_CHECKSUM_SEED;
    for (size_t i = 0; i < block_size; i++)
        sum ^= block[i];
    assert_int_equal(bytes_get_le32(frame + 4), sum);
    /* A ROM numbers blocks, and counts one with a bad checksum too; a stub does not look. */
    if (fake->kind == ESPBAK_LOADER_ROM && bytes_get_le32(frame + 8 + 4) != fake->sequence) {
        fake_status(fake, op, 0x05);
        return;
    }
    fake->sequence++;
    if (fake->bad_blocks > 0) {
        fake->bad_blocks--;
        fake_status(fake, op, fake->kind == ESPBAK_LOADER_ROM ? 0x07 : 0xC1);
        return;
    }
    assert_true(fake->writing);
    if (op == OP_FLASH_DATA)
        fake_program(fake, block, block_size);
    else
        fake_inflate(fake, block, block_size);
    fake->blocks++;
    if (fake->lose_block_answers > 0 && fake->blocks > fake->lose_block_after)
        fake->lose_block_answers--;
    else
        fake_status(fake, op, FAKE_STATUS_OK);
}

void fake_command(fake_loader *fake, const uint8_t *frame, size_t size)
{
    if (size < 8 || frame[0] != 0 || (size_t)bytes_get_le16(frame + 2) + 8 != size) {
        fake->odd_frames++;
        return;
    }
    const uint8_t op = frame[1], *data = frame + 8;
    fake->commands[op]++;
    if (fake->mute != 0)
        return;
    if (fake->deferred != 0) {
        fake_status(fake, op, fake->deferred);
        fake->deferred = 0;
        return;
    }
    switch (op) {
    case OP_READ_FLASH:
        fake_status(fake, op, FAKE_STATUS_OK);
        fake_begin_read(fake, data);
        break;
    case OP_READ_FLASH_SLOW:
        fake_read_slow(fake, data);
        break;
    case OP_SPI_FLASH_MD5:
        fake_hash(fake, data);
        break;
    case OP_FLASH_BEGIN:
    case OP_FLASH_DEFL_BEGIN:
        fake_begin_write(fake, op, data, size - 8);
        break;
    case OP_FLASH_DATA:
    case OP_FLASH_DEFL_DATA:
        fake_block(fake, op, frame, size);
        break;
    case OP_FLASH_END:
    case OP_FLASH_DEFL_END:
        assert_int_not_equal(fake->kind, ESPBAK_LOADER_ROM); /* a ROM would leave its loader */
        assert_int_equal(bytes_get_le32(data), 1);
        fake->ends++;
        fake_status(fake, op, fake->write_left == 0 ? FAKE_STATUS_OK : 0xC8);
        fake->writing = false;
        break;
    case OP_ERASE_REGION:
        fake_erase(fake, bytes_get_le32(data) / FAKE_SECTOR, bytes_get_le32(data + 4) / FAKE_SECTOR);
        fake_status(fake, op, FAKE_STATUS_OK);
        break;
    default:
        fake_status(fake, op, FAKE_STATUS_OK);
        break;
    }
}

void fake_take_ack(fake_loader *fake)
{
    const fake_frame taken = fake->fifo[0];
    fake->fifo_count--;
    fake->fifo_bytes -= taken.wire;
    memmove(fake->fifo, fake->fifo + 1, fake->fifo_count * sizeof(fake->fifo[0]));
    /* A current stub looks at the length, a legacy one at no more than four bytes. */
    const bool legacy = fake->kind == ESPBAK_LOADER_STUB_LEGACY;
    if (legacy ? taken.size < 4 : taken.size != 4)
        fake_end_read(fake);
    else
        fake->acked = bytes_get_le32(taken.bytes);
    if (fake->reading && legacy && fake->acked > fake->sent)
        fake_end_read(fake);
}
