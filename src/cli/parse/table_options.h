/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TABLE_OPTIONS_H
#define CLI_TABLE_OPTIONS_H

/* Where the partition table comes from, as options of several commands. */

#include "cli/parse/opt.h"
#include "espbak/contents.h"

typedef struct table_options {
    const char *file;
    opt_number offset;
} table_options;

#define TABLE_OPTION_FILE(type, member)                                                                                \
    {"partition-table",                                                                                                \
     0,                                                                                                                \
     OPT_TEXT,                                                                                                         \
     "FILE",                                                                                                           \
     "take the partition table from a CSV or binary file, or its place from an sdkconfig",                             \
     offsetof(type, member.file),                                                                                      \
     0,                                                                                                                \
     NULL}

#define TABLE_OPTION_OFFSET(type, member)                                                                              \
    {"table-offset",                                                                                                   \
     0,                                                                                                                \
     OPT_NUMBER,                                                                                                       \
     "N",                                                                                                              \
     "where the partition table stands; default: 0x8000, else it is looked for",                                       \
     offsetof(type, member.offset),                                                                                    \
     UINT32_MAX,                                                                                                       \
     NULL}

static inline espbak_table_source table_options_source(const table_options *options)
{
    return (espbak_table_source){.file = options->file, .offset = options->offset.value};
}

#endif
