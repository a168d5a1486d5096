/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VOLUME_OPTIONS_H
#define CLI_VOLUME_OPTIONS_H

/* Where a file system begins that no partition table has, and how its names are written, as options of several
 * commands. */

#include "cli/parse/opt.h"
#include "espbak/inspect.h"

typedef struct volume_options {
    opt_number code_page, offset, size;
} volume_options;

#define VOLUME_OPTION_ROWS(type, member)                                                                               \
    {"code-page",                                                                                                      \
     0,                                                                                                                \
     OPT_NUMBER,                                                                                                       \
     "N",                                                                                                              \
     "of short names on FAT, such as 850 or 866; default: 437, as ESP-IDF has it",                                     \
     offsetof(type, member.code_page),                                                                                 \
     UINT16_MAX,                                                                                                       \
     NULL},                                                                                                            \
        {"offset",                                                                                                     \
         0,                                                                                                            \
         OPT_NUMBER,                                                                                                   \
         "N",                                                                                                          \
         "where the file system begins, for one that the partition table does not have",                               \
         offsetof(type, member.offset),                                                                                \
         UINT32_MAX,                                                                                                   \
         NULL},                                                                                                        \
    {                                                                                                                  \
        "size", 0, OPT_NUMBER, "N", "and how large it is; default: up to the end", offsetof(type, member.size),        \
            UINT32_MAX, NULL                                                                                           \
    }

static inline espbak_status volume_options_take(const volume_options *given, espbak_files_source *out,
                                                espbak_error *err)
{
    out->options.code_page = (unsigned)given->code_page.value;
    out->placed = given->offset.given;
    out->offset = given->offset.value;
    out->size = given->size.value;
    if (given->code_page.given && !espbak_code_page_is_known(out->options.code_page))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "the letters of code page %u are not known; those of DOS with one byte a "
                           "letter are, such as 437, 850 and 866",
                           out->options.code_page);
    if (given->size.given && !out->placed)
        return espbak_fail(err, ESPBAK_E_USAGE, "--size is of what begins at --offset, which is missing");
    if (out->placed && out->name != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--offset says where it is, and %s does too", out->name);
    return ESPBAK_OK;
}

#endif
