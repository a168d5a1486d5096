/* SPDX-License-Identifier: Apache-2.0 */
/* Names as ESP-IDF's gen_esp32part.py and partition-table documentation have them. */
#include <stdio.h>
#include <string.h>

#include "espbak/partition.h"
#include "image/number.h"

typedef struct subtype_name {
    uint8_t type, subtype;
    const char *name;
} subtype_name;

static const char *const type_names[] = {
    [ESPBAK_PARTITION_APP] = "app",
    [ESPBAK_PARTITION_DATA] = "data",
    [ESPBAK_PARTITION_BOOTLOADER] = "bootloader",
    [ESPBAK_PARTITION_TABLE] = "partition_table",
};

/* The slots of over-the-air updates, ota_0 to ota_15, are counted instead. */
static const subtype_name subtype_names[] = {
    {ESPBAK_PARTITION_APP, 0x00, "factory"},
    {ESPBAK_PARTITION_APP, 0x20, "test"},
    {ESPBAK_PARTITION_APP, 0x30, "tee_0"},
    {ESPBAK_PARTITION_APP, 0x31, "tee_1"},
    {ESPBAK_PARTITION_DATA, 0x00, "ota"},
    {ESPBAK_PARTITION_DATA, 0x01, "phy"},
    {ESPBAK_PARTITION_DATA, 0x02, "nvs"},
    {ESPBAK_PARTITION_DATA, 0x03, "coredump"},
    {ESPBAK_PARTITION_DATA, 0x04, "nvs_keys"},
    {ESPBAK_PARTITION_DATA, 0x05, "efuse"},
    {ESPBAK_PARTITION_DATA, 0x06, "undefined"},
    {ESPBAK_PARTITION_DATA, 0x80, "esphttpd"},
    {ESPBAK_PARTITION_DATA, 0x81, "fat"},
    {ESPBAK_PARTITION_DATA, 0x82, "spiffs"},
    {ESPBAK_PARTITION_DATA, 0x83, "littlefs"},
    {ESPBAK_PARTITION_DATA, 0x90, "tee_ota"},
    {ESPBAK_PARTITION_BOOTLOADER, 0x00, "primary"},
    {ESPBAK_PARTITION_BOOTLOADER, 0x01, "ota"},
    {ESPBAK_PARTITION_BOOTLOADER, 0x02, "recovery"},
    {ESPBAK_PARTITION_TABLE, 0x00, "primary"},
    {ESPBAK_PARTITION_TABLE, 0x01, "ota"},
};

enum { TYPE_COUNT = sizeof(type_names) / sizeof(type_names[0]), LAST_NUMBER = 0xFE };

void espbak_partition_type_text(uint8_t type, char out[ESPBAK_PARTITION_TEXT_MAX])
{
    if (type < TYPE_COUNT)
        snprintf(out, ESPBAK_PARTITION_TEXT_MAX, "%s", type_names[type]);
    else
        snprintf(out, ESPBAK_PARTITION_TEXT_MAX, "0x%02x", type);
}

static const char *find_name(uint8_t type, uint8_t subtype)
{
    for (size_t i = 0; i < sizeof(subtype_names) / sizeof(subtype_names[0]); i++) {
        if (subtype_names[i].type == type && subtype_names[i].subtype == subtype)
            return subtype_names[i].name;
    }
    return NULL;
}

void espbak_partition_subtype_text(uint8_t type, uint8_t subtype, char out[ESPBAK_PARTITION_TEXT_MAX])
{
    const char *name = find_name(type, subtype);
    if (name != NULL)
        snprintf(out, ESPBAK_PARTITION_TEXT_MAX, "%s", name);
    else if (type == ESPBAK_PARTITION_APP && subtype >= ESPBAK_APP_OTA_FIRST && subtype <= ESPBAK_APP_OTA_LAST)
        snprintf(out, ESPBAK_PARTITION_TEXT_MAX, "ota_%d", subtype - ESPBAK_APP_OTA_FIRST);
    else
        snprintf(out, ESPBAK_PARTITION_TEXT_MAX, "0x%02x", subtype);
}

static bool number_from_text(const char *text, uint8_t *number)
{
    int64_t value = 0;
    if (!number_parse(text, strlen(text), &value) || value < 0 || value > LAST_NUMBER)
        return false;
    *number = (uint8_t)value;
    return true;
}

bool espbak_partition_type_from_text(const char *text, uint8_t *type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (strcmp(type_names[i], text) == 0) {
            *type = (uint8_t)i;
            return true;
        }
    }
    return number_from_text(text, type);
}

bool espbak_partition_subtype_from_text(uint8_t type, const char *text, uint8_t *subtype)
{
    for (unsigned i = 0; i <= LAST_NUMBER; i++) {
        char name[ESPBAK_PARTITION_TEXT_MAX];
        espbak_partition_subtype_text(type, (uint8_t)i, name);
        if (strcmp(name, text) == 0) {
            *subtype = (uint8_t)i;
            return true;
        }
    }
    return number_from_text(text, subtype);
}
