/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_JUDGE_H
#define DEVICE_FLASH_JUDGE_H

/*
 * Whether a flash is as large as it says. JEDEC id, SFDP table and what addresses show are three witnesses; a part that
 * was relabelled, or answers for another one, is found where they do not agree.
 */

#include "device/flash/identify/wrap.h"

enum { JUDGE_TEXT_MAX = 256 };

typedef struct judgement {
    uint64_t told;    /* what is judged */
    wrap_sight half;  /* in its upper half */
    wrap_sight end;   /* behind it */
    uint64_t repeat;  /* all before this comes again behind it; 0: it does not */
    uint64_t reaches; /* other contents go on up to here at the least; 0: they do not */
    espbak_size_proof proof;
    bool corrected; /* SFDP and contents agree on `whole`, against the id */
    bool conflict;  /* the witnesses do not agree, and it cannot be told which of them is right */
    uint64_t safe;  /* with a conflict: what there is in any case, */
    uint64_t most;  /* and what there may be at the most */
    uint64_t whole; /* all of the flash, as far as that can be told */
} judgement;

/* SFDP is asked only where contents do not prove what is told; with `strict` also where just the end cannot be seen. */
ESPBAK_MUST_USE espbak_status judge_size(espbak_session *session, uint64_t told, bool strict, judgement *j,
                                         espbak_error *err);

/*
 * After writing, when more stands in the flash than before: from where on it shows its beginning again, 0 where it does
 * not, or nobody can tell.
 */
uint64_t judge_repeat_now(espbak_session *session);

/* "its JEDEC id says 4096 KiB, its SFDP table 1024 KiB, and it shows its beginning again from 1024 KiB on". */
const char *judge_describe(char text[JUDGE_TEXT_MAX], const espbak_flash_info *flash, const judgement *j);

#endif
