/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/match.h"

#include <string.h>

#include "espbak/chip.h"

bool match_is_other_device(const espbak_manifest *manifest, const espbak_device_info *device)
{
    return manifest->mac_known && device->mac_known && memcmp(manifest->mac, device->mac, sizeof(device->mac)) != 0;
}

bool match_is_same_device(const espbak_manifest *manifest, const espbak_device_info *device)
{
    return manifest->mac_known && device->mac_known && !match_is_other_device(manifest, device);
}

static void warn_other_device(const espbak_manifest *manifest, const espbak_device_info *device,
                              const espbak_events *events)
{
    const uint8_t *a = manifest->mac, *b = device->mac;
    espbak_log(events, ESPBAK_LOG_WARNING,
               "the backup is of another device, %02x:%02x:%02x:%02x:%02x:%02x, not of "
               "%02x:%02x:%02x:%02x:%02x:%02x",
               a[0], a[1], a[2], a[3], a[4], a[5], b[0], b[1], b[2], b[3], b[4], b[5]);
}

espbak_status match_same_device(const espbak_manifest *manifest, const espbak_device_info *device,
                                const espbak_events *events, espbak_error *err)
{
    if (manifest->chip[0] != '\0' && strcmp(manifest->chip, device->chip->name) != 0) {
        const espbak_chip *meant = espbak_chip_by_name(manifest->chip);
        espbak_fail(err, ESPBAK_E_CONNECT, "the backup is of an %s, but the attached device is an %s",
                    meant != NULL ? meant->title : manifest->chip, device->chip->title);
        espbak_error_hint(err, "attach the device of the backup, or add --offline to check the files alone");
        return ESPBAK_E_CONNECT;
    }
    if (match_is_other_device(manifest, device))
        warn_other_device(manifest, device, events);
    return ESPBAK_OK;
}
