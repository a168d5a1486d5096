/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/raw_files.h"
#include "cli/parse/wait_option.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    bool no_verify, force;
    opt_number wait;
} options;

static const opt_spec specs[] = {
    WAIT_OPTION(options, wait),
    {"no-verify", 0, OPT_FLAG, NULL, "do not compare afterwards", offsetof(options, no_verify), 0, NULL},
    {"force", 0, OPT_FLAG, NULL, "write even where it is refused as dangerous", offsetof(options, force), 0, NULL},
};

static void show_result(output *out, const espbak_write_result *result)
{
    char speed[128], proof[160];
    const field rows[] = {
        {NULL, "size", NUMBER(result->bytes)},
        {NULL, "finished", FLAG(result->finished)},
        {"Verified", "verified", FLAG(result->verified),
         .line = result->verified ? render_proof(proof, &result->witnesses, "written", "yes, by the chip's own MD5")
                                  : "no"},
    };
    render_device_brief(out, "Device", &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    render_witnesses(out, &result->witnesses, result->verified);
    render_link(out, render_speed(speed, &result->stats), &result->stats);
}

static espbak_status write_files(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_raw_file *files = NULL;
    espbak_write_result result = {0};
    char size[TEXT_SHORT];
    profile_use boards = {.given = false};
    espbak_write_options job = {
        .no_verify = own->no_verify, .force = own->force, .wait_seconds = (unsigned)own->wait.value};
    if (raw_files_parse(c->words, c->word_count, &files, &job.file_count, err) != ESPBAK_OK)
        return err->status;
    job.files = files;
    espbak_status status = profile_apply(&boards, NULL, &c->set, &c->watch.events, err);
    profile_add_places(&boards, &job.table);
    if (status == ESPBAK_OK)
        status = cli_session(c, &job.session, err);
    if (status == ESPBAK_OK) {
        status = espbak_write_run(&job, &result, err);
        c->written = status == ESPBAK_OK;
        if (status == ESPBAK_OK)
            output_line(&c->out, "Wrote %zu file%s, %s", job.file_count, job.file_count == 1 ? "" : "s",
                        text_size(size, result.bytes));
        if (status == ESPBAK_OK || c->out.json)
            show_result(&c->out, &result);
    }
    profile_free(&boards);
    free(files);
    return status;
}

const cli_command cmd_write = {
    .name = "write",
    .aliases = {"write_flash", "write-flash"},
    .arguments = "OFFSET FILE [OFFSET FILE]...",
    .summary = "raw files to flash, verified",
    .description =
        "Writes raw files to the flash, byte for byte, and compares afterwards by the chip's own MD5. It does not ask. "
        "All files are opened and checked before anything is erased. Offsets are multiples of 4096, since flash is "
        "erased in whole sectors; what is left of a file's last sector becomes 0xFF. Files packed with gzip are "
        "unpacked. "
        "UF2 and Intel HEX files say themselves where they belong; give 0 as their offset.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .min_words = 2,
    .max_words = CLI_ANY_NUMBER,
    .run = write_files,
};
