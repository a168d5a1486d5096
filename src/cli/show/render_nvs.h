/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_NVS_H
#define CLI_RENDER_NVS_H

/* Keys of NVS partitions, and their values where these were asked for. */

#include "cli/show/output.h"
#include "espbak/ops.h"

/* Values that cannot be read are errors. */
ESPBAK_MUST_USE espbak_status render_nvs(output *out, const espbak_inspected_nvs *nvs, bool values, espbak_error *err);

#endif
