/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WAIT_OPTION_H
#define CLI_WAIT_OPTION_H

/* How long a device may stay away, as an option of several commands. */

#include "cli/parse/opt.h"

enum { WAIT_OPTION_MAX = 24 * 60 * 60, WAIT_OPTION_PERSON = 30 /* where somebody can plug the cable in again */ };

#define WAIT_OPTION(type, member)                                                                                      \
    {"wait",                                                                                                           \
     0,                                                                                                                \
     OPT_NUMBER,                                                                                                       \
     "S",                                                                                                              \
     "seconds to wait for a device that goes away meanwhile; default: 30 on a terminal, else 0",                       \
     offsetof(type, member),                                                                                           \
     WAIT_OPTION_MAX,                                                                                                  \
     NULL}

#endif
