/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CHOOSE_H
#define CLI_CHOOSE_H

/* Which device --port means, where it does not name one. */

#include "cli/cli.h"
#include "espbak/transport.h"

/*
 * The ports that `wanted` means, as espbak_ports_choose; a MAC is also asked of every port that looks like an ESP,
 * which resets what hangs on it.
 */
ESPBAK_MUST_USE espbak_status choose_ports(cli *c, const char *wanted, espbak_port **ports, size_t *count,
                                           espbak_error *err);

/* Put the one port that options->port means in its place; several are an error. */
ESPBAK_MUST_USE espbak_status choose_port(cli *c, espbak_session_options *options, espbak_error *err);

#endif
