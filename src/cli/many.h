/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANY_H
#define CLI_MANY_H

/* One command on several devices at the same time. */

#include "cli/cli.h"

/* Whether more than one device is asked for. */
bool many_wanted(const cli *c);

/*
 * The command, once for each device, on threads that share nothing but the terminal; c->worst is the exit code. What
 * cannot be done for several is an error before anything is touched. A choice that means one device is worked on here.
 */
ESPBAK_MUST_USE espbak_status many_run(cli *c, espbak_error *err);

#endif
