/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/facts.h"

void flash_forget_loader(espbak_session *session)
{
    flash_facts *const facts = session->flash;
    facts->rom_window = 0;
    facts->hashing.bytes = 0;
    facts->hashing.time = 0;
    facts->hashing.single = false;
    facts->inflate_stale = false;
}

void flash_keep_info(espbak_session *session, const espbak_flash_info *before)
{
    session->info.flash = *before;
}
