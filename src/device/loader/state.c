/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/state.h"

#include <stdio.h>

#include "device/loader/reset.h"

void loader_begin(espbak_session *session, uint32_t baud)
{
    const uint32_t found = espbak_transport_baud(session->transport);
    espbak_link_info *const link = &session->info.link;
    /* A rate below the usual one is used from the start: the ROM measures it. */
    session->line.first_baud = found != 0 && baud != 0 && baud < found ? baud : found;
    link->baud = found;
    link->native_usb = reset_is_native_usb(session->transport);
    snprintf(link->port, sizeof(link->port), "%s", espbak_transport_url(session->transport));
}

void loader_is_rom(espbak_session *session)
{
    session->info.link.loader = ESPBAK_LOADER_ROM;
    session->link.queues = false;
    session->info.link.stub_source[0] = '\0';
}

espbak_status loader_set_first_baud(espbak_session *session, espbak_error *err)
{
    const uint32_t first = session->line.first_baud, now = espbak_transport_baud(session->transport);
    if (session->info.link.baud != first || now != first) {
        const espbak_status status = espbak_transport_set_baud(session->transport, first, err);
        if (status != ESPBAK_OK)
            return status;
    }
    session->info.link.baud = espbak_transport_baud(session->transport);
    return ESPBAK_OK;
}

/* A ROM that reads flash takes requests for it ahead (flash/read_rom.c); a stub that runs already does not. */
void loader_judge_queue(espbak_session *session)
{
    session->link.queues = (session->info.chip->rom_caps & ESPBAK_ROM_READ_SLOW) != 0 && !session->loader->stub_found;
}

void loader_judge_usb(espbak_session *session)
{
    const espbak_usb_id *const usb = espbak_transport_get_usb(session->transport);
    const espbak_chip *const chip = session->info.chip;
    session->loader->usb_otg =
        session->info.link.native_usb && (chip->usb & ESPBAK_USB_OTG) != 0 && usb->pid == chip->image_chip_id;
}
