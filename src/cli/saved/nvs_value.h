/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_NVS_VALUE_H
#define CLI_NVS_VALUE_H

#include "espbak/nvs.h"

/*
 * Type and value of a setting as words. The value is allocated, after an error too where it is not NULL. No message has
 * it: it may be a password.
 */
ESPBAK_MUST_USE espbak_status nvs_value_take(espbak_nvs_setting *setting, const char *type, const char *value,
                                             espbak_error *err);

#endif
