/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/render.h"
#include "espbak/ops.h"

static const char *table_state(const espbak_partition_table *table)
{
    if (!table->md5_present)
        return "no checksum";
    return table->md5_ok ? "checksum right" : "checksum wrong";
}

static void print_partitions(output *out, const espbak_partition_table *table)
{
    output_field(out, "Partitions", "%zu, %s", table->count, table_state(table));
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *p = &table->entries[i];
        char type[ESPBAK_PARTITION_TEXT_MAX], subtype[ESPBAK_PARTITION_TEXT_MAX], size[TEXT_SHORT];
        espbak_partition_type_text(p->type, type);
        espbak_partition_subtype_text(p->type, p->subtype, subtype);
        output_field(out, "", "%-16s %-5s %-10s 0x%08X  %s%s%s", p->label, type, subtype, (unsigned)p->offset,
                     text_size_option(size, p->size), p->encrypted ? ", encrypted" : "",
                     p->read_only ? ", read-only" : "");
    }
}

static void add_partitions(cJSON *root, const espbak_partition_table *table)
{
    cJSON *object = cJSON_AddObjectToObject(root, "partition_table");
    cJSON_AddNumberToObject(object, "offset", ESPBAK_PARTITION_TABLE_OFFSET);
    cJSON_AddBoolToObject(object, "md5_ok", table->md5_ok);
    cJSON *list = cJSON_AddArrayToObject(object, "entries");
    for (size_t i = 0; i < table->count && list != NULL; i++) {
        const espbak_partition *p = &table->entries[i];
        char text[ESPBAK_PARTITION_TEXT_MAX];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        output_json_text(item, "name", p->label);
        espbak_partition_type_text(p->type, text);
        cJSON_AddStringToObject(item, "type", text);
        espbak_partition_subtype_text(p->type, p->subtype, text);
        cJSON_AddStringToObject(item, "subtype", text);
        output_json_size(item, "offset", p->offset);
        output_json_size(item, "size", p->size);
    }
}

static espbak_status run(cli *c, espbak_error *err)
{
    espbak_session_options session;
    espbak_info_result result;
    if (cli_session(c, &session, err) != ESPBAK_OK)
        return err->status;
    if (espbak_info_run(&session, &result, err) != ESPBAK_OK)
        return err->status;
    render_device(&c->out, &result.device);
    render_device_json(output_root(&c->out), &result.device);
    if (result.partitions_known) {
        print_partitions(&c->out, &result.partitions);
        add_partitions(output_root(&c->out), &result.partitions);
    }
    return ESPBAK_OK;
}

const cli_command cmd_info = {
    .name = "info",
    .aliases = {"flash_id", "flash-id"},
    .arguments = "",
    .summary = "the attached device: chip, MAC, flash, security",
    .description = "Tells what is attached: chip and revision, features, MAC, flash with its size and where that is "
                   "known from, security state, the loader that answers, and the partition table if there is one.",
    .folder_offset = CLI_NO_FOLDER,
    .run = run,
};
