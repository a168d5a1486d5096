/* SPDX-License-Identifier: Apache-2.0 */
/* Which chip answers: by the id in its security info, or by the magic word of the older ROMs. */
#include <string.h>

#include "base/bytes.h"
#include "device/chip/detect.h"

enum { MAGIC_ADDRESS = 0x40001000, SIZE_LONG = 20, SIZE_SHORT = 12, ANSWERS = 4 };

/* GET_SECURITY_INFO; the first form of it leaves the chip id out. */
typedef struct security_answer {
    bool known, has_id;
    uint32_t chip_id;
} security_answer;

static void take_flags(espbak_session *session, const uint8_t *data)
{
    espbak_security *const security = &session->info.security;
    security->raw_known = true;
    security->raw_flags = bytes_get_le32(data);
    security->flash_crypt_count = data[4];
    memcpy(security->key_purposes, data + 5, sizeof(security->key_purposes));
    security->secure_download = security->raw_flags >> 2 & 1 ? ESPBAK_YES : ESPBAK_NO;
}

static espbak_status ask_security_once(espbak_session *session, security_answer *answer, espbak_error *err)
{
    command_response response = {0};
    const espbak_status status =
        command_run(&session->link, OP_GET_SECURITY_INFO, NULL, 0, SIZE_LONG, COMMAND_DEFAULT_TIMEOUT, &response, err);
    /* The status stands behind 12 or 20 bytes and has two or four bytes of its own. */
    const bool is_short =
        response.size == SIZE_SHORT + COMMAND_STATUS_STUB || response.size == SIZE_SHORT + COMMAND_STATUS_ROM;
    if (status != ESPBAK_OK && !(is_short && response.data[SIZE_SHORT] == 0))
        return status;
    answer->known = true;
    answer->has_id = status == ESPBAK_OK;
    if (answer->has_id)
        answer->chip_id = bytes_get_le32(response.data + SIZE_SHORT);
    take_flags(session, response.data);
    espbak_error_clear(err);
    return ESPBAK_OK;
}

static bool is_same_answer(const security_answer *a, const espbak_security *b, const security_answer *c,
                           const espbak_security *d)
{
    return a->known == c->known && a->has_id == c->has_id && a->chip_id == c->chip_id && b->raw_flags == d->raw_flags &&
           b->flash_crypt_count == d->flash_crypt_count &&
           memcmp(b->key_purposes, d->key_purposes, sizeof(b->key_purposes)) == 0;
}

/* Chip and encryption decide what may be done, and no checksum guards the answer: two must agree. */
static espbak_status ask_security(espbak_session *session, security_answer *answer, espbak_error *err)
{
    espbak_status status = ask_security_once(session, answer, err);
    for (unsigned i = 0; status == ESPBAK_OK && i < ANSWERS; i++) {
        const security_answer before = *answer;
        const espbak_security flags = session->info.security;
        *answer = (security_answer){0};
        status = ask_security_once(session, answer, err);
        if (status == ESPBAK_OK && is_same_answer(&before, &flags, answer, &session->info.security))
            return ESPBAK_OK;
    }
    return status == ESPBAK_OK ? espbak_fail(err, ESPBAK_E_LINK, "the chip describes itself differently every time")
                               : status;
}

static const espbak_chip *chip_by_id(uint32_t id)
{
    const espbak_chip *const chip = id < 0xFFFF ? espbak_chip_by_image_id((uint16_t)id) : NULL;
    return chip != NULL && (chip->rom_caps & ESPBAK_ROM_CHIP_ID) ? chip : NULL;
}

static const espbak_chip *chip_by_magic(uint32_t magic)
{
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        if (chips[i]->magic != 0 && chips[i]->magic == magic)
            return chips[i];
    }
    return NULL;
}

/* The one whose ROM tells its flags, and not which chip it is. */
static const espbak_chip *chip_without_id(void)
{
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        if ((chips[i]->rom_caps & (ESPBAK_ROM_SECURITY_INFO | ESPBAK_ROM_CHIP_ID)) == ESPBAK_ROM_SECURITY_INFO)
            return chips[i];
    }
    return NULL;
}

static bool is_refusal(espbak_status status)
{
    return status == ESPBAK_E_UNSUPPORTED || status == ESPBAK_E_DEVICE;
}

static espbak_status detect_by_magic(espbak_session *session, const security_answer *answer, espbak_error *err)
{
    uint32_t magic = 0;
    espbak_status status = ESPBAK_E_DEVICE;
    /* A damaged request is refused too, but hardly twice. */
    for (unsigned i = 0; i < 2 && is_refusal(status); i++) {
        espbak_error_clear(err);
        status = command_read_reg_sure(&session->link, MAGIC_ADDRESS, &magic, err);
    }
    if (is_refusal(status) && answer->known) {
        /* Only a locked chip refuses the read. */
        espbak_error_clear(err);
        session->info.security.secure_download = ESPBAK_YES;
        session->info.chip = chip_without_id();
        return ESPBAK_OK;
    }
    if (status != ESPBAK_OK)
        return status;
    session->info.chip = chip_by_magic(magic);
    if (session->info.chip != NULL)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_CONNECT, "this chip is not known: its ROM has the magic word 0x%08X", (unsigned)magic);
    espbak_error_hint(err, "a newer espbak may know it");
    return ESPBAK_E_CONNECT;
}

static espbak_status find_chip(espbak_session *session, bool ask_id, espbak_error *err)
{
    security_answer answer = {0};
    const espbak_status status = ask_id ? ask_security(session, &answer, err) : ESPBAK_E_UNSUPPORTED;
    if (session_is_over(status))
        return status;
    if (!answer.has_id)
        return detect_by_magic(session, &answer, err);
    session->info.chip = chip_by_id(answer.chip_id);
    if (session->info.chip != NULL)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_CONNECT, "this chip is not known: it has the chip id %u", (unsigned)answer.chip_id);
    espbak_error_hint(err, "a newer espbak may know it");
    return ESPBAK_E_CONNECT;
}

espbak_status detect_chip(espbak_session *session, const espbak_chip *expected, bool ask_id, espbak_error *err)
{
    session->info.chip = NULL;
    memset(&session->info.security, 0, sizeof(session->info.security));
    const espbak_status status = find_chip(session, ask_id, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "recognising the chip");
    if (expected == NULL || expected == session->info.chip)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_CONNECT, "the chip on %s is an %s, not an %s", session->info.link.port,
                session->info.chip->title, expected->title);
    espbak_error_hint(err, "leave --chip out, or choose another port");
    return ESPBAK_E_CONNECT;
}
