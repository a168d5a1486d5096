/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/device/plan.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/raw_files.h"
#include "cli/parse/table_options.h"
#include "cli/parse/wait_option.h"
#include "cli/show/text.h"

typedef struct options {
    table_options table;
    bool dry_run, no_verify, force;
    opt_number wait;
} options;

static const opt_spec specs[] = {
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
    {"dry-run", 0, OPT_FLAG, NULL, "stop after the plan, with nothing changed", offsetof(options, dry_run), 0, NULL},
    WAIT_OPTION(options, wait),
    {"no-verify", 0, OPT_FLAG, NULL, "do not compare afterwards", offsetof(options, no_verify), 0, NULL},
    {"force", 0, OPT_FLAG, NULL, "erase even where it is refused as dangerous", offsetof(options, force), 0, NULL},
};

/* What is to be erased, in words. */
typedef struct erase_command {
    cli *c;
    char what[128];
} erase_command;

static bool is_all(const char *word)
{
    return strcmp(word, "all") == 0 || strcmp(word, "ALL") == 0;
}

static espbak_status parse_range(erase_command *command, const char *const *words, int count, espbak_erase_options *job,
                                 espbak_error *err)
{
    if (count != 2) {
        espbak_fail(err, ESPBAK_E_USAGE,
                    count < 2 ? "how much is to be erased from %s on is not said"
                              : "erase takes one region, but got more behind %s",
                    words[0]);
        espbak_error_hint(err, "give offset and size, such as 0x9000 0x6000; ALL is everything from the offset on");
        return ESPBAK_E_USAGE;
    }
    const bool to_end = is_all(words[1]);
    if (raw_files_number(words[0], "offset", &job->range.offset, err) != ESPBAK_OK ||
        (!to_end && raw_files_number(words[1], "size", &job->range.size, err) != ESPBAK_OK))
        return err->status;
    if (!to_end && job->range.size == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "size: there is nothing to erase with '%s'", words[1]);
    if (to_end)
        snprintf(command->what, sizeof(command->what), "everything from 0x%llX on of",
                 (unsigned long long)job->range.offset);
    else
        snprintf(command->what, sizeof(command->what), "0x%llX to 0x%llX of", (unsigned long long)job->range.offset,
                 (unsigned long long)(job->range.offset + job->range.size));
    return ESPBAK_OK;
}

/* "all", a region in numbers, or names; the words region and partition may stand before the last two. */
static espbak_status parse(erase_command *command, espbak_erase_options *job, espbak_error *err)
{
    const char *const *words = command->c->words;
    int count = command->c->word_count;
    const bool region = strcmp(words[0], "region") == 0 && count > 1;
    if (region || (strcmp(words[0], "partition") == 0 && count > 1)) {
        words++;
        count--;
    }
    if (region || isdigit((unsigned char)words[0][0]))
        return parse_range(command, words, count, job, err);
    job->all = count == 1 && is_all(words[0]);
    if (job->all) {
        snprintf(command->what, sizeof(command->what), "the whole flash of");
        return ESPBAK_OK;
    }
    job->names = words;
    job->name_count = (size_t)count;
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(command->what);
        if (is_all(words[i]))
            return espbak_fail(err, ESPBAK_E_USAGE, "all is the whole flash: no other name can stand beside it");
        snprintf(command->what + used, sizeof(command->what) - used, "%s%s%s", i > 0 ? ", " : "", words[i],
                 i + 1 == count ? " on" : "");
    }
    return ESPBAK_OK;
}

static espbak_status confirm(void *user, const espbak_change_plan *plan, espbak_error *err)
{
    const erase_command *command = user;
    const options *own = command->c->options;
    char question[160];
    snprintf(question, sizeof(question), "Erase %s", command->what);
    const change_request request = {own->dry_run, "Erase", question, true};
    return plan_confirm_change(command->c, &request, plan, err);
}

static espbak_status erase(cli *c, espbak_erase_options *job, espbak_error *err)
{
    espbak_write_result result = {0};
    char size[TEXT_SHORT];
    const espbak_status status = espbak_erase_run(job, &result, err);
    const bool done = status == ESPBAK_OK && !job->dry_run;
    c->written = done;
    if (done)
        output_line(&c->out, "Erased %s", text_size(size, result.bytes));
    if (done || c->out.json)
        plan_show_result(c, "erased", &result);
    return status;
}

static espbak_status erase_parts(cli *c, espbak_error *err)
{
    const options *own = c->options;
    profile_use boards = {.given = false};
    erase_command command = {.c = c};
    espbak_erase_options job = {.table = table_options_source(&own->table),
                                .dry_run = own->dry_run,
                                .no_verify = own->no_verify,
                                .force = own->force,
                                .wait_seconds = (unsigned)own->wait.value,
                                .plan = confirm,
                                .user = &command};
    espbak_status status = parse(&command, &job, err);
    if (status == ESPBAK_OK)
        status = profile_apply(&boards, NULL, &c->set, &c->watch.events, err);
    profile_add_places(&boards, &job.table);
    if (status == ESPBAK_OK)
        status = cli_session(c, &job.session, err);
    if (status == ESPBAK_OK)
        status = erase(c, &job, err);
    profile_free(&boards);
    return status;
}

const cli_command cmd_erase = {
    .name = "erase",
    .arguments = "NAME... | OFFSET SIZE|ALL | all",
    .summary = "make parts of the flash empty: all, a region, partitions; verified",
    .description =
        "Erases flash and compares afterwards by the chip's own digest: all of it, a region of whole 4096-byte "
        "sectors, or partitions by name, as with backup-partitions. The words region and partition may stand before "
        "the last two. The plan says what stands there now and whether the device boots afterwards; then it asks, and "
        "without a terminal nothing is erased unless --yes is given, as with restore. Factory data of the device, and "
        "its bootloader unless all is erased, are left alone without --force.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .min_words = 1,
    .max_words = CLI_ANY_NUMBER,
    .run = erase_parts,
};
