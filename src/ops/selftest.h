/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_SELFTEST_H
#define OPS_SELFTEST_H

/* The parts of a self-test: visits to the chip with one loader each, over a line that stays open. */

#include "device/rate/rate_steps.h"
#include "espbak/selftest.h"

typedef struct selftest {
    const espbak_selftest_options *options;
    espbak_selftest_result *result;
    espbak_transport *line;
    espbak_events heard; /* what the visits tell: details for the user, and: */
    char last[240];      /* what was told last, which says why another loader runs */
    bool scratch_allowed;
    uint32_t rates[RATE_STEPS]; /* that both ends can make, falling */
    size_t rate_count;
} selftest;

typedef enum selftest_end { SELFTEST_STAY, SELFTEST_LEAVE } selftest_end;

/*
 * Come in with the row's loader at its rate and do what is to be done in the chip. What goes wrong there is told in the
 * row alone; the error is one after which nothing more can be tried, or the first visit's.
 */
typedef espbak_status selftest_task(selftest *test, espbak_session *session, espbak_selftest_row *row,
                                    espbak_error *err);
ESPBAK_MUST_USE espbak_status selftest_visit(selftest *test, espbak_selftest_row *row, bool writes, selftest_end end,
                                             selftest_task *task, espbak_error *err);

/* A task: read the ranges and compare them with what the first loader that could has read. */
espbak_status selftest_read(selftest *test, espbak_session *session, espbak_selftest_row *row, espbak_error *err);

/* Whether the sector may be used, by partition table and the rest that is refused; the session can read. */
ESPBAK_MUST_USE espbak_status selftest_allow_scratch(selftest *test, espbak_session *session, espbak_error *err);

/* Write the sector by each loader that read well, and make it blank again. */
ESPBAK_MUST_USE espbak_status selftest_write_scratch(selftest *test, espbak_error *err);

#endif
