/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_SIMILAR_H
#define OPS_SIMILAR_H

/*
 * Another unit of the same product holds nearly the same flash: which backup in a folder has most of what this device
 * has, whichever device it is of.
 */

#include <stdint.h>

#include "espbak/session.h"

/*
 * *path of that backup, to be freed; NULL where none has at least half of what was compared. A few sectors of each of
 * the newest backups of the same chip and flash size are compared by the chip's own digests. A backup that cannot be
 * read is passed over; errors are those of the session.
 */
ESPBAK_MUST_USE espbak_status similar_find(char **path, espbak_session *session, const char *folder, uint64_t offset,
                                           uint64_t size, espbak_error *err);

#endif
