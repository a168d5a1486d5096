/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/read.h"

static const flash_engine *const engines[] = {
    [ESPBAK_LOADER_ROM] = &flash_engine_rom,
    [ESPBAK_LOADER_STUB_CURRENT] = &flash_engine_stub_current,
    [ESPBAK_LOADER_STUB_LEGACY] = &flash_engine_stub_legacy,
    [ESPBAK_LOADER_OWN] = &flash_engine_own,
};

const flash_engine *flash_engine_of(const espbak_session *session)
{
    return engines[session->info.link.loader];
}
