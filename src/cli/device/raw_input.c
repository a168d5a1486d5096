/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/device/raw_input.h"

#include <stdlib.h>
#include <string.h>

#include "cli/parse/raw_files.h"

espbak_status raw_input_open(raw_input *input, const cli *c, espbak_error *err)
{
    if (raw_files_parse(c->words, c->word_count, &input->files, &input->count, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < input->count; i++) {
        if (strcmp(input->files[i].path, "-") != 0)
            continue;
        if (input->in.kept != NULL)
            return espbak_fail(err, ESPBAK_E_USAGE, "standard input can be one file only, but - is there twice");
        if (stdin_file_open(&input->in, c->cancel, err) != ESPBAK_OK)
            return err->status;
        input->files[i].path = "standard input";
        input->files[i].reader = &input->in.reader;
    }
    return ESPBAK_OK;
}

void raw_input_close(raw_input *input)
{
    stdin_file_close(&input->in);
    free(input->files);
}
