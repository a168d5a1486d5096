/* SPDX-License-Identifier: Apache-2.0 */
/* Which partitions hold what a maker put on one single device, by what their projects call them. */
#include <stddef.h>

#include "base/bytes.h"
#include "espbak/partition.h"

/* esp_secure_cert_mgr has a type of its own, whatever the label. */
enum { TYPE_SECURE_CERT = 0x3F };

bool espbak_partition_is_factory(const espbak_partition *entry)
{
    static const char *const labels[] = {
        "nvsfactory",            /* SenseCAP Watcher, AiPi-Lite */
        "fctry",                 /* ESP RainMaker, ESP-Matter */
        "fct",         "zb_fct", /* ESP Zigbee SDK */
        "mfg",         "mfg_nvs",         "rmaker_mfg" /* ESP-AT */,
        "nvs_factory", "factory_nvs",     /* ESP-Matter and others */
        "nvs_keys",                       /* the key that decrypts an NVS, made on the device */
        "calib",       "rf_cal",          /* measured on the device */
        "device_cert", "esp_secure_cert", /* esp_secure_cert_mgr, and what came before it */
    };
    if (entry->type == ESPBAK_PARTITION_APP || entry->outside || entry->size == 0)
        return false;
    if (entry->type == TYPE_SECURE_CERT)
        return true;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (bytes_same_text(entry->label, labels[i]))
            return true;
    }
    return false;
}
