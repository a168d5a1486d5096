/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_SESSION_H
#define ESPBAK_SESSION_H

/*
 * A session is one visit to one chip: open the port, enter download mode, recognise the chip, start
 * a stub, learn the flash, raise the baud rate; later leave the chip as it was asked. Sessions share
 * nothing, several can run in one process on several threads.
 *
 * @code
 * espbak_session_options options = {.port = "/dev/ttyUSB0"};
 * espbak_session *session = NULL;
 * espbak_error err = {0};
 * if (espbak_session_open(&session, &options, &err) == ESPBAK_OK)
 *     printf("%s at %s\n", espbak_session_device(session)->name, options.port);
 * else
 *     fprintf(stderr, "%s\n", err.message);
 * espbak_session_close(session);
 * @endcode
 */

#include <stdbool.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/device.h"
#include "espbak/error.h"
#include "espbak/events.h"
#include "espbak/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct espbak_session espbak_session;

typedef enum espbak_before {
    ESPBAK_BEFORE_DEFAULT_RESET,
    ESPBAK_BEFORE_USB_RESET,
    ESPBAK_BEFORE_NO_RESET,
    ESPBAK_BEFORE_NO_RESET_NO_SYNC,
} espbak_before;

typedef enum espbak_after {
    ESPBAK_AFTER_HARD_RESET,
    ESPBAK_AFTER_SOFT_RESET,
    ESPBAK_AFTER_NO_RESET,      /**< leave the stub, stay in the ROM loader where the chip can */
    ESPBAK_AFTER_NO_RESET_STUB, /**< leave the stub running */
    ESPBAK_AFTER_WATCHDOG_RESET,
} espbak_after;

/** Whether to work with our own loader (docs/loader.md). */
typedef enum espbak_own_loader_use {
    /**
     * Reading on every chip there is one for, writing where that has been proven on its mask ROM; not with no_stub, nor
     * where a stub runs already or is to be left running.
     */
    ESPBAK_OWN_LOADER_AUTO,
    ESPBAK_OWN_LOADER_ON, /**< on every chip there is one for; with no_stub too, and the ROM serves where it fails */
    ESPBAK_OWN_LOADER_OFF,
} espbak_own_loader_use;

/** All zero is a good default. Strings must outlive espbak_session_open only. */
typedef struct espbak_session_options {
    const char *port; /**< URL; required unless there is a transport */
    /**
     * A transport that is open already, used instead of `port`; NULL to open `port`. It is borrowed: when the session
     * or the job has ended, also by an error, it is still open, at the baud rate it had, and belongs to the caller.
     * Until then the caller must not use it; a second session on it is ESPBAK_E_USAGE. Where a job looks for a device
     * that went away it calls espbak_transport_reopen, after which the rate is 115200; a back end without `reopen` is
     * used as it is, which is enough for a chip that was reset or does not answer.
     */
    espbak_transport *transport;
    const espbak_chip *chip; /**< expected chip, NULL to detect; another one is ESPBAK_E_CONNECT */
    /**
     * The rate for the data, which is never exceeded. 0: it begins at what is remembered of the adapter, else at 921600
     * where chip and bridge take it, and climbs from there while our own loader's blocks arrive clean. Native USB is
     * left alone.
     */
    uint32_t baud;
    const char *rate_memory; /**< file that remembers rates for each adapter; NULL: none does */
    espbak_before before;
    espbak_after after;
    const char *reset_sequence; /**< custom steps, such as "D0|R1|W0.1|D1|R0|W0.05|D0"; NULL for none */
    unsigned connect_attempts;  /**< 0: seven */
    uint64_t flash_size;        /**< bytes, 0 to detect */
    uint64_t board_flash_size;  /**< what the board has; another flash is ESPBAK_E_REFUSED. 0: any */
    bool no_stub;
    const char *stub; /**< folder or file to take stubs from first; NULL for none */
    bool reads_only;  /**< nothing will be written or erased */
    espbak_own_loader_use own_loader;
    bool efuses;                /**< read them, as far as they hold no keys */
    bool flash_not_needed;      /**< do not fail when the flash size cannot be proven (info) */
    bool allow_secure_download; /**< do not fail on Secure Download Mode (info, write) */
    const espbak_events *events;
    const espbak_cancel *cancel;
} espbak_session_options;

/**
 * Errors: ESPBAK_E_PORT, ESPBAK_E_CONNECT (no sync, wrong chip, Secure Download Mode), ESPBAK_E_LINK,
 * ESPBAK_E_REFUSED (flash size cannot be proven), ESPBAK_E_CANCELLED. On error the chip has been
 * reset as `after` says where it could be reached, and *out is NULL.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_session_open(espbak_session **out,
                                                             const espbak_session_options *options, espbak_error *err);

/** The same over a transport that is open already; owned by the session from now on, also on error. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_session_open_transport(espbak_session **out,
                                                                       espbak_transport *transport,
                                                                       const espbak_session_options *options,
                                                                       espbak_error *err);

/**
 * Leave the chip as `after` says, close the port and free. Works after any failure and after a
 * cancel; NULL is allowed. What could not be done is logged as a warning.
 */
ESPBAK_API void espbak_session_close(espbak_session *session);

ESPBAK_API const espbak_device_info *espbak_session_device(const espbak_session *session);
ESPBAK_API espbak_transport *espbak_session_transport(espbak_session *session);

/** What reading by our own loader has moved, in bytes. */
typedef struct espbak_compression {
    uint64_t blank_bytes;    /**< of flash that is erased and was not sent */
    uint64_t unpacked_bytes; /**< of flash that was sent, */
    uint64_t packed_bytes;   /**< in so many on the line */
} espbak_compression;

/** Counted since the session was opened. */
typedef struct espbak_session_stats {
    uint64_t tx_bytes, rx_bytes; /**< on the wire */
    uint64_t payload_bytes;      /**< flash contents read or written */
    unsigned retries;            /**< chunks or blocks done again */
    unsigned hashes;             /**< MD5 requests */
    espbak_compression compression;
    unsigned requests; /**< requests to our own loader */
    unsigned lost;     /**< of these, how many were not answered, or not undamaged */
    uint64_t noise;    /**< bytes that came and belonged to nothing */
    espbak_repairs repairs;
    espbak_time started; /**< on the transport's clock */
} espbak_session_stats;
ESPBAK_API espbak_session_stats espbak_session_get_stats(const espbak_session *session);

#ifdef __cplusplus
}
#endif

#endif
