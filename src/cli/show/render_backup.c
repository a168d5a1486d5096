/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include <string.h>

/* Parts have files of their own; the whole flash is one that needs no list. */
static bool has_parts(const espbak_backup_result *result)
{
    const espbak_saved_region *first = result->regions;
    return result->region_count != 1 || first->offset != 0 || strcmp(first->name, "flash") != 0;
}

static void show_parts(output *out, const espbak_backup_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "regions");
    for (size_t i = 0; i < result->region_count; i++) {
        const espbak_saved_region *part = &result->regions[i];
        char size[TEXT_SHORT], line[160];
        snprintf(line, sizeof(line), "%-16s 0x%08llX %6s  %s", part->name, (unsigned long long)part->offset,
                 text_size_option(size, part->size), part->file);
        const field rows[] = {
            {i == 0 ? "Parts" : "", "name", TEXT(part->name), .line = line},
            {NULL, "file", TEXT(part->file)},
            {NULL, "offset", NUMBER(part->offset)},
            {NULL, "size", NUMBER(part->size)},
            {NULL, "sha256", HEX(part->sha256)},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
}

static void show_app(output *out, const espbak_boot_report *boot)
{
    const espbak_boot_app *active = espbak_boot_active(boot);
    if (active == NULL || !active->image.app_described)
        return;
    const espbak_app_description *about = &active->image.app;
    output_field(out, "App", "%s %s in %s (ESP-IDF %s)", about->project, about->version, active->partition->label,
                 about->idf);
}

void render_backup_contents(output *out, const espbak_backup_result *result)
{
    if (result->contents == NULL)
        return;
    show_app(out, &result->contents->boot);
    render_add_apps(output_root(out), result->contents);
    render_verdict(out, &result->contents->boot);
}

static void show_held(output *out, const espbak_backup_result *result)
{
    if (has_parts(result))
        show_parts(out, result);
    else
        render_hashes(out, result->sha256, result->md5);
    render_backup_contents(out, result);
}

static void show_state(output *out, const espbak_backup_result *result)
{
    static const char *const reasons[] = {
        [ESPBAK_STATE_UNVERIFIED] = ", as --no-verify asked",
        [ESPBAK_STATE_HOLES] = ", as --allow-unreadable asked",
    };
    const char *name = espbak_backup_state_name(result->state);
    char bytes[TEXT_SHORT], size[128], state[224], proof[160], part[128];
    snprintf(size, sizeof(size), "%s (%llu bytes)%s", text_size(bytes, result->size), (unsigned long long)result->size,
             result->ciphertext ? ", ciphertext that only this chip can use" : "");
    if (result->state == ESPBAK_STATE_VERIFIED)
        snprintf(state, sizeof(state), "%s: %s", name,
                 render_proof(proof, &result->witnesses, "read", "the chip's own digest agrees with the file on disk"));
    else
        snprintf(state, sizeof(state), "%s%s", name, reasons[result->state]);
    const espbak_flash_info *const flash = &result->device.flash;
    snprintf(part, sizeof(part), "the beginning of a flash of %s, and so no backup of all of it",
             text_size(bytes, flash->whole_size));
    const bool beginning = !has_parts(result) && flash->whole_size != 0;
    const field rows[] = {
        {has_parts(result) ? "Size" : "Flash", NULL, .line = size},
        {beginning ? "Part" : NULL, "part_of", NUMBER(flash->whole_size), .line = part, .absent = !beginning},
        {"State", "state", TEXT(name), .line = state},
        {NULL, "verified_by", TEXT(result->verify_method)},
        {NULL, "size", NUMBER(result->size)},
        {NULL, "ciphertext", FLAG(result->ciphertext)},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
    render_witnesses(out, &result->witnesses, result->state == ESPBAK_STATE_VERIFIED);
}

static void show_recovery(output *out, const espbak_backup_result *result)
{
    char size[TEXT_SHORT], holes[96], resumed[96], changed[96], times[TEXT_SHORT];
    const unsigned long long found_kib = result->found_bytes / 1024, changed_kib = result->changed_bytes / 1024;
    snprintf(holes, sizeof(holes), "%s, 0xFF in the file and never restored", text_size(size, result->hole_bytes));
    snprintf(resumed, sizeof(resumed), "%llu KiB were there, of which %llu KiB had changed", found_kib, changed_kib);
    snprintf(changed, sizeof(changed), "%llu KiB while the device was away, read again", changed_kib);
    snprintf(times, sizeof(times), "%u time%s", result->reconnects, result->reconnects == 1 ? "" : "s");
    const field rows[] = {
        {result->hole_bytes > 0 ? "Unreadable" : NULL, NULL, .line = holes},
        {result->resumed ? "Resumed" : NULL, "recovery.resumed", FLAG(result->resumed), .line = resumed},
        {NULL, "recovery.found_bytes", NUMBER(result->found_bytes)},
        {!result->resumed && result->changed_bytes > 0 ? "Changed" : NULL, "recovery.changed_bytes",
         NUMBER(result->changed_bytes), .line = changed},
        {NULL, "recovery.repaired_bytes", NUMBER(result->repaired_bytes)},
        {NULL, "recovery.unreadable_bytes", NUMBER(result->hole_bytes)},
        {result->reconnects > 0 ? "Reconnected" : NULL, "recovery.reconnects", NUMBER(result->reconnects),
         .line = times},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

static void show_sealed(output *out, const espbak_backup_result *result)
{
    char speed[128], line[160];
    snprintf(line, sizeof(line), "%s, %u retr%s", render_speed(speed, &result->stats), result->stats.retries,
             result->stats.retries == 1 ? "y" : "ies");
    show_state(out, result);
    show_recovery(out, result);
    /* People are told the figures first, in the document they come last. */
    if (out->json)
        show_held(out, result);
    render_figures(out, line, &result->stats, &result->saved);
    if (!out->json)
        show_held(out, result);
}

void render_backup(output *out, const espbak_backup_result *result)
{
    const field rows[] = {
        {NULL, "path", TEXT(result->path), .absent = result->path == NULL},
        {NULL, "sealed", FLAG(result->sealed)},
    };
    if (result->sealed)
        output_line(out, "Backup saved in %s", result->path);
    fields_show(out, rows, FIELD_COUNT(rows));
    render_device_brief(out, result->sealed ? "Device" : NULL, &result->device);
    if (result->sealed)
        show_sealed(out, result);
}
