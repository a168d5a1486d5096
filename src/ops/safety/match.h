/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_MATCH_H
#define OPS_MATCH_H

/* Whether a backup and a device belong together, before they are compared. */

#include "espbak/device.h"
#include "espbak/events.h"
#include "espbak/manifest.h"

/* True when both MACs are known and not the same. */
bool match_is_other_device(const espbak_manifest *manifest, const espbak_device_info *device);

/* True when both MACs are known and the same. */
bool match_is_same_device(const espbak_manifest *manifest, const espbak_device_info *device);

/*
 * ESPBAK_E_CONNECT for another kind of chip: comparing would only say that everything differs. Another
 * device of the same kind is a warning.
 */
ESPBAK_MUST_USE espbak_status match_same_device(const espbak_manifest *manifest, const espbak_device_info *device,
                                                const espbak_events *events, espbak_error *err);

#endif
