/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/commands.h"
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

static void print_result(output *out, const espbak_write_result *result, size_t files)
{
    char line[160], speed[128], size[TEXT_SHORT];
    output_line(out, "Wrote %zu file%s, %s", files, files == 1 ? "" : "s", text_size(size, result->bytes));
    output_field(out, "Device", "%s", render_device_line(line, &result->device));
    output_field(out, "Verified", "%s", result->verified ? "yes, by the chip's own MD5" : "no");
    output_field(out, "Speed", "%s", render_speed(speed, &result->stats));
}

static void add_result(cJSON *root, const espbak_write_result *result)
{
    if (root == NULL)
        return;
    render_device_brief_json(root, &result->device);
    output_json_size(root, "size", result->bytes);
    cJSON_AddBoolToObject(root, "finished", result->finished);
    cJSON_AddBoolToObject(root, "verified", result->verified);
    render_stats_json(root, &result->stats);
}

static espbak_status write_files(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_raw_file *files = NULL;
    espbak_write_result result = {0};
    espbak_write_options job = {
        .no_verify = own->no_verify, .force = own->force, .wait_seconds = (unsigned)own->wait.value};
    if (raw_files_parse(c->words, c->word_count, &files, &job.file_count, err) != ESPBAK_OK)
        return err->status;
    job.files = files;
    espbak_status status = cli_session(c, &job.session, err);
    if (status == ESPBAK_OK) {
        status = espbak_write_run(&job, &result, err);
        add_result(output_root(&c->out), &result);
    }
    if (status == ESPBAK_OK)
        print_result(&c->out, &result, job.file_count);
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
        "erased in whole sectors; what is left of a file's last sector becomes 0xFF.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = CLI_NO_FOLDER,
    .min_words = 2,
    .max_words = CLI_ANY_NUMBER,
    .run = write_files,
};
