/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>

#include "espbak/flash.h"
#include "espbak/restore.h"
#include "support/group.h"
#include "support/ops_fixture.h"
#include "support/relay.h"

/* Jobs over a transport that the caller has opened, and that is the caller's afterwards. */

static espbak_transport *open_line(fixture *fix, const char *name, const char *more)
{
    char url[256];
    espbak_transport *line = NULL;
    snprintf(url, sizeof(url), "sim:esp32,flash=%s/%s%s", fix->folder, name, more);
    assert_ok(espbak_transport_open(&line, url, NULL, NULL, &fix->err), &fix->err);
    return line;
}

/* The line is open, as fast as before, and does what it is told. */
static void assert_given_back(fixture *fix, espbak_transport *line, uint32_t baud)
{
    assert_int_equal(espbak_transport_baud(line), baud);
    assert_ok(espbak_transport_set_lines(line, false, false, &fix->err), &fix->err);
    assert_ok(espbak_transport_discard_input(line, &fix->err), &fix->err);
}

static void back_up(fixture *fix, espbak_transport *line, const char *name)
{
    espbak_backup_result result;
    const espbak_backup_options options = {.session = {.transport = line}, .folder = fix->folder, .name = name};
    assert_ok(espbak_backup_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.sealed && result.state == ESPBAK_STATE_VERIFIED);
    assert_true(result.stats.bytes_on_wire > 0);
    espbak_backup_result_free(&result);
}

static void compare(fixture *fix, espbak_transport *line, const char *backup, espbak_status expected)
{
    espbak_verify_result result;
    const espbak_verify_options options = {.session = {.transport = line}, .backup = backup};
    assert_int_equal(espbak_verify_run(&options, &result, &fix->err), expected);
    assert_true(result.device_checked);
    espbak_verify_result_free(&result);
}

static void put_back(fixture *fix, espbak_transport *line, const char *backup)
{
    espbak_restore_result result;
    const espbak_restore_options options = {.session = {.transport = line}, .backup = backup};
    assert_ok(espbak_restore_run(&options, &result, &fix->err), &fix->err);
    assert_true(result.finished && result.verified);
    espbak_restore_result_free(&result);
}

static espbak_status read_file(fixture *fix, espbak_transport *line, const char *path, job_log *log)
{
    espbak_read_result result;
    const espbak_read_options options = {.session = {.transport = line, .events = &log->events, .cancel = &log->cancel},
                                         .all = true,
                                         .file = path,
                                         .full = true,
                                         .overwrite = true};
    const espbak_status status = espbak_read_run(&options, &result, &fix->err);
    espbak_read_result_free(&result);
    return status;
}

static void test_one_line_serves_all_jobs(void **state)
{
    fixture *fix = *state;
    job_log *log = new_log();
    char *backup = path_of(fix->folder, "b"), *out = path_of(fix->folder, "out");
    make_flash(fix, "flash", 1);
    espbak_transport *line = open_line(fix, "flash", ",baud=real");
    assert_ok(espbak_transport_set_baud(line, 74880, &fix->err), &fix->err);
    back_up(fix, line, "b");
    assert_given_back(fix, line, 74880);
    compare(fix, line, backup, ESPBAK_OK);
    const uint64_t before = espbak_transport_get_stats(line).rx_bytes;
    assert_ok(read_file(fix, line, out, log), &fix->err);
    assert_true(espbak_transport_get_stats(line).rx_bytes > before);
    assert_true(same_files(fix, "flash", "out"));
    put_back(fix, line, backup);
    assert_given_back(fix, line, 74880);
    espbak_transport_close(line);
    free(out);
    free(backup);
    free(log);
}

/* What is written over it reaches the chip. */
static void test_a_restore_over_a_lent_line(void **state)
{
    fixture *fix = *state;
    espbak_backup_result made = {0};
    make_flash(fix, "flash", 1);
    make_flash(fix, "other", 2);
    backup_flash(fix, "flash", &made);
    espbak_transport *line = open_line(fix, "other", "");
    compare(fix, line, made.path, ESPBAK_E_DIFFERS);
    put_back(fix, line, made.path);
    compare(fix, line, made.path, ESPBAK_OK);
    espbak_transport_close(line);
    assert_true(same_files(fix, "flash", "other"));
    espbak_backup_result_free(&made);
}

/* A port that goes away once so many bytes have come. */
typedef struct loose {
    espbak_transport *below;
    size_t bytes;
    bool needs_reopen; /* to come back; else a reset of the chip is enough */
    bool gone;
    unsigned reopened;
} loose;

static espbak_status loose_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                espbak_error *err)
{
    loose *l = impl;
    const size_t before = l->bytes;
    const espbak_status status = relay_read(impl, buffer, capacity, timeout, got, err);
    l->bytes -= *got < l->bytes ? *got : l->bytes;
    if (before > 0 && l->bytes == 0)
        l->gone = true;
    if (!l->gone)
        return status;
    *got = 0;
    return espbak_fail(err, ESPBAK_E_PORT, "the port is gone");
}

static espbak_status loose_lines(void *impl, bool dtr, bool rts, espbak_error *err)
{
    loose *l = impl;
    l->gone = l->gone && l->needs_reopen;
    return relay_set_lines(impl, dtr, rts, err);
}

static espbak_status loose_reopen(void *impl, espbak_error *err)
{
    loose *l = impl;
    l->gone = false;
    l->reopened++;
    return relay_reopen(impl, err);
}

static void read_over_loose_line(fixture *fix, loose *l, const espbak_transport_ops *ops, espbak_status expected)
{
    job_log *log = new_log();
    espbak_transport *line = NULL;
    char *out = path_of(fix->folder, "out");
    make_flash(fix, "flash", 1);
    l->below = open_line(fix, "flash", "");
    assert_ok(espbak_transport_wrap(&line, ops, l, "loose:", espbak_transport_get_caps(l->below), NULL,
                                    espbak_transport_clock(l->below), &fix->err),
              &fix->err);
    assert_int_equal(read_file(fix, line, out, log), expected);
    assert_non_null(strstr(log->text, "looking for it again"));
    if (expected == ESPBAK_OK) {
        assert_non_null(strstr(log->text, "it is back on loose:"));
        assert_true(same_files(fix, "flash", "out"));
        assert_given_back(fix, line, 115200);
    }
    espbak_transport_close(line);
    free(out);
    free(log);
}

/* A device that went away is looked for by the back end, where that can; else over the line as it is. */
static void test_a_device_that_comes_back(void **state)
{
    fixture *fix = *state;
    espbak_transport_ops ops = {.name = "loose",
                                .read = loose_read,
                                .write = relay_write,
                                .set_baud = relay_set_baud,
                                .set_lines = loose_lines,
                                .discard_input = relay_discard_input,
                                .reopen = loose_reopen,
                                .close = relay_close};
    loose l = {.bytes = 60000, .needs_reopen = true};
    read_over_loose_line(fix, &l, &ops, ESPBAK_OK);
    assert_int_equal(l.reopened, 1);
    ops.reopen = NULL;
    l = (loose){.bytes = 60000};
    read_over_loose_line(fix, &l, &ops, ESPBAK_OK);
    l = (loose){.bytes = 60000, .needs_reopen = true};
    read_over_loose_line(fix, &l, &ops, ESPBAK_E_PORT);
}

static void test_a_cancel_is_of_one_job(void **state)
{
    fixture *fix = *state;
    job_log *log = new_log();
    char *out = path_of(fix->folder, "out");
    make_flash(fix, "flash", 1);
    espbak_transport *line = open_line(fix, "flash", "");
    log->cancel_in = "reading";
    log->cancel_from = SECTOR;
    assert_int_equal(read_file(fix, line, out, log), ESPBAK_E_CANCELLED);
    log->cancel_in = NULL;
    log->cancel.requested = 0;
    assert_ok(read_file(fix, line, out, log), &fix->err);
    assert_true(same_files(fix, "flash", "out"));
    espbak_transport_close(line);
    free(out);
    free(log);
}

static void test_one_session_at_a_time(void **state)
{
    fixture *fix = *state;
    espbak_session *first = NULL, *second = NULL;
    make_flash(fix, "flash", 1);
    espbak_transport *line = open_line(fix, "flash", "");
    const espbak_session_options options = {.transport = line};
    assert_ok(espbak_session_open(&first, &options, &fix->err), &fix->err);
    assert_int_equal(espbak_session_open(&second, &options, &fix->err), ESPBAK_E_USAGE);
    assert_null(second);
    espbak_session_close(first);
    assert_ok(espbak_session_open(&second, &options, &fix->err), &fix->err);
    espbak_session_close(second);
    espbak_transport_close(line);
}

TEST_GROUP(lent_line)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_line_serves_all_jobs, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_restore_over_a_lent_line, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_device_that_comes_back, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_cancel_is_of_one_job, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_one_session_at_a_time, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
