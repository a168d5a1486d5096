/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_line.h"

static espbak_time fake_now(void *ctx)
{
    return ((fake_line *)ctx)->now;
}

static void fake_sleep(void *ctx, espbak_time time)
{
    ((fake_line *)ctx)->now += time;
}

static espbak_status fake_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    (void)err;
    fake_line *const line = impl;
    const espbak_time end = line->now + timeout;
    for (size_t i = 0; i < line->arrival_count; i++) {
        if (line->arrivals[i].end <= line->input_used)
            continue;
        if (line->arrivals[i].when > end)
            break;
        if (line->arrivals[i].when > line->now)
            line->now = line->arrivals[i].when;
        const size_t here = line->arrivals[i].end - line->input_used;
        *got = here < capacity ? here : capacity;
        memcpy(buffer, line->input + line->input_used, *got);
        line->input_used += *got;
        return ESPBAK_OK;
    }
    line->now = end;
    *got = 0;
    return ESPBAK_OK;
}

static espbak_status fake_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    (void)timeout;
    (void)err;
    fake_line *const line = impl;
    assert_true(size <= sizeof(line->output) - line->output_size);
    memcpy(line->output + line->output_size, bytes, size);
    line->output_size += size;
    *put = size;
    return ESPBAK_OK;
}

static espbak_status fake_set_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    (void)err;
    fake_line *const line = impl;
    const size_t used = strlen(line->lines);
    const espbak_time waited = (line->now - line->lines_at) / ESPBAK_MS;
    if (waited > 0)
        snprintf(line->lines + used, sizeof(line->lines) - used, " w%d %d%d", (int)waited, dtr, rts);
    else
        snprintf(line->lines + used, sizeof(line->lines) - used, "%s%d%d", used > 0 ? " " : "", dtr, rts);
    line->lines_at = line->now;
    return ESPBAK_OK;
}

void fake_line_close(void *impl)
{
    (void)impl;
}

const espbak_transport_ops fake_line_ops = {
    .name = "fake", .read = fake_read, .write = fake_write, .set_lines = fake_set_lines, .close = fake_line_close};

espbak_clock fake_line_clock(fake_line *line)
{
    return (espbak_clock){.now = fake_now, .sleep = fake_sleep, .ctx = line};
}

espbak_transport *fake_open(fake_line *line, espbak_clock *clock, const espbak_transport_caps *caps,
                            const espbak_usb_id *usb)
{
    espbak_transport *transport = NULL;
    espbak_error err = {0};
    memset(line, 0, sizeof(*line));
    *clock = fake_line_clock(line);
    assert_int_equal(espbak_transport_wrap(&transport, &fake_line_ops, line, "fake:", caps, usb, clock, &err),
                     ESPBAK_OK);
    return transport;
}

void fake_arrive(fake_line *line, espbak_time when, const void *bytes, size_t size)
{
    memcpy(line->input + line->input_size, bytes, size);
    line->input_size += size;
    line->arrivals[line->arrival_count].when = when;
    line->arrivals[line->arrival_count++].end = line->input_size;
}
