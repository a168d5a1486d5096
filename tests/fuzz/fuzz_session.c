/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile device: the input says what comes back and when. No crash, no hang, no error without words. */
#include "script.h"
#include "visit.h"

/* Byte 6 of the head, in whose other bits the packet size stands. */
enum { LOOPS = 1, SHORT_WRITES = 2, STUBBORN = 4, USB_JTAG = 8, SOCKET = 16, REMOTE = 32 };

/* What no visit may take: the longest that were found take eight minutes. */
#define LONGEST (2 * 3600 * (espbak_time)ESPBAK_S)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static script s;
    if (size < VISIT_HEAD)
        return 0;
    const unsigned bits = data[6];
    const bool jtag = (bits & USB_JTAG) != 0;
    const espbak_transport_caps caps = {
        .baud = !jtag, .modem_lines = (bits & SOCKET) == 0, .unix_tight = true, .remote = (bits & REMOTE) != 0};
    const espbak_usb_id usb = {.known = jtag, .vid = 0x303A, .pid = 0x1001};
    s = (script){.bytes = data + VISIT_HEAD,
                 .size = size - VISIT_HEAD,
                 .loops = (bits & LOOPS) != 0,
                 .short_writes = (bits & SHORT_WRITES) != 0,
                 .stubborn = (bits & STUBBORN) != 0,
                 .limit = LONGEST};
    visit_run(script_open(&s, &caps, &usb), data, NULL);
    return 0;
}
