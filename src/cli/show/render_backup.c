/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include <string.h>

/* Parts have files of their own; the whole flash is one that needs no list. */
static bool has_parts(const espbak_backup_result *result)
{
    return result->region_count != 1 || strcmp(result->regions[0].name, "flash") != 0;
}

static void print_parts(output *out, const espbak_backup_result *result)
{
    char size[TEXT_SHORT];
    for (size_t i = 0; i < result->region_count; i++) {
        const espbak_saved_region *part = &result->regions[i];
        output_field(out, i == 0 ? "Parts" : "", "%-16s 0x%08llX %6s  %s", part->name, (unsigned long long)part->offset,
                     text_size_option(size, part->size), part->file);
    }
}

static void add_parts(cJSON *root, const espbak_backup_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(root, "regions");
    for (size_t i = 0; i < result->region_count && list != NULL; i++) {
        const espbak_saved_region *part = &result->regions[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        output_json_text(item, "name", part->name);
        output_json_text(item, "file", part->file);
        output_json_size(item, "offset", part->offset);
        output_json_size(item, "size", part->size);
        output_json_hex(item, "sha256", part->sha256, sizeof(part->sha256));
    }
}

void render_backup_contents(output *out, const espbak_boot_report *boot)
{
    const espbak_boot_app *active = espbak_boot_active(boot);
    const espbak_app_description *about = active != NULL ? &active->image.app : NULL;
    if (active != NULL && active->image.app_described)
        output_field(out, "App", "%s %s in %s (ESP-IDF %s)", about->project, about->version, active->partition->label,
                     about->idf);
    render_boot(out, boot);
}

void render_backup_contents_json(cJSON *root, const espbak_backup_result *result)
{
    if (root == NULL || !result->explained)
        return;
    render_apps_json(root, &result->contents);
    render_boot_json(root, &result->contents.boot);
}

static void print_state(output *out, const espbak_backup_result *result)
{
    static const char *const reasons[] = {
        [ESPBAK_STATE_VERIFIED] = ": the chip's own MD5 agrees with the file on disk",
        [ESPBAK_STATE_UNVERIFIED] = ", as --no-verify asked",
        [ESPBAK_STATE_HOLES] = ", as --allow-unreadable asked",
    };
    char size[TEXT_SHORT];
    output_field(out, "State", "%s%s", espbak_backup_state_name(result->state), reasons[result->state]);
    if (result->hole_bytes > 0)
        output_field(out, "Unreadable", "%s, 0xFF in the file and never restored", text_size(size, result->hole_bytes));
    if (result->resumed)
        output_field(out, "Resumed", "%llu KiB were there, of which %llu KiB had changed",
                     (unsigned long long)(result->found_bytes / 1024),
                     (unsigned long long)(result->changed_bytes / 1024));
    else if (result->changed_bytes > 0)
        output_field(out, "Changed", "%llu KiB while the device was away, read again",
                     (unsigned long long)(result->changed_bytes / 1024));
    if (result->reconnects > 0)
        output_field(out, "Reconnected", "%u time%s", result->reconnects, result->reconnects == 1 ? "" : "s");
}

void render_backup(output *out, const espbak_backup_result *result)
{
    char line[160], speed[128], size[TEXT_SHORT], path[ESPBAK_PATH_MAX + 64];
    output_line(out, "Backup saved in %s", result->path);
    output_field(out, "Device", "%s", render_device_line(line, &result->device));
    output_field(out, has_parts(result) ? "Size" : "Flash", "%s (%llu bytes)%s", text_size(size, result->size),
                 (unsigned long long)result->size,
                 result->ciphertext ? ", ciphertext that only this chip can use" : "");
    print_state(out, result);
    output_field(out, "Speed", "%s, %u retr%s", render_speed(speed, &result->stats), result->stats.retries,
                 result->stats.retries == 1 ? "y" : "ies");
    render_compression(out, &result->stats.compression);
    render_saved(out, &result->saved);
    if (has_parts(result))
        print_parts(out, result);
    else
        render_hashes(out, result->sha256, result->md5);
    if (result->explained)
        render_backup_contents(out, &result->contents.boot);
    text_shell_word(path, sizeof(path), result->path);
    output_line(out, "Compare it with the device again, or put it back:");
    output_line(out, "  espbak verify %s", path);
    output_line(out, "  espbak restore %s", path);
}

static void add_recovery(cJSON *root, const espbak_backup_result *result)
{
    cJSON *recovery = cJSON_AddObjectToObject(root, "recovery");
    cJSON_AddBoolToObject(recovery, "resumed", result->resumed);
    output_json_size(recovery, "found_bytes", result->found_bytes);
    output_json_size(recovery, "changed_bytes", result->changed_bytes);
    output_json_size(recovery, "repaired_bytes", result->repaired_bytes);
    output_json_size(recovery, "unreadable_bytes", result->hole_bytes);
    output_json_size(recovery, "reconnects", result->reconnects);
}

void render_backup_json(cJSON *root, const espbak_backup_result *result)
{
    if (root == NULL)
        return;
    if (result->path[0] != '\0')
        output_json_text(root, "path", result->path);
    cJSON_AddBoolToObject(root, "sealed", result->sealed);
    render_device_brief_json(root, &result->device);
    if (!result->sealed)
        return;
    cJSON_AddStringToObject(root, "state", espbak_backup_state_name(result->state));
    output_json_text(root, "verified_by", result->verify_method);
    output_json_size(root, "size", result->size);
    cJSON_AddBoolToObject(root, "ciphertext", result->ciphertext);
    add_recovery(root, result);
    if (has_parts(result)) {
        add_parts(root, result);
    } else {
        output_json_hex(root, "sha256", result->sha256, sizeof(result->sha256));
        output_json_hex(root, "md5", result->md5, sizeof(result->md5));
    }
    render_backup_contents_json(root, result);
    render_compression_json(root, &result->stats.compression);
    render_saved_json(root, &result->saved);
    render_stats_json(root, &result->stats);
}
