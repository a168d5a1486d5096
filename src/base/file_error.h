/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_ERROR_H
#define BASE_FILE_ERROR_H

#include "espbak/error.h"

/** "cannot <verb> <path>: <why>", with a hint, from an errno value or FILE_OS_NOT_PLAIN. */
espbak_status file_fail(espbak_error *err, const char *verb, const char *path, int error);

#endif
