/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RAW_STDOUT_H
#define CLI_RAW_STDOUT_H

/* Standard output as what takes the bytes of a flash, instead of the result of the command. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/error.h"

/* ESPBAK_E_USAGE where it is a terminal, or has to take a JSON document as well. */
ESPBAK_MUST_USE espbak_status raw_stdout_begin(bool json, espbak_error *err);

/* A sink; `stream` is where the program writes, a FILE. ESPBAK_E_FILE where it does not take all. */
ESPBAK_MUST_USE espbak_status raw_stdout_take(void *stream, const uint8_t *data, size_t size, espbak_error *err);

#endif
