/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/device/plan.h"

#include <stdio.h>
#include <string.h>

#include "cli/os/ask.h"
#include "cli/os/terminal.h"
#include "cli/show/render.h"

enum { INDENT = 14, LINE = TEXT_PATH + 576, PARTS_SHOWN = 12 };

void plan_title(cli *c, bool result)
{
    if (result)
        output_line(&c->out, "Plan, which was not carried out:");
    else
        report_line(&c->watch.messages, "Plan:");
}

/* As much of a text as fits, up to a space if there is one. */
static int cut(const char *text, size_t width)
{
    size_t length = strlen(text);
    if (length <= width)
        return (int)length;
    for (length = width; length > 0 && text[length] != ' ';)
        length--;
    return (int)(length > 0 ? length : strcspn(text, " "));
}

void plan_line(cli *c, bool result, const char *label, const char *text)
{
    const bool folds = result ? c->out.fold : terminal_is_tty(TERMINAL_STDERR);
    const unsigned columns = result ? c->out.width : terminal_width(TERMINAL_STDERR);
    const size_t width = folds && columns > INDENT + 20 ? columns - INDENT : LINE;
    do {
        const int length = cut(text, width);
        if (result)
            output_line(&c->out, "  %-11s %.*s", label, length, text);
        else
            report_line(&c->watch.messages, "  %-11s %.*s", label, length, text);
        label = "";
        text += length;
        text += strspn(text, " ");
    } while (*text != '\0');
}

static void show_runs(cli *c, const change_request *request, const espbak_change_plan *plan)
{
    char line[LINE], size[TEXT_SHORT];
    for (size_t i = 0; i < plan->run_count; i++) {
        const espbak_planned_run *run = &plan->runs[i];
        const bool named = run->file != NULL;
        if (i == PARTS_SHOWN) {
            snprintf(line, sizeof(line), "and %zu more", plan->run_count - i);
            plan_line(c, request->dry_run, "", line);
            return;
        }
        snprintf(line, sizeof(line), "0x%llX to 0x%llX, %s: %s%s%s", (unsigned long long)run->offset,
                 (unsigned long long)(run->offset + run->size), text_size(size, run->size), named ? run->file : "",
                 named ? ", " : "", run->what);
        plan_line(c, request->dry_run, i == 0 ? request->verb : "", line);
    }
}

static void show_part(cli *c, const change_request *request, const espbak_planned_part *part, bool first)
{
    char line[LINE], part_size[TEXT_SHORT], size[TEXT_SHORT], some[96] = "";
    if (part->bytes < part->size)
        snprintf(some, sizeof(some), ", %s of %s", text_size(part_size, part->bytes), text_size(size, part->size));
    snprintf(line, sizeof(line), "%s: %s%s%s", part->name, part->what, some,
             part->lost && part->nvs ? "; its settings go" : "");
    plan_line(c, request->dry_run, first ? "There now" : "", line);
}

static void show_parts(cli *c, const change_request *request, const espbak_change_plan *plan)
{
    char line[64];
    for (size_t i = 0; i < plan->part_count && i < PARTS_SHOWN; i++)
        show_part(c, request, &plan->parts[i], i == 0);
    if (plan->part_count > PARTS_SHOWN) {
        snprintf(line, sizeof(line), "and %zu more parts", plan->part_count - PARTS_SHOWN);
        plan_line(c, request->dry_run, "", line);
    }
    if (plan->part_count == 0 && !plan->table_found)
        plan_line(c, request->dry_run, "There now", "what no partition table tells of");
}

static void show_boot(cli *c, const change_request *request, const char *label, const espbak_planned_boot *boot)
{
    char line[LINE];
    const bool plain = boot->condition[0] == '\0';
    if (boot->verdict == ESPBAK_BOOT_YES && boot->starts[0] != '\0')
        snprintf(line, sizeof(line), "yes%s%s: %s starts", plain ? "" : ", ", boot->condition, boot->starts);
    else
        snprintf(line, sizeof(line), "%s%s%s: %s", espbak_boot_verdict_name(boot->verdict), plain ? "" : ", ",
                 boot->condition, boot->reason);
    plan_line(c, request->dry_run, label, line);
}

static void show_change(cli *c, const change_request *request, const espbak_change_plan *plan)
{
    char line[LINE], device[160];
    plan_title(c, request->dry_run);
    snprintf(line, sizeof(line), "%s on %s", render_device_line(device, plan->device), plan->device->link.port);
    plan_line(c, request->dry_run, "Device", line);
    show_runs(c, request, plan);
    show_parts(c, request, plan);
    show_boot(c, request, "Boots now", &plan->before);
    show_boot(c, request, "Afterwards", &plan->after);
    if (plan->activate != NULL) {
        snprintf(line, sizeof(line), "%s, from the next start on", plan->activate);
        plan_line(c, request->dry_run, "Boot", line);
    }
}

static void add_boot(cJSON *root, const char *key, const espbak_planned_boot *boot)
{
    const field rows[] = {
        {NULL, "verdict", TEXT(espbak_boot_verdict_name(boot->verdict))},
        {NULL, "condition", TEXT(boot->condition), .absent = boot->condition[0] == '\0'},
        {NULL, "reason", TEXT(boot->reason)},
        {NULL, "starts", TEXT(boot->starts), .absent = boot->starts[0] == '\0'},
    };
    fields_add(cJSON_AddObjectToObject(root, key), rows, FIELD_COUNT(rows));
}

static void add_runs(cJSON *list, const espbak_change_plan *plan)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        const espbak_planned_run *run = &plan->runs[i];
        const field rows[] = {
            {NULL, "offset", NUMBER(run->offset)},
            {NULL, "size", NUMBER(run->size)},
            {NULL, "file", TEXT(run->file), .absent = run->file == NULL},
            {NULL, "what", TEXT(run->what)},
        };
        fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    }
}

static void add_parts(cJSON *list, const espbak_change_plan *plan)
{
    for (size_t i = 0; i < plan->part_count; i++) {
        const espbak_planned_part *part = &plan->parts[i];
        const field rows[] = {
            {NULL, "name", TEXT(part->name)},       {NULL, "offset", NUMBER(part->offset)},
            {NULL, "size", NUMBER(part->size)},     {NULL, "changed_bytes", NUMBER(part->bytes)},
            {NULL, "what", TEXT(part->what)},       {NULL, "nvs", FLAG(part->nvs)},
            {NULL, "factory", FLAG(part->factory)}, {NULL, "lost", FLAG(part->lost)},
        };
        fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    }
}

static void add_change(cli *c, const change_request *request, const espbak_change_plan *plan)
{
    cJSON *root = output_root(&c->out);
    const field dry_run = {NULL, "dry_run", FLAG(request->dry_run)};
    const field rows[] = {
        {NULL, "activate", TEXT(plan->activate), .absent = plan->activate == NULL},
        {NULL, "idle", TEXT(plan->idle), .absent = plan->idle == NULL},
    };
    fields_add(root, &dry_run, 1);
    cJSON *object = cJSON_AddObjectToObject(root, "plan");
    add_runs(cJSON_AddArrayToObject(object, "runs"), plan);
    add_parts(cJSON_AddArrayToObject(object, "parts"), plan);
    add_boot(object, "boots_now", &plan->before);
    add_boot(object, "boots_afterwards", &plan->after);
    fields_add(object, rows, FIELD_COUNT(rows));
}

espbak_status plan_confirm_change(cli *c, const change_request *request, const espbak_change_plan *plan,
                                  espbak_error *err)
{
    char question[320], device[160];
    const bool asks = !c->global.yes && !plan->refused && (request->needs_yes || ask_can());
    add_change(c, request, plan);
    if (request->dry_run || asks || !c->global.quiet)
        show_change(c, request, plan);
    if (request->dry_run || !asks)
        return ESPBAK_OK;
    snprintf(question, sizeof(question), "%.120s %s?", request->question, render_device_line(device, plan->device));
    return cli_confirm(c, question, err);
}

void plan_show_result(cli *c, const char *verb, const espbak_write_result *result)
{
    output *out = &c->out;
    char speed[128], proof[160];
    const field rows[] = {
        {NULL, "size", NUMBER(result->bytes)},
        {NULL, "finished", FLAG(result->finished)},
        {"Verified", "verified", FLAG(result->verified),
         .line =
             result->verified ? render_proof(proof, &result->witnesses, verb, "yes, by the chip's own digest") : "no"},
    };
    render_device_brief(out, "Device", &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    render_witnesses(out, &result->witnesses, result->verified);
    if (result->stats.bytes_on_wire > 0)
        render_link(out, render_speed(speed, &result->stats), &result->stats);
}
