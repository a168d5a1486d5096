/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_NVS_KEYS_OPTION_H
#define CLI_NVS_KEYS_OPTION_H

/* The key of an encrypted NVS, as an option of several commands. */

#include "cli/parse/opt.h"

#define NVS_KEYS_OPTION(type, member)                                                                                  \
    {"keys",                                                                                                           \
     0,                                                                                                                \
     OPT_TEXT,                                                                                                         \
     "FILE",                                                                                                           \
     "with the key of an encrypted NVS; default: what partitions of type nvs_keys hold",                               \
     offsetof(type, member),                                                                                           \
     0,                                                                                                                \
     NULL}

#endif
