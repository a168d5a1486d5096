/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_CAPTURE_H
#define OPS_CAPTURE_H

/*
 * Reads parts of a device's flash into a destination, and proves what was read. It gives up as late as it can: when the
 * device goes away and comes back, what was read so far is compared with it and reading goes on; a sector at which
 * reading fails is tried alone, and where the caller allows it sectors that cannot be read are left out and listed.
 */

#include "device/visit/reconnect.h"
#include "ops/capture/destination.h"
#include "ops/capture/saving.h"

enum { CAPTURE_SPOTS_MAX = 64 };

typedef struct capture_spot {
    size_t region;
    espbak_hole hole; /* one sector or the part of it that the region has */
} capture_spot;

typedef struct capture {
    /* Set by the caller. */
    espbak_session **session; /* replaced when the device had to be looked for */
    destination to;
    const espbak_region *regions; /* in the order of the flash, no overlap */
    size_t count;
    size_t spots_max;       /* sectors that cannot be read before the flash is given up, CAPTURE_SPOTS_MAX at most */
    espbak_link_info *link; /* kept as it is with a device that came back */
    const espbak_events *events;

    /* What happened. */
    reconnect again;
    saving savings;
    size_t index;      /* the region that is being read */
    uint64_t before;   /* bytes of the regions before it */
    uint64_t total;    /* bytes of all of them */
    uint64_t found;    /* bytes that an earlier run had read */
    uint64_t changed;  /* bytes read earlier that differ from the device now, and were read again */
    uint64_t repaired; /* bytes that differed when everything was verified, and were read again */
    bool unproven;     /* what was read before this session has not been compared with the device yet */
    unsigned restarts; /* of the chip, in this session */
    bool witness;      /* another program than the one that read takes the second look */
    espbak_witnesses witnesses;
    capture_spot spots[CAPTURE_SPOTS_MAX];
    size_t spot_count;
    espbak_time spots_time; /* that was spent on them */
} capture;

/* True, with a warning, when what is read of this device is ciphertext. */
bool capture_warn_ciphertext(const espbak_device_info *device, const espbak_events *events);

/*
 * Remember the device, and find out what need not be read. To be closed afterwards, also after an error; the
 * destination stays the caller's. Errors of saving_open.
 */
ESPBAK_MUST_USE espbak_status capture_open(capture *c, const espbak_session_options *options, unsigned wait_seconds,
                                           const saving_wanted *wanted, espbak_error *err);
void capture_close(capture *c);

/* Read all regions. ESPBAK_OK also with spots that cannot be read: 0xFF stands in their place. */
ESPBAK_MUST_USE espbak_status capture_read(capture *c, espbak_error *err);

/* Verify everything but the spots by MD5s of the chip over other ranges. */
ESPBAK_MUST_USE espbak_status capture_verify(capture *c, espbak_error *err);

/* Whether to verify: on a line that damages bytes also where the caller does not want it. */
bool capture_needs_proof(const capture *c, bool no_verify);

/* How what was read was proven, and by whom. */
void capture_describe_proof(const capture *c, bool verified, espbak_manifest *manifest);

/* List the spots in a manifest. */
ESPBAK_MUST_USE espbak_status capture_list_spots(const capture *c, espbak_manifest *manifest, espbak_error *err);

/* What to say about the spots: ESPBAK_E_DEVICE with the first of them in the message. */
ESPBAK_MUST_USE espbak_status capture_fail_spots(const capture *c, espbak_error *err);

#endif
