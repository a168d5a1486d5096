/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
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
    char id[8];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "path", port->path);
    output_json_text(item, "description", port->description);
    cJSON_AddStringToObject(item, "kind", espbak_port_kind_name(port->kind));
    cJSON_AddBoolToObject(item, "looks_like_esp", espbak_port_looks_like_esp(port));
    if (port->bridge[0] != '\0')
        output_json_text(item, "bridge", port->bridge);
    if (port->max_baud > 0)
        output_json_size(item, "max_baud", port->max_baud);
    if (!port->usb)
        return;
    snprintf(id, sizeof(id), "%04x", port->vid);
    cJSON_AddStringToObject(item, "vid", id);
    snprintf(id, sizeof(id), "%04x", port->pid);
    cJSON_AddStringToObject(item, "pid", id);
    output_json_text(item, "usb_serial", port->usb_serial);
    if (port->usb_interface >= 0)
        cJSON_AddNumberToObject(item, "interface", port->usb_interface);
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
    for (size_t i = 0; i < count && list != NULL; i++)
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
    .run = list_ports,
};
