/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"

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

static void print_flash(output *out, const espbak_flash_info *flash)
{
    char size[TEXT_SHORT], hex[17], id[64] = "";
    if (flash->jedec_id != 0)
        snprintf(id, sizeof(id), ", %s, id %06X",
                 flash->manufacturer[0] != '\0' ? flash->manufacturer : "maker not listed", (unsigned)flash->jedec_id);
    if (flash->size > 0)
        output_field(out, "Flash", "%s (by %s)%s%s%s%s", text_size(size, flash->size),
                     espbak_size_source_phrase(flash->size_source), id, flash->octal ? ", octal" : "",
                     flash->voltage[0] != '\0' ? ", " : "", flash->voltage);
    else
        output_field(out, "Flash", "size not known%s", id);
    if (flash->unique_id_known && flash->unique_id_size <= sizeof(flash->unique_id)) {
        bytes_to_hex(hex, flash->unique_id, flash->unique_id_size);
        output_field(out, "Flash UID", "%s", hex);
    }
    if (flash->status_known)
        output_field(out, "Flash status", "0x%06X", (unsigned)flash->status_registers);
}

static void print_security(output *out, const espbak_security *security)
{
    char version[16] = "";
    if (security->secure_boot == ESPBAK_YES && security->secure_boot_version > 0)
        snprintf(version, sizeof(version), " (v%u)", security->secure_boot_version);
    output_field(out, "Security", "flash encryption %s, secure boot %s%s, secure download mode %s",
                 tristate_name(security->flash_encryption), tristate_name(security->secure_boot), version,
                 tristate_name(security->secure_download));
}

static void print_link(output *out, const espbak_link_info *link)
{
    char rate[40] = "";
    if (link->native_usb)
        snprintf(rate, sizeof(rate), ", native USB");
    else if (link->baud > 0)
        snprintf(rate, sizeof(rate), ", %u baud", (unsigned)link->baud);
    output_field(out, "Port", "%s%s", link->port, rate);
    output_field(out, "Loader", "%s%s%s%s", espbak_loader_name(link->loader), link->stub_source[0] != '\0' ? " (" : "",
                 link->stub_source, link->stub_source[0] != '\0' ? ")" : "");
}

void render_device(output *out, const espbak_device_info *device)
{
    char text[TEXT_SHORT];
    output_field(out, "Chip", "%s%s%s", device_name(device), device->revision_known ? " " : "",
                 device->revision_known ? text_revision(text, device->revision) : "");
    if (device->features[0] != '\0')
        output_field(out, "Features", "%s", device->features);
    if (device->crystal_mhz > 0)
        output_field(out, "Crystal", "%u MHz", device->crystal_mhz);
    if (device->mac_known)
        output_field(out, "MAC", "%s", text_mac(text, device->mac));
    print_flash(out, &device->flash);
    print_security(out, &device->security);
    print_link(out, &device->link);
}

static void add_tristate(cJSON *object, const char *key, espbak_tristate value)
{
    if (value == ESPBAK_UNKNOWN)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddBoolToObject(object, key, value == ESPBAK_YES);
}

static void add_flash(cJSON *root, const espbak_flash_info *flash)
{
    char id[8];
    cJSON *object = cJSON_AddObjectToObject(root, "flash");
    output_json_size(object, "size", flash->size);
    cJSON_AddStringToObject(object, "size_from", espbak_size_source_name(flash->size_source));
    if (flash->jedec_id != 0) {
        snprintf(id, sizeof(id), "%06x", (unsigned)flash->jedec_id & 0xFFFFFF);
        cJSON_AddStringToObject(object, "jedec_id", id);
        output_json_text(object, "manufacturer", flash->manufacturer);
    }
    if (flash->unique_id_known && flash->unique_id_size <= sizeof(flash->unique_id))
        output_json_hex(object, "unique_id", flash->unique_id, flash->unique_id_size);
    if (flash->status_known)
        cJSON_AddNumberToObject(object, "status_registers", flash->status_registers);
    cJSON_AddBoolToObject(object, "octal", flash->octal);
    if (flash->voltage[0] != '\0')
        output_json_text(object, "voltage", flash->voltage);
}

static void add_security(cJSON *root, const espbak_security *security)
{
    cJSON *object = cJSON_AddObjectToObject(root, "security");
    add_tristate(object, "flash_encryption", security->flash_encryption);
    add_tristate(object, "secure_boot", security->secure_boot);
    if (security->secure_boot_version > 0)
        cJSON_AddNumberToObject(object, "secure_boot_version", security->secure_boot_version);
    add_tristate(object, "secure_download_mode", security->secure_download);
    if (security->raw_known)
        cJSON_AddNumberToObject(object, "flags", security->raw_flags);
}

void render_device_brief_json(cJSON *root, const espbak_device_info *device)
{
    char text[TEXT_SHORT];
    if (root == NULL || device->chip == NULL)
        return;
    cJSON *object = cJSON_AddObjectToObject(root, "device");
    cJSON_AddStringToObject(object, "chip", device->chip->name);
    output_json_text(object, "description", device_name(device));
    if (device->revision_known)
        cJSON_AddStringToObject(object, "revision", text_revision(text, device->revision));
    if (device->mac_known)
        cJSON_AddStringToObject(object, "mac", text_mac(text, device->mac));
    output_json_size(object, "flash_size", device->flash.size);
    if (device->link.port[0] != '\0')
        output_json_text(object, "port", device->link.port);
}

void render_device_json(cJSON *root, const espbak_device_info *device)
{
    char text[TEXT_SHORT];
    if (root == NULL || device->chip == NULL)
        return;
    cJSON_AddStringToObject(root, "chip", device->chip->name);
    output_json_text(root, "description", device_name(device));
    if (device->revision_known)
        cJSON_AddStringToObject(root, "revision", text_revision(text, device->revision));
    output_json_text(root, "features", device->features);
    if (device->crystal_mhz > 0)
        cJSON_AddNumberToObject(root, "crystal_mhz", device->crystal_mhz);
    if (device->mac_known)
        cJSON_AddStringToObject(root, "mac", text_mac(text, device->mac));
    add_flash(root, &device->flash);
    add_security(root, &device->security);
    cJSON *link = cJSON_AddObjectToObject(root, "link");
    output_json_text(link, "port", device->link.port);
    output_json_size(link, "baud", device->link.baud);
    cJSON_AddBoolToObject(link, "native_usb", device->link.native_usb);
    cJSON_AddStringToObject(link, "loader", espbak_loader_name(device->link.loader));
    if (device->link.stub_source[0] != '\0')
        output_json_text(link, "stub", device->link.stub_source);
}
