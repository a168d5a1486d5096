/* SPDX-License-Identifier: Apache-2.0 */
/* What a comparison proves: requests for MD5s have no checksum, so each of their bits is damaged once. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/proof/evidence.h"
#include "protocol/command.h"
#include "protocol/slip.h"
#include "support/backup_fixture.h"
#include "support/group.h"
#include "support/relay.h"

enum { FLASH = 256 * 1024, SECTORS = FLASH / ESPBAK_FLASH_SECTOR, OFFSET_AT = 9, OP_AT = 2, PLAIN_SIZE_AT = 12 };

/* A line that spoils one bit of one request for an MD5. */
typedef struct spoiler {
    espbak_transport *chip;
    unsigned seen, victim; /* requests for an MD5; which of them is damaged */
    unsigned large;        /* those of a sector or more */
    size_t bit;            /* from the offset on */
    bool struck;
} spoiler;

static espbak_status spoiler_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                   espbak_error *err)
{
    spoiler *s = impl;
    uint8_t copy[64], plain[64];
    slip_decoder decoder;
    size_t used;
    slip_decoder_init(&decoder, plain, sizeof(plain));
    if (size >= 24 && bytes[OP_AT] == OP_SPI_FLASH_MD5 && slip_decode(&decoder, bytes, size, &used) == SLIP_FRAME &&
        decoder.size >= PLAIN_SIZE_AT + 4)
        s->large += bytes_get_le32(plain + PLAIN_SIZE_AT) >= ESPBAK_FLASH_SECTOR;
    if (size < 24 || size > sizeof(copy) || bytes[OP_AT] != OP_SPI_FLASH_MD5 || s->seen++ != s->victim ||
        OFFSET_AT + s->bit / 8 >= size - 1)
        return relay_write(s, bytes, size, timeout, put, err);
    memcpy(copy, bytes, size);
    copy[OFFSET_AT + s->bit / 8] ^= (uint8_t)(1u << s->bit % 8);
    s->struck = true;
    return relay_write(s, copy, size, timeout, put, err);
}

static const espbak_transport_ops spoiler_ops = {.name = "spoiler",
                                                 .read = relay_read,
                                                 .write = spoiler_write,
                                                 .set_baud = relay_set_baud,
                                                 .set_lines = relay_set_lines,
                                                 .discard_input = relay_discard_input,
                                                 .close = relay_close};

typedef void alteration(uint8_t *held);

typedef struct bench {
    fixture *fix;
    spoiler line;
    espbak_session *session;
    piece_list pieces;
    uint8_t wanted[FLASH], held[FLASH];
    char wanted_path[300];
} bench;

/* A bootloader, an application in two slots, something else between them, and what is blank. */
static void fill_flash(uint8_t *flash)
{
    memset(flash, 0xFF, FLASH);
    for (unsigned sector = 0; sector < SECTORS; sector++) {
        uint8_t *bytes = flash + (size_t)sector * ESPBAK_FLASH_SECTOR;
        if (sector < 3 || (sector >= 20 && sector < 28) || (sector >= 32 && sector < 40))
            fill_sector(bytes, sector);
        else if (sector >= 52 && sector < 60)
            fill_sector(bytes, sector - 32); /* one bit of the offset */
    }
}

static void open_bench(bench *b, fixture *fix, alteration *alter)
{
    char flash_path[300], url[400];
    espbak_transport *transport = NULL;
    memset(b, 0, sizeof(*b));
    b->fix = fix;
    fill_flash(b->wanted);
    memcpy(b->held, b->wanted, FLASH);
    alter(b->held);
    store(fix->folder, "wanted", (const char *)b->wanted, FLASH);
    store(fix->folder, "held", (const char *)b->held, FLASH);
    snprintf(b->wanted_path, sizeof(b->wanted_path), "%s/wanted", fix->folder);
    snprintf(flash_path, sizeof(flash_path), "%s/held", fix->folder);
    snprintf(url, sizeof(url), "sim:esp32s3,flash=%s", flash_path);
    const espbak_raw_file raw = {0, b->wanted_path, NULL};
    assert_ok(piece_list_of_files(&b->pieces, &raw, 1, true, &fix->err), &fix->err);
    assert_ok(espbak_transport_open(&b->line.chip, url, NULL, NULL, &fix->err), &fix->err);
    b->line.victim = UINT32_MAX;
    assert_ok(espbak_transport_wrap(&transport, &spoiler_ops, &b->line,
                                    "spoiler:", espbak_transport_get_caps(b->line.chip), NULL,
                                    espbak_transport_clock(b->line.chip), &fix->err),
              &fix->err);
    /* What is told apart here are requests that nobody can tell to be damaged: those of ROM and stubs. */
    const espbak_session_options options = {.port = "spoiler:", .own_loader = ESPBAK_OWN_LOADER_OFF};
    assert_ok(espbak_session_open_transport(&b->session, transport, &options, &fix->err), &fix->err);
}

static void close_bench(bench *b)
{
    espbak_session_close(b->session);
    piece_list_free(&b->pieces);
}

static bool is_in(const difference_list *list, uint64_t offset)
{
    for (size_t i = 0; i < list->count; i++) {
        if (offset >= list->ranges[i].offset && offset < list->ranges[i].offset + list->ranges[i].size)
            return true;
    }
    return false;
}

/* Sectors that differ and were not found. */
static unsigned count_missed(const bench *b, const difference_list *found)
{
    unsigned missed = 0;
    for (uint64_t at = 0; at < FLASH; at += ESPBAK_FLASH_SECTOR)
        missed += memcmp(b->wanted + at, b->held + at, ESPBAK_FLASH_SECTOR) != 0 && !is_in(found, at);
    return missed;
}

/* However often something is looked at, it is one phase that goes on. */
static void goes_on(void *user, const espbak_progress *now)
{
    uint64_t *last = user;
    assert_true(now->done >= *last && now->done <= now->total);
    assert_int_equal(now->total, FLASH);
    *last = now->done;
}

static unsigned compare_once(bench *b, difference_list *found, bool *holds)
{
    evidence e;
    uint64_t last = 0;
    const espbak_events events = {.progress = goes_on, .user = &last};
    const compare_options how = {
        .smallest = ESPBAK_FLASH_SECTOR, .phase = "comparing", .events = &events, .largest = 64 * 1024};
    b->line.seen = b->line.large = 0;
    b->line.struck = false;
    const espbak_status status = evidence_compare(&e, b->session, &b->pieces, &how, found, &b->fix->err);
    assert_ok(status, &b->fix->err);
    *holds = evidence_holds(&e, b->session);
    return b->line.seen;
}

enum { DRAWS = 16 };
enum { STEP = 13 }; /* bits; blocks begin elsewhere each time, and so do those that are turned over */

static void try_every_bit(fixture *fix, alteration *alter)
{
    bench *b = malloc(sizeof(*b));
    difference_list found = {0};
    bool holds;
    assert_non_null(b);
    open_bench(b, fix, alter);
    const unsigned requests = compare_once(b, &found, &holds);
    unsigned struck = 0;
    assert_true(holds);
    assert_int_equal(count_missed(b, &found), 0);
    difference_list_free(&found);
    for (b->line.victim = 0; b->line.victim < requests; b->line.victim++) {
        for (b->line.bit = b->line.victim % STEP; b->line.bit < 32; b->line.bit += STEP) {
            (void)compare_once(b, &found, &holds);
            struck += b->line.struck;
            /* What was missed is found by verifying everything, which needs something to have been written. */
            const unsigned missed = count_missed(b, &found);
            if (missed > 0 && (holds || found.count == 0))
                fail_msg("bit %zu of request %u hides %u sectors", b->line.bit, b->line.victim, missed);
            difference_list_free(&found);
        }
    }
    /* Blocks begin elsewhere each time, so there may be fewer of them. */
    assert_true(struck > requests * 32 / STEP / 2);
    close_bench(b);
    free(b);
}

static void spoil_sector(uint8_t *held, unsigned sector)
{
    held[(size_t)sector * ESPBAK_FLASH_SECTOR + 7] ^= 0x55;
}

static void spoil_a_blank_one(uint8_t *held)
{
    spoil_sector(held, 10);
}

static void test_a_block_that_ought_to_be_blank(void **state)
{
    try_every_bit(*state, spoil_a_blank_one);
}

static void spoil_one_slot(uint8_t *held)
{
    spoil_sector(held, 22);
}

static void test_one_of_two_equal_slots(void **state)
{
    try_every_bit(*state, spoil_one_slot);
}

static void move_contents(uint8_t *held)
{
    memmove(held + (size_t)33 * ESPBAK_FLASH_SECTOR, held + (size_t)32 * ESPBAK_FLASH_SECTOR,
            (size_t)8 * ESPBAK_FLASH_SECTOR);
}

static void test_contents_that_stand_a_sector_further(void **state)
{
    try_every_bit(*state, move_contents);
}

static void erase_the_application(uint8_t *held)
{
    memset(held + (size_t)20 * ESPBAK_FLASH_SECTOR, 0xFF, (size_t)12 * ESPBAK_FLASH_SECTOR);
}

static void test_a_block_that_is_erased(void **state)
{
    try_every_bit(*state, erase_the_application);
}

static void test_an_erased_block_needs_no_smaller_ones(void **state)
{
    fixture *fix = *state;
    bench *b = malloc(sizeof(*b));
    difference_list found = {0};
    bool holds;
    assert_non_null(b);
    open_bench(b, fix, erase_the_application);
    /*
     * Blocks and runs, some of them twice, and sectors at their edges, but not each of the twelve by itself. Blocks
     * begin elsewhere each time: it shows where one of them lies within what is erased.
     */
    unsigned fewest = UINT32_MAX;
    for (unsigned draw = 0; draw < DRAWS; draw++) {
        (void)compare_once(b, &found, &holds);
        fewest = b->line.large < fewest ? b->line.large : fewest;
        assert_int_equal(found.count, 1);
        assert_int_equal(found.ranges[0].offset, 20 * ESPBAK_FLASH_SECTOR);
        assert_int_equal(found.bytes, 8 * ESPBAK_FLASH_SECTOR);
        difference_list_free(&found);
    }
    assert_in_range(fewest, 1, 11);
    close_bench(b);
    free(b);
}

static void spoil_the_bootloader(uint8_t *held)
{
    spoil_sector(held, 2);
}

static void test_what_is_certain_is_not_hashed_again(void **state)
{
    fixture *fix = *state;
    bench *b = malloc(sizeof(*b));
    difference_list found = {0};
    piece_list rest = {0};
    bool holds;
    assert_non_null(b);
    open_bench(b, fix, spoil_the_bootloader);
    /* Four blocks, the sectors of one, a run; then the sector before the wrong one, whose neighbour nobody knows, and
       from 3 on the run, the slots, of which each could be the other, and what could stand a sector further. Where
       blocks begin is drawn, so that there may be a few more. */
    (void)compare_once(b, &found, &holds);
    assert_true(b->line.large <= 4 + 3 + 1 + 2 + 6);
    assert_true(holds);
    /* The sector, the ones behind it and behind the guarded one, and the next one that holds something. */
    assert_ok(evidence_rest(b->session, &b->pieces, &found, 0, &rest, &fix->err), &fix->err);
    assert_int_equal(rest.count, 2);
    assert_int_equal(rest.items[0].offset, 1 * ESPBAK_FLASH_SECTOR);
    assert_int_equal(rest.items[0].size, 3 * ESPBAK_FLASH_SECTOR);
    assert_int_equal(rest.items[1].offset, 20 * ESPBAK_FLASH_SECTOR);
    assert_int_equal(rest.items[1].size, 1 * ESPBAK_FLASH_SECTOR);
    piece_list_free(&rest);
    difference_list_free(&found);
    close_bench(b);
    free(b);
}

TEST_GROUP(evidence)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_block_that_ought_to_be_blank, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_one_of_two_equal_slots, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_contents_that_stand_a_sector_further, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_block_that_is_erased, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_an_erased_block_needs_no_smaller_ones, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_what_is_certain_is_not_hashed_again, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
