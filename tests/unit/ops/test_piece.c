/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>

#include "ops/pieces/piece.h"
#include "support/backup_fixture.h"
#include "support/group.h"

/* A backup with one region of eight sectors from 0x4000 and two holes in it. */
static espbak_backup *open_backup_with_holes(fixture *fix)
{
    espbak_backup_writer *writer = NULL;
    espbak_backup *backup = NULL;
    espbak_manifest manifest = small_manifest();
    espbak_hole holes[] = {{0x5800, 0x400}, {0x7000, 0x1001}};
    espbak_region region = sectors("app", 4, 8);
    manifest.state = ESPBAK_STATE_HOLES;
    region.unreadable = holes;
    region.unreadable_count = 2;
    assert_ok(espbak_backup_create(&writer, fix->folder, "holes", &manifest, &fix->err), &fix->err);
    append_region(writer, &region);
    assert_ok(espbak_backup_seal(writer, &fix->err), &fix->err);
    assert_ok(espbak_backup_open(&backup, espbak_backup_writer_path(writer), &fix->err), &fix->err);
    espbak_backup_writer_close(writer, false);
    espbak_manifest_free(&manifest);
    return backup;
}

static void test_holes_stay_out_in_whole_sectors(void **state)
{
    fixture *fix = *state;
    piece_list list = {0};
    espbak_backup *backup = open_backup_with_holes(fix);
    assert_ok(piece_list_of_backup(&list, backup, &fix->err), &fix->err);
    static const espbak_range expected[] = {{0x4000, 0x1000}, {0x6000, 0x1000}, {0x9000, 0x3000}};
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(list.items[i].offset, expected[i].offset);
        assert_int_equal(list.items[i].size, expected[i].size);
    }
    assert_int_equal(list.bytes, 0x5000);
    assert_int_equal(list.hole_bytes, 0x3000);
    piece_list_free(&list);
    espbak_backup_close(backup);
}

static void test_bytes_come_from_the_right_place(void **state)
{
    fixture *fix = *state;
    piece_list list = {0};
    uint8_t expected[4096], found[4096];
    espbak_backup *backup = open_backup_with_holes(fix);
    assert_ok(piece_list_of_backup(&list, backup, &fix->err), &fix->err);
    fill_sector(expected, 9);
    assert_ok(piece_list_read(&list, 0x9000, found, sizeof(found), &fix->err), &fix->err);
    assert_memory_equal(found, expected, sizeof(found));
    assert_ok(piece_list_read(&list, 0x9010, found, 100, &fix->err), &fix->err);
    assert_memory_equal(found, expected + 0x10, 100);
    /* Nothing is made up for a hole, nor for what no piece has. */
    assert_int_not_equal(piece_list_read(&list, 0x6F00, found, 0x200, &fix->err), ESPBAK_OK);
    assert_int_not_equal(piece_list_read(&list, 0x3000, found, 1, &fix->err), ESPBAK_OK);
    assert_int_not_equal(piece_list_read(&list, 0xC000, found, 1, &fix->err), ESPBAK_OK);
    piece_list_free(&list);
    espbak_backup_close(backup);
}

static void test_touches_and_covers(void **state)
{
    fixture *fix = *state;
    piece_list list = {0};
    espbak_backup *backup = open_backup_with_holes(fix);
    assert_ok(piece_list_of_backup(&list, backup, &fix->err), &fix->err);
    assert_false(piece_list_touches(&list, 0, 0x4000));
    assert_true(piece_list_touches(&list, 0, 0x4001));
    assert_true(piece_list_touches(&list, 0xBFFF, 1));
    assert_false(piece_list_touches(&list, 0xC000, 0x1000));
    assert_false(piece_list_touches(&list, 0x5000, 0x1000));
    assert_true(piece_list_covers(&list, 0x9000, 0x3000));
    assert_false(piece_list_covers(&list, 0x9000, 0x3001));
    assert_false(piece_list_covers(&list, 0x4000, 0x2000));
    piece_list_free(&list);
    espbak_backup_close(backup);
}

static void test_a_range_is_cut_out(void **state)
{
    fixture *fix = *state;
    piece_list list = {0}, rest = {0};
    uint8_t expected[4096], found[4096];
    espbak_backup *backup = open_backup_with_holes(fix);
    assert_ok(piece_list_of_backup(&list, backup, &fix->err), &fix->err);
    assert_ok(piece_list_without(&rest, &list, 0xA000, 0x1000, &fix->err), &fix->err);
    assert_int_equal(rest.count, 4);
    assert_int_equal(rest.items[2].offset, 0x9000);
    assert_int_equal(rest.items[2].size, 0x1000);
    assert_int_equal(rest.items[3].offset, 0xB000);
    assert_int_equal(rest.bytes, 0x4000);
    fill_sector(expected, 11);
    assert_ok(piece_list_read(&rest, 0xB000, found, sizeof(found), &fix->err), &fix->err);
    assert_memory_equal(found, expected, sizeof(found));
    piece_list_free(&rest);
    piece_list_free(&list);
    espbak_backup_close(backup);
}

static void test_raw_files_are_checked_before_use(void **state)
{
    fixture *fix = *state;
    store(fix->folder, "five", "12345", 5);
    store(fix->folder, "none", "", 0);
    char *five = path_of(fix->folder, "five"), *none = path_of(fix->folder, "none"),
         *gone = path_of(fix->folder, "gone");
    const struct {
        espbak_raw_file files[2];
        size_t count;
        bool aligned;
        espbak_status status;
    } cases[] = {
        {{{0x2000, five, NULL}, {0x1000, five, NULL}}, 2, true, ESPBAK_OK},
        {{{0x2000, five, NULL}, {0x2000, five, NULL}}, 2, true, ESPBAK_E_USAGE},
        {{{0x2000, five, NULL}, {0x2800, five, NULL}}, 2, true, ESPBAK_E_USAGE},
        {{{0x2000, five, NULL}, {0x2800, five, NULL}}, 2, false, ESPBAK_OK},
        {{{0x2000, five, NULL}, {0x2004, five, NULL}}, 2, false, ESPBAK_E_USAGE},
        {{{0x2001, five, NULL}}, 1, true, ESPBAK_E_USAGE},
        {{{0, none, NULL}}, 1, true, ESPBAK_E_FILE},
        {{{0, gone, NULL}}, 1, true, ESPBAK_E_FILE},
        {{{UINT64_MAX - 4095, five, NULL}}, 1, true, ESPBAK_E_USAGE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        piece_list list = {0};
        assert_int_equal(piece_list_of_files(&list, cases[i].files, cases[i].count, cases[i].aligned, &fix->err),
                         cases[i].status);
        if (cases[i].status == ESPBAK_OK)
            assert_true(list.items[0].offset < list.items[1].offset);
        piece_list_free(&list);
    }
    free(five);
    free(none);
    free(gone);
}

static void test_the_end_of_the_flash(void **state)
{
    fixture *fix = *state;
    piece_list list = {0};
    store(fix->folder, "five", "12345", 5);
    char *five = path_of(fix->folder, "five");
    const espbak_raw_file files[] = {{0x2000, five, NULL}};
    assert_ok(piece_list_of_files(&list, files, 1, true, &fix->err), &fix->err);
    assert_ok(piece_list_check_size(&list, 0x2005, &fix->err), &fix->err);
    assert_int_equal(piece_list_check_size(&list, 0x2004, &fix->err), ESPBAK_E_USAGE);
    assert_int_equal(piece_list_check_size(&list, 0x1000, &fix->err), ESPBAK_E_USAGE);
    piece_list_free(&list);
    free(five);
}

static void test_parts_move_and_gaps_are_known(void **state)
{
    fixture *fix = *state;
    piece_list list = {0}, moved = {0};
    uint8_t expected[4096], found[4096];
    size_t run = 0;
    espbak_backup *backup = open_backup_with_holes(fix);
    assert_ok(piece_list_of_backup(&list, backup, &fix->err), &fix->err);
    assert_true(piece_list_run(&list, 0x4800, 0x4000, &run));
    assert_int_equal(run, 0x800);
    assert_false(piece_list_run(&list, 0x5000, 0x4000, &run));
    assert_int_equal(run, 0x1000);
    assert_false(piece_list_run(&list, 0xC000, 0x4000, &run));
    assert_int_equal(run, 0x4000);

    assert_ok(piece_list_move(&moved, &list, 0x6000, 0x4000, 0x20000, &fix->err), &fix->err);
    assert_int_equal(moved.count, 2);
    assert_int_equal(moved.items[0].offset, 0x20000);
    assert_int_equal(moved.items[1].offset, 0x23000);
    assert_int_equal(moved.bytes, 0x2000);
    fill_sector(expected, 9);
    assert_ok(piece_list_read(&moved, 0x23000, found, sizeof(found), &fix->err), &fix->err);
    assert_memory_equal(found, expected, sizeof(found));
    piece_list_free(&moved);
    piece_list_free(&list);
    espbak_backup_close(backup);
}

TEST_GROUP(piece)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_holes_stay_out_in_whole_sectors, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_parts_move_and_gaps_are_known, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_bytes_come_from_the_right_place, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_touches_and_covers, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_range_is_cut_out, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_raw_files_are_checked_before_use, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_the_end_of_the_flash, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
