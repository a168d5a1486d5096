/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/choose.h"
#include "cli/commands.h"
#include "cli/show/fields.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    bool probe;
} options;

static const opt_spec specs[] = {
    {"probe", 0, OPT_FLAG, NULL, "ask each which chip it is, and its MAC; that resets it", offsetof(options, probe), 0,
     NULL},
};

/* What answered at a port. */
typedef struct probed {
    bool asked, answered;
    espbak_device_info device;
    espbak_error why; /* not */
} probed;

static void print_probed(output *out, const probed *found)
{
    char line[160];
    if (found->answered)
        output_line(out, "    %s", render_device_line(line, &found->device));
    else if (found->asked)
        output_line(out, "    %s", found->why.message);
}

static void add_probed(cJSON *object, const probed *found)
{
    char mac[TEXT_SHORT];
    const espbak_device_info *const device = &found->device;
    const bool missing = !found->answered;
    const field rows[] = {
        {NULL, "chip", TEXT(missing ? NULL : device->chip->name), .absent = missing},
        {NULL, "name", TEXT(device->name), .absent = missing},
        {NULL, "mac", TEXT(text_mac(mac, device->mac)), .absent = missing || !device->mac_known},
        {NULL, "error", TEXT(found->why.message), .absent = !found->asked || found->answered},
    };
    fields_add(object, rows, FIELD_COUNT(rows));
}

static void print_port(output *out, const espbak_port *port)
{
    char usb[128] = "", place[sizeof(port->usb_place) + 16] = "", interface[24] = "";
    if (port->usb)
        snprintf(usb, sizeof(usb), "  %04X:%04X%s%s", port->vid, port->pid, port->usb_serial[0] != '\0' ? "  " : "",
                 port->usb_serial);
    if (port->usb_place[0] != '\0')
        snprintf(place, sizeof(place), "  usb=%s", port->usb_place);
    if (port->usb_interface >= 0)
        snprintf(interface, sizeof(interface), "  interface %d", port->usb_interface);
    const bool named = port->kind == ESPBAK_PORT_BRIDGE && port->bridge[0] != '\0';
    const char *kind = named ? port->bridge : espbak_port_kind_phrase(port->kind);
    output_line(out, "%s %-16s  %s%s%s%s%s%s", espbak_port_looks_like_esp(port) ? "*" : " ", port->path, kind,
                kind[0] != '\0' ? "  " : "", port->description, usb, place, interface);
}

static cJSON *add_port(cJSON *list, const espbak_port *port)
{
    char vid[8], pid[8];
    cJSON *const object = fields_item(list);
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
        {NULL, "usb_place", TEXT(port->usb_place), .absent = port->usb_place[0] == '\0'},
        {NULL, "interface", NUMBER((uint64_t)port->usb_interface), .absent = !port->usb || port->usb_interface < 0},
    };
    fields_add(object, rows, FIELD_COUNT(rows));
    return object;
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

static void explain_marks(output *out, const espbak_port *ports, size_t count)
{
    bool likely = false, siblings = false;
    for (size_t i = 0; i < count; i++) {
        likely = likely || espbak_port_looks_like_esp(&ports[i]);
        siblings = siblings || is_sibling(ports, count, i);
    }
    if (likely)
        output_line(out, "* looks like an ESP");
    if (siblings)
        output_line(out, "Several ports belong to one USB device; if one does not answer, try the other.");
}

/* A port that does not answer is no failure of the others, nor of the list. */
static espbak_status probe(cli *c, const char *path, probed *found, espbak_error *err)
{
    espbak_session_options session;
    settings_session(&session, &c->set, &c->global);
    session.port = path;
    session.cancel = c->cancel;
    found->asked = true;
    found->answered = espbak_probe_run(&session, &found->device, &found->why) == ESPBAK_OK;
    if (found->why.status != ESPBAK_E_CANCELLED)
        return ESPBAK_OK;
    *err = found->why;
    return err->status;
}

/* All there are; with --port those that it means, or the one that it names. */
static espbak_status find_ports(cli *c, espbak_port **ports, size_t *count, espbak_error *err)
{
    const char *const wanted = c->set.port;
    if (wanted == NULL)
        return espbak_ports_list(ports, count, err);
    if (espbak_port_is_choice(wanted))
        return choose_ports(c, wanted, ports, count, err);
    if (strlen(wanted) >= sizeof((*ports)->path))
        return espbak_fail(err, ESPBAK_E_USAGE, "the name of the port is too long");
    *ports = calloc(1, sizeof(**ports));
    if (*ports == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    (*ports)->usb_interface = -1;
    memcpy((*ports)->path, wanted, strlen(wanted) + 1);
    *count = 1;
    return ESPBAK_OK;
}

static espbak_status show_port(cli *c, const espbak_port *port, cJSON *list, espbak_error *err)
{
    const options *own = c->options;
    const bool named = c->set.port != NULL;
    probed found = {.asked = false};
    espbak_status status = ESPBAK_OK;
    print_port(&c->out, port);
    cJSON *const object = add_port(list, port);
    if (own->probe && (named || espbak_port_looks_like_esp(port)))
        status = probe(c, port->path, &found, err);
    print_probed(&c->out, &found);
    add_probed(object, &found);
    return status;
}

static espbak_status list_ports(cli *c, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    if (find_ports(c, &ports, &count, err) != ESPBAK_OK)
        return err->status;
    cJSON *list = cJSON_AddArrayToObject(output_root(&c->out), "ports");
    espbak_status status = ESPBAK_OK;
    if (count == 0)
        output_line(&c->out, "no serial ports");
    for (size_t i = 0; i < count && status == ESPBAK_OK; i++)
        status = show_port(c, &ports[i], list, err);
    explain_marks(&c->out, ports, count);
    espbak_ports_free(ports);
    return status;
}

const cli_command cmd_ports = {
    .name = "ports",
    .arguments = "",
    .summary = "serial ports, and what hangs on them",
    .description =
        "Lists the serial ports of this computer with their USB identity, those that look like an ESP first and marked "
        "with a star. With --port only those that it means.\n\n"
        "What stands in the list can be given to --port of any command: usb-serial=TEXT, usb=1-1.2 (where it is "
        "plugged "
        "in), VID:PID as four hex digits each, or a path with * or ? in it. mac=34:85:18:aa:bb:cc is found where the "
        "chip has USB of its own; else every port that looks like an ESP is asked, which resets what hangs on it.\n\n"
        "--probe says of each port which chip is there, and its MAC.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .run = list_ports,
};
