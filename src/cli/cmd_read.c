/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/os/terminal.h"
#include "cli/parse/raw_files.h"
#include "cli/parse/wait_option.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    bool overwrite, no_verify, full;
    const char *base;
    opt_number wait;
} options;

static const opt_spec specs[] = {
    {"overwrite", 0, OPT_FLAG, NULL, "replace FILE and FILE.sha256 if they are there", offsetof(options, overwrite), 0,
     NULL},
    WAIT_OPTION(options, wait),
    {"no-verify", 0, OPT_FLAG, NULL, "skip the second look at the device", offsetof(options, no_verify), 0, NULL},
    {"full", 0, OPT_FLAG, NULL, "read everything, also what the chip's MD5 proves to be erased",
     offsetof(options, full), 0, NULL},
    {"base", 0, OPT_TEXT, "BACKUP", "a backup: what is unchanged since then is taken from it", offsetof(options, base),
     0, NULL},
};

static espbak_status to_stdout(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    FILE *stream = user;
    errno = 0;
    if (fwrite(data, 1, size, stream) == size && fflush(stream) == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "standard output did not take the data: %s",
                errno != 0 ? strerror(errno) : "unknown reason");
    clearerr(stream);
    return ESPBAK_E_FILE;
}

static void print_result(output *out, const espbak_read_result *result, const char *path)
{
    char line[160], speed[128];
    output_line(out, "Read 0x%llX to 0x%llX into %s", (unsigned long long)result->offset,
                (unsigned long long)(result->offset + result->size), path);
    output_field(out, "Device", "%s", render_device_line(line, &result->device));
    output_field(out, "Verified", "%s",
                 result->verified ? "yes, twice by the chip's own MD5" : "chunk by chunk only, as --no-verify asked");
    if (result->ciphertext)
        output_field(out, "Contents", "ciphertext that only this chip can use");
    output_field(out, "Speed", "%s", render_speed(speed, &result->stats));
    render_compression(out, &result->stats.compression);
    render_saved(out, &result->saved);
    render_hashes(out, result->sha256, result->md5);
}

static void add_result(cJSON *root, const espbak_read_result *result, const char *path)
{
    if (root == NULL)
        return;
    output_json_text(root, "file", path);
    render_device_brief_json(root, &result->device);
    output_json_size(root, "offset", result->offset);
    output_json_size(root, "size", result->size);
    cJSON_AddBoolToObject(root, "verified", result->verified);
    cJSON_AddBoolToObject(root, "ciphertext", result->ciphertext);
    output_json_hex(root, "sha256", result->sha256, sizeof(result->sha256));
    output_json_hex(root, "md5", result->md5, sizeof(result->md5));
    render_compression_json(root, &result->stats.compression);
    render_saved_json(root, &result->saved);
    render_stats_json(root, &result->stats);
}

static espbak_status parse(cli *c, espbak_read_options *job, espbak_error *err)
{
    if (raw_files_number(c->words[0], "offset", &job->offset, err) != ESPBAK_OK)
        return err->status;
    job->all = strcmp(c->words[1], "ALL") == 0 || strcmp(c->words[1], "all") == 0;
    if (!job->all && raw_files_number(c->words[1], "size", &job->size, err) != ESPBAK_OK)
        return err->status;
    if (!job->all && job->size == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "size: there is nothing to read with '%s'", c->words[1]);
    if (strcmp(c->words[2], "-") != 0) {
        job->file = c->words[2];
        return ESPBAK_OK;
    }
    if (c->out.json)
        return espbak_fail(err, ESPBAK_E_USAGE, "the data and --json cannot both go to standard output");
    if (terminal_is_tty(TERMINAL_STDOUT))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "flash contents do not belong on a terminal: name a file, or send "
                           "standard output to one");
    terminal_binary_stdout();
    job->sink = to_stdout;
    job->user = c->out.stream;
    return ESPBAK_OK;
}

static espbak_status read_region(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_read_result result = {0};
    espbak_read_options job = {.overwrite = own->overwrite,
                               .no_verify = own->no_verify,
                               .full = own->full,
                               .base = own->base,
                               .wait_seconds = (unsigned)own->wait.value};
    if (job.full && job.base != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--full reads everything, so --base has no use beside it");
    if (parse(c, &job, err) != ESPBAK_OK || cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    if (espbak_read_run(&job, &result, err) != ESPBAK_OK)
        return err->status;
    if (job.file != NULL)
        print_result(&c->out, &result, job.file);
    add_result(output_root(&c->out), &result, c->words[2]);
    return ESPBAK_OK;
}

const cli_command cmd_read = {
    .name = "read",
    .aliases = {"read_flash", "read-flash"},
    .arguments = "OFFSET SIZE|ALL FILE",
    .summary = "a raw region into a file, hashed on the way",
    .description =
        "Reads a region of the flash into FILE, and its hash into FILE.sha256. ALL is everything from OFFSET "
        "to the end. Erased parts are left out of the transfer. The file appears when it is whole and verified. With - "
        "the data goes to standard "
        "output.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = CLI_NO_FOLDER,
    .min_words = 3,
    .max_words = 3,
    .run = read_region,
};
