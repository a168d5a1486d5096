/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/device/raw_input.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/wait_option.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    const char *profile;
    bool offline;
    opt_number wait;
} options;

static const opt_spec specs[] = {
    {"offline", 0, OPT_FLAG, NULL, "check the files of the backup only, without a device", offsetof(options, offline),
     0, NULL},
    {"profile", 0, OPT_TEXT, "NAME", "settings of a known board; espbak profiles lists them",
     offsetof(options, profile), 0, NULL},
    WAIT_OPTION(options, wait),
};

enum { SHOWN_MAX = 10, LISTED_MAX = 64 };

static void print_differences(output *out, const espbak_verify_result *result)
{
    char size[TEXT_SHORT];
    output_field(out, "Differs", "%s in %zu range%s, counted in sectors:", text_size(size, result->different_bytes),
                 result->difference_count, result->difference_count == 1 ? "" : "s");
    for (size_t i = 0; i < result->difference_count && i < SHOWN_MAX; i++)
        output_field(out, "", "0x%08llX to 0x%08llX  %s", (unsigned long long)result->differences[i].offset,
                     (unsigned long long)(result->differences[i].offset + result->differences[i].size),
                     text_size(size, result->differences[i].size));
    if (result->difference_count > SHOWN_MAX)
        output_field(out, "", "and %zu more", result->difference_count - SHOWN_MAX);
}

static void print_headline(output *out, const espbak_verify_result *result)
{
    const bool same = result->difference_count == 0;
    if (result->path != NULL && result->device_checked)
        output_line(out, "%s: %s", result->path, same ? "files and device agree" : "the device differs");
    else if (result->path != NULL)
        output_line(out, "%s: the files are what the manifest says", result->path);
    else
        output_line(out, same ? "The device holds these files" : "The device differs from these files");
}

static void add_differences(cJSON *root, const espbak_verify_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(root, "differences");
    for (size_t i = 0; i < result->difference_count && i < LISTED_MAX; i++) {
        const field rows[] = {
            {NULL, "offset", NUMBER(result->differences[i].offset)},
            {NULL, "size", NUMBER(result->differences[i].size)},
        };
        fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    }
}

static void show_result(output *out, const espbak_verify_result *result)
{
    char size[TEXT_SHORT], compared[160], left_out[96], part[96];
    const espbak_witnesses *const who = &result->witnesses;
    const char *const by = espbak_loader_phrase(who->confirmed_by);
    const bool raw = result->path == NULL;
    snprintf(compared, sizeof(compared), "%s in %zu region%s%s%s%s", text_size(size, result->size), result->regions,
             result->regions == 1 ? "" : "s", who->alone || who->moved_by != who->confirmed_by ? ", by " : "",
             who->alone || who->moved_by != who->confirmed_by ? by : "",
             who->alone ? ", which is not proven on this chip" : "");
    snprintf(left_out, sizeof(left_out), "%s that could not be read when the backup was made",
             text_size(size, result->hole_bytes));
    snprintf(part, sizeof(part), "the beginning of a flash of %s", text_size(size, result->flash_size));
    const field checked[] = {
        {NULL, "path", TEXT(result->path), .absent = raw},
        {NULL, "files_checked", FLAG(result->files_checked), .absent = raw},
        {NULL, "state", TEXT(espbak_backup_state_name(result->state)), .absent = raw},
        {NULL, "device_checked", FLAG(result->device_checked)},
    };
    const field rows[] = {
        {"Compared", "size", NUMBER(result->size), .line = compared},
        {result->hole_bytes > 0 ? "Left out" : NULL, "hole_bytes", NUMBER(result->hole_bytes), .line = left_out},
        {result->flash_size > 0 ? "Part" : NULL, "part_of", NUMBER(result->flash_size), .line = part,
         .absent = result->flash_size == 0},
        {NULL, "different_bytes", NUMBER(result->different_bytes)},
        {NULL, "difference_count", NUMBER(result->difference_count)},
        {NULL, "proof.confirmed_by", TEXT(espbak_loader_name(who->confirmed_by)), .absent = !result->device_checked},
        {NULL, "proof.alone", FLAG(who->alone), .absent = !result->device_checked},
    };
    print_headline(out, result);
    fields_show(out, checked, FIELD_COUNT(checked));
    render_device_brief(out, result->device_checked ? "Device" : NULL, &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    if (result->difference_count > 0)
        print_differences(out, result);
    add_differences(output_root(out), result);
}

static espbak_status compare(cli *c, espbak_verify_options *job, espbak_error *err)
{
    const options *own = c->options;
    espbak_verify_result result;
    profile_use profile = {.given = false};
    espbak_status found = ESPBAK_OK;
    if (!job->offline)
        found = profile_apply(&profile, own->profile, &c->set, &c->watch.events, err);
    profile_free(&profile);
    if (!job->offline && found == ESPBAK_OK)
        found = job->backup != NULL ? saved_session(c, job->backup, &job->session, err)
                                    : cli_session(c, &job->session, err);
    if (found != ESPBAK_OK)
        return found;
    const espbak_status status = espbak_verify_run(job, &result, err);
    if (status == ESPBAK_OK || result.device_checked || c->out.json)
        show_result(&c->out, &result);
    espbak_verify_result_free(&result);
    return status;
}

static espbak_status verify(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_verify_options job = {.offline = own->offline, .wait_seconds = (unsigned)own->wait.value};
    job.session.events = &c->watch.events;
    job.session.cancel = c->cancel;
    if (c->word_count == 1) {
        char path[SAVED_PATH_MAX];
        job.backup = path;
        return saved_open(c, c->words[0], path, err) == ESPBAK_OK ? compare(c, &job, err) : err->status;
    }
    if (own->offline)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "raw files have nothing to be compared with but a device: leave "
                           "--offline away");
    raw_input input = {.count = 0};
    espbak_status status = raw_input_open(&input, c, err);
    job.files = input.files;
    job.file_count = input.count;
    if (status == ESPBAK_OK)
        status = compare(c, &job, err);
    raw_input_close(&input);
    return status;
}

const cli_command cmd_verify = {
    .name = "verify",
    .aliases = {"verify_flash", "verify-flash"},
    .arguments = "BACKUP | OFFSET FILE [OFFSET FILE]...",
    .summary = "files against their manifest, then device against files",
    .description = "Checks the files of a backup against its manifest and SHA256SUMS, then compares the device with "
                   "them by the chip's own digest and says where and how much it differs. With offsets and files it "
                   "compares the device with raw files, - being standard input.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .several = CLI_EACH_DEVICE,
    .ignores = SETTINGS_YES,
    .min_words = 1,
    .max_words = CLI_ANY_NUMBER,
    .run = verify,
};
