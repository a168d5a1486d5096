/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_RAM_LOAD_H
#define DEVICE_RAM_LOAD_H

/* Programs into a chip's RAM by its ROM loader: MEM_BEGIN, MEM_DATA, MEM_END. */

#include "device/session.h"

/*
 * `size` bytes to `address`. A block that was damaged on its way is refused, and the segment sent
 * again from its beginning; `what` names the program where that is told.
 */
ESPBAK_MUST_USE espbak_status ram_load_segment(espbak_session *session, const char *what, uint32_t address,
                                               const uint8_t *bytes, size_t size, espbak_error *err);

/* Run what was loaded. The loader's answer, which may or may not come, is left to who waits for the program. */
ESPBAK_MUST_USE espbak_status ram_load_run(espbak_session *session, uint32_t entry, espbak_error *err);

#endif
