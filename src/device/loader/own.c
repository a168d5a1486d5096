/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/own.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "device/chip/registers.h"
#include "device/loader/ram_load.h"
#include "device/loader/state.h"

enum {
    ROUND_TRIP_SAMPLES = 4,
    START_PATIENCE = 500 * ESPBAK_MS, /* for each thing that a loader which has just been started is to say, */
    START_SLACK = 150 * ESPBAK_MS,    /* and for one answer, beside the round trip that the ROM loader had */
    START_SLACK_REMOTE = 250 * ESPBAK_MS,
    LEAVE_TRIES = 3,
    RESTART_PATIENCE = 100 * ESPBAK_MS,
    FLASH_NARROW = 16 * 1024 * 1024, /* what three bytes address */
};

/* Words of a request; what is not named is 0. */
typedef uint32_t request[WIRE_REQUEST_WORDS];

static espbak_status ask_and_forget(espbak_session *session, const request words, unsigned tries, espbak_error *err)
{
    own_slot *slot = NULL;
    const espbak_status status = own_link_run(session->loader->own->link, words, tries, &slot, err);
    if (status == ESPBAK_OK)
        slot->state = OWN_SLOT_FREE;
    return status;
}

static uint32_t info_word(const own_slot *slot, unsigned index)
{
    return bytes_get_le32(slot->bytes + (size_t)index * WIRE_WORD);
}

static uint32_t within(uint32_t value, uint32_t least, uint32_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* What it says of itself, if it is one of ours and this chip's. */
static espbak_status take_info(espbak_session *session, const own_slot *slot, espbak_error *err)
{
    own_loader *const r = session->loader->own;
    const uint32_t version = info_word(slot, WIRE_INFO_VERSION), chip = info_word(slot, WIRE_INFO_CHIP);
    if (version != WIRE_VERSION || chip != session->info.chip->image_chip_id)
        return espbak_fail(err, ESPBAK_E_LINK,
                           "what answers is espbak's own loader in version %" PRIu32 " for chip %" PRIu32, version,
                           chip);
    r->features = info_word(slot, WIRE_INFO_FEATURES);
    r->block_most = within(info_word(slot, WIRE_INFO_BLOCK), WIRE_BLOCK_LEAST, WIRE_BLOCK_MOST);
    r->queue = within(info_word(slot, WIRE_INFO_QUEUE), 1, WIRE_QUEUE);
    r->cpu_mhz = within(info_word(slot, WIRE_INFO_CPU_MHZ), 1, 1000);
    r->nonce = info_word(slot, WIRE_INFO_NONCE);
    r->write_block = info_word(slot, WIRE_INFO_WRITE_BLOCK) / WIRE_SECTOR * WIRE_SECTOR;
    r->write_ahead = info_word(slot, WIRE_INFO_WRITE_AHEAD);
    r->link->cpu_mhz = r->cpu_mhz;
    if ((r->features & WIRE_FEATURE_MD5) == 0)
        return espbak_fail(err, ESPBAK_E_UNSUPPORTED, "it makes no MD5");
    return ESPBAK_OK;
}

espbak_status own_say_hello(espbak_session *session, unsigned tries, espbak_error *err)
{
    static const request hello = {[WIRE_REQUEST_OP] = WIRE_OP_HELLO};
    own_slot *slot = NULL;
    espbak_status status = own_link_run(session->loader->own->link, hello, tries, &slot, err);
    if (status != ESPBAK_OK)
        return status;
    status = take_info(session, slot, err);
    slot->state = OWN_SLOT_FREE;
    return status;
}

const char *own_why_none(const espbak_session *session)
{
    const espbak_chip *const chip = session->info.chip;
    if (session_is_locked(session))
        return "Secure Download Mode lets no program start";
    if (session->info.security.secure_boot == ESPBAK_YES && chip->registers->secure_boot_blocks_ram)
        return "with secure boot this chip's loader runs no program";
    if (loader_image_find(chip->name) == NULL)
        return "there is none for this chip";
    if (session->info.flash.size == 0)
        return "the size of the flash is not known";
    if (session->info.flash.size > FLASH_NARROW && !chip->four_byte_stub)
        return "it reaches 16 MiB of flash only"; /* it would refuse, and not every chip finds back to its loader */
    return NULL;
}

static espbak_status new_own(espbak_session *session, espbak_error *err)
{
    own_free(session);
    session->loader->own = calloc(1, sizeof(*session->loader->own));
    if (session->loader->own == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    session->loader->own_starts++;
    return own_link_open(&session->loader->own->link, session, &session->loader->counts, err);
}

void own_free(espbak_session *session)
{
    if (session->loader->own != NULL)
        own_link_close(session->loader->own->link);
    free(session->loader->own);
    session->loader->own = NULL;
}

void own_forget(espbak_session *session)
{
    own_link_forget(session->loader->own->link);
    session->loader->own_era++;
}

static espbak_status load(espbak_session *session, const loader_image *image, espbak_error *err)
{
    const loader_segment *const segments[] = {&image->text, &image->data};
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < 2 && status == ESPBAK_OK; i++) {
        if (segments[i]->size > 0)
            status = ram_load_segment(session, "own loader", segments[i]->address, segments[i]->bytes,
                                      segments[i]->size, err);
    }
    return status;
}

/* The command that starts it may be lost; to one that runs already it is noise. It says hello by itself. */
static espbak_status start_and_listen(espbak_session *session, uint32_t entry, espbak_error *err)
{
    own_link *const link = session->loader->own->link;
    own_slot *slot = NULL;
    espbak_status status = ram_load_run(session, entry, err);
    if (status == ESPBAK_OK)
        status = own_link_expect_greeting(link, &slot, err);
    if (status == ESPBAK_OK)
        status = own_link_wait(link, err);
    if (status == ESPBAK_OK)
        status = slot->state == OWN_SLOT_DONE ? take_info(session, slot, err)
                                              : espbak_fail(err, ESPBAK_E_LINK, "espbak's own loader does not answer");
    own_link_forget(link);
    return status;
}

/* Many short waits instead of few long ones: all of them are lost on a chip where it never answers. */
static bool may_ask_again(const espbak_session *session, espbak_status status, espbak_time begun)
{
    return status == ESPBAK_E_LINK && session_now(session) - begun < START_PATIENCE + 8 * session->line.round_trip;
}

/* Where its greeting was lost it is asked, in turns. */
static espbak_status run_and_meet(espbak_session *session, uint32_t entry, espbak_error *err)
{
    const espbak_time begun = session_now(session);
    bool listen = true;
    espbak_status status = ESPBAK_OK;
    do {
        espbak_error_clear(err);
        own_link_forget(session->loader->own->link);
        status = listen ? start_and_listen(session, entry, err) : own_say_hello(session, 1, err);
        listen = !listen;
    } while (may_ask_again(session, status, begun));
    return status;
}

espbak_status own_tell_flash_size(espbak_session *session, uint64_t size, espbak_error *err)
{
    const request words = {[WIRE_REQUEST_OP] = WIRE_OP_FLASH, [WIRE_REQUEST_LENGTH] = (uint32_t)size};
    const espbak_time begun = session_now(session);
    espbak_status status = ESPBAK_OK;
    do {
        espbak_error_clear(err);
        own_link_forget(session->loader->own->link);
        status = ask_and_forget(session, words, 1, err);
    } while (may_ask_again(session, status, begun));
    return status;
}

/* Until it has answered. What comes is no answer where the chip has crashed, and is not listened to for long. */
static espbak_status get_to_know(espbak_session *session, uint32_t entry, espbak_error *err)
{
    own_link *const link = session->loader->own->link;
    const espbak_time babble = link->babble, slack = link->slack;
    link->babble = 0;
    link->slack = espbak_transport_get_caps(session->transport)->remote ? START_SLACK_REMOTE : START_SLACK;
    espbak_status status = run_and_meet(session, entry, err);
    if (status == ESPBAK_OK)
        status = own_tell_flash_size(session, session->info.flash.size, err);
    link->babble = babble;
    link->slack = slack;
    return status;
}

espbak_status own_load(espbak_session *session, const loader_image *image, espbak_error *err)
{
    espbak_status status = new_own(session, err);
    if (status == ESPBAK_OK)
        status = load(session, image, err);
    if (status != ESPBAK_OK)
        own_free(session);
    return status;
}

espbak_status own_start(espbak_session *session, const loader_image *image, espbak_error *err)
{
    const espbak_status status = get_to_know(session, image->entry, err);
    if (status != ESPBAK_OK) {
        own_free(session);
        return status;
    }
    session->info.link.loader = ESPBAK_LOADER_OWN;
    session->info.link.stub_source[0] = '\0';
    espbak_log(session->events, ESPBAK_LOG_DETAIL,
               "own loader: %" PRIu32 " MHz, blocks up to %" PRIu32 " KiB, %u requests may wait%s",
               session->loader->own->cpu_mhz, session->loader->own->block_most / 1024, session->loader->own->queue,
               (session->loader->own->features & WIRE_FEATURE_DEFLATE) != 0 ? "" : ", no compressor");
    return ESPBAK_OK;
}

espbak_status own_measure_round_trip(espbak_session *session, espbak_error *err)
{
    session->line.round_trip = 0;
    for (unsigned i = 0; i < ROUND_TRIP_SAMPLES; i++) {
        const espbak_time begin = espbak_clock_now(session_clock(session));
        const espbak_status status = own_say_hello(session, OWN_TRIES, err);
        if (status != ESPBAK_OK)
            return status;
        const espbak_time took = espbak_clock_now(session_clock(session)) - begin;
        if (i == 0 || took < session->line.round_trip)
            session->line.round_trip = took;
    }
    return ESPBAK_OK;
}

/* ---- SHA-256 ---- */

enum { TRIED = 3 * 64 + 4 }; /* bytes: some of the accelerator's blocks, and a part of one */

/* What the flash holds at its beginning, and the digest that the chip makes of it. */
static espbak_status try_sha256(espbak_session *session, bool *right, espbak_error *err)
{
    own_link *link = session->loader->own->link;
    request words = {[WIRE_REQUEST_OP] = WIRE_OP_READ, [WIRE_REQUEST_LENGTH] = TRIED};
    uint8_t expected[DIGEST_SHA256_SIZE];
    own_slot *slot = NULL;
    espbak_status status = own_link_run(link, words, OWN_TRIES, &slot, err);
    if (status != ESPBAK_OK)
        return status;
    status = digest_of(DIGEST_SHA256, slot->bytes, TRIED, expected, err);
    slot->state = OWN_SLOT_FREE;
    words[WIRE_REQUEST_OP] = WIRE_OP_SHA256;
    words[WIRE_REQUEST_ARGUMENT] = TRIED;
    if (status == ESPBAK_OK)
        status = own_link_run(link, words, OWN_TRIES, &slot, err);
    if (status != ESPBAK_OK)
        return status;
    *right = memcmp(expected, slot->bytes, WIRE_DIGEST_SIZE) == 0;
    slot->state = OWN_SLOT_FREE;
    return ESPBAK_OK;
}

/* No chip's accelerator is taken at its word: there is MD5 as well, also where the flash's beginning cannot be read. */
espbak_status own_find_fastest_digest(espbak_session *session, uint32_t *op, espbak_error *err)
{
    own_loader *const own = session->loader->own;
    if ((own->features & WIRE_FEATURE_SHA256) != 0 && !own->sha256_tried) {
        const espbak_status status = try_sha256(session, &own->sha256_right, err);
        if (status != ESPBAK_OK && status != ESPBAK_E_DEVICE)
            return status;
        espbak_error_clear(err);
        own->sha256_tried = true;
        if (!own->sha256_right)
            espbak_log(session->events, ESPBAK_LOG_DETAIL, "the chip makes no SHA-256 that is right: MD5 is used");
    }
    *op = own->sha256_right ? WIRE_OP_SHA256 : WIRE_OP_MD5;
    return ESPBAK_OK;
}

espbak_status own_resync(espbak_session *session, espbak_error *err)
{
    static const request cancel = {[WIRE_REQUEST_OP] = WIRE_OP_CANCEL};
    own_forget(session);
    const espbak_status status = ask_and_forget(session, cancel, OWN_TRIES, err);
    if (status == ESPBAK_E_LINK) {
        espbak_error_prefix(err, "the chip no longer answers");
        espbak_error_hint(err, "check cable and power, reset the board and start again");
    }
    return status;
}

bool own_knows_way_back(const espbak_session *session)
{
    return session->loader->own != NULL && (session->loader->own->features & WIRE_FEATURE_LEAVE_ROM) != 0;
}

espbak_status own_go_away(espbak_session *session, uint32_t how, espbak_error *err)
{
    const request words = {[WIRE_REQUEST_OP] = WIRE_OP_LEAVE, [WIRE_REQUEST_ARGUMENT] = how};
    own_forget(session);
    const espbak_status status = ask_and_forget(session, words, LEAVE_TRIES, err);
    if (status != ESPBAK_OK && status != ESPBAK_E_LINK)
        return espbak_error_prefix(err, "leaving espbak's own loader");
    espbak_error_clear(err); /* where only the answer was lost, there is nobody left to give another */
    espbak_clock_sleep(session_clock(session), RESTART_PATIENCE);
    own_free(session);
    loader_is_rom(session);
    return ESPBAK_OK;
}

espbak_status own_send_away_unseen(espbak_session *session, espbak_error *err)
{
    static const request leave = {[WIRE_REQUEST_OP] = WIRE_OP_LEAVE, [WIRE_REQUEST_ARGUMENT] = WIRE_LEAVE_ROM};
    uint8_t bytes[WIRE_REQUEST_SIZE];
    own_link_encode(bytes, leave, 1);
    const espbak_status status = espbak_transport_write(session->transport, bytes, sizeof(bytes),
                                                        session_deadline(session, sizeof(bytes), 0), err);
    espbak_clock_sleep(session_clock(session), RESTART_PATIENCE);
    return status;
}
