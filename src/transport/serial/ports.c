/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/serial/ports.h"

#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/words.h"
#include "transport/serial/bridges.h"

bool espbak_port_looks_like_esp(const espbak_port *port)
{
    return port->kind != ESPBAK_PORT_OTHER;
}

static void copy_text(char *out, size_t capacity, const char *text)
{
    bytes_printable(out, capacity, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

static void describe_usb(espbak_port *port, const struct sp_port *source)
{
    int vid = 0, pid = 0, bus = 0, address = 0;
    if (sp_get_port_transport(source) != SP_TRANSPORT_USB || sp_get_port_usb_vid_pid(source, &vid, &pid) != SP_OK)
        return;
    port->usb = true;
    port->vid = (uint16_t)vid;
    port->pid = (uint16_t)pid;
    copy_text(port->usb_serial, sizeof(port->usb_serial), sp_get_port_usb_serial(source));
    if (sp_get_port_usb_bus_address(source, &bus, &address) == SP_OK) {
        port->usb_bus = bus;
        port->usb_address = address;
    }
    port->usb_interface = ports_os_interface(port->path);
    ports_os_place(port->path, port->usb_place, sizeof(port->usb_place));
    const ports_bridge *bridge = ports_find_bridge(port->vid, port->pid, sp_get_port_usb_product(source));
    if (bridge == NULL)
        return;
    copy_text(port->bridge, sizeof(port->bridge), bridge->name);
    port->kind = bridge->kind;
    port->max_baud = bridge->max_baud;
}

/* False for a name that does not fit: a cut path would name another device. */
static bool describe(espbak_port *port, const struct sp_port *source)
{
    const char *name = sp_get_port_name(source);
    if (name == NULL || strlen(name) >= sizeof(port->path))
        return false;
    *port = (espbak_port){.usb_interface = -1};
    memcpy(port->path, name, strlen(name) + 1);
    copy_text(port->description, sizeof(port->description), sp_get_port_description(source));
    describe_usb(port, source);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ttyUSB9 before ttyUSB10, COM9 before COM10. */
static int compare_paths(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    const size_t digits_a = strspn(a, "0123456789"), digits_b = strspn(b, "0123456789");
    if (digits_a != digits_b && (digits_a > 0 || is_digit(*b)) && (digits_b > 0 || is_digit(*a)))
        return digits_a < digits_b ? -1 : 1;
    return (unsigned char)*a - (unsigned char)*b;
}

int ports_compare(const void *a, const void *b)
{
    const espbak_port *left = a, *right = b;
    const int likely = (int)espbak_port_looks_like_esp(right) - (int)espbak_port_looks_like_esp(left);
    return likely != 0 ? likely : compare_paths(left->path, right->path);
}

espbak_status espbak_ports_list(espbak_port **ports, size_t *count, espbak_error *err)
{
    struct sp_port **sources = ports_os_list();
    espbak_port *list = NULL;
    size_t total = 0, kept = 0;
    espbak_status status = ESPBAK_OK;
    *ports = NULL;
    *count = 0;
    if (sources == NULL)
        return espbak_fail(err, ESPBAK_E_PORT, "cannot list the serial ports of this computer");
    while (sources[total] != NULL)
        total++;
    list = calloc(total + 1, sizeof(*list));
    if (list == NULL) {
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "listing serial ports: out of memory");
        goto done;
    }
    for (size_t i = 0; i < total; i++) {
        if (describe(&list[kept], sources[i]))
            kept++;
    }
    qsort(list, kept, sizeof(*list), ports_compare);
    *ports = list;
    *count = kept;

done:
    sp_free_port_list(sources);
    return status;
}

void espbak_ports_free(espbak_port *ports)
{
    free(ports);
}

/* Whether `port` is one of several ports of one USB device. */
static bool is_shared(const espbak_port *port, const espbak_port *ports, size_t count)
{
    size_t same = 0;
    for (size_t i = 0; i < count && port->usb && port->usb_address != 0; i++) {
        if (ports[i].usb && ports[i].usb_bus == port->usb_bus && ports[i].usb_address == port->usb_address)
            same++;
    }
    return same > 1;
}

static int describe_one(char *text, size_t capacity, const espbak_port *port, bool shared)
{
    char kind[sizeof(port->bridge)] = "", interface[32] = "";
    if (port->bridge[0] != '\0')
        snprintf(kind, sizeof(kind), "%s", port->bridge);
    else if (port->usb)
        snprintf(kind, sizeof(kind), "USB %04x:%04x", port->vid, port->pid);
    if (shared && port->usb_interface >= 0)
        snprintf(interface, sizeof(interface), ", interface %d", port->usb_interface);
    if (kind[0] == '\0')
        return snprintf(text, capacity, "%s", port->path);
    return snprintf(text, capacity, "%s (%s%s)", port->path, kind, interface);
}

void ports_describe(char *text, size_t capacity, const espbak_port *ports, size_t count)
{
    size_t used = 0;
    snprintf(text, capacity, "no serial ports at all");
    for (size_t i = 0; i < count; i++) {
        char one[sizeof(ports->path) + 96];
        const int size = describe_one(one, sizeof(one), &ports[i], is_shared(&ports[i], ports, count));
        /* Room is kept for the ellipsis. */
        if (size < 0 || used + (size_t)size + 2 + 6 > capacity) {
            snprintf(text + used, capacity - used, "%s...", used > 0 ? ", " : "");
            return;
        }
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", used > 0 ? ", " : "", one);
    }
}

void ports_describe_present(char *text, size_t capacity)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    if (espbak_ports_list(&ports, &count, NULL) != ESPBAK_OK)
        snprintf(text, capacity, "an unknown number of ports");
    else
        ports_describe(text, capacity, ports, count);
    espbak_ports_free(ports);
}

bool ports_find_again(const espbak_usb_id *usb, char *path, size_t capacity)
{
    espbak_port *ports = NULL;
    size_t count = 0, found = 0;
    if (!usb->known || usb->serial[0] == '\0' || espbak_ports_list(&ports, &count, NULL) != ESPBAK_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        const espbak_port *port = &ports[i];
        if (!port->usb || port->vid != usb->vid || strcmp(port->usb_serial, usb->serial) != 0)
            continue;
        if (port->usb_interface != usb->usb_interface)
            continue;
        found++;
        snprintf(path, capacity, "%s", port->path);
    }
    espbak_ports_free(ports);
    return found == 1;
}

static espbak_status fail_none(const espbak_port *ports, size_t count, espbak_error *err)
{
    char seen[512];
    espbak_status status;
    ports_describe(seen, sizeof(seen), ports, count);
    if (count == 0)
        status = espbak_fail(err, ESPBAK_E_PORT, "this computer has no serial ports");
    else
        status = espbak_fail(err, ESPBAK_E_PORT, "no port looks like an ESP; there are: %s", seen);
    espbak_error_hint(err, "plug the device in with a data cable, or name its port with --port");
    return status;
}

static espbak_status fail_several(const espbak_port *likely, size_t count, espbak_error *err)
{
    char seen[512];
    ports_describe(seen, sizeof(seen), likely, count);
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "%zu ports look like an ESP: %s", count, seen);
    espbak_error_suggest(err, (const char *const[]){"ports", NULL});
    espbak_error_hint(err, "name one with --port; what hangs on each:");
    return status;
}

/* `ports` has those that look like an ESP in front, as every listing has. */
espbak_status ports_pick_from(const espbak_port *ports, size_t count, espbak_port *port, espbak_error *err)
{
    size_t likely = 0;
    while (likely < count && espbak_port_looks_like_esp(&ports[likely]))
        likely++;
    if (likely == 0)
        return fail_none(ports, count, err);
    if (likely > 1)
        return fail_several(ports, likely, err);
    *port = ports[0];
    return ESPBAK_OK;
}

espbak_status espbak_ports_pick(espbak_port *port, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    espbak_status status = espbak_ports_list(&ports, &count, err);
    if (status == ESPBAK_OK)
        status = ports_pick_from(ports, count, port, err);
    espbak_ports_free(ports);
    return status;
}

static const word_row kinds[] = {
    [ESPBAK_PORT_OTHER] = {"other", "", NULL},
    [ESPBAK_PORT_BRIDGE] = {"bridge", "USB-to-UART bridge", NULL},
    [ESPBAK_PORT_USB_SERIAL_JTAG] = {"usb-serial-jtag", "Espressif USB-Serial-JTAG", NULL},
    [ESPBAK_PORT_USB_OTG] = {"usb-otg", "Espressif USB", NULL},
};
static const word_table kind_words = WORD_TABLE(kinds);

const char *espbak_port_kind_name(espbak_port_kind kind)
{
    return words_name(&kind_words, kind);
}

const char *espbak_port_kind_phrase(espbak_port_kind kind)
{
    return words_phrase(&kind_words, kind);
}
