/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/choose.h"

#include <stdio.h>
#include <string.h>

#include "espbak/ops.h"

/* Whether the chip at a port has this MAC; one that does not answer has not. */
static espbak_status has_mac(cli *c, const char *path, const uint8_t mac[6], bool *found, espbak_error *err)
{
    espbak_session_options options;
    espbak_device_info device;
    espbak_error why = {0};
    settings_session(&options, &c->set, &c->global);
    options.port = path;
    options.cancel = c->cancel;
    espbak_log(&c->watch.events, ESPBAK_LOG_INFO, "asking what hangs on %s", path);
    const espbak_status status = espbak_probe_run(&options, &device, &why);
    if (status == ESPBAK_E_CANCELLED)
        *err = why;
    else if (status != ESPBAK_OK)
        espbak_log(&c->watch.events, ESPBAK_LOG_DETAIL, "%s: %s", path, why.message);
    *found = status == ESPBAK_OK && device.mac_known && memcmp(device.mac, mac, sizeof(device.mac)) == 0;
    return status == ESPBAK_E_CANCELLED ? status : ESPBAK_OK;
}

static espbak_status ask_each(cli *c, const char *wanted, espbak_port **ports, size_t *count, espbak_error *err)
{
    uint8_t mac[6];
    bool found = false;
    espbak_error none = *err;
    if (!espbak_port_parse_mac(strchr(wanted, '=') + 1, mac))
        return err->status;
    espbak_error_clear(err);
    espbak_status status = espbak_ports_list(ports, count, err);
    for (size_t i = 0; i < *count && status == ESPBAK_OK && !found; i++) {
        if (!espbak_port_looks_like_esp(&(*ports)[i]))
            continue;
        status = has_mac(c, (*ports)[i].path, mac, &found, err);
        if (found)
            (*ports)[0] = (*ports)[i];
    }
    if (status == ESPBAK_OK && !found) {
        *err = none;
        status = none.status;
    }
    if (status == ESPBAK_OK) {
        *count = 1;
        return ESPBAK_OK;
    }
    espbak_ports_free(*ports);
    *ports = NULL;
    *count = 0;
    return status;
}

espbak_status choose_ports(cli *c, const char *wanted, espbak_port **ports, size_t *count, espbak_error *err)
{
    const espbak_status status = espbak_ports_choose(wanted, ports, count, err);
    if (status == ESPBAK_E_PORT && strncmp(wanted, "mac=", 4) == 0)
        return ask_each(c, wanted, ports, count, err);
    return status;
}

static espbak_status fail_several(const char *wanted, const espbak_port *ports, size_t count, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_PORT, "%zu ports are %s: %s%s%s%s", count, wanted, ports[0].path,
                count > 2 ? ", " : " and ", ports[1].path, count > 2 ? " ..." : "");
    espbak_error_suggest(err, (const char *const[]){"ports", NULL});
    espbak_error_hint(err, "what tells them apart:");
    return ESPBAK_E_PORT;
}

espbak_status choose_port(cli *c, espbak_session_options *options, espbak_error *err)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    if (!espbak_port_is_choice(options->port))
        return ESPBAK_OK;
    espbak_status status = choose_ports(c, options->port, &ports, &count, err);
    if (status == ESPBAK_OK && count > 1)
        status = fail_several(options->port, ports, count, err);
    if (status == ESPBAK_OK) {
        snprintf(c->set.found_port, sizeof(c->set.found_port), "%s", ports[0].path);
        espbak_log(&c->watch.events, ESPBAK_LOG_INFO, "using port %s", ports[0].path);
        options->port = c->set.found_port;
    }
    espbak_ports_free(ports);
    return status;
}
