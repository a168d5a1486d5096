/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include "base/bytes.h"
#include "espbak/chip.h"
#include "espbak/efuse.h"

static const char *device_name(const espbak_device_info *device)
{
    if (device->name[0] != '\0')
        return device->name;
    return device->chip != NULL ? device->chip->title : "not known";
}

const char *render_device_line(char out[160], const espbak_device_info *device)
{
    char revision[TEXT_SHORT] = "", mac[TEXT_SHORT] = "";
    if (device->revision_known)
        text_revision(revision, device->revision);
    if (device->mac_known)
        text_mac(mac, device->mac);
    snprintf(out, 160, "%s%s%s%s%s", device_name(device), device->revision_known ? " " : "", revision,
             device->mac_known ? ", MAC " : "", mac);
    return out;
}

static const char *tristate_name(espbak_tristate value)
{
    return value == ESPBAK_YES ? "on" : value == ESPBAK_NO ? "off" : "unknown";
}

static void show_flash(output *out, const espbak_flash_info *flash)
{
    char size[TEXT_SHORT], whole[TEXT_SHORT], unique_id[17] = "", id[8], status[16], about[64] = "", line[256];
    const bool no_id = flash->jedec_id == 0;
    snprintf(id, sizeof(id), "%06x", (unsigned)flash->jedec_id & 0xFFFFFF);
    if (!no_id)
        snprintf(about, sizeof(about), ", %s, id %06X",
                 flash->manufacturer[0] != '\0' ? flash->manufacturer : "maker not listed", (unsigned)flash->jedec_id);
    if (flash->size > 0)
        snprintf(line, sizeof(line), "%s (by %s)%s%s%s%s%s%s", text_size(size, flash->size),
                 espbak_size_source_phrase(flash->size_source), flash->whole_size != 0 ? " of " : "",
                 flash->whole_size != 0 ? text_size(whole, flash->whole_size) : "", about,
                 flash->octal ? ", octal" : "", flash->voltage[0] != '\0' ? ", " : "", flash->voltage);
    else
        snprintf(line, sizeof(line), "size not known%s", about);
    if (flash->unique_id_known && flash->unique_id_size <= sizeof(flash->unique_id))
        bytes_to_hex(unique_id, flash->unique_id, flash->unique_id_size);
    snprintf(status, sizeof(status), "0x%06X", (unsigned)flash->status_registers);
    const field rows[] = {
        {"Flash", "flash.size", NUMBER(flash->size), .line = line},
        {NULL, "flash.size_from", TEXT(espbak_size_source_name(flash->size_source))},
        {NULL, "flash.size_proof", TEXT(espbak_size_proof_name(flash->size_proof))},
        {NULL, "flash.whole_size", NUMBER(flash->whole_size), .absent = flash->whole_size == 0},
        {NULL, "flash.sfdp_size", NUMBER(flash->sfdp_size), .absent = flash->sfdp_size == 0},
        {NULL, "flash.repeats_at", NUMBER(flash->repeats_at), .absent = flash->repeats_at == 0},
        {NULL, "flash.jedec_id", TEXT(id), .absent = no_id},
        {NULL, "flash.manufacturer", TEXT(flash->manufacturer), .absent = no_id},
        {"Flash UID", "flash.unique_id", TEXT(unique_id), .absent = unique_id[0] == '\0'},
        {"Flash status", "flash.status_registers", NUMBER(flash->status_registers), .line = status,
         .absent = !flash->status_known},
        {NULL, "flash.octal", FLAG(flash->octal)},
        {NULL, "flash.voltage", TEXT(flash->voltage), .absent = flash->voltage[0] == '\0'},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

static void show_security(output *out, const espbak_security *security)
{
    char version[16] = "", counted[40] = "", line[160];
    if (security->secure_boot == ESPBAK_YES && security->secure_boot_version > 0)
        snprintf(version, sizeof(version), " (v%u)", security->secure_boot_version);
    if (security->secure_version > 0)
        snprintf(counted, sizeof(counted), ", secure version %u", security->secure_version);
    snprintf(line, sizeof(line), "flash encryption %s, secure boot %s%s, secure download mode %s%s",
             tristate_name(security->flash_encryption), tristate_name(security->secure_boot), version,
             tristate_name(security->secure_download), counted);
    const espbak_boot_key *keys = security->boot_keys;
    const field rows[] = {
        {"Security", "security.flash_encryption", TRISTATE(security->flash_encryption), .line = line},
        {NULL, "security.secure_boot", TRISTATE(security->secure_boot)},
        {NULL, "security.secure_boot_version", NUMBER(security->secure_boot_version),
         .absent = security->secure_boot_version == 0},
        {NULL, "security.secure_download_mode", TRISTATE(security->secure_download)},
        {NULL, "security.secure_version", NUMBER(security->secure_version), .absent = !security->secure_version_known},
        {NULL, "security.boot_key_0", HEX(keys[0].digest), .absent = !keys[0].known},
        {NULL, "security.boot_key_1", HEX(keys[1].digest), .absent = !keys[1].known},
        {NULL, "security.boot_key_2", HEX(keys[2].digest), .absent = !keys[2].known},
        {NULL, "security.flags", NUMBER(security->raw_flags), .absent = !security->raw_known},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

static void show_link(output *out, const espbak_link_info *link)
{
    char rate[40] = "", port[320], loader[320];
    const bool stub = link->stub_source[0] != '\0';
    if (link->native_usb)
        snprintf(rate, sizeof(rate), ", native USB");
    else if (link->baud > 0)
        snprintf(rate, sizeof(rate), ", %u baud", (unsigned)link->baud);
    snprintf(port, sizeof(port), "%s%s", link->port, rate);
    snprintf(loader, sizeof(loader), "%s%s%s%s", espbak_loader_name(link->loader), stub ? " (" : "", link->stub_source,
             stub ? ")" : "");
    const field rows[] = {
        {"Port", "link.port", TEXT(link->port), .line = port},
        {NULL, "link.baud", NUMBER(link->baud)},
        {NULL, "link.native_usb", FLAG(link->native_usb)},
        {"Loader", "link.loader", TEXT(espbak_loader_name(link->loader)), .line = loader},
        {NULL, "link.stub", TEXT(link->stub_source), .absent = !stub},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

void render_device(output *out, const espbak_device_info *device)
{
    char name[128], revision[TEXT_SHORT] = "", crystal[TEXT_SHORT], mac[TEXT_SHORT];
    if (device->revision_known)
        text_revision(revision, device->revision);
    snprintf(name, sizeof(name), "%s%s%s", device_name(device), device->revision_known ? " " : "", revision);
    snprintf(crystal, sizeof(crystal), "%u MHz", device->crystal_mhz);
    const field rows[] = {
        {"Chip", "chip", TEXT(device->chip->name), .line = name},
        {NULL, "description", TEXT(device_name(device))},
        {NULL, "revision", TEXT(revision), .absent = !device->revision_known},
        {"Features", "features", TEXT(device->features)},
        {"Crystal", "crystal_mhz", NUMBER(device->crystal_mhz), .line = crystal, .absent = device->crystal_mhz == 0},
        {"MAC", "mac", TEXT(text_mac(mac, device->mac)), .absent = !device->mac_known},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
    show_flash(out, &device->flash);
    show_security(out, &device->security);
    show_link(out, &device->link);
}

static void add_blocks(output *out, const espbak_efuses *efuses)
{
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "efuse_blocks");
    for (size_t i = 0; i < efuses->count; i++) {
        const espbak_efuse_block *const block = &efuses->blocks[i];
        char words[ESPBAK_EFUSE_BLOCK_TEXT];
        espbak_efuse_block_text(words, block);
        const field rows[] = {
            {NULL, "block", NUMBER(block->number)},
            {NULL, "words", TEXT(words)},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
}

static void show_efuse(output *out, cJSON *list, const espbak_efuse *efuse, bool first)
{
    const bool number = efuse->kind == ESPBAK_EFUSE_IS_NUMBER || efuse->kind == ESPBAK_EFUSE_IS_PURPOSE;
    const char *const category = espbak_efuse_category_name(efuse->category);
    char line[160];
    snprintf(line, sizeof(line), "%-11s  %-28s %s", category, efuse->name, efuse->text);
    const field rows[] = {
        {!efuse->burnt ? NULL
         : first       ? "eFuses"
                       : "",
         "name", TEXT(efuse->name), .line = line},
        {NULL, "category", TEXT(category)},
        {NULL, "value", FLAG(efuse->burnt), .absent = efuse->kind != ESPBAK_EFUSE_IS_FLAG},
        {NULL, "value", NUMBER(efuse->number), .absent = !number},
        {NULL, "text", TEXT(efuse->text), .absent = efuse->kind == ESPBAK_EFUSE_IS_FLAG},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

void render_efuses(output *out, const espbak_efuses *efuses, const espbak_chip *chip, unsigned revision,
                   const char *none)
{
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "efuses");
    size_t shown = 0, count = 0;
    espbak_efuse efuse;
    for (size_t at = 0; espbak_efuse_next(efuses, chip, revision, &at, &efuse); count++) {
        show_efuse(out, list, &efuse, shown == 0);
        shown += efuse.burnt ? 1 : 0;
    }
    add_blocks(out, efuses);
    if (efuses->count == 0)
        output_field(out, "eFuses", "%s", none);
    else
        output_field(out, shown == 0 ? "eFuses" : "", "%zu more are zero", count - shown);
}

static void show_efuse_difference(output *out, cJSON *list, const char *label, const espbak_efuse_difference *efuse)
{
    char line[256];
    snprintf(line, sizeof(line), "%s %s, then %s", efuse->name, efuse->a, efuse->b);
    const field rows[] = {
        {label, "name", TEXT(efuse->name), .line = line},
        {NULL, "category", TEXT(espbak_efuse_category_name(efuse->category))},
        {NULL, "before", TEXT(efuse->a)},
        {NULL, "after", TEXT(efuse->b)},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

void render_efuse_differences(output *out, const espbak_efuse_difference *list, size_t count)
{
    cJSON *efuses = cJSON_AddArrayToObject(output_root(out), "efuses");
    for (size_t i = 0; i < count; i++)
        show_efuse_difference(out, efuses, i == 0 ? "eFuses" : "", &list[i]);
}

void render_device_brief(output *out, const char *label, const espbak_device_info *device)
{
    char line[160], revision[TEXT_SHORT], mac[TEXT_SHORT];
    const bool unknown = device->chip == NULL;
    const field rows[] = {
        {label, NULL, .line = render_device_line(line, device)},
        {NULL, "device.chip", TEXT(unknown ? NULL : device->chip->name), .absent = unknown},
        {NULL, "device.description", TEXT(device_name(device)), .absent = unknown},
        {NULL, "device.revision", TEXT(text_revision(revision, device->revision)),
         .absent = unknown || !device->revision_known},
        {NULL, "device.mac", TEXT(text_mac(mac, device->mac)), .absent = unknown || !device->mac_known},
        {NULL, "device.flash_size", NUMBER(device->flash.size), .absent = unknown},
        {NULL, "device.port", TEXT(device->link.port), .absent = unknown || device->link.port[0] == '\0'},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}
