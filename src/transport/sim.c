/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/sim.h"

#include <stdlib.h>
#include <string.h>

#include "sim/device.h"
#include "transport/serial/bridges.h"

enum { WRITE_BUFFER = 4096, WRITE_STEP_MS = 5 };

typedef struct sim_port {
    sim_device *device;
    espbak_clock clock; /* its ctx is this */
    bool real_time;
    espbak_time started; /* on the system's clock */
    sim_time now;        /* virtual time */
    sim_time polled_at;  /* when a read without a wait found nothing */
    bool usb;
    uint32_t baud;
} sim_port;

static sim_time now_of(sim_port *p)
{
    if (p->real_time)
        p->now = (espbak_clock_now(espbak_clock_system()) - p->started) * SIM_US;
    return p->now;
}

static espbak_time clock_now(void *ctx)
{
    return now_of(ctx) / SIM_US;
}

/* Let time pass up to `time`. */
static void wait_until(sim_port *p, sim_time time)
{
    if (p->real_time)
        espbak_clock_sleep(espbak_clock_system(), (time - now_of(p) + SIM_US - 1) / SIM_US);
    else if (time > p->now)
        p->now = time;
    sim_device_advance(p->device, now_of(p));
}

static void clock_sleep(void *ctx, espbak_time microseconds)
{
    sim_port *p = ctx;
    wait_until(p, now_of(p) + microseconds * SIM_US);
}

static espbak_status check_flash(const sim_port *p, espbak_error *err)
{
    if (!sim_device_flash_failed(p->device))
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_PORT, "the simulated chip's flash image can no longer be read or written");
}

static espbak_status port_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    sim_port *p = impl;
    const sim_time end = now_of(p) + timeout * SIM_US;
    for (;;) {
        *got = sim_device_take(p->device, buffer, capacity, now_of(p));
        if (*got > 0 || now_of(p) >= end)
            break;
        const sim_time next = sim_device_next(p->device);
        wait_until(p, next < end ? next : end);
    }
    if (*got == 0 && timeout <= 0 && !p->real_time) {
        if (p->polled_at == p->now)
            p->now += SIM_US; /* so that somebody who polls sees time go by */
        p->polled_at = p->now;
    }
    return check_flash(p, err);
}

/* What the host has taken and not yet sent, as a time. */
static sim_time backlog_limit(const sim_port *p)
{
    return WRITE_BUFFER * 10 * 1000000000LL / (p->baud != 0 ? p->baud : 115200);
}

static espbak_status port_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    sim_port *p = impl;
    const sim_time end = now_of(p) + timeout * SIM_US;
    *put = 0;
    while (sim_device_sent_at(p->device) - now_of(p) > backlog_limit(p)) {
        if (now_of(p) >= end)
            return ESPBAK_OK;
        const sim_time step = now_of(p) + (sim_time)WRITE_STEP_MS * SIM_MS;
        wait_until(p, step < end ? step : end);
    }
    *put = size < WRITE_BUFFER ? size : WRITE_BUFFER;
    sim_device_feed(p->device, bytes, *put, now_of(p));
    return check_flash(p, err);
}

static espbak_status port_set_baud(void *impl, uint32_t baud, espbak_error *err)
{
    sim_port *p = impl;
    if (!sim_device_set_baud(p->device, baud, now_of(p)))
        return espbak_fail(err, ESPBAK_E_PORT, "the simulated adapter does not take %u baud", (unsigned)baud);
    p->baud = baud;
    return ESPBAK_OK;
}

static espbak_status port_set_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    (void)err;
    sim_port *p = impl;
    sim_device_set_lines(p->device, dtr, rts, now_of(p));
    return ESPBAK_OK;
}

static espbak_status port_discard(void *impl, espbak_error *err)
{
    (void)err;
    sim_port *p = impl;
    uint8_t bytes[256];
    while (sim_device_take(p->device, bytes, sizeof(bytes), now_of(p)) > 0) {
    }
    return ESPBAK_OK;
}

static espbak_status port_reopen(void *impl, espbak_error *err)
{
    sim_port *p = impl;
    p->baud = 115200;
    (void)sim_device_set_baud(p->device, p->baud, now_of(p));
    return port_discard(impl, err);
}

static void port_close(void *impl)
{
    sim_port *p = impl;
    sim_device_close(p->device);
    free(p);
}

static const espbak_transport_ops port_ops = {
    .name = "sim",
    .read = port_read,
    .write = port_write,
    .set_baud = port_set_baud,
    .set_lines = port_set_lines,
    .discard_input = port_discard,
    .reopen = port_reopen,
    .close = port_close,
};

static void describe_bridge(espbak_usb_id *usb, const sim_bridge *bridge)
{
    usb->known = true;
    usb->vid = bridge->vid;
    usb->pid = bridge->pid;
    strcpy(usb->serial, bridge->serial);
    strcpy(usb->product, bridge->product);
    strcpy(usb->place, "simulated");
}

static void describe_usb(espbak_usb_id *usb, const sim_options *options)
{
    memset(usb, 0, sizeof(*usb));
    usb->usb_interface = -1;
    if (options->line.bridge != NULL)
        describe_bridge(usb, options->line.bridge);
    if (options->line.usb == SIM_USB_NONE)
        return;
    usb->known = true;
    usb->vid = 0x303A; /* Espressif */
    usb->pid = options->line.usb == SIM_USB_JTAG ? 0x1001 : options->chip.chip->id;
    strcpy(usb->serial, "simulated");
}

static espbak_status make_port(sim_port **out, const sim_options *options, espbak_error *err)
{
    *out = NULL;
    sim_port *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    p->clock = (espbak_clock){.now = clock_now, .sleep = clock_sleep, .ctx = p};
    p->real_time = options->real_time;
    p->started = espbak_clock_now(espbak_clock_system());
    p->baud = 115200;
    p->usb = options->line.usb != SIM_USB_NONE;
    const espbak_status status = sim_device_open(&p->device, options, err);
    if (status != ESPBAK_OK) {
        free(p);
        return status;
    }
    (void)sim_device_set_baud(p->device, p->baud, 0);
    *out = p;
    return ESPBAK_OK;
}

espbak_status transport_sim_open(espbak_transport **out, const char *spec, const espbak_events *events,
                                 const espbak_cancel *cancel, espbak_error *err)
{
    *out = NULL;
    sim_options options;
    const bool prefixed = strncmp(spec, "sim:", 4) == 0;
    espbak_status status = sim_options_parse(&options, prefixed ? spec + 4 : spec, err);
    if (status != ESPBAK_OK)
        return status;
    sim_port *p;
    status = make_port(&p, &options, err);
    if (status != ESPBAK_OK)
        return status;
    espbak_usb_id usb;
    describe_usb(&usb, &options);
    const ports_bridge *bridge = usb.known ? ports_find_bridge(usb.vid, usb.pid, usb.product) : NULL;
    const espbak_transport_caps caps = {
        .baud = !p->usb, .modem_lines = true, .unix_tight = true, .max_baud = bridge == NULL ? 0 : bridge->max_baud};
    char url[2048] = "sim:";
    strncat(url, prefixed ? spec + 4 : spec, sizeof(url) - 5);
    status = espbak_transport_wrap(out, &port_ops, p, url, &caps, &usb, &p->clock, err);
    if (status != ESPBAK_OK) {
        port_close(p);
        return status;
    }
    espbak_transport_observe(*out, events, cancel);
    return ESPBAK_OK;
}
