/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/identity.h"

#include <string.h>

bool identity_is_same(const espbak_device_info *now, const espbak_device_info *before, identity_depth depth)
{
    if (now->chip != before->chip || now->mac_known != before->mac_known)
        return false;
    if (now->mac_known && memcmp(now->mac, before->mac, sizeof(now->mac)) != 0)
        return false;
    if (depth >= IDENTITY_FLASH_ID && now->flash.jedec_id != before->flash.jedec_id)
        return false;
    return depth < IDENTITY_WHOLE || now->flash.size == before->flash.size;
}

espbak_status identity_check(const espbak_device_info *now, const espbak_device_info *before, identity_depth depth,
                             espbak_error *err)
{
    if (identity_is_same(now, before, depth))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_CONNECT, "another device is attached now: %s, and it was %s", now->name, before->name);
    espbak_error_hint(err, "attach the first one again and go on with --resume");
    return ESPBAK_E_CONNECT;
}
