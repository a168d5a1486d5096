/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OPTIONS_TABLE_H
#define SIM_OPTIONS_TABLE_H

/* The options of a simulated chip: what they are called, take and do. */

#include "options.h"

typedef struct sim_option {
    const char *name;
    const char *value; /* NULL: takes none */
    espbak_status (*set)(sim_options *o, const char *value, espbak_error *err);
    const char *help;
} sim_option;

extern const sim_option sim_option_table[];
extern const size_t sim_option_count;

#endif
