/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CODE_PAGE_OPTION_H
#define CLI_CODE_PAGE_OPTION_H

/* Which letters the short names on FAT have, as an option of several commands. */

#include "cli/parse/opt.h"
#include "espbak/files.h"

#define CODE_PAGE_OPTION(type, member)                                                                                 \
    {"code-page",                                                                                                      \
     0,                                                                                                                \
     OPT_NUMBER,                                                                                                       \
     "N",                                                                                                              \
     "of short names on FAT, such as 850 or 866; default: 437, as ESP-IDF has it",                                     \
     offsetof(type, member),                                                                                           \
     UINT16_MAX,                                                                                                       \
     NULL}

static inline espbak_status code_page_check(const opt_number *given, espbak_volume_options *out, espbak_error *err)
{
    out->code_page = (unsigned)given->value;
    if (given->given && !espbak_code_page_is_known(out->code_page))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "the letters of code page %u are not known; those of DOS with one byte a "
                           "letter are, such as 437, 850 and 866",
                           out->code_page);
    return ESPBAK_OK;
}

#endif
