/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OBSERVE_H
#define CLI_OBSERVE_H

/* Ties what the library reports to messages, bar and trace, as the global options want it. */

#include "cli/parse/settings.h"
#include "cli/show/output.h"
#include "cli/show/progress.h"
#include "cli/show/report.h"
#include "cli/show/trace.h"

/* Not to be moved once it is started: the events point to it. */
typedef struct observer {
    report messages;
    progress bar;
    trace trace;
    espbak_events events; /* to these three */
} observer;

/* Choose what is shown and how, of `out` too. `with` is NULL where there is one device. */
void observe_start(observer *o, output *out, const settings_options *global, settings_env env, const shared *with);

/* Write a trace from now on; `path` NULL does nothing. */
ESPBAK_MUST_USE espbak_status observe_trace(observer *o, const char *path, espbak_error *err);

/* Put the warnings of this run into the JSON document. */
void observe_warnings(const observer *o, output *out);

#endif
