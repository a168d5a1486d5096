/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/raw_files.h"

#include <stdlib.h>

espbak_status raw_files_number(const char *text, const char *what, uint64_t *value, espbak_error *err)
{
    /* No flash of these chips has an address that needs more than 32 bits. */
    return opt_parse_number(text, UINT32_MAX, what, value, err);
}

espbak_status raw_files_parse(const char *const *words, int word_count, espbak_raw_file **files, size_t *count,
                              espbak_error *err)
{
    *files = NULL;
    *count = (size_t)word_count / 2;
    if (word_count % 2 != 0) {
        espbak_fail(err, ESPBAK_E_USAGE, "'%s' has no file behind it: offsets and files come in pairs",
                    words[word_count - 1]);
        espbak_error_hint(err, "such as 0x1000 bootloader.bin 0x8000 partitions.bin");
        return ESPBAK_E_USAGE;
    }
    espbak_raw_file *list = calloc(*count + 1, sizeof(*list));
    if (list == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < *count; i++) {
        if (raw_files_number(words[2 * i], "offset", &list[i].offset, err) != ESPBAK_OK) {
            free(list);
            return err->status;
        }
        list[i].path = words[2 * i + 1];
    }
    *files = list;
    return ESPBAK_OK;
}
