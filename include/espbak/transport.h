/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_TRANSPORT_H
#define ESPBAK_TRANSPORT_H

/*
 * A byte stream to a chip: serial port, socket, RFC 2217 server, pseudo-terminal or the simulated
 * chip, chosen by URL. Back ends are a handful of byte-level functions (espbak_transport_ops);
 * capacity checks, full writes, deadlines and cancellation live in the wrappers below, once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/clock.h"
#include "espbak/error.h"
#include "espbak/events.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct espbak_transport espbak_transport;

/** What a transport can do; a missing ability is not an error until somebody needs it. */
typedef struct espbak_transport_caps {
    bool baud;         /**< set_baud changes the speed of a real or simulated line */
    bool modem_lines;  /**< DTR and RTS reach the chip */
    bool unix_tight;   /**< both lines change in one step (one ioctl) */
    bool remote;       /**< every line change is a network round trip: fewer, slower resets */
    uint32_t max_baud; /**< highest rate known to work; 0 when not known */
} espbak_transport_caps;

/** USB identity of the port behind a transport, where there is one. */
typedef struct espbak_usb_id {
    bool known;
    uint16_t vid, pid;
    char serial[64];   /**< as the device reports it, control characters replaced; may be empty */
    char product[64];  /**< likewise: what it calls itself */
    char place[32];    /**< where on the bus it hangs, such as "1-1.2"; empty when unknown */
    int usb_interface; /**< number of the port's USB interface, -1 when unknown */
} espbak_usb_id;

/**
 * A back end. `timeout` is microseconds from now. All functions but `read`, `write` and `close`
 * may be NULL. They return ESPBAK_E_PORT when the device is gone, and fill `err`.
 */
typedef struct espbak_transport_ops {
    const char *name;
    /** Read at least one byte, at most `capacity`; *got = 0 and ESPBAK_OK when the time is over. */
    espbak_status (*read)(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                          espbak_error *err);
    /** Write what fits within the time; *put may be short. */
    espbak_status (*write)(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                           espbak_error *err);
    espbak_status (*set_baud)(void *impl, uint32_t baud, espbak_error *err);
    /** true means asserted (the pin is low): RTS asserted holds EN low, DTR asserted holds IO0 low. */
    espbak_status (*set_lines)(void *impl, bool dtr, bool rts, espbak_error *err);
    /** Throw away what has arrived and was not read. */
    espbak_status (*discard_input)(void *impl, espbak_error *err);
    /** Close and open again, after the device went away; the same URL or the same USB serial. */
    espbak_status (*reopen)(void *impl, espbak_error *err);
    void (*close)(void *impl);
} espbak_transport_ops;

/**
 * Open by URL: a serial device path or name, `socket://HOST:PORT`, `rfc2217://HOST:PORT`, a
 * pseudo-terminal, or `sim:CHIP[,key=value]…`. Serial lines start at 115200 8N1 with both modem
 * lines released. `events` and `cancel` may be NULL and must outlive the transport.
 * Errors: ESPBAK_E_PORT (missing, busy, forbidden), ESPBAK_E_USAGE (a URL that makes no sense).
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_open(espbak_transport **out, const char *url,
                                                               const espbak_events *events, const espbak_cancel *cancel,
                                                               espbak_error *err);

/** Make a transport of a back end; takes ownership of `impl` (closed through ops->close) on success. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_wrap(espbak_transport **out, const espbak_transport_ops *ops,
                                                               void *impl, const char *url,
                                                               const espbak_transport_caps *caps,
                                                               const espbak_usb_id *usb, const espbak_clock *clock,
                                                               espbak_error *err);

/** Closes and frees; NULL is allowed. */
ESPBAK_API void espbak_transport_close(espbak_transport *transport);

/**
 * Read at least one byte before `deadline` (absolute, on the transport's clock). ESPBAK_OK with
 * *got = 0 means the deadline passed. Returns ESPBAK_E_CANCELLED within 100 ms of a cancel.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_read(espbak_transport *transport, uint8_t *buffer,
                                                               size_t capacity, espbak_time deadline, size_t *got,
                                                               espbak_error *err);

/** Write all of it before `deadline`; ESPBAK_E_LINK when the line does not take it in time. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_write(espbak_transport *transport, const void *bytes,
                                                                size_t size, espbak_time deadline, espbak_error *err);

ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_set_baud(espbak_transport *transport, uint32_t baud,
                                                                   espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_set_lines(espbak_transport *transport, bool dtr, bool rts,
                                                                    espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_discard_input(espbak_transport *transport, espbak_error *err);
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_transport_reopen(espbak_transport *transport, espbak_error *err);

/** From now on waits do not end early; for the clean-up after a cancel. */
ESPBAK_API void espbak_transport_ignore_cancel(espbak_transport *transport);
/** Tie or re-tie a wrapped transport to its observers; NULL for none. */
ESPBAK_API void espbak_transport_observe(espbak_transport *transport, const espbak_events *events,
                                         const espbak_cancel *cancel);

ESPBAK_API const espbak_transport_caps *espbak_transport_get_caps(const espbak_transport *transport);
ESPBAK_API const espbak_usb_id *espbak_transport_get_usb(const espbak_transport *transport);
ESPBAK_API const espbak_clock *espbak_transport_clock(const espbak_transport *transport);
ESPBAK_API const char *espbak_transport_url(const espbak_transport *transport);
/** The rate last set; 0 where the line has none. */
ESPBAK_API uint32_t espbak_transport_baud(const espbak_transport *transport);

/** Bytes that passed, both ways, SLIP and all. */
typedef struct espbak_transport_stats {
    uint64_t tx_bytes, rx_bytes;
} espbak_transport_stats;
ESPBAK_API espbak_transport_stats espbak_transport_get_stats(const espbak_transport *transport);

/* ---- the serial ports of this computer, and which of them look like an ESP ---- */

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
