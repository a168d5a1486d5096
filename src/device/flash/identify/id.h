/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_ID_H
#define DEVICE_FLASH_ID_H

/* Knowing the flash: attach it, identify it, prove its size and what of it can be addressed. */

#include "device/session.h"

/* What three-byte addresses reach. */
#define FLASH_SMALL_LIMIT ((uint64_t)16 << 20)

/* Connect the SPI controller to the flash (the ROM does not by itself). */
ESPBAK_MUST_USE espbak_status flash_attach(espbak_session *session, espbak_error *err);

/* Start the flash itself afresh (66 99). Between spi_begin and spi_end. */
ESPBAK_MUST_USE espbak_status flash_reset(espbak_session *session, espbak_error *err);

/* JEDEC id, manufacturer, status registers, unique id, SFDP, into info.flash. Reads nothing on a locked chip. */
ESPBAK_MUST_USE espbak_status flash_identify(espbak_session *session, espbak_error *err);

/*
 * Size and addressable part. `wanted` is the user's size, 0 for none. With `optional` a size that cannot be proven is
 * left 0, and of sizes that contradict each other the smallest is taken; else ESPBAK_E_REFUSED. What addresses show is
 * looked at where the loader can hash. Where it cannot, `later` says that another one will come and look.
 */
typedef struct flash_size_wish {
    uint64_t wanted;
    bool optional, later;
} flash_size_wish;
ESPBAK_MUST_USE espbak_status flash_find_size(espbak_session *session, const flash_size_wish *wish, espbak_error *err);

/* Bytes by the capacity in a JEDEC id; 0 when it does not tell. */
uint64_t flash_size_from_jedec(uint32_t jedec_id);

/* The maker's name, or NULL. */
const char *flash_manufacturer(uint32_t jedec_id);

/* Bytes by the density word of the basic SFDP table; 0 for what makes no sense. */
uint64_t flash_size_from_sfdp(uint32_t density);

/*
 * The density that SFDP tells, into info.flash.sfdp_size, 0 where there is none; asked once, and read until it says
 * info.flash.size, or two answers agree. Our own loader cannot ask.
 */
ESPBAK_MUST_USE espbak_status flash_ask_sfdp(espbak_session *session, espbak_error *err);

/* How far the present loader reaches into a flash of info.flash.size bytes, into session->flash->addressable. */
ESPBAK_MUST_USE espbak_status flash_find_addressable(espbak_session *session, espbak_error *err);

/* Tell the loader the flash's size. */
ESPBAK_MUST_USE espbak_status flash_set_params(espbak_session *session, uint64_t size, espbak_error *err);

#endif
