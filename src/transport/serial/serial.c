/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/serial/serial.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "transport/serial/bridges.h"
#include "transport/serial/ports.h"
#include "transport/serial/serial_os.h"

typedef struct serial_impl {
    struct sp_port *port; /* NULL when closed */
    const espbak_events *events;
    espbak_usb_id usb;
    uint32_t max_baud;
    char path[SERIAL_PATH_MAX];
    char url[];
} serial_impl;

static espbak_status fail_closed(const serial_impl *impl, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_PORT, "%s is not open", impl->path);
}

static espbak_status read_some(void *context, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                               espbak_error *err)
{
    const serial_impl *impl = context;
    if (impl->port == NULL)
        return fail_closed(impl, err);
    return serial_os_read(impl->port, impl->path, buffer, capacity, timeout, got, err);
}

static espbak_status write_some(void *context, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                espbak_error *err)
{
    const serial_impl *impl = context;
    if (impl->port == NULL)
        return fail_closed(impl, err);
    return serial_os_write(impl->port, impl->path, bytes, size, timeout, put, err);
}

static espbak_status fail_baud(const serial_impl *impl, uint32_t baud, espbak_error *err)
{
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "%s does not take %" PRIu32 " baud", impl->path, baud);
    espbak_error_hint(err, "choose a lower rate with --baud");
    return status;
}

/* A driver may take the nearest rate it has. UARTs tolerate 3 % between them; -1 is "not known". */
static bool is_baud_set(struct sp_port *port, uint32_t baud)
{
    struct sp_port_config *config = NULL;
    int set = -1;
    const bool known = sp_new_config(&config) == SP_OK && sp_get_config(port, config) == SP_OK &&
                       sp_get_config_baudrate(config, &set) == SP_OK && set > 0;
    sp_free_config(config);
    const int64_t difference = (int64_t)set - (int64_t)baud;
    return !known || (difference < 0 ? -difference : difference) * 100 <= (int64_t)baud * 3;
}

static espbak_status set_baud(void *context, uint32_t baud, espbak_error *err)
{
    const serial_impl *impl = context;
    if (impl->port == NULL)
        return fail_closed(impl, err);
    if (baud > INT_MAX)
        return fail_baud(impl, baud, err);
    if (sp_set_baudrate(impl->port, (int)baud) != SP_OK)
        return serial_os_refused() ? fail_baud(impl, baud, err) : serial_os_fail(impl->path, err);
    return is_baud_set(impl->port, baud) ? ESPBAK_OK : fail_baud(impl, baud, err);
}

static espbak_status set_lines(void *context, bool dtr, bool rts, espbak_error *err)
{
    const serial_impl *impl = context;
    if (impl->port == NULL)
        return fail_closed(impl, err);
    return serial_os_set_lines(impl->port, impl->path, dtr, rts, err);
}

static espbak_status discard_input(void *context, espbak_error *err)
{
    const serial_impl *impl = context;
    if (impl->port == NULL)
        return fail_closed(impl, err);
    return sp_flush(impl->port, SP_BUF_INPUT) == SP_OK ? ESPBAK_OK : serial_os_fail(impl->path, err);
}

static void close_port(serial_impl *impl)
{
    if (impl->port == NULL)
        return;
    serial_os_close(impl->port);
    sp_free_port(impl->port);
    impl->port = NULL;
}

static espbak_status set_line_format(struct sp_port *port, const char *path, espbak_error *err)
{
    const bool done = sp_set_baudrate(port, TRANSPORT_FIRST_BAUD) == SP_OK && sp_set_bits(port, 8) == SP_OK &&
                      sp_set_parity(port, SP_PARITY_NONE) == SP_OK && sp_set_stopbits(port, 1) == SP_OK &&
                      sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK && sp_flush(port, SP_BUF_BOTH) == SP_OK;
    return done ? ESPBAK_OK : serial_os_fail(path, err);
}

static espbak_status fail_unknown(const char *path, espbak_error *err)
{
    char present[400];
    ports_describe_present(present, sizeof(present));
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "%s is not a serial port of this computer", path);
    espbak_error_hint(err, "its serial ports: %s", present);
    return status;
}

static void copy_text(char *out, size_t capacity, const char *text)
{
    bytes_printable(out, capacity, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

static void learn_identity(serial_impl *impl)
{
    int vid = 0, pid = 0;
    if (sp_get_port_transport(impl->port) != SP_TRANSPORT_USB ||
        sp_get_port_usb_vid_pid(impl->port, &vid, &pid) != SP_OK)
        return;
    impl->usb.known = true;
    impl->usb.vid = (uint16_t)vid;
    impl->usb.pid = (uint16_t)pid;
    copy_text(impl->usb.serial, sizeof(impl->usb.serial), sp_get_port_usb_serial(impl->port));
    copy_text(impl->usb.product, sizeof(impl->usb.product), sp_get_port_usb_product(impl->port));
    ports_os_place(impl->path, impl->usb.place, sizeof(impl->usb.place));
    impl->usb.usb_interface = ports_os_interface(impl->path);
    const ports_bridge *bridge = ports_find_bridge(impl->usb.vid, impl->usb.pid, impl->usb.product);
    impl->max_baud = bridge == NULL ? 0 : bridge->max_baud;
}

/* Open impl->path; the port is NULL again on failure. */
static espbak_status open_path(serial_impl *impl, espbak_error *err)
{
    if (sp_get_port_by_name(impl->path, &impl->port) != SP_OK) {
        impl->port = NULL;
        return fail_unknown(impl->path, err);
    }
    espbak_status status = serial_os_open(impl->port, impl->path, impl->events, err);
    if (status != ESPBAK_OK) {
        sp_free_port(impl->port);
        impl->port = NULL;
        return status;
    }
    status = set_line_format(impl->port, impl->path, err);
    if (status != ESPBAK_OK)
        close_port(impl);
    return status;
}

/* A chip with USB of its own may come back under another name: then its serial number tells. */
static espbak_status reopen(void *context, espbak_error *err)
{
    serial_impl *impl = context;
    close_port(impl);
    espbak_status status = serial_os_resolve(impl->url, impl->path, err);
    if (status != ESPBAK_OK && ports_find_again(&impl->usb, impl->path, sizeof(impl->path))) {
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    return status != ESPBAK_OK ? status : open_path(impl, err);
}

static void close_impl(void *context)
{
    serial_impl *impl = context;
    close_port(impl);
    free(impl);
}

static const espbak_transport_ops serial_ops = {
    .name = "serial",
    .read = read_some,
    .write = write_some,
    .set_baud = set_baud,
    .set_lines = set_lines,
    .discard_input = discard_input,
    .reopen = reopen,
    .close = close_impl,
};

espbak_status serial_open(espbak_transport **out, const transport_open_args *args, espbak_error *err)
{
    const size_t url_size = strlen(args->url) + 1;
    serial_impl *impl = calloc(1, sizeof(*impl) + url_size);
    if (impl == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "opening %s: out of memory", args->url);
    memcpy(impl->url, args->url, url_size);
    impl->events = args->events;
    impl->usb.usb_interface = -1;
    espbak_status status = serial_os_resolve(args->url, impl->path, err);
    if (status == ESPBAK_OK)
        status = open_path(impl, err);
    if (status == ESPBAK_OK) {
        learn_identity(impl);
        const espbak_transport_caps caps = {
            .baud = true, .modem_lines = true, .unix_tight = serial_os_one_step(), .max_baud = impl->max_baud};
        status =
            espbak_transport_wrap(out, &serial_ops, impl, args->url, &caps, &impl->usb, espbak_clock_system(), err);
    }
    if (status != ESPBAK_OK)
        close_impl(impl);
    return status;
}
