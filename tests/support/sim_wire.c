/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sim_wire.h"

#include "sim/chip/default_image.h"

sim_flash *wire_flash(const char *spec)
{
    sim_options options;
    espbak_error err = {0};
    sim_flash *flash = NULL;
    if (sim_options_parse(&options, spec, &err) != ESPBAK_OK ||
        sim_flash_open(&flash, &options.chip, &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    if (options.chip.flash[0] == '\0' && !options.chip.blank)
        default_image_write(flash, &options.chip);
    sim_flash_power_on(flash);
    return flash;
}

void wire_open(wire *w, const char *spec)
{
    sim_options options;
    espbak_error err = {0};
    memset(w, 0, sizeof(*w));
    if (sim_options_parse(&options, spec, &err) != ESPBAK_OK ||
        sim_device_open(&w->device, &options, &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    (void)sim_device_set_baud(w->device, 115200, 0);
}

void wire_close(wire *w)
{
    sim_device_close(w->device);
}

void wire_wait(wire *w, sim_time time)
{
    w->now += time;
    sim_device_advance(w->device, w->now);
}

size_t wire_drain(wire *w)
{
    uint8_t bytes[256];
    size_t total = 0;
    for (size_t n; (n = sim_device_take(w->device, bytes, sizeof(bytes), w->now)) > 0;)
        total += n;
    return total;
}

void wire_reset(wire *w)
{
    sim_device_set_lines(w->device, false, true, w->now);
    wire_wait(w, 100LL * SIM_MS);
    sim_device_set_lines(w->device, true, true, w->now);
    sim_device_set_lines(w->device, true, false, w->now);
    wire_wait(w, 50LL * SIM_MS);
    sim_device_set_lines(w->device, false, false, w->now);
    wire_wait(w, 50LL * SIM_MS);
    wire_drain(w);
}

void wire_send_frame(wire *w, const uint8_t *bytes, size_t size)
{
    static uint8_t out[65536];
    size_t n = 0;
    out[n++] = 0xC0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0xC0 || bytes[i] == 0xDB) {
            out[n++] = 0xDB;
            out[n++] = bytes[i] == 0xC0 ? 0xDC : 0xDD;
        } else {
            out[n++] = bytes[i];
        }
    }
    out[n++] = 0xC0;
    sim_device_feed(w->device, out, n, w->now);
}

void wire_send(wire *w, uint8_t op, const uint8_t *data, size_t size, uint32_t checksum)
{
    static uint8_t request[32768];
    request[0] = 0;
    request[1] = op;
    bytes_put_le16(request + 2, (uint16_t)size);
    bytes_put_le32(request + 4, checksum);
    if (size > 0)
        memcpy(request + 8, data, size);
    wire_send_frame(w, request, 8 + size);
}

void wire_words(wire *w, uint8_t op, unsigned count, ...)
{
    uint8_t data[64];
    va_list words;
    va_start(words, count);
    for (unsigned i = 0; i < count; i++)
        bytes_put_le32(data + 4u * i, va_arg(words, uint32_t));
    va_end(words);
    wire_send(w, op, data, 4u * count, 0);
}

bool wire_frame(wire *w, sim_time limit)
{
    const sim_time end = w->now + limit;
    bool inside = false, escaped = false;
    w->size = 0;
    for (;;) {
        uint8_t byte;
        if (sim_device_take(w->device, &byte, 1, w->now) == 0) {
            const sim_time next = sim_device_next(w->device);
            if (w->now >= end)
                return false;
            w->now = next < end ? (next > w->now ? next : w->now) : end;
            sim_device_advance(w->device, w->now);
            continue;
        }
        if (byte == 0xC0) {
            if (inside && w->size > 0)
                return true;
            inside = true;
        } else if (inside && byte == 0xDB) {
            escaped = true;
        } else if (inside && w->size < sizeof(w->frame)) {
            w->frame[w->size++] = !escaped ? byte : byte == 0xDC ? 0xC0 : 0xDB;
            escaped = false;
        }
    }
}

uint32_t wire_status(wire *w, uint8_t op, size_t payload)
{
    do {
        if (!wire_frame(w, 300LL * 1000 * SIM_MS))
            return UINT32_MAX;
    } while (w->size < 8 || w->frame[0] != 1 || w->frame[1] != op);
    assert_true(w->size >= 8 + payload + 2);
    if (w->frame[8 + payload] == 0)
        return 0; /* the byte behind it may be stale */
    return (uint32_t)w->frame[8 + payload] << 8 | w->frame[8 + payload + 1];
}

uint32_t wire_value(const wire *w)
{
    return bytes_get_le32(w->frame + 4);
}

uint32_t wire_sync(wire *w)
{
    uint8_t data[36] = {0x07, 0x07, 0x12, 0x20};
    memset(data + 4, 0x55, 32);
    wire_send(w, 0x08, data, sizeof(data), 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(wire_status(w, 0x08, 0), 0);
    return wire_value(w);
}

uint32_t wire_checksum(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0xEF;
    for (size_t i = 0; i < size; i++)
        sum ^= bytes[i];
    return sum;
}

void wire_block(wire *w, uint8_t op, uint32_t sequence, const uint8_t *bytes, size_t size, uint32_t sum)
{
    static uint8_t data[0x4010];
    memset(data, 0, 16);
    bytes_put_le32(data, (uint32_t)size);
    bytes_put_le32(data + 4, sequence);
    memcpy(data + 16, bytes, size);
    wire_send(w, op, data, 16 + size, sum);
}

void wire_load(wire *w, uint32_t address, const uint8_t *bytes, uint32_t size)
{
    wire_words(w, 0x05, 4, size, 1u, size, address);
    assert_int_equal(wire_status(w, 0x05, 0), 0);
    wire_block(w, 0x07, 0, bytes, size, wire_checksum(bytes, size));
    assert_int_equal(wire_status(w, 0x07, 0), 0);
}

bool wire_ohai(wire *w)
{
    while (wire_frame(w, 500LL * SIM_MS)) {
        if (w->size == 4 && memcmp(w->frame, "OHAI", 4) == 0)
            return true;
    }
    return false;
}

void wire_start_stub(wire *w, bool legacy)
{
    const uint8_t code[32] = {1, 2, 3};
    wire_reset(w);
    (void)wire_sync(w);
    wire_load(w, 0x40378000, code, sizeof(code));
    wire_load(w, legacy ? 0x3FCB2C00 : 0x3FCB2DC4, code, 16);
    wire_words(w, 0x06, 2, 0u, 0x40378004u);
    assert_true(wire_ohai(w));
}
