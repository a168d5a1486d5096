/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/places.h"
#include "cli/parse/profile_use.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"

static void note(void *user, const char *text)
{
    const cli *c = user;
    espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "%s", text);
}

static void show_parts(output *out, cJSON *profile_object, const espbak_profile *profile)
{
    cJSON *list = cJSON_AddArrayToObject(profile_object, "partitions");
    for (size_t i = 0; i < profile->part_count; i++) {
        const espbak_profile_part *part = &profile->parts[i];
        char size[TEXT_SHORT], line[96];
        snprintf(line, sizeof(line), "%-16s 0x%08llX %6s", part->name, (unsigned long long)part->offset,
                 text_size_option(size, part->size));
        const field rows[] = {
            {i == 0 ? "Factory data" : "", "name", TEXT(part->name), .line = line},
            {NULL, "offset", NUMBER(part->offset)},
            {NULL, "size", NUMBER(part->size)},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
}

static void show_profile(output *out, cJSON *list, const espbak_profile *profile)
{
    char size[TEXT_SHORT], board[160], line[64] = "", port[160] = "";
    snprintf(board, sizeof(board), "%s (%s%s%s)", profile->title, profile->chip, profile->flash_size > 0 ? ", " : "",
             profile->flash_size > 0 ? text_size(size, profile->flash_size) : "");
    if (profile->baud > 0 || profile->no_stub)
        snprintf(line, sizeof(line), "%u baud%s", (unsigned)profile->baud, profile->no_stub ? ", without a stub" : "");
    if (profile->usb_known)
        snprintf(port, sizeof(port), "USB %04X:%04X%s%s", profile->vid, profile->pid,
                 profile->port_description[0] != '\0' ? ", " : "", profile->port_description);
    const field rows[] = {
        {NULL, "name", TEXT(profile->name)},
        {"Board", "title", TEXT(profile->title), .line = board},
        {NULL, "chip", TEXT(profile->chip)},
        {NULL, "flash_size", NUMBER(profile->flash_size)},
        {"Line", "baud", NUMBER(profile->baud), .line = line},
        {NULL, "no_stub", FLAG(profile->no_stub)},
        {"Port", NULL, .line = port},
        {NULL, "origin", TEXT(profile->origin)},
    };
    output_line(out, "%s", profile->name);
    cJSON *item = fields_show_item(out, list, rows, FIELD_COUNT(rows));
    show_parts(out, item, profile);
    output_field(out, "From", "%s", profile->origin);
}

static espbak_status list_profiles(cli *c, espbak_error *err)
{
    char path[1024];
    espbak_profile *profiles = NULL;
    size_t count = 0;
    const char *folder = places_profiles(path, sizeof(path));
    if (espbak_profiles_list(folder, &profiles, &count, note, c, err) != ESPBAK_OK)
        return err->status;
    const field own = {NULL, "folder", TEXT(folder), .absent = folder == NULL};
    fields_show(&c->out, &own, 1);
    cJSON *list = cJSON_AddArrayToObject(output_root(&c->out), "profiles");
    for (size_t i = 0; i < count; i++)
        show_profile(&c->out, list, &profiles[i]);
    if (folder != NULL)
        output_line(&c->out, "Your own go to %s, as JSON files.", folder);
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
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .run = list_profiles,
};
