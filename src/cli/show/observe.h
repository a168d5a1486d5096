/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OBSERVE_H
#define CLI_OBSERVE_H

/* Ties what the library reports to messages, bar and trace, as the global options want it. */

#include "cli/cli.h"

void observe_start(cli *c, settings_env env);

/* Open the trace file, if one was asked for. */
ESPBAK_MUST_USE espbak_status observe_trace(cli *c, espbak_error *err);

/* Put the warnings of this run into the JSON document. */
void observe_warnings(cli *c);

#endif
