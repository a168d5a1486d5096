/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_loader.h"

static espbak_time fake_now(void *ctx)
{
    return ((fake_loader *)ctx)->now;
}

static void fake_sleep(void *ctx, espbak_time microseconds)
{
    ((fake_loader *)ctx)->now += microseconds;
}

/* What the loader does once its last bytes are on the line. */
static void fake_run(fake_loader *fake)
{
    while (fake->out_used == fake->out_size) {
        if (fake->reading && fake->acked >= fake->read_size) {
            fake_end_read(fake);
        } else if (fake->reading && fake->sent < fake->read_size && fake->sent - fake->acked < fake->read_window) {
            fake_send_packet(fake);
        } else if (fake->reading && fake->fifo_count > 0) {
            fake_take_ack(fake);
        } else if (!fake->reading && fake->fifo_count > 0) {
            const fake_frame taken = fake->fifo[0];
            fake->fifo_count--;
            fake->fifo_bytes -= taken.wire;
            memmove(fake->fifo, fake->fifo + 1, fake->fifo_count * sizeof(fake->fifo[0]));
            fake_command(fake, taken.bytes, taken.size);
        } else {
            return;
        }
    }
}

static void fake_judge_ack(fake_loader *fake, const uint8_t *frame)
{
    const bool sending = fake->out_used < fake->out_size;
    /* As a command it would erase all: esptool-legacy-flasher-stub checks neither direction nor size. */
    fake->perilous += bytes_get_le32(frame) == 0xD000;
    if (fake->kind != ESPBAK_LOADER_STUB_CURRENT)
        return;
    if (sending && fake->out_used <= fake->packet_begin)
        fake->too_early++;
    fake->early += sending;
    fake->late += !sending;
    fake->two_ahead += fake->fifo_count > 0;
}

static bool fake_loses(fake_loader *fake, const uint8_t *frame, size_t size)
{
    unsigned *left = fake->reading && size == 4 ? &fake->lose_acks : NULL;
    if (size > 8 && frame[1] == OP_READ_FLASH_SLOW)
        left = &fake->lose_requests;
    if (size > 8 && frame[1] == OP_SPI_FLASH_MD5)
        left = &fake->lose_hashes;
    if (left == NULL || *left == 0)
        return false;
    if (fake->lose_after > 0) {
        fake->lose_after--;
        return false;
    }
    (*left)--;
    return true;
}

static void fake_receive(fake_loader *fake, const uint8_t *frame, size_t size, size_t wire)
{
    fake_run(fake);
    if (fake_loses(fake, frame, size))
        return;
    if (fake->reading && size == 4)
        fake_judge_ack(fake, frame);
    const bool busy = fake->reading || fake->out_used < fake->out_size;
    if (!busy) {
        fake->ready = fake->now + fake->latency;
        fake_command(fake, frame, size);
        return;
    }
    if (fake->fifo_bytes + wire > FAKE_FIFO || size > sizeof(fake->fifo[0].bytes)) {
        fake->overflows++;
        return;
    }
    fake_frame *queued = &fake->fifo[fake->fifo_count++];
    memcpy(queued->bytes, frame, size);
    queued->size = size;
    queued->wire = wire;
    fake->fifo_bytes += wire;
    if (fake->fifo_bytes > fake->fifo_peak)
        fake->fifo_peak = fake->fifo_bytes;
    if (fake->fifo_count > fake->outstanding_peak)
        fake->outstanding_peak = (unsigned)fake->fifo_count;
}

static espbak_status fake_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    (void)timeout;
    (void)err;
    fake_loader *fake = impl;
    for (size_t i = 0; i < size; i++) {
        size_t used = 0;
        fake->wire++;
        if (slip_decode(&fake->decoder, bytes + i, 1, &used) == SLIP_FRAME) {
            fake_receive(fake, fake->frame, fake->decoder.size, fake->wire);
            fake->wire = 0;
        }
    }
    fake->now += (espbak_time)size * 10 * ESPBAK_S / fake->baud;
    *put = size;
    return ESPBAK_OK;
}

/* What it has to say besides, it does not say. */
static bool fake_babbles(fake_loader *fake, uint8_t *buffer, size_t capacity)
{
    const bool asked = fake->commands[OP_READ_FLASH] + fake->commands[OP_READ_FLASH_SLOW] > 0;
    if (fake->babble == NULL || !asked || fake->out_used < fake->out_size)
        return false;
    const size_t length = strlen(fake->babble);
    for (size_t i = 0; i < capacity; i++)
        buffer[i] = (uint8_t)fake->babble[i % length];
    fake->now += (espbak_time)capacity * 10 * ESPBAK_S / fake->baud;
    return true;
}

static espbak_status fake_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    (void)err;
    fake_loader *fake = impl;
    *got = 0;
    if (fake_babbles(fake, buffer, capacity)) {
        *got = capacity;
        return ESPBAK_OK;
    }
    fake_run(fake);
    const size_t left = fake->out_size - fake->out_used;
    if (left == 0) {
        fake->now += timeout > 0 ? timeout : 1;
        return ESPBAK_OK;
    }
    if (fake->now < fake->ready)
        fake->now = fake->ready;
    size_t size = left < capacity ? left : capacity;
    size = size < fake->step ? size : fake->step;
    memcpy(buffer, fake->out + fake->out_used, size);
    fake->out_used += size;
    fake->now += (espbak_time)size * 10 * ESPBAK_S / fake->baud;
    *got = size;
    return ESPBAK_OK;
}

static espbak_status fake_set_baud(void *impl, uint32_t baud, espbak_error *err)
{
    (void)err;
    ((fake_loader *)impl)->baud = baud;
    return ESPBAK_OK;
}

static void fake_close(void *impl)
{
    (void)impl;
}

static const espbak_transport_ops fake_ops = {
    .name = "fake", .read = fake_read, .write = fake_write, .set_baud = fake_set_baud, .close = fake_close};

fake_loader *fake_new(espbak_session **out, const char *chip, espbak_loader kind, uint32_t flash_size)
{
    fake_loader *fake = calloc(1, sizeof(*fake));
    assert_non_null(fake);
    espbak_error err = {0};
    fake->clock = (espbak_clock){.now = fake_now, .sleep = fake_sleep, .ctx = fake};
    fake->baud = 115200;
    fake->step = 64;
    fake->kind = kind;
    fake->flash_size = flash_size;
    fake->flash = malloc(flash_size);
    fake->out = malloc(FAKE_OUT_MAX);
    assert_non_null(fake->flash);
    assert_non_null(fake->out);
    uint32_t noise = 12345;
    for (uint32_t i = 0; i < flash_size; i++) {
        noise = noise * 1664525u + 1013904223u;
        fake->flash[i] = (uint8_t)(noise >> 24);
    }
    slip_decoder_init(&fake->decoder, fake->frame, sizeof(fake->frame));
    assert_int_equal(digest_new(&fake->md5, DIGEST_MD5, &err), ESPBAK_OK);

    espbak_transport *transport = NULL;
    const espbak_transport_caps caps = {.baud = true};
    assert_int_equal(espbak_transport_wrap(&transport, &fake_ops, fake, "fake:", &caps, NULL, &fake->clock, &err),
                     ESPBAK_OK);
    espbak_session *const session = *out = hand_session(transport);
    session->info.chip = espbak_chip_by_name(chip);
    assert_non_null(session->info.chip);
    fake->esp8266 = strcmp(chip, "esp8266") == 0;
    session->info.flash.size = flash_size;
    session->info.link.loader = kind;
    session->info.link.baud = fake->baud;
    session->flash->addressable = flash_size < 0x1000000u ? flash_size : 0x1000000u;
    session->loader->synced = true;
    return fake;
}

void fake_free(fake_loader *fake, espbak_session *session)
{
    session_free(session);
    if (fake->inflating)
        inflateEnd(&fake->inflater);
    digest_free(fake->md5);
    free(fake->out);
    free(fake->flash);
    free(fake);
}
