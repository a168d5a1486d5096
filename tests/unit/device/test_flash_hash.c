/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of many ranges: what is queued, and what a lost request does to the answers behind it. */
#include "device/flash/facts.h"
#include "support/fake_loader.h"
#include "support/group.h"
#include "support/sim_session.h"

enum { MIB = 1024 * 1024, SECTOR = 4096 };

static const espbak_loader kinds[] = {ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_STUB_LEGACY, ESPBAK_LOADER_ROM};

/* Ranges one behind the other, and what was said about them. */
typedef struct ranges {
    uint64_t at, end;
    uint32_t step;
    bool halting; /* names a range only when nothing is out */
    unsigned named, taken, wrong, ahead;
    const uint8_t *flash;
    uint8_t (*right)[16]; /* instead of the flash's own bytes: a digest of another range alone is wrong */
} ranges;

static espbak_status name_next(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    (void)err;
    ranges *r = user;
    *more = r->at < r->end && !(r->halting && r->named > r->taken);
    if (!*more)
        return ESPBAK_OK;
    *offset = r->at;
    *size = bytes_min64(r->step, r->end - r->at);
    r->at += *size;
    r->named++;
    if (r->named - r->taken > r->ahead)
        r->ahead = r->named - r->taken;
    return ESPBAK_OK;
}

/* A mask ROM hashes what a request that lost a byte happens to say; whose digest that is the caller does not know. */
static bool is_of_another(const ranges *r, unsigned index, const uint8_t md5[16])
{
    bool found = false;
    for (unsigned i = 0; i < r->end / r->step; i++)
        found = found || memcmp(r->right[i], md5, 16) == 0;
    return found && memcmp(r->right[index], md5, 16) != 0;
}

static espbak_status check_taken(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    ranges *r = user;
    uint8_t right[16];
    assert_int_equal(offset, (uint64_t)r->taken * r->step);
    r->taken++;
    if (r->right != NULL)
        r->wrong += is_of_another(r, r->taken - 1, md5);
    if (r->flash == NULL)
        return ESPBAK_OK;
    assert_int_equal(digest_of(DIGEST_MD5, r->flash + offset, (size_t)size, right, err), ESPBAK_OK);
    r->wrong += memcmp(right, md5, sizeof(right)) != 0;
    return ESPBAK_OK;
}

/* A loader at the far end of a line on which two requests may be out. */
static fake_loader *new_behind_bridge(espbak_session **session, espbak_loader kind)
{
    fake_loader *fake = fake_new(session, "esp32", kind, MIB);
    fake->latency = (*session)->line.round_trip = 2 * ESPBAK_MS;
    return fake;
}

static ranges hash_all(fake_loader *fake, espbak_session *session, uint64_t size, uint32_t step, bool halting)
{
    espbak_error err = {0};
    ranges r = {.end = size, .step = step, .flash = fake->flash, .halting = halting};
    const espbak_status status = espbak_flash_md5_many(session, name_next, check_taken, &r, &err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err.message);
    assert_int_equal(status, ESPBAK_OK);
    assert_int_equal(r.taken, (size + step - 1) / step);
    assert_int_equal(r.wrong, 0);
    return r;
}

static void test_one_request_stands_behind_the_running_one(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = new_behind_bridge(&session, kinds[k]);
        const ranges r = hash_all(fake, session, 200 * 1024 + 100, SECTOR, false);
        assert_int_equal(fake->commands[OP_SPI_FLASH_MD5], 51);
        assert_int_equal(fake->outstanding_peak, 1); /* besides the one being answered */
        assert_int_equal(fake->overflows, 0);
        assert_int_equal(espbak_session_get_stats(session).hashes, 51);
        assert_int_equal(espbak_session_get_stats(session).retries, 0);
        assert_int_equal(r.ahead, 16);
        fake_free(fake, session);
    }
}

static void test_ranges_may_wait_for_results(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_behind_bridge(&session, ESPBAK_LOADER_STUB_CURRENT);
    const ranges r = hash_all(fake, session, 20 * SECTOR, SECTOR, true);
    assert_int_equal(r.ahead, 1);
    assert_int_equal(fake->outstanding_peak, 0);
    fake_free(fake, session);
}

/* Every answer behind a lost request would be taken for the one before: none of them may get out. */
static void test_a_lost_request_voids_its_batch(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        for (unsigned after = 0; after < 20; after++) {
            espbak_session *session = NULL;
            fake_loader *fake = new_behind_bridge(&session, kinds[k]);
            fake->lose_hashes = 1;
            fake->lose_after = after;
            const espbak_time begun = fake->now;
            hash_all(fake, session, 40 * SECTOR, SECTOR, false);
            assert_int_equal(fake->lose_hashes, 0);
            assert_int_equal(espbak_session_get_stats(session).retries, 1);
            assert_true(session->flash->hashing.single);
            assert_true(fake->now - begun < 8 * ESPBAK_S);
            fake_free(fake, session);
        }
    }
}

/* What was lost behind another request would be lost again: it stays at one for as long as this loader runs. */
static void test_what_was_learnt_is_kept(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_behind_bridge(&session, ESPBAK_LOADER_STUB_CURRENT);
    fake->lose_hashes = 1;
    hash_all(fake, session, 2 * SECTOR, SECTOR, false);
    for (unsigned i = 0; i < 8; i++) {
        fake->outstanding_peak = 0;
        hash_all(fake, session, 256 * SECTOR, SECTOR, false);
        assert_int_equal(fake->outstanding_peak, 0);
    }
    assert_int_equal(espbak_session_get_stats(session).retries, 1);
    flash_forget_loader(session);
    hash_all(fake, session, 16 * SECTOR, SECTOR, false);
    assert_int_equal(fake->outstanding_peak, 1);
    fake_free(fake, session);
}

/* On a line that damages bytes it may be the line that lost them: batches are tried again, later each time. */
static void test_a_noisy_line_is_not_held_against_the_loader(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = new_behind_bridge(&session, ESPBAK_LOADER_STUB_CURRENT);
    unsigned failures = 0;
    for (unsigned i = 0; i < 32; i++) {
        fake->noisy = session->flash->hashing.alone == 0;
        failures += session->flash->hashing.alone == 0;
        hash_all(fake, session, 2 * SECTOR, SECTOR, false);
    }
    /* After the first failure 8 ranges alone, then 16, then 32: 64 ranges meet no more than these. */
    assert_in_range(failures, 3, 4);
    assert_int_equal(session->flash->hashing.batch, 2);
    assert_false(session->flash->hashing.single);
    fake->noisy = false;
    hash_all(fake, session, 256 * SECTOR, SECTOR, false);
    assert_true(session->flash->hashing.batch > 8); /* and trust grows again */
    fake_free(fake, session);
}

/* Where the host may be faster than the chip's main loop there is never more than one. */
static void test_no_request_waits_on_a_fast_link(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        espbak_session *session = NULL;
        fake_loader *fake = fake_new(&session, "esp32", kinds[k], MIB);
        hash_all(fake, session, 64 * SECTOR, SECTOR, false);
        assert_int_equal(fake->outstanding_peak, 0);
        fake_free(fake, session);
    }
}

static void test_a_refused_hash_is_asked_for_again(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, MIB);
    fake->fail_hashes = 1;
    hash_all(fake, session, 20 * SECTOR, SECTOR, false);
    assert_int_equal(espbak_session_get_stats(session).retries, 1);
    fake_free(fake, session);
}

static void test_a_silent_chip_ends_it(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, MIB);
    espbak_error err = {0};
    ranges r = {.end = MIB, .step = SECTOR};
    fake->mute = 1;
    assert_int_equal(espbak_flash_md5_many(session, name_next, check_taken, &r, &err), ESPBAK_E_LINK);
    assert_int_equal(r.taken, 0);
    assert_non_null(strstr(err.message, "0x0"));
    fake_free(fake, session);
}

static void test_ranges_are_checked(void **state)
{
    (void)state;
    espbak_session *session = NULL;
    fake_loader *fake = fake_new(&session, "esp32", ESPBAK_LOADER_STUB_CURRENT, MIB);
    espbak_error err = {0};
    ranges r = {.end = 2 * MIB, .step = 2 * MIB};
    assert_int_equal(espbak_flash_md5_many(session, name_next, check_taken, &r, &err), ESPBAK_E_USAGE);
    assert_int_equal(fake->commands[OP_SPI_FLASH_MD5], 0);
    fake_free(fake, session);
}

static espbak_session *open_sim_by(const char *url, espbak_loader loader, espbak_error *err)
{
    const espbak_session_options options = {.port = url,
                                            .no_stub = loader == ESPBAK_LOADER_ROM,
                                            .stub = "flash-hash-stub.json",
                                            .own_loader = loader == ESPBAK_LOADER_OWN ? ESPBAK_OWN_LOADER_ON
                                                                                      : ESPBAK_OWN_LOADER_OFF};
    espbak_session *session = NULL;
    sim_write_stub("flash-hash-stub.json", espbak_chip_by_name("esp32s3"), 0);
    const espbak_status status = espbak_session_open(&session, &options, err);
    if (status != ESPBAK_OK)
        print_message("%s\n", err->message);
    assert_int_equal(status, ESPBAK_OK);
    return session;
}

static espbak_session *open_sim(const char *url, bool no_stub, espbak_error *err)
{
    return open_sim_by(url, no_stub ? ESPBAK_LOADER_ROM : ESPBAK_LOADER_STUB_CURRENT, err);
}

/* A chip on simulated time: the round trips are gone, and the rate is found. */
static void test_round_trips_are_hidden_and_the_rate_is_found(void **state)
{
    (void)state;
    static const bool rom[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        espbak_error err = {0};
        espbak_session *session =
            open_sim("sim:esp32s3,baud=real,latency-ms=16,flash-time=default,size=4M", rom[i], &err);
        const espbak_clock *clock = espbak_transport_clock(session->transport);
        assert_false(espbak_flash_get_rates(session).hash_measured);
        ranges r = {.end = 16 * 64 * 1024, .step = 64 * 1024};
        const espbak_time begun = espbak_clock_now(clock);
        assert_int_equal(espbak_flash_md5_many(session, name_next, check_taken, &r, &err), ESPBAK_OK);
        const espbak_time took = espbak_clock_now(clock) - begun;
        /* 1 MiB at 667 ns a byte are 0.7 s; one by one there were 16 round trips of 32 ms on top. */
        assert_in_range(took, 700 * ESPBAK_MS, 790 * ESPBAK_MS);
        const espbak_flash_rates rates = espbak_flash_get_rates(session);
        assert_true(rates.hash_measured);
        assert_in_range(rates.hash, 1400000, 1500000);
        assert_in_range(rates.round_trip, 32 * ESPBAK_MS, 36 * ESPBAK_MS);
        assert_int_equal(rates.read, session_line_rate(session) / 10);
        espbak_session_close(session);
    }
}

/* Bytes that are lost both ways: no digest is taken for that of another range, however often the chip was asked. */
static void test_a_noisy_line_shifts_nothing(void **state)
{
    (void)state;
    unsigned retries = 0;
    for (unsigned seed = 1; seed <= 8; seed++) {
        char url[160];
        espbak_error err = {0};
        uint8_t quiet[64][16];
        espbak_session *session = open_sim("sim:esp32s3,size=4M", true, &err);
        for (unsigned i = 0; i < 64; i++)
            assert_int_equal(espbak_flash_md5(session, (uint64_t)i * SECTOR, SECTOR, quiet[i], &err), ESPBAK_OK);
        espbak_session_close(session);
        snprintf(url, sizeof(url), "sim:esp32s3,size=4M,baud=real,fault=drop.to:4e-4+drop.from:2e-4,seed=%u", seed);
        session = open_sim(url, true, &err);
        const unsigned before = espbak_session_get_stats(session).retries;
        ranges r = {.end = 64 * SECTOR, .step = SECTOR, .right = quiet};
        assert_int_equal(espbak_flash_md5_many(session, name_next, check_taken, &r, &err), ESPBAK_OK);
        assert_int_equal(r.taken, 64);
        assert_int_equal(r.wrong, 0);
        retries += espbak_session_get_stats(session).retries - before;
        espbak_session_close(session);
    }
    assert_true(retries > 0);
}

/* Whatever runs on the chip stops in the middle: it is started anew, and what is missing is asked for again. */
static void test_a_chip_that_stops_is_started_anew(void **state)
{
    (void)state;
    static const espbak_loader loaders[] = {ESPBAK_LOADER_OWN, ESPBAK_LOADER_STUB_CURRENT, ESPBAK_LOADER_ROM};
    for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
        char url[160] = "sim:esp32s3,size=4M,baud=real";
        espbak_error err = {0};
        uint8_t quiet[64][16];
        espbak_session *session = open_sim_by(url, loaders[i], &err);
        const uint64_t before = espbak_session_get_stats(session).rx_bytes;
        for (unsigned k = 0; k < 64; k++)
            assert_int_equal(espbak_flash_md5(session, (uint64_t)k * SECTOR, SECTOR, quiet[k], &err), ESPBAK_OK);
        espbak_session_close(session);
        snprintf(url, sizeof(url), "sim:esp32s3,size=4M,baud=real,fault=die:%llu", (unsigned long long)before + 300);
        session = open_sim_by(url, loaders[i], &err);
        ranges r = {.end = 64 * SECTOR, .step = SECTOR, .right = quiet};
        assert_int_equal(espbak_flash_md5_many(session, name_next, check_taken, &r, &err), ESPBAK_OK);
        assert_int_equal(r.taken, 64);
        assert_int_equal(r.wrong, 0);
        assert_int_equal(espbak_session_get_stats(session).repairs.restarts, 1);
        assert_int_equal(session->info.link.loader, loaders[i]);
        espbak_session_close(session);
    }
}

TEST_GROUP(flash_hash)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_request_stands_behind_the_running_one),
        cmocka_unit_test(test_ranges_may_wait_for_results),
        cmocka_unit_test(test_a_lost_request_voids_its_batch),
        cmocka_unit_test(test_what_was_learnt_is_kept),
        cmocka_unit_test(test_a_noisy_line_is_not_held_against_the_loader),
        cmocka_unit_test(test_no_request_waits_on_a_fast_link),
        cmocka_unit_test(test_a_refused_hash_is_asked_for_again),
        cmocka_unit_test(test_a_silent_chip_ends_it),
        cmocka_unit_test(test_ranges_are_checked),
        cmocka_unit_test(test_round_trips_are_hidden_and_the_rate_is_found),
        cmocka_unit_test(test_a_chip_that_stops_is_started_anew),
        cmocka_unit_test(test_a_noisy_line_shifts_nothing),
    };
    return RUN_GROUP(tests);
}
