/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/commands.h"
#include "cli/os/raw_stdout.h"
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
    {"full", 0, OPT_FLAG, NULL, "read everything, also what the chip's digest proves to be erased",
     offsetof(options, full), 0, NULL},
    {"base", 0, OPT_TEXT, "BACKUP", "a backup: what is unchanged since then is taken from it", offsetof(options, base),
     0, NULL},
};

static void show_result(output *out, const espbak_read_result *result, const char *path)
{
    char speed[128], proof[160];
    const char *twice = render_proof(proof, &result->witnesses, "read", "yes, twice by the chip's own digest");
    const char *once = "chunk by chunk only, as --no-verify asked";
    const field rows[] = {
        {NULL, "offset", NUMBER(result->offset)},
        {NULL, "size", NUMBER(result->size)},
        {"Verified", "verified", FLAG(result->verified), .line = result->verified ? twice : once},
        {"Contents", "ciphertext", FLAG(result->ciphertext),
         .line = result->ciphertext ? "ciphertext that only this chip can use" : NULL},
    };
    const field target = {NULL, "file", TEXT(path)};
    output_line(out, "Read 0x%llX to 0x%llX into %s", (unsigned long long)result->offset,
                (unsigned long long)(result->offset + result->size), path);
    fields_show(out, &target, 1);
    render_device_brief(out, "Device", &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    render_witnesses(out, &result->witnesses, result->verified);
    /* People are told the figures first, in the document they come last. */
    if (out->json)
        render_hashes(out, result->sha256, result->md5);
    render_figures(out, render_speed(speed, &result->stats), &result->stats, &result->saved);
    if (!out->json)
        render_hashes(out, result->sha256, result->md5);
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
    if (raw_stdout_begin(c->out.json, err) != ESPBAK_OK)
        return err->status;
    job->sink = raw_stdout_take;
    job->user = c->out.stream;
    return ESPBAK_OK;
}

static espbak_status read_region(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_read_result result;
    espbak_read_options job = {.overwrite = own->overwrite,
                               .no_verify = own->no_verify,
                               .full = own->full,
                               .base = own->base,
                               .wait_seconds = (unsigned)own->wait.value};
    if (job.full && job.base != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--full reads everything, so --base has no use beside it");
    if (parse(c, &job, err) != ESPBAK_OK || cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_read_run(&job, &result, err);
    if (status == ESPBAK_OK && job.file != NULL)
        show_result(&c->out, &result, job.file);
    espbak_read_result_free(&result);
    return status;
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
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .min_words = 3,
    .max_words = 3,
    .run = read_region,
};
