/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/profile_use.h"
#include "cli/show/text.h"

static void note(void *user, const char *text)
{
    const cli *c = user;
    espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s", text);
}

static void print_profile(output *out, const espbak_profile *profile)
{
    char size[TEXT_SHORT];
    output_line(out, "%s", profile->name);
    output_field(out, "Board", "%s (%s%s%s)", profile->title, profile->chip, profile->flash_size > 0 ? ", " : "",
                 profile->flash_size > 0 ? text_size(size, profile->flash_size) : "");
    if (profile->baud > 0 || profile->no_stub)
        output_field(out, "Line", "%u baud%s", (unsigned)profile->baud, profile->no_stub ? ", without a stub" : "");
    if (profile->usb_known)
        output_field(out, "Port", "USB %04X:%04X%s%s", profile->vid, profile->pid,
                     profile->port_description[0] != '\0' ? ", " : "", profile->port_description);
    for (size_t i = 0; i < profile->part_count; i++)
        output_field(out, i == 0 ? "Factory data" : "", "%-16s 0x%08llX %6s", profile->parts[i].name,
                     (unsigned long long)profile->parts[i].offset, text_size_option(size, profile->parts[i].size));
    output_field(out, "From", "%s", profile->origin);
}

static void add_profile(cJSON *list, const espbak_profile *profile)
{
    cJSON *item = list != NULL ? cJSON_CreateObject() : NULL;
    if (item == NULL)
        return;
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "name", profile->name);
    output_json_text(item, "title", profile->title);
    output_json_text(item, "chip", profile->chip);
    output_json_size(item, "flash_size", profile->flash_size);
    output_json_size(item, "baud", profile->baud);
    cJSON_AddBoolToObject(item, "no_stub", profile->no_stub);
    output_json_text(item, "origin", profile->origin);
    cJSON *parts = cJSON_AddArrayToObject(item, "partitions");
    for (size_t i = 0; i < profile->part_count && parts != NULL; i++) {
        cJSON *part = cJSON_CreateObject();
        cJSON_AddItemToArray(parts, part);
        output_json_text(part, "name", profile->parts[i].name);
        output_json_size(part, "offset", profile->parts[i].offset);
        output_json_size(part, "size", profile->parts[i].size);
    }
}

static espbak_status list_profiles(cli *c, espbak_error *err)
{
    char path[1024];
    espbak_profile *profiles = NULL;
    size_t count = 0;
    const char *folder = profile_folder(path, sizeof(path));
    if (espbak_profiles_list(folder, &profiles, &count, note, c, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < count; i++)
        print_profile(&c->out, &profiles[i]);
    if (folder != NULL)
        output_line(&c->out, "Your own go to %s, as JSON files.", folder);
    cJSON *root = output_root(&c->out);
    if (root != NULL && folder != NULL)
        output_json_text(root, "folder", folder);
    cJSON *list = cJSON_AddArrayToObject(root, "profiles");
    for (size_t i = 0; i < count; i++)
        add_profile(list, &profiles[i]);
    espbak_free(profiles);
    return ESPBAK_OK;
}

const cli_command cmd_profiles = {
    .name = "profiles",
    .arguments = "",
    .summary = "known boards, for --profile",
    .description = "Lists the boards that are known: how to talk to them, and which factory data they have. Files in "
                   "your own folder come before the built-in ones of the same name.",
    .folder_offset = CLI_NO_FOLDER,
    .run = list_profiles,
};
