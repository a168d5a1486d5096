/* SPDX-License-Identifier: Apache-2.0 */
/* Leave to write: what may change is declared and confirmed, and the flash's own protection lifted meanwhile. */
#include <zlib.h>

#include "base/bytes.h"
#include "device/chip/block_protection.h"
#include "device/loader/own.h"
#include "device/loader/state.h"

enum { READ_STATUS_1 = 0x05 }; /* of the flash */

/* Words of a request; what is not named is 0. */
typedef uint32_t request[WIRE_REQUEST_WORDS];

/*
 * Requests that only make sense in this order, all at once; where one is lost, all of them again. The word that the
 * last one is answered with goes to *word.
 */
static espbak_status run_in_order(espbak_session *session, const request *requests, size_t count, uint32_t *word,
                                  espbak_error *err)
{
    own_link *const link = session->loader->own->link;
    for (unsigned tries = 0; tries < OWN_TRIES; tries++) {
        espbak_status status = ESPBAK_OK;
        own_link_forget(link);
        for (size_t i = 0; i < count && status == ESPBAK_OK; i++)
            status =
                own_link_ask(link, &link->slots[i], requests[i][WIRE_REQUEST_OP], requests[i][WIRE_REQUEST_ADDRESS],
                             requests[i][WIRE_REQUEST_LENGTH], requests[i][WIRE_REQUEST_ARGUMENT], err);
        while (status == ESPBAK_OK && own_link_outstanding(link) > 0)
            status = own_link_wait(link, err);
        if (status != ESPBAK_OK)
            return status;
        size_t done = 0;
        for (size_t i = 0; i < count; i++)
            done += link->slots[i].state == OWN_SLOT_DONE;
        if (done == count && link->slots[count - 1].size == WIRE_WORD)
            *word = bytes_get_le32(link->slots[count - 1].bytes);
        own_link_forget(link);
        if (done == count)
            return ESPBAK_OK;
    }
    return espbak_fail(err, ESPBAK_E_LINK, "leave to write does not come over after %d tries", OWN_TRIES);
}

/* Until power goes, and one register or two. *is: what the first one holds then. */
static espbak_status set_status(espbak_session *session, uint32_t value, uint32_t *is, espbak_error *err)
{
    own_loader *const own = session->loader->own;
    const request words[] = {{[WIRE_REQUEST_OP] = WIRE_OP_STATUS,
                              [WIRE_REQUEST_ADDRESS] = READ_STATUS_1,
                              [WIRE_REQUEST_LENGTH] = (own->protection & BLOCK_PROTECTION_COMPLEMENT) != 0 ? 2 : 1,
                              [WIRE_REQUEST_ARGUMENT] = value}};
    const espbak_status status = run_in_order(session, words, 1, is, err);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "setting the flash's status register");
}

/* The second register where it has to be changed too. */
static uint32_t second_register(const espbak_flash_info *flash)
{
    const uint32_t turned = flash->status_registers & block_protection_bits(flash) & BLOCK_PROTECTION_COMPLEMENT;
    return flash->status_known && turned != 0 ? flash->status_registers & 0xFF00 : 0;
}

/* What is to be written later is not taken from one answer: *is is what two in a row say, `is` being the first. */
static espbak_status read_again(espbak_session *session, uint32_t *is, espbak_error *err)
{
    const request words[] = {{[WIRE_REQUEST_OP] = WIRE_OP_STATUS, [WIRE_REQUEST_ADDRESS] = READ_STATUS_1}};
    for (unsigned tries = 0; tries < OWN_TRIES; tries++) {
        const uint32_t before = *is;
        if (run_in_order(session, words, 1, is, err) != ESPBAK_OK)
            return err->status;
        if (*is == before)
            return ESPBAK_OK;
    }
    return espbak_fail(err, ESPBAK_E_LINK, "the flash's status register is another one each time");
}

/* `first` is what the first status register holds. */
static espbak_status lift_protection(espbak_session *session, uint32_t first, espbak_error *err)
{
    own_loader *const own = session->loader->own;
    const uint32_t bits = BLOCK_PROTECTION_SECTORS | BLOCK_PROTECTION_COMPLEMENT;
    const uint32_t second = second_register(&session->info.flash);
    own->protection = 0;
    own->protected_still = false;
    if (((first | second) & bits) == 0)
        return ESPBAK_OK;
    if (read_again(session, &first, err) != ESPBAK_OK)
        return err->status;
    if (((first | second) & bits) == 0)
        return ESPBAK_OK;
    uint32_t is = first;
    own->protection = first | second;
    const espbak_status status = set_status(session, own->protection & ~bits, &is, err);
    own->protected_still = status == ESPBAK_OK && (is & BLOCK_PROTECTION_SECTORS) != 0;
    return status;
}

espbak_status own_allow(espbak_session *session, uint32_t offset, uint32_t size, espbak_error *err)
{
    own_loader *const own = session->loader->own;
    const uint32_t transaction = (own->link->next_tag ^ offset * 2654435761u) | 1;
    uint32_t first = 0;
    uint8_t range[2 * WIRE_WORD];
    bytes_put_le32(range, offset);
    bytes_put_le32(range + WIRE_WORD, size);
    const request requests[] = {
        {[WIRE_REQUEST_OP] = WIRE_OP_OPEN, [WIRE_REQUEST_ADDRESS] = own->nonce, [WIRE_REQUEST_ARGUMENT] = transaction},
        {[WIRE_REQUEST_OP] = WIRE_OP_ALLOW,
         [WIRE_REQUEST_ADDRESS] = offset,
         [WIRE_REQUEST_LENGTH] = size,
         [WIRE_REQUEST_ARGUMENT] = transaction},
        {[WIRE_REQUEST_OP] = WIRE_OP_CONFIRM,
         [WIRE_REQUEST_ADDRESS] = 1,
         [WIRE_REQUEST_LENGTH] = (uint32_t)crc32(0, range, sizeof(range)),
         [WIRE_REQUEST_ARGUMENT] = transaction},
        {[WIRE_REQUEST_OP] = WIRE_OP_STATUS, [WIRE_REQUEST_ADDRESS] = READ_STATUS_1},
    };
    espbak_status status = run_in_order(session, requests, sizeof(requests) / sizeof(requests[0]), &first, err);
    own->transaction = status == ESPBAK_OK ? transaction : 0;
    if (status == ESPBAK_OK)
        status = lift_protection(session, first, err);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "asking for leave to write");
}

espbak_status own_forbid(espbak_session *session, espbak_error *err)
{
    own_loader *const own = session->loader->own;
    const request requests[] = {{[WIRE_REQUEST_OP] = WIRE_OP_OPEN, [WIRE_REQUEST_ADDRESS] = own->nonce}};
    espbak_status status = ESPBAK_OK;
    uint32_t ignored = 0;
    if (own->protection != 0 && own->transaction != 0)
        status = set_status(session, own->protection, &ignored, err);
    own->transaction = 0;
    own->protection = 0;
    return status == ESPBAK_OK ? run_in_order(session, requests, 1, &ignored, err) : status;
}
