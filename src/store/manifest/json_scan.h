/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_JSON_SCAN_H
#define STORE_JSON_SCAN_H

/* JSON from a file that anybody may have written: bounded before cJSON sees it, unambiguous after. */

#include <cjson/cJSON.h>
#include <stddef.h>

#include "espbak/error.h"

/**
 * Parse a whole text: UTF-8, nothing behind the value, at most 16 levels deep, at most 65536 values, no
 * control characters in strings (written out or as \u0000), no key twice in one object.
 * ESPBAK_E_FILE otherwise. cJSON_Delete() *out.
 */
ESPBAK_MUST_USE espbak_status json_parse(cJSON **out, const char *text, size_t size, espbak_error *err);

#endif
