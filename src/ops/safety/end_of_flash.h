/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_END_OF_FLASH_H
#define OPS_END_OF_FLASH_H

/*
 * An erased flash without an SFDP table shows nothing of its size, and its id is all there is. If that is a lie, what
 * is written behind its end lands at its beginning. But once something stands there it can be seen: so such a flash is
 * written in steps, and looked at before each.
 */

#include "espbak/session.h"

/* Up to where may be written in one go from `at` on, at most to `end`. */
uint64_t end_of_flash_step(const espbak_session *session, uint64_t at, uint64_t end);

/* Before something is written at `at`; *seen was 0 at first. ESPBAK_E_REFUSED where the flash has ended before that. */
ESPBAK_MUST_USE espbak_status end_of_flash_check(espbak_session *session, uint64_t at, uint64_t *seen,
                                                 espbak_error *err);

#endif
