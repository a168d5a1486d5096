/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/choose.h"
#include "cli/cli.h"
#include "cli/os/ask.h"
#include "cli/parse/places.h"
#include "espbak/transport.h"

espbak_status cli_confirm(cli *c, const char *question, espbak_error *err)
{
    if (c->global.yes)
        return ESPBAK_OK;
    progress_rest(&c->watch.bar);
    return ask_yes(question, c->cancel, err);
}

espbak_status cli_session(cli *c, espbak_session_options *options, espbak_error *err)
{
    if (places_rates(c->set.rates, sizeof(c->set.rates)) == NULL)
        c->set.rates[0] = '\0';
    settings_session(options, &c->set, &c->global);
    options->events = &c->watch.events;
    options->cancel = c->cancel;
    if (options->port != NULL)
        return choose_port(c, options, err);
    espbak_port port;
    if (espbak_ports_pick(&port, err) != ESPBAK_OK)
        return err->status;
    snprintf(c->set.found_port, sizeof(c->set.found_port), "%s", port.path);
    options->port = c->set.found_port;
    espbak_log(&c->watch.events, ESPBAK_LOG_INFO, "using port %s (%s)", port.path, port.description);
    return ESPBAK_OK;
}
