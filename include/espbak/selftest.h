/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_SELFTEST_H
#define ESPBAK_SELFTEST_H

/*
 * How far a chip can be trusted with what runs in it: its ROM, Espressif's stub and our own loader read the same
 * ranges, and have to give the same bytes. Nothing is written, unless a blank sector is named to try that with.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/device.h"
#include "espbak/error.h"
#include "espbak/session.h"
#include "espbak/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum espbak_selftest_state {
    ESPBAK_SELFTEST_OPEN, /**< not tried */
    ESPBAK_SELFTEST_NONE, /**< cannot be tried: there is none for this chip, or not in this build */
    ESPBAK_SELFTEST_OK,
    ESPBAK_SELFTEST_FAILED,  /**< no answer, or an error */
    ESPBAK_SELFTEST_DIFFERS, /**< it gave other bytes */
} espbak_selftest_state;

/** "open", "none", "ok", "failed", "differs". Never NULL. */
ESPBAK_API const char *espbak_selftest_state_name(espbak_selftest_state state);

/** One visit to the chip, and how it went. */
typedef struct espbak_selftest_row {
    espbak_selftest_state state;
    espbak_loader loader; /**< what ran */
    uint32_t baud;        /**< asked for; 0: what chip and bridge take */
    uint32_t used_baud;   /**< at the end; 0 where the line has no rate */
    uint64_t bytes;       /**< read, or written */
    double seconds;       /**< that reading took */
    unsigned retries;
    uint8_t sha256[32]; /**< of what was read */
    const char *digest; /**< "md5", "sha256": the kind that the chip made of the same ranges; NULL: none */
    char why[240];      /**< where it is not ok */
} espbak_selftest_row;

enum { ESPBAK_SELFTEST_LOADERS = 3, ESPBAK_SELFTEST_RATES = 10, ESPBAK_SELFTEST_RANGES = 3 };

typedef struct espbak_selftest_result {
    espbak_device_info device; /**< `chip` is NULL when nothing answered */
    espbak_usb_id usb;
    uint64_t size;                                      /**< bytes in all ranges */
    espbak_selftest_row reads[ESPBAK_SELFTEST_LOADERS]; /**< ROM, stub, our own */
    espbak_selftest_row
        rates[ESPBAK_SELFTEST_RATES]; /**< that chip and adapter make, rising, up to the first that does not work */
    size_t rate_count;
    espbak_selftest_row writes[ESPBAK_SELFTEST_LOADERS]; /**< in the blank sector, with the loaders that read well */
    espbak_selftest_row again;                           /**< read once more at the end: nothing has changed */
} espbak_selftest_result;

typedef struct espbak_selftest_options {
    espbak_session_options session; /**< which loader runs is not looked at; `baud` is the highest rate tried */
    bool scratch;                   /**< try writing too, in the sector at `scratch_offset`, which has to be blank */
    uint64_t scratch_offset;
    bool force; /**< where the partition table does not say that the sector is unused */
} espbak_selftest_options;

/**
 * Errors: those of the session where nothing could be tried; ESPBAK_E_DIFFERS when loaders do not agree or something
 * has changed; ESPBAK_E_DEVICE when a loader that there is does not work; ESPBAK_E_REFUSED for a sector that may hold
 * something. With flash_changed the sector could not be made blank again; running again does that.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_selftest_run(const espbak_selftest_options *options,
                                                             espbak_selftest_result *result, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
