/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/show/fields.h"
#include "espbak/port.h"

static void print_port(output *out, const espbak_port *port)
{
    char usb[128] = "", interface[24] = "";
    if (port->usb)
        snprintf(usb, sizeof(usb), "  %04X:%04X%s%s", port->vid, port->pid, port->usb_serial[0] != '\0' ? "  " : "",
                 port->usb_serial);
    if (port->usb_interface >= 0)
        snprintf(interface, sizeof(interface), "  interface %d", port->usb_interface);
    const bool named = port->kind == ESPBAK_PORT_BRIDGE && port->bridge[0] != '\0';
    const char *kind = named ? port->bridge : espbak_port_kind_phrase(port->kind);
    output_line(out, "%s %-16s  %s%s%s%s%s", espbak_port_looks_like_esp(port) ? "*" : " ", port->path, kind,
                kind[0] != '\0' ? "  " : "", port->description, usb, interface);
}

static void add_port(cJSON *list, const espbak_port *port)
{
    char vid[8], pid[8];
    snprintf(vid, sizeof(vid), "%04x", port->vid);
    snprintf(pid, sizeof(pid), "%04x", port->pid);
    const field rows[] = {
        {NULL, "path", TEXT(port->path)},
        {NULL, "description", TEXT(port->description)},
        {NULL, "kind", TEXT(espbak_port_kind_name(port->kind))},
        {NULL, "looks_like_esp", FLAG(espbak_port_looks_like_esp(port))},
        {NULL, "bridge", TEXT(port->bridge), .absent = port->bridge[0] == '\0'},
        {NULL, "max_baud", NUMBER(port->max_baud), .absent = port->max_baud == 0},
        {NULL, "vid", TEXT(vid), .absent = !port->usb},
        {NULL, "pid", TEXT(pid), .absent = !port->usb},
        {NULL, "usb_serial", TEXT(port->usb_serial), .absent = !port->usb},
        {NULL, "interface", NUMBER((uint64_t)port->usb_interface), .absent = !port->usb || port->usb_interface < 0},
    };
    fields_add(fields_item(list), rows, FIELD_COUNT(rows));
}

/* Boards such as the SenseCAP Watcher show two ports of one USB device, and only one is the ESP. */
static bool is_sibling(const espbak_port *ports, size_t count, size_t index)
{
    const espbak_port *port = &ports[index];
    for (size_t i = 0; i < count; i++) {
        const bool same = ports[i].usb_bus == port->usb_bus && ports[i].usb_address == port->usb_address;
        if (i != index && same && (port->usb_bus != 0 || port->usb_address != 0))
            return true;
    }
    return false;
}

static void print_ports(output *out, const espbak_port *ports, size_t count)
{
    bool likely = false, siblings = false;
    for (size_t i = 0; i < count; i++) {
        print_port(out, &ports[i]);
        likely = likely || espbak_port_looks_like_esp(&ports[i]);
        siblings = siblings || is_sibling(ports, count, i);
    }
    if (likely)
        output_line(out, "* looks like an ESP");
    if (siblings)
        output_line(out, "Several ports belong to one USB device; if one does not answer, try the other.");
}

static espbak_status list_ports(cli *c, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    if (espbak_ports_list(&ports, &count, err) != ESPBAK_OK)
        return err->status;
    cJSON *list = cJSON_AddArrayToObject(output_root(&c->out), "ports");
    for (size_t i = 0; i < count; i++)
        add_port(list, &ports[i]);
    if (count == 0)
        output_line(&c->out, "no serial ports");
    print_ports(&c->out, ports, count);
    espbak_ports_free(ports);
    return ESPBAK_OK;
}

const cli_command cmd_ports = {
    .name = "ports",
    .arguments = "",
    .summary = "serial ports, and what hangs on them",
    .description = "Lists the serial ports of this computer with their USB identity, those that look like an ESP "
                   "first and marked with a star.",
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .run = list_ports,
};
