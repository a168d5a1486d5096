/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OPTIONS_TABLE_H
#define SIM_OPTIONS_TABLE_H

/* The options of a simulated chip: what they are called, take and do. */

#include "sim/options.h"

typedef struct sim_option {
    const char *name;
    const char *value; /* NULL: takes none */
    espbak_status (*set)(sim_options *o, const char *value, espbak_error *err);
    const char *help;
    sim_fuse fuse; /* only chips that have this one have it, and the help lists them; 0: all have it */
} sim_option;

/* options_own.c */
void sim_options_own_init(sim_options *o);
ESPBAK_MUST_USE espbak_status sim_option_set_own(sim_options *o, const char *value, espbak_error *err);
ESPBAK_MUST_USE espbak_status sim_option_set_own_mhz(sim_options *o, const char *value, espbak_error *err);
ESPBAK_MUST_USE espbak_status sim_option_set_own_cycles(sim_options *o, const char *value, espbak_error *err);
ESPBAK_MUST_USE espbak_status sim_option_set_own_block(sim_options *o, const char *value, espbak_error *err);
ESPBAK_MUST_USE espbak_status sim_option_set_own_dies(sim_options *o, const char *value, espbak_error *err);

/* A number, in any base of C, with K or M behind it or not. */
bool sim_option_number(const char *text, uint64_t *value);
ESPBAK_MUST_USE espbak_status sim_option_bad(const char *name, const char *value, const char *wanted,
                                             espbak_error *err);

extern const sim_option sim_option_table[];
extern const size_t sim_option_count;

#endif
