/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of whatever kind the loader makes fastest. */
#include "base/digest.h"
#include "device/loader/own.h"
#include "device/loader/state.h"
#include "device/session.h"
#include "espbak/flash.h"
#include "support/group.h"
#include "support/sim_session.h"

enum { MIB = 1024 * 1024, SECTOR = 4096, LOOKED_AT = 128, PAIR_SIZE = 128 };

/* Two messages with the same MD5 (X. Wang and H. Yu, 2004): the other one has these bits turned around. */
static const uint8_t pair_first[PAIR_SIZE] = {
    0xd1, 0x31, 0xdd, 0x02, 0xc5, 0xe6, 0xee, 0xc4, 0x69, 0x3d, 0x9a, 0x06, 0x98, 0xaf, 0xf9, 0x5c, 0x2f, 0xca, 0xb5,
    0x87, 0x12, 0x46, 0x7e, 0xab, 0x40, 0x04, 0x58, 0x3e, 0xb8, 0xfb, 0x7f, 0x89, 0x55, 0xad, 0x34, 0x06, 0x09, 0xf4,
    0xb3, 0x02, 0x83, 0xe4, 0x88, 0x83, 0x25, 0x71, 0x41, 0x5a, 0x08, 0x51, 0x25, 0xe8, 0xf7, 0xcd, 0xc9, 0x9f, 0xd9,
    0x1d, 0xbd, 0xf2, 0x80, 0x37, 0x3c, 0x5b, 0xd8, 0x82, 0x3e, 0x31, 0x56, 0x34, 0x8f, 0x5b, 0xae, 0x6d, 0xac, 0xd4,
    0x36, 0xc9, 0x19, 0xc6, 0xdd, 0x53, 0xe2, 0xb4, 0x87, 0xda, 0x03, 0xfd, 0x02, 0x39, 0x63, 0x06, 0xd2, 0x48, 0xcd,
    0xa0, 0xe9, 0x9f, 0x33, 0x42, 0x0f, 0x57, 0x7e, 0xe8, 0xce, 0x54, 0xb6, 0x70, 0x80, 0xa8, 0x0d, 0x1e, 0xc6, 0x98,
    0x21, 0xbc, 0xb6, 0xa8, 0x83, 0x93, 0x96, 0xf9, 0x65, 0x2b, 0x6f, 0xf7, 0x2a, 0x70};
static const unsigned pair_places[] = {19, 45, 59, 83, 109, 123};

/* What the flash holds, what else it might hold, and which of them each digest said. */
typedef struct looking {
    unsigned named, taken;
    uint8_t *flash, *other;
    unsigned of[2], right, mistaken;
} looking;

static espbak_status name_sector(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    looking *l = user;
    (void)err;
    *more = l->named < LOOKED_AT;
    *offset = (uint64_t)l->named * SECTOR;
    *size = SECTOR;
    l->named += *more;
    return ESPBAK_OK;
}

static bool is_of(const uint8_t *bytes, uint64_t size, const espbak_flash_digest *found)
{
    uint8_t whole[DIGEST_SHA256_SIZE];
    assert_int_equal(digest_of((digest_kind)found->kind, bytes, (size_t)size, whole, NULL), ESPBAK_OK);
    return memcmp(whole, found->bytes, sizeof(found->bytes)) == 0;
}

static espbak_status take_either(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                 espbak_error *err)
{
    looking *l = user;
    (void)err;
    assert_int_equal(offset, (uint64_t)l->taken * SECTOR);
    l->taken++;
    l->of[found->kind]++;
    l->right += is_of(l->flash + offset, size, found);
    l->mistaken += is_of(l->other + offset, size, found);
    return ESPBAK_OK;
}

static espbak_status take_md5(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    espbak_flash_digest found = {.kind = ESPBAK_DIGEST_MD5};
    memcpy(found.bytes, md5, sizeof(found.bytes));
    return take_either(user, offset, size, &found, err);
}

/* Each sector begins with one message of the pair, on the device the first. */
static looking look_at_pairs(void)
{
    looking l = {.flash = malloc(MIB), .other = malloc(MIB)};
    assert_true(l.flash != NULL && l.other != NULL);
    for (size_t i = 0; i < MIB; i++)
        l.flash[i] = (uint8_t)(i * 7 + i / SECTOR);
    for (size_t i = 0; i < MIB; i += SECTOR)
        memcpy(l.flash + i, pair_first, PAIR_SIZE);
    memcpy(l.other, l.flash, MIB);
    for (size_t i = 0; i < MIB; i += SECTOR)
        for (size_t k = 0; k < sizeof(pair_places) / sizeof(pair_places[0]); k++)
            l.other[i + pair_places[k]] ^= 0x80;
    FILE *file = fopen("flash-digest-pairs.bin", "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(l.flash, 1, MIB, file), MIB);
    assert_int_equal(fclose(file), 0);
    return l;
}

static espbak_session *open_by(const char *url, espbak_loader loader, espbak_error *err)
{
    const espbak_session_options options = {.port = url,
                                            .no_stub = loader == ESPBAK_LOADER_ROM,
                                            .stub = "flash-digest-stub.json",
                                            .own_loader = loader == ESPBAK_LOADER_OWN ? ESPBAK_OWN_LOADER_ON
                                                                                      : ESPBAK_OWN_LOADER_OFF};
    espbak_session *session = NULL;
    const espbak_status status = espbak_session_open(&session, &options, err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err->message);
    assert_int_equal(status, ESPBAK_OK);
    return session;
}

static void done_looking(looking *l, espbak_session *session)
{
    espbak_session_close(session);
    free(l->flash);
    free(l->other);
}

static void test_either_kind_is_the_fastest(void **state)
{
    (void)state;
    static const struct {
        const char *chip;
        espbak_loader loader;
        espbak_digest_kind kind;
    } rows[] = {
        {"esp32s3", ESPBAK_LOADER_OWN, ESPBAK_DIGEST_SHA256}, {"esp32c3", ESPBAK_LOADER_OWN, ESPBAK_DIGEST_SHA256},
        {"esp32", ESPBAK_LOADER_OWN, ESPBAK_DIGEST_MD5},      {"esp32c6", ESPBAK_LOADER_OWN, ESPBAK_DIGEST_MD5},
        {"esp32s3", ESPBAK_LOADER_ROM, ESPBAK_DIGEST_MD5},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char url[128];
        espbak_error err = {0};
        looking l = look_at_pairs();
        snprintf(url, sizeof(url), "sim:%s,flash=flash-digest-pairs.bin", rows[i].chip);
        espbak_session *session = open_by(url, rows[i].loader, &err);
        assert_int_equal(espbak_flash_digest_many(session, name_sector, take_either, &l, &err), ESPBAK_OK);
        assert_int_equal(l.of[rows[i].kind], LOOKED_AT);
        assert_int_equal(l.right, LOOKED_AT);
        assert_int_equal(l.mistaken,
                         rows[i].kind == ESPBAK_DIGEST_MD5 ? LOOKED_AT : 0); /* those of a pair told apart */
        l.named = l.taken = l.right = 0;
        assert_int_equal(espbak_flash_md5_many(session, name_sector, take_md5, &l, &err), ESPBAK_OK);
        assert_int_equal(l.right, LOOKED_AT);
        done_looking(&l, session);
    }
}

/* A chip that promises what it cannot do is asked for MD5. */
static void test_an_accelerator_is_tried_first(void **state)
{
    (void)state;
    espbak_error err = {0};
    looking l = look_at_pairs();
    espbak_session *session = open_by("sim:esp32c6,flash=flash-digest-pairs.bin", ESPBAK_LOADER_OWN, &err);
    session->loader->own->features |= WIRE_FEATURE_SHA256;
    assert_int_equal(espbak_flash_digest_many(session, name_sector, take_either, &l, &err), ESPBAK_OK);
    assert_true(session->loader->own->sha256_tried);
    assert_int_equal(l.of[ESPBAK_DIGEST_MD5], LOOKED_AT);
    assert_int_equal(l.right, LOOKED_AT);
    done_looking(&l, session);
}

/* Our own loader stops, and cannot be started any more: another one makes the rest, and each digest says what it is. */
static void test_the_kind_may_change(void **state)
{
    (void)state;
    espbak_error err = {0};
    looking l = look_at_pairs();
    sim_write_stub("flash-digest-stub.json", espbak_chip_by_name("esp32c3"), 0);
    espbak_session *session = open_by("sim:esp32c3,flash=flash-digest-pairs.bin,baud=real", ESPBAK_LOADER_OWN, &err);
    const uint64_t before = espbak_session_get_stats(session).rx_bytes;
    espbak_session_close(session);
    char url[128];
    snprintf(url, sizeof(url), "sim:esp32c3,flash=flash-digest-pairs.bin,baud=real,fault=die:%llu",
             (unsigned long long)before + 700);
    session = open_by(url, ESPBAK_LOADER_OWN, &err);
    session->info.flash.size = 32 * MIB; /* our own loader would refuse that */
    const espbak_status status = espbak_flash_digest_many(session, name_sector, take_either, &l, &err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err.message);
    assert_int_equal(status, ESPBAK_OK);
    assert_true(l.of[ESPBAK_DIGEST_MD5] > 0 && l.of[ESPBAK_DIGEST_SHA256] > 0);
    assert_int_equal(l.right, LOOKED_AT);
    assert_int_equal(l.mistaken, l.of[ESPBAK_DIGEST_MD5]);
    done_looking(&l, session);
}

TEST_GROUP(flash_digest)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_either_kind_is_the_fastest),
        cmocka_unit_test(test_an_accelerator_is_tried_first),
        cmocka_unit_test(test_the_kind_may_change),
    };
    return RUN_GROUP(tests);
}
