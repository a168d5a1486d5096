/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ATTACK_LIES_H
#define TESTS_ATTACK_LIES_H

/* Every lie that is told, a row each. */

#include "liar.h"

enum { LIE_ANY = 0xFFF };

/* What the chip does because of it. */
typedef enum lie_harm {
    LIE_IS_SAFE, /* nothing that changes the flash, beyond what a job does itself */
    LIE_HARMS,   /* it may carry out another request than it was sent, and change its flash */
    LIE_ADDS,    /* and one that nobody sent */
} lie_harm;

typedef struct lie {
    const char *name;
    liar_kind kind;
    unsigned op; /* of the message that is lied about, or LIE_ANY */
    /* Makes another message of it and passes on what is left; false: there was nothing to lie about, and it is still
     * to be passed on. */
    bool (*tell)(liar *l, message *m);
    bool (*suits)(const liar *l, const message *m); /* NULL: each of them */
    lie_harm harm;
} lie;

extern const lie lies[];
extern const size_t lie_count;

/* Lies about what ROM and stubs say, in lies_frame.c; about what they are asked, in lies_request.c; about our own
 * loader's messages, in lies_own.c. */
typedef bool lie_tell(liar *l, message *m);
lie_tell lie_bit, lie_nothing, lie_twice, lie_often, lie_late, lie_old, lie_short, lie_long, lie_junk_first;
lie_tell lie_value, lie_value_bit, lie_value_zero, lie_value_ones, lie_value_old, lie_flash_id, lie_other_chip;
lie_tell lie_digest, lie_digest_old, lie_refusal, lie_refusal_first, lie_success, lie_other_op, lie_length, lie_split;
lie_tell lie_payload, lie_echo, lie_packet, lie_packet_erased, lie_packet_and_digest, lie_done;
lie_tell lie_where, lie_how_much, lie_begin_where, lie_begin_how_much, lie_block, lie_sequence, lie_erase_all,
    lie_erase_some, lie_erase_first, lie_end_first, lie_register, lie_flash_command;
lie_tell own_lie_contents, own_lie_erased, own_lie_old_contents, own_lie_digest, own_lie_digest_old, own_lie_refused,
    own_lie_done, own_lie_info, own_lie_tag, own_lie_address, own_lie_kind, own_lie_word, own_lie_torn;
lie_tell own_lie_where, own_lie_how_much, own_lie_other_digest, own_lie_argument, own_lie_write, own_lie_writes,
    own_lie_erase, own_lie_not_done, own_lie_allow_all;

bool lie_is_register(const liar *l, const message *m);
bool lie_is_flash_id(const liar *l, const message *m);
bool lie_is_digest(const liar *l, const message *m);
bool lie_is_flash_command(const liar *l, const message *m);
bool lie_is_block_of_flash(const liar *l, const message *m);

#endif
