/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_CONTAINER_H
#define OPS_CONTAINER_H

/* Files whose bytes are not those of a flash but stand for them: UF2, Intel HEX, gzip. */

#include "base/file.h"

/* ESPBAK_E_FILE for an open file, called `path`, that is one; it says how to get at what it means. */
ESPBAK_MUST_USE espbak_status container_refuse(file *opened, const char *path, espbak_error *err);

#endif
