/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_PORT_H
#define ESPBAK_PORT_H

/* The serial ports of this computer, and which of them look like an ESP. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What hangs on a USB port, by its vendor and product. */
typedef enum espbak_port_kind {
    ESPBAK_PORT_OTHER,           /**< a serial port nothing is known of */
    ESPBAK_PORT_BRIDGE,          /**< a USB-to-UART bridge that ESP boards use */
    ESPBAK_PORT_USB_SERIAL_JTAG, /**< Espressif's USB-Serial-JTAG, 303A:1001 */
    ESPBAK_PORT_USB_OTG,         /**< an Espressif chip's ROM or application on its own USB (S2, S3, P4) */
} espbak_port_kind;

/** "other", "bridge", "usb-serial-jtag", "usb-otg". Never NULL. */
ESPBAK_API const char *espbak_port_kind_name(espbak_port_kind kind);

/** The same for people: "Espressif USB-Serial-JTAG"; empty for other ports. */
ESPBAK_API const char *espbak_port_kind_phrase(espbak_port_kind kind);

typedef struct espbak_port {
    char path[256];        /**< what --port takes, such as /dev/ttyUSB0 or COM3 */
    char description[128]; /**< as the driver or device tells, cleaned of control characters */
    bool usb;              /**< vid and pid are valid */
    uint16_t vid, pid;
    char usb_serial[64];
    int usb_bus, usb_address; /**< both 0 when unknown; equal for the ports of one USB device */
    int usb_interface;        /**< the USB interface number of this port, -1 when unknown */
    char usb_place[64];       /**< where on the bus the device hangs, such as "1-1.2"; empty when unknown */
    char bridge[48];          /**< "CP2102", "CH9102" and so on, or empty */
    uint32_t max_baud;        /**< highest rate the bridge is known to carry; 0 when unknown */
    espbak_port_kind kind;
} espbak_port;

/** True for the kinds that an ESP is likely to hang on. */
ESPBAK_API bool espbak_port_looks_like_esp(const espbak_port *port);

/**
 * All ports, those that look like an ESP first, then by path. *ports is allocated, *count may be 0;
 * free with espbak_ports_free. Errors: ESPBAK_E_PORT.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_ports_list(espbak_port **ports, size_t *count, espbak_error *err);
ESPBAK_API void espbak_ports_free(espbak_port *ports);

/**
 * The one port that looks like an ESP. None or several is ESPBAK_E_PORT with a message that lists
 * what was seen.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_ports_pick(espbak_port *port, espbak_error *err);

/**
 * Whether `wanted` chooses among the ports of this computer, instead of naming one: usb-serial=TEXT, usb=1-1.2,
 * mac=34:85:18:aa:bb:cc, VID:PID as four hex digits each, or a path with `*` or `?` in it.
 */
ESPBAK_API bool espbak_port_is_choice(const char *wanted);

/**
 * The ports that a choice means, in the order of espbak_ports_list; free with espbak_ports_free. A MAC is found where
 * it is the serial number of native USB; what hangs on bridges has to be asked. Errors: ESPBAK_E_PORT where none fits,
 * with what there is; ESPBAK_E_USAGE where a MAC is none. *ports is NULL then.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_ports_choose(const char *wanted, espbak_port **ports, size_t *count,
                                                             espbak_error *err);

/** Six bytes of a MAC, written with `:`, `-` or nothing between them; false for anything else. */
ESPBAK_API bool espbak_port_parse_mac(const char *text, uint8_t mac[6]);

#ifdef __cplusplus
}
#endif

#endif
