/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/commands.h"
#include "cli/device/plan.h"
#include "cli/parse/names.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/table_options.h"
#include "cli/parse/wait_option.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/ops.h"
#include "espbak/restore.h"

typedef struct options {
    const char *only, *profile;
    table_options table;
    const char *folder;
    opt_number wait;
    bool activate, to_another, dry_run, no_verify, force, snapshot;
} options;

static const opt_spec specs[] = {
    {"only", 0, OPT_TEXT, "NAME,...", "only these partitions, to where the device's own table has them",
     offsetof(options, only), 0, NULL},
    {"activate", 0, OPT_FLAG, NULL, "with --only: make the restored application the one that boots",
     offsetof(options, activate), 0, NULL},
    {"to-another", 0, OPT_FLAG, NULL,
     "another unit takes the place of the one that the backup was made of: its factory data moves too",
     offsetof(options, to_another), 0, NULL},
    PROFILE_OPTION(options, profile),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
    {"dry-run", 0, OPT_FLAG, NULL, "stop after the plan, with nothing changed", offsetof(options, dry_run), 0, NULL},
    {"snapshot", 0, OPT_FLAG, NULL, "first make a backup of what will be overwritten", offsetof(options, snapshot), 0,
     NULL},
    {"output", 'o', OPT_TEXT, "DIR", "folder for it; default: ESPBAK_BACKUP_DIR, or backups", offsetof(options, folder),
     0, NULL},
    WAIT_OPTION(options, wait),
    {"no-verify", 0, OPT_FLAG, NULL, "do not compare afterwards", offsetof(options, no_verify), 0, NULL},
    {"force", 0, OPT_FLAG, NULL, "restore even where it is refused as dangerous", offsetof(options, force), 0, NULL},
};

static void say(cli *c, const char *label, const char *text)
{
    const options *own = c->options;
    plan_line(c, own->dry_run, label, text);
}

static void describe_write(cli *c, const espbak_restore_plan *plan)
{
    char text[256], size[TEXT_SHORT], whole[TEXT_SHORT];
    if (plan->write_bytes == 0) {
        say(c, "Write", "nothing, the device holds this backup already");
        return;
    }
    snprintf(text, sizeof(text), "%s of %s%s", text_size(size, plan->write_bytes), text_size(whole, plan->total_bytes),
             plan->compared ? "; the rest is the same already" : "");
    say(c, "Write", text);
    if (plan->erase_bytes > 0) {
        snprintf(text, sizeof(text), "%s of these need nothing else", text_size(size, plan->erase_bytes));
        say(c, "Erase", text);
    }
    snprintf(text, sizeof(text), "about %s%s%s%s", text_duration(whole, plan->seconds),
             plan->verify_bytes > 0 ? ", with the MD5 of " : "",
             plan->verify_bytes > 0 ? text_size(size, plan->verify_bytes) : "",
             plan->verify_bytes > 0 ? " to verify" : "");
    say(c, "Time", text);
    if (plan->bootloader_last)
        say(c, "Order", "the bootloader is taken away first and comes back last");
}

/* "a copy of NAME; nvs: wifi.password changed, …" */
static const char *describe_edits(char *text, size_t room, const espbak_manifest_edited *edited)
{
    size_t used = 0;
    snprintf(text, room, "a copy of %.256s", edited->from);
    for (size_t i = 0; i < edited->count && (used = strlen(text)) + 1 < room; i++) {
        const espbak_manifest_edit *edit = &edited->edits[i];
        snprintf(text + used, room - used, "%s%s: %s.%s %s", i == 0 ? "; " : ", ", edit->partition, edit->space,
                 edit->key, edit->change);
    }
    return text;
}

/* Between the two units, or between what one was and is. */
static void show_differences(cli *c, const espbak_restore_plan *plan)
{
    char text[256];
    for (size_t i = 0; i < plan->efuse_count; i++) {
        const espbak_efuse_difference *const efuse = &plan->efuses[i];
        snprintf(text, sizeof(text), "%s is %s here, and was %s", efuse->name, efuse->b, efuse->a);
        say(c, i == 0 ? "eFuses" : "", text);
    }
    for (size_t i = 0; i < plan->note_count; i++)
        say(c,
            i > 0 && plan->notes[i].kind == plan->notes[i - 1].kind ? "" : espbak_move_kind_phrase(plan->notes[i].kind),
            plan->notes[i].text);
}

static void show_plan(void *user, const espbak_restore_plan *plan)
{
    cli *c = user;
    const options *own = c->options;
    char text[TEXT_PATH + 576], line[160], size[TEXT_SHORT];
    if (c->global.quiet && c->global.yes && !own->dry_run)
        return;
    plan_title(c, own->dry_run);
    snprintf(text, sizeof(text), "%s, made %s%s%s", plan->path, plan->manifest->created,
             plan->manifest->note[0] != '\0' ? ", " : "", plan->manifest->note);
    say(c, "Backup", text);
    if (plan->manifest->edited.from[0] != '\0')
        say(c, "Edited", describe_edits(text, sizeof(text), &plan->manifest->edited));
    snprintf(text, sizeof(text), "%s on %s", render_device_line(line, plan->device), plan->device->link.port);
    say(c, "Device", text);
    if (espbak_manifest_is_beginning(plan->manifest)) {
        snprintf(text, sizeof(text), "the backup has the beginning of a flash of %s; the rest is left as it is",
                 text_size(size, plan->manifest->flash.size));
        say(c, "Part", text);
    }
    if (plan->other_device && !own->to_another)
        say(c, "Beware", "the backup was made of another device of this kind");
    if (plan->parts != NULL)
        say(c, "Parts", plan->parts);
    describe_write(c, plan);
    if (plan->activate != NULL) {
        snprintf(text, sizeof(text), "%s, from the next start on", plan->activate);
        say(c, "Boot", text);
    }
    if (plan->kept != NULL) {
        snprintf(text, sizeof(text), "%.256s alone, which is factory data of this device", plan->kept);
        say(c, "Leave", text);
    }
    show_differences(c, plan);
    if (plan->hole_bytes > 0) {
        snprintf(text, sizeof(text), "%s alone that the backup does not have", text_size(size, plan->hole_bytes));
        say(c, "Leave", text);
    }
}

static espbak_status ask(void *user, const espbak_restore_plan *plan, espbak_error *err)
{
    char question[320], line[160];
    if (plan->parts != NULL)
        snprintf(question, sizeof(question), "Overwrite %.120s on %s?", plan->parts,
                 render_device_line(line, plan->device));
    else if (plan->note_count > 0)
        snprintf(question, sizeof(question), "Have %s take the place of the old unit, which is not used any more?",
                 render_device_line(line, plan->device));
    else
        snprintf(question, sizeof(question), "Overwrite the flash of %s?", render_device_line(line, plan->device));
    return cli_confirm(user, question, err);
}

static const char *describe_verified(char text[160], const espbak_restore_result *result)
{
    char size[TEXT_SHORT];
    if (!result->verified)
        return "no";
    if (result->witnesses.alone || result->witnesses.moved_by != result->witnesses.confirmed_by)
        return render_proof(text, &result->witnesses, "written", "");
    if (result->verify_bytes == 0 || result->verify_bytes >= result->total_bytes / 2)
        return "yes, by the chip's own digest";
    snprintf(text, 160, "yes, by the chip's own digest: %s after writing, and before that what was the same",
             text_size(size, result->verify_bytes));
    return text;
}

static void add_notes(output *out, const espbak_restore_result *result)
{
    cJSON *list = result->note_count > 0 ? cJSON_AddArrayToObject(output_root(out), "notes") : NULL;
    for (size_t i = 0; i < result->note_count; i++) {
        const field rows[] = {
            {NULL, "kind", TEXT(espbak_move_kind_name(result->notes[i].kind))},
            {NULL, "text", TEXT(result->notes[i].text)},
        };
        fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    }
}

static void show_result(output *out, const espbak_restore_result *result, bool dry_run)
{
    char line[160], speed[128];
    const bool unplanned = !result->planned;
    const field path[] = {{NULL, "path", TEXT(result->path)},
                          {NULL, "parts", TEXT(result->parts), .absent = result->parts[0] == '\0'}};
    const field rows[] = {
        {NULL, "dry_run", FLAG(dry_run)},
        {NULL, "total_bytes", NUMBER(result->total_bytes), .absent = unplanned},
        {NULL, "write_bytes", NUMBER(result->write_bytes), .absent = unplanned},
        {NULL, "erase_bytes", NUMBER(result->erase_bytes), .absent = unplanned},
        {NULL, "write_ranges", NUMBER(result->write_ranges), .absent = unplanned},
        {NULL, "expected_seconds", REAL(result->planned_seconds), .absent = unplanned},
        {NULL, "hole_bytes", NUMBER(result->hole_bytes), .absent = unplanned},
        {NULL, "verified_after_writing_bytes", NUMBER(result->verify_bytes), .absent = !result->verified},
        {"Snapshot", "snapshot", TEXT(result->snapshot), .absent = result->snapshot == NULL},
        {NULL, "finished", FLAG(result->finished)},
        {"Verified", "verified", FLAG(result->verified), .line = describe_verified(line, result)},
    };
    fields_show(out, path, FIELD_COUNT(path));
    add_notes(out, result);
    if (out->json) /* people have read the plan */
        render_efuse_differences(out, result->efuses, result->efuse_count);
    render_device_brief(out, "Device", &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    render_witnesses(out, &result->witnesses, result->verified);
    if (out->json ? result->stats.bytes > 0 : result->write_bytes > 0)
        render_link(out, render_speed(speed, &result->stats), &result->stats);
}

/* A backup of another chip than --chip names is for --force to decide, and told of then. */
static espbak_status open_saved(cli *c, char path[SAVED_PATH_MAX], espbak_error *err)
{
    const options *own = c->options;
    return own->force ? saved_find(c, c->words[0], path, err) : saved_open(c, c->words[0], path, err);
}

static espbak_status put_back(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_restore_result result;
    name_list only = {0};
    profile_use profile = {.given = false};
    char path[SAVED_PATH_MAX];
    espbak_restore_options job = {
        .backup = path,
        .table = table_options_source(&own->table),
        .activate = own->activate,
        .to_another = own->to_another,
        .dry_run = own->dry_run,
        .no_verify = own->no_verify,
        .force = own->force,
        .wait_seconds = (unsigned)own->wait.value,
        .snapshot_folder = own->snapshot ? c->set.folder : NULL,
        .plan = show_plan,
        .ask = ask,
        .user = c,
    };
    if (name_list_split(&only, own->only, err) != ESPBAK_OK || open_saved(c, path, err) != ESPBAK_OK ||
        profile_apply(&profile, own->profile, &c->set, &c->watch.events, err) != ESPBAK_OK ||
        saved_session(c, path, &job.session, err) != ESPBAK_OK) {
        profile_free(&profile);
        return err->status;
    }
    profile_add_places(&profile, &job.table);
    job.only = profile.given && only.count == 0 ? profile.names : only.names;
    job.only_count = profile.given && only.count == 0 ? profile.profile.part_count : only.count;
    const espbak_status status = espbak_restore_run(&job, &result, err);
    profile_free(&profile);
    const char *const of = result.parts[0] != '\0' ? " of " : "";
    c->written = status == ESPBAK_OK && !own->dry_run;
    if (result.write_bytes == 0 && status == ESPBAK_OK && !own->dry_run)
        output_line(&c->out, "The device holds %s%s%s already; nothing was written", result.parts, of, result.path);
    else if (c->written)
        output_line(&c->out, "Restored %s%s%s", result.parts, of, result.path);
    if (c->written || c->out.json)
        show_result(&c->out, &result, own->dry_run);
    espbak_restore_result_free(&result);
    return status;
}

const cli_command cmd_restore = {
    .name = "restore",
    .arguments = "BACKUP",
    .summary = "put a backup back: plan, safety checks, write, verify",
    .description =
        "Puts a backup back on the device, byte for byte. The backup's files are checked first, then chip, flash size "
        "and security state are compared; the plan is shown, and a question asked. What differs is written and "
        "verified by the chip's own digest. The bootloader's first sector is erased before anything else and written "
        "last, so that an interrupted restore leaves nothing that boots a mixture: run it again.\n\n"
        "With --only it writes named partitions, of a full backup or one of partitions, to where the device's own "
        "table "
        "has these names, and refuses where place, size or type differ.\n\n"
        "With --to-another it moves all of a unit to new hardware: the plan says what stays with the old one, such as "
        "its MAC and keys in eFuses, what is copied although it was made for the old one alone, and what is lost of "
        "the "
        "new one. The old unit must not go online any more.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, folder),
    .several = CLI_EACH_DEVICE,
    .min_words = 1,
    .max_words = 1,
    .run = put_back,
};
