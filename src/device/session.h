/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_SESSION_H
#define DEVICE_SESSION_H

/* What the files of src/device share. Callers outside see espbak/session.h. */

#include "device/visit/ladder.h"
#include "espbak/chip.h"
#include "espbak/session.h"
#include "protocol/command.h"

enum { SESSION_FIRST_BAUD = 115200 }; /* the highest rate every ROM measures reliably */
enum { SESSION_WORDS = 16 };

/* A register that stays as it is from one reset to the next. */
typedef struct session_word {
    uint32_t address, value;
} session_word;

typedef struct entrance entrance;
struct own_loader;

struct espbak_session {
    espbak_transport *transport; /* owned */
    entrance *way;               /* owned: how the loader was entered; NULL in a session that was not opened */
    command_link link;
    struct own_loader *own;  /* owned; NULL unless the reader runs */
    espbak_device_info info; /* chip, flash, security, link: as far as known so far */
    espbak_before before;
    espbak_after after;
    const espbak_events *events;
    bool synced; /* a loader answers: leaving properly is possible */
    bool flash_attached;
    bool flash_changed;         /* an erase or write may have begun */
    bool inflate_stale;         /* a deflated download broke off and this stub cannot start over: write plain */
    espbak_session_stats stats; /* the transport's counters are added when asked */
    espbak_time round_trip;     /* measured: shortest request-to-response time, microseconds */
    uint64_t addressable;       /* flash bytes the present loader can address: 16 MB or the flash size */
    unsigned rom_window;        /* READ_FLASH_SLOW requests outstanding that have proven to work, 0 = not yet */
    unsigned hash_batch;        /* hash requests between two certain moments, 0 = not yet chosen */
    unsigned hash_alone;        /* ranges to be hashed one by one before batches are tried again */
    unsigned hash_penalty;      /* how many the next failure of a batch costs */
    uint64_t hashed_bytes;      /* measured: so many bytes were hashed */
    espbak_time hashed_time;    /* in this time, round trips left out */
    bool stub_found;            /* a stub answered SYNC: it was running when we came */
    bool was_reset;             /* the modem lines have put the chip into download mode */
    bool usb_otg;               /* the chip's own USB-OTG: smaller blocks, another way out */
    bool check_known;           /* what a register holds by which a line is checked */
    uint32_t check_value;
    session_word words[SESSION_WORDS]; /* read since the loader was entered */
    unsigned word_count;
    uint32_t first_baud; /* the rate the loader was found at */
    ladder ladder;       /* what trouble has taught */
    bool adrift;         /* a restart broke off: nothing is certain of this chip, only a new session helps */
};

/* True when a stub of either kind runs. */
static inline bool session_has_stub(const espbak_session *session)
{
    return session->info.link.loader == ESPBAK_LOADER_STUB_CURRENT ||
           session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY;
}

/* True when espbak's own reader runs, which knows none of the loaders' commands. */
static inline bool session_has_own_loader(const espbak_session *session)
{
    return session->info.link.loader == ESPBAK_LOADER_OWN;
}

static inline const espbak_clock *session_clock(const espbak_session *session)
{
    return espbak_transport_clock(session->transport);
}

/* Now, on the clock the session's line lives by. */
static inline espbak_time session_now(const espbak_session *session)
{
    return espbak_clock_now(session_clock(session));
}

/* True when the chip lets nobody read registers, memory or flash. */
static inline bool session_is_locked(const espbak_session *session)
{
    return session->info.security.secure_download == ESPBAK_YES;
}

/* Failures after which nothing more can be tried: the port is gone, or the caller wants to stop. */
static inline bool session_is_over(espbak_status status)
{
    return status == ESPBAK_E_PORT || status == ESPBAK_E_CANCELLED || status == ESPBAK_E_INTERNAL;
}

/* Bits a second on the wire for deadlines; a plausible figure where the link has no baud rate. */
uint32_t session_line_rate(const espbak_session *session);

/*
 * A deadline for moving `bytes` one way or both at the line's rate plus `extra` for what the chip does:
 * at least three seconds, doubled for slow links, absolute on the transport's clock.
 */
espbak_time session_deadline(const espbak_session *session, uint64_t bytes, espbak_time extra);

#endif
