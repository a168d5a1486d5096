/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"
#include "flash.h"
#include "serial.h"
#include "services.h"
#include LOADER_CHIP

__attribute__((externally_visible)) void loader_main(void);

/* _start comes here, on the loader's own stack and with interrupts off. */
void loader_main(void)
{
    static loader_core core;
    cycles_start();
    watchdogs_off();
    rom_delay_us(10 * 1000); /* the ROM's answer to the command that started us leaves */
    serial_wait_idle();
    serial_note_rate();
    clock_up(serial_is_usb());
    serial_start();
    hal_flash_setup(0, FLASH_NARROW, 0); /* until the host says how much there is */
    services_start(&core);
    core.waiting = 1; /* a HELLO request with tag 0, which is all zeros */
    for (;;)
        loader_core_step(&core);
}
