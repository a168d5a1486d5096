/* SPDX-License-Identifier: Apache-2.0 */
/* Which partitions hold what a maker put on one single device, by what their projects call them. */
#include <stddef.h>

#include "base/bytes.h"
#include "espbak/partition.h"

/* esp_secure_cert_mgr has a type of its own, whatever the label. */
enum { TYPE_SECURE_CERT = 0x3F };

static bool is_between_words(char c)
{
    return c == '_' || c == '-' || c == '.' || c == ' ';
}

/* Whatever the case, and with or without something between the words. */
static bool is_called(const char *label, const char *name)
{
    char letters[ESPBAK_PARTITION_LABEL_MAX];
    size_t used = 0;
    for (const char *p = label; *p != '\0' && used + 1 < sizeof(letters); p++) {
        if (!is_between_words(*p))
            letters[used++] = *p;
    }
    letters[used] = '\0';
    return bytes_same_text(letters, name);
}

bool espbak_partition_is_factory(const espbak_partition *entry)
{
    static const char *const names[] = {
        "nvsfactory", "factorynvs", /* SenseCAP Watcher, AiPi-Lite, ESP-Matter */
        "fctry",                    /* ESP RainMaker, ESP-Matter */
        "fct",        "zbfct",      /* ESP Zigbee SDK */
        "mfg",        "mfgnvs",      "mfgdata",    "rmakermfg",     "manufacturing", /* ESP-AT and others */
        "factory",    "factorydata",                                /* of data: an application is none */
        "calib",      "calibration", "rfcal",                       /* measured on the device */
        "devicecert", "devcert",     "securecert", "espsecurecert", /* esp_secure_cert_mgr, and what came before it */
        "nvskeys",    "nvskey",                                     /* in tables that give them another subtype */
    };
    if (entry->type == ESPBAK_PARTITION_APP || entry->outside || entry->size == 0)
        return false;
    /* The key that decrypts an NVS is made on the device. */
    if (entry->type == TYPE_SECURE_CERT ||
        (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS_KEYS))
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is_called(entry->label, names[i]))
            return true;
    }
    return false;
}
