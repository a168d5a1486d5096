/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/device/plan.h"
#include "cli/device/raw_input.h"
#include "cli/parse/esptool_options.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/wait_option.h"
#include "cli/show/text.h"
#include "espbak/ops.h"

typedef struct options {
    bool activate, dry_run, no_verify, force;
    opt_number wait;
    esptool_options esptool;
} options;

static const opt_spec specs[] = {
    {"activate", 0, OPT_FLAG, NULL, "make the application that is written the one that boots",
     offsetof(options, activate), 0, NULL},
    {"dry-run", 0, OPT_FLAG, NULL, "stop after the plan, with nothing changed", offsetof(options, dry_run), 0, NULL},
    WAIT_OPTION(options, wait),
    {"no-verify", 0, OPT_FLAG, NULL, "do not compare afterwards", offsetof(options, no_verify), 0, NULL},
    {"force", 0, OPT_FLAG, NULL, "write even where it is refused as dangerous", offsetof(options, force), 0, NULL},
    ESPTOOL_OPTION_ROWS(options, esptool),
};

/* Behind esptool's name for the command a size is what the header is to say, and so is -fs; not how large the flash is.
 */
static bool size_is_for_header(const cli *c)
{
    const bool esptool = strcmp(c->argv[c->command_at], c->command->name) != 0;
    for (int i = c->command_at + 1; i < c->argc; i++) {
        const char *word = c->argv[i];
        if (strcmp(word, "-fs") == 0 ||
            (esptool && (strncmp(word, "--flash-size", 12) == 0 || strncmp(word, "--flash_size", 12) == 0)))
            return true;
    }
    return false;
}

static espbak_status check_header(const cli *c, const espbak_change_plan *plan, espbak_error *err)
{
    const options *own = c->options;
    const opt_number *size = &c->global.flash_size;
    const esptool_header header = {
        .chip = plan->device->chip,
        .found = &plan->header,
        .flash_size = size->word == SETTINGS_SIZE_DETECT ? plan->device->flash.size : size->value,
    };
    return plan->header_written ? esptool_options_check_header(&own->esptool, &header, err) : ESPBAK_OK;
}

static espbak_status confirm(void *user, const espbak_change_plan *plan, espbak_error *err)
{
    cli *c = user;
    const options *own = c->options;
    char question[64];
    const int files = c->word_count / 2;
    if (check_header(c, plan, err) != ESPBAK_OK)
        return err->status;
    snprintf(question, sizeof(question), "Write %d file%s to", files, files == 1 ? "" : "s");
    const change_request request = {own->dry_run, "Write", question, false};
    return plan_confirm_change(c, &request, plan, err);
}

static espbak_status write_pairs(cli *c, espbak_write_options *job, espbak_error *err)
{
    espbak_write_result result = {0};
    char size[TEXT_SHORT];
    const espbak_status status = espbak_write_run(job, &result, err);
    const bool done = status == ESPBAK_OK && !job->dry_run;
    c->written = done;
    if (done)
        output_line(&c->out, "Wrote %zu file%s, %s", job->file_count, job->file_count == 1 ? "" : "s",
                    text_size(size, result.bytes));
    if (done || c->out.json)
        plan_show_result(c, "written", &result);
    return status;
}

static espbak_status write_files(cli *c, espbak_error *err)
{
    const options *own = c->options;
    raw_input input = {.count = 0};
    profile_use boards = {.given = false};
    espbak_write_options job = {.activate = own->activate,
                                .dry_run = own->dry_run,
                                .no_verify = own->no_verify,
                                .force = own->force,
                                .wait_seconds = (unsigned)own->wait.value,
                                .plan = confirm,
                                .user = c};
    espbak_status status = esptool_options_check(&own->esptool, err);
    if (status == ESPBAK_OK)
        status = raw_input_open(&input, c, err);
    job.files = input.files;
    job.file_count = input.count;
    if (status == ESPBAK_OK)
        status = profile_apply(&boards, NULL, &c->set, &c->watch.events, err);
    profile_add_places(&boards, &job.table);
    if (status == ESPBAK_OK)
        status = cli_session(c, &job.session, err);
    if (size_is_for_header(c))
        job.session.flash_size = 0;
    if (status == ESPBAK_OK)
        status = write_pairs(c, &job, err);
    profile_free(&boards);
    raw_input_close(&input);
    return status;
}

const cli_command cmd_write = {
    .name = "write",
    .aliases = {"write_flash", "write-flash"},
    .arguments = "OFFSET FILE [OFFSET FILE]...",
    .summary = "raw files to flash: plan, safety checks, write, verify",
    .description =
        "Writes raw files to the flash, byte for byte, and compares afterwards by the chip's own digest. All files are "
        "opened and checked before anything is erased. The plan says what they are, what stands there now, and whether "
        "the device boots before and afterwards, and which slot; on a terminal it asks then, elsewhere it goes on, as "
        "scripts expect. Offsets are multiples of 4096, since flash is erased in whole sectors; what is left of a "
        "file's last sector becomes 0xFF. Files packed with gzip or zstd are unpacked. UF2 and Intel HEX files say "
        "themselves "
        "where they belong; give 0 as their offset. With - as FILE standard input is written.\n\n"
        "Options of esptool's write-flash are taken where they change nothing here, and explained where they would. "
        "With --activate otadata is written last, so that the device starts the slot that the application was written "
        "to.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .several = CLI_EACH_DEVICE,
    .min_words = 2,
    .max_words = CLI_ANY_NUMBER,
    .run = write_files,
};
