/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_PROTECT_H
#define DEVICE_PROTECT_H

/*
 * The flash's own protection against erasing and writing, while it is read by a loader that one wrong bit makes erase.
 * Nothing that lasts is written: the bits count until power goes or the flash is reset by 66 99, which coming in does.
 */

#include "device/session.h"

/*
 * Whether one wrong bit makes the loader erase. Espressif's current stub takes READ_FLASH (0xD2) that arrives as 0xD0
 * for ERASE_FLASH, and does not mind that its length is another (esp-flasher-stub command_handler.c). It never unlocks
 * the flash (esp-stub-lib), so that protection stops it. The legacy stub looks at the length, and what a ROM reads by
 * is next to nothing that erases; both unlock the flash before they write (esptool-legacy-flasher-stub
 * stub_write_flash.c, SPIEraseArea of the ROMs), so that protection would not stop them.
 */
bool protect_is_needed(const espbak_session *session);

/*
 * Protect all of the flash where that is needed, and where this flash can do so for a while; session->protect->on says
 * whether it did. The flash has been identified.
 */
ESPBAK_MUST_USE espbak_status protect_begin(espbak_session *session, espbak_error *err);

/* Back to what the status registers were, before the chip is left. Says so when that cannot be done. */
void protect_end(espbak_session *session);

#endif
