/* SPDX-License-Identifier: Apache-2.0 */
/* What tells other programs of the files in a folder. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "espbak/chip.h"
#include "ops/export/job.h"

enum { LINE = 256 };

static espbak_status put_text(export_job *job, const char *text, espbak_error *err)
{
    return file_write(job->out, text, strlen(text), err);
}

/* ---- esptool write-flash @flash_args; mode, speed and size stay what the bootloader says, as is its default ---- */

espbak_status export_flash_args(export_job *job, espbak_error *err)
{
    for (size_t i = 0; i < job->result->part_count; i++) {
        const espbak_exported_part *part = &job->result->parts[i];
        char line[LINE];
        snprintf(line, sizeof(line), "0x%llx %s\n", (unsigned long long)part->offset, part->file);
        if (put_text(job, line, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* ---- ESP Web Tools: const.ts of esp-web-tools 10.4 ---- */

bool export_web_tools_know(const espbak_chip *chip)
{
    static const char *const families[] = {"ESP32",    "ESP32-C2", "ESP32-C3", "ESP32-C5", "ESP32-C6", "ESP32-C61",
                                           "ESP32-H2", "ESP32-P4", "ESP32-S2", "ESP32-S3", "ESP8266"};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (strcmp(families[i], chip->title) == 0)
            return true;
    }
    return false;
}

static bool add_builds(const export_job *job, cJSON *root)
{
    const espbak_boot_app *app = espbak_boot_active(&job->source.contents->boot);
    const bool told = app != NULL && app->present && app->image.app_described;
    cJSON_AddStringToObject(root, "name",
                            told && app->image.app.project[0] != '\0' ? app->image.app.project : "backup");
    cJSON_AddStringToObject(root, "version", told ? app->image.app.version : "");
    cJSON *builds = cJSON_AddArrayToObject(root, "builds"), *build = cJSON_CreateObject();
    if (builds == NULL || !cJSON_AddItemToArray(builds, build))
        return false;
    cJSON_AddStringToObject(build, "chipFamily", job->result->chip->title);
    cJSON *parts = cJSON_AddArrayToObject(build, "parts");
    for (size_t i = 0; i < job->result->part_count; i++) {
        cJSON *part = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(parts, part) ||
            cJSON_AddStringToObject(part, "path", job->result->parts[i].file) == NULL ||
            cJSON_AddNumberToObject(part, "offset", (double)job->result->parts[i].offset) == NULL)
            return false;
    }
    return parts != NULL;
}

espbak_status export_web_manifest(export_job *job, espbak_error *err)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root != NULL && add_builds(job, root) ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (text == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = put_text(job, text, err);
    if (status == ESPBAK_OK)
        status = put_text(job, "\n", err);
    cJSON_free(text);
    return status;
}

/* ---- the CSV of gen_esp32part ---- */

/* It strips names, splits at commas, and takes a line that begins with '#' for a comment. */
static bool label_fits(const char *label)
{
    const size_t length = strlen(label);
    return length > 0 && strpbrk(label, ",#$") == NULL && label[0] != ' ' && label[length - 1] != ' ';
}

static espbak_status put_row(export_job *job, const espbak_partition *entry, espbak_error *err)
{
    char type[ESPBAK_PARTITION_TEXT_MAX], subtype[ESPBAK_PARTITION_TEXT_MAX], line[LINE];
    if (!label_fits(entry->label))
        return espbak_fail(err, ESPBAK_E_FILE, "a CSV cannot hold the label of the partition '%s' at 0x%lX",
                           entry->label, (unsigned long)entry->offset);
    espbak_partition_type_text(entry->type, type);
    espbak_partition_subtype_text(entry->type, entry->subtype, subtype);
    snprintf(line, sizeof(line), "%s,%s,%s,0x%lx,0x%lx,%s\n", entry->label, type, subtype, (unsigned long)entry->offset,
             (unsigned long)entry->size,
             entry->encrypted && entry->read_only ? "encrypted:readonly"
             : entry->encrypted                   ? "encrypted"
             : entry->read_only                   ? "readonly"
                                                  : "");
    return put_text(job, line, err);
}

espbak_status export_csv(export_job *job, espbak_error *err)
{
    const espbak_partition_table *table = &job->source.contents->boot.table;
    char head[LINE];
    snprintf(head, sizeof(head), "# The table stands at 0x%llx\n# Name, Type, SubType, Offset, Size, Flags\n",
             (unsigned long long)table->offset);
    if (put_text(job, head, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].unseen)
            espbak_log(job->options->events, ESPBAK_LOG_WARNING,
                       "%s stands behind the end of the table, where no bootloader looks: it is not in the CSV",
                       table->entries[i].label);
        else if (put_row(job, &table->entries[i], err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
