/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/utc.h"
#include "cli/commands.h"
#include "cli/os/raw_stdout.h"
#include "cli/page/page.h"
#include "cli/parse/table_options.h"
#include "cli/saved/documents.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/backup.h"
#include "espbak/chip.h"

typedef struct options {
    const char *target, *since;
    bool overwrite;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"output", 'o', OPT_TEXT, "FILE", "where it goes, - for standard output; by default BACKUP.html, here",
     offsetof(options, target), 0, NULL},
    {"overwrite", 0, OPT_FLAG, NULL, "replace FILE if it is there", offsetof(options, overwrite), 0, NULL},
    {"since", 0, OPT_TEXT, "BACKUP", "tell what changed since that one; by default the device's one before",
     offsetof(options, since), 0, NULL},
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

/* What the page is made of. */
typedef struct page_job {
    cli *c;
    char path[SAVED_PATH_MAX], since[SAVED_PATH_MAX];
    bool inspected;
    espbak_inspection found;
    output inspect, files, diff, device; /* documents */
    page_lines head, about;
    html page;
} page_job;

static output document(void)
{
    return (output){.json = true};
}

static espbak_status inspect(page_job *r, espbak_error *err)
{
    const options *own = r->c->options;
    const espbak_inspect_options how = {
        .path = r->path,
        .chip = r->c->set.chip,
        .table = table_options_source(&own->table),
        .cancel = r->c->cancel,
    };
    if (espbak_inspect_open(&r->found, &how, err) != ESPBAK_OK)
        return err->status;
    r->inspected = true;
    output lines = document();
    lines.take = page_take_line;
    lines.take_user = &r->head;
    inspect_show_head(&lines, &r->found);
    cJSON_Delete(lines.root);
    r->inspect = document();
    return inspect_show(&r->inspect, &r->found, false, false, err);
}

/* As the manifest has kept it. */
static void describe_device(page_job *r)
{
    const espbak_manifest *manifest = r->found.manifest;
    r->device = document();
    if (manifest == NULL || manifest->chip[0] == '\0')
        return;
    espbak_device_info device = {
        .chip = espbak_chip_by_name(manifest->chip),
        .revision = manifest->revision,
        .revision_known = manifest->revision_known,
        .crystal_mhz = manifest->crystal_mhz,
        .mac_known = manifest->mac_known,
        .flash = manifest->flash,
        .security = manifest->security,
        .link = manifest->link,
    };
    if (device.chip == NULL)
        return;
    memcpy(device.mac, manifest->mac, sizeof(device.mac));
    snprintf(device.name, sizeof(device.name), "%s", manifest->chip_description);
    snprintf(device.features, sizeof(device.features), "%s", manifest->features);
    r->device.take = page_take_line;
    r->device.take_user = &r->about;
    render_device(&r->device, &device);
}

/* What has no files to show, or none that can be shown, has none in the report. */
static espbak_status list_files(page_job *r, espbak_error *err)
{
    const options *own = r->c->options;
    const espbak_files_source from = {
        .path = r->path,
        .chip = r->c->set.chip,
        .table = table_options_source(&own->table),
        .session = {.events = &r->c->watch.events, .cancel = r->c->cancel},
    };
    espbak_files_result result;
    espbak_error why = {0};
    const espbak_status status = espbak_files_run(&from, &result, &why);
    if (status == ESPBAK_OK) {
        r->files = document();
        files_show(&r->files, &result);
    }
    espbak_files_result_free(&result);
    if (status != ESPBAK_OK && status != ESPBAK_E_FILE) {
        *err = why;
        return status;
    }
    if (status != ESPBAK_OK)
        espbak_log(&r->c->watch.events, ESPBAK_LOG_INFO, "no files are listed: %s", why.message);
    return ESPBAK_OK;
}

/* ---- the backup before ---- */

static bool is_of_the_same(const page_job *r, const espbak_backup_entry *entry)
{
    const espbak_manifest *manifest = r->found.manifest;
    char mac[TEXT_SHORT];
    return entry->usable && !entry->partial && strcmp(entry->mac, text_mac(mac, manifest->mac)) == 0 &&
           entry->flash_size == manifest->flash.size;
}

/* Entries are newest first, so that those before it follow; one of the whole flash tells more than one of parts. */
static const espbak_backup_entry *choose(const page_job *r, const espbak_backup_entry *entries, size_t count)
{
    const espbak_backup_entry *best = NULL;
    size_t i = 0;
    while (i < count && strcmp(entries[i].name, file_name_of(r->found.path)) != 0)
        i++;
    for (i++; i < count; i++) {
        if (is_of_the_same(r, &entries[i]) && (best == NULL || (best->parts[0] != '\0' && entries[i].parts[0] == '\0')))
            best = &entries[i];
    }
    return best;
}

static espbak_status find_before(page_job *r, espbak_error *err)
{
    const options *own = r->c->options;
    espbak_backup_entry *entries = NULL;
    size_t count = 0;
    if (own->since != NULL)
        return saved_find(r->c, own->since, r->since, err);
    if (r->found.manifest == NULL || !r->found.manifest->mac_known)
        return ESPBAK_OK;
    char *folder = file_folder_of(r->found.path);
    espbak_error ignored = {0};
    if (folder != NULL && espbak_backup_list(folder, &entries, &count, &ignored) == ESPBAK_OK) {
        const espbak_backup_entry *best = choose(r, entries, count);
        snprintf(r->since, sizeof(r->since), "%s", best != NULL ? best->path : "");
    }
    espbak_backup_list_free(entries, count);
    free(folder);
    return ESPBAK_OK;
}

static espbak_status compare(page_job *r, espbak_error *err)
{
    if (find_before(r, err) != ESPBAK_OK || r->since[0] == '\0')
        return err->status;
    const espbak_diff_options how = {
        .a = r->since,
        .b = r->path,
        .chip = r->c->set.chip,
        .session = {.events = &r->c->watch.events, .cancel = r->c->cancel},
    };
    espbak_diff_result result;
    espbak_status status = espbak_diff_run(&how, &result, err);
    if (status == ESPBAK_OK || status == ESPBAK_E_DIFFERS) {
        r->diff = document();
        diff_show(&r->diff, &result);
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    espbak_diff_result_free(&result);
    return status;
}

/* ---- the page ---- */

static void write_page(page_job *r)
{
    char now[32], compact[32];
    utc_now(now, compact);
    const page_content content = {
        .name = file_name_of(r->found.path),
        .written = now,
        .found = &r->found,
        .inspect = r->inspect.root,
        .files = r->files.root,
        .diff = r->diff.root,
        .device = r->device.root,
        .head = &r->head,
        .about = &r->about,
        .since = file_name_of(r->since),
    };
    page_write(&r->page, &content);
}

static espbak_status save(const page_job *r, const char *target, espbak_error *err)
{
    const options *own = r->c->options;
    file *out = NULL;
    if (strcmp(target, "-") == 0)
        return raw_stdout_take(r->c->out.stream, (const uint8_t *)r->page.text, r->page.size, err);
    if (file_create_atomic(&out, target, own->overwrite, err) != ESPBAK_OK)
        return err->status;
    return file_end(out, file_write(out, r->page.text, r->page.size, err), err);
}

static void show_result(page_job *r, const char *target)
{
    char size[TEXT_SHORT];
    const field rows[] = {
        {NULL, "file", TEXT(target)},
        {"Size", "size", NUMBER(r->page.size), .line = text_size(size, r->page.size)},
        {"Since", "since", TEXT(file_name_of(r->since)), .absent = r->since[0] == '\0'},
    };
    output_line(&r->c->out, "The report is in %s", target);
    fields_show(&r->c->out, rows, FIELD_COUNT(rows));
}

static espbak_status make(page_job *r, espbak_error *err)
{
    const options *own = r->c->options;
    char target[SAVED_PATH_MAX + 8];
    if (saved_find(r->c, r->c->words[0], r->path, err) != ESPBAK_OK || inspect(r, err) != ESPBAK_OK)
        return err->status;
    describe_device(r);
    if (list_files(r, err) != ESPBAK_OK || compare(r, err) != ESPBAK_OK)
        return err->status;
    write_page(r);
    if (r->page.failed)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(target, sizeof(target), "%s.html", file_name_of(r->found.path));
    const char *const where = own->target != NULL ? own->target : target;
    if (save(r, where, err) != ESPBAK_OK)
        return err->status;
    if (strcmp(where, "-") != 0)
        show_result(r, where);
    return ESPBAK_OK;
}

static espbak_status write_report(cli *c, espbak_error *err)
{
    const options *own = c->options;
    if (own->target != NULL && strcmp(own->target, "-") == 0 && c->out.json)
        return espbak_fail(err, ESPBAK_E_USAGE, "the page and --json cannot both go to standard output");
    page_job *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    r->c = c;
    const espbak_status status = make(r, err);
    if (r->inspected)
        espbak_inspect_close(&r->found);
    cJSON_Delete(r->inspect.root);
    cJSON_Delete(r->files.root);
    cJSON_Delete(r->diff.root);
    cJSON_Delete(r->device.root);
    free(r->page.text);
    free(r);
    return status;
}

const cli_command cmd_report = {
    .name = "report",
    .arguments = "BACKUP|FILE",
    .summary = "one page about a backup, for a browser or for paper",
    .description =
        "Writes one HTML page about a backup, or a dump made with another tool: device, security, where it comes from "
        "and how it was proven, a map of the flash to scale, partitions, applications, keys of NVS without their "
        "values, files, what is unusual, and what changed since the device's backup before. It needs no script and "
        "nothing from elsewhere, and says what inspect, files and diff say.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_LINE | SETTINGS_LOADER | SETTINGS_YES,
    .min_words = 1,
    .max_words = 1,
    .run = write_report,
};
