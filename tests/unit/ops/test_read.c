/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include <stddef.h>
#include <stdint.h>

#include "espbak/ops.h"
#include "support/backup_fixture.h"
#include "support/group.h"
#include "support/watch.h"

/* Reading into a file and into a stream, from devices that change or go away meanwhile. */

/* What a stream got. */
typedef struct taken {
    uint8_t bytes[FLASH_SIZE];
    size_t size;
} taken;

static espbak_status take(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    taken *t = user;
    (void)err;
    assert_true(size <= sizeof(t->bytes) - t->size);
    memcpy(t->bytes + t->size, data, size);
    t->size += size;
    return ESPBAK_OK;
}

/* Into a file, or where `target` is NULL into a stream. */
static espbak_status read_all(fixture *fix, watch *w, const char *more, const char *target, taken *stream,
                              espbak_read_result *result)
{
    char url[256];
    snprintf(url, sizeof(url), "sim:esp32,flash=%s/flash%s", fix->folder, more);
    const espbak_read_options options = {.session = {.port = url, .events = &w->events, .cancel = &w->cancel},
                                         .all = true,
                                         .file = target,
                                         .overwrite = true,
                                         .full = true,
                                         .sink = take,
                                         .user = stream};
    fix->err = (espbak_error){0};
    return espbak_read_run(&options, result, &fix->err);
}

static void assert_file_is_flash(const fixture *fix, const char *name)
{
    size_t size, flash_size;
    char *bytes = load(fix->folder, name, &size), *flash = load(fix->folder, "flash", &flash_size);
    assert_int_equal(size, flash_size);
    assert_memory_equal(bytes, flash, size);
    free(bytes);
    free(flash);
}

/* A sector that became another one after it was read, as one does that came from the wrong place. */
static void test_a_read_puts_right_what_differs(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_read_result result, again;
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    char *target = path_of(fix->folder, "out.bin");
    w->phase = "reading";
    w->from = FLASH_SIZE;
    w->happens = watch_rewrites;
    w->sector = 11;
    w->times = 1;
    assert_ok(read_all(fix, w, "", target, NULL, &result), &fix->err);
    assert_true(result.verified);
    assert_file_is_flash(fix, "out.bin");
    assert_non_null(strstr(w->text, "4096 bytes of what was read were put right"));
    assert_ok(read_all(fix, w, "", target, NULL, &again), &fix->err);
    assert_memory_equal(result.sha256, again.sha256, sizeof(result.sha256));
    assert_memory_equal(result.md5, again.md5, sizeof(result.md5));
    free(target);
    espbak_read_result_free(&result);
    espbak_read_result_free(&again);
    free(w);
}

/* What the application wrote while the device was away: a file is put right, a stream cannot be. */
static void test_a_read_of_contents_that_change_meanwhile(void **state)
{
    fixture *fix = *state;
    espbak_read_result result;
    taken *stream = calloc(1, sizeof(*stream));
    char *target = path_of(fix->folder, "out.bin");
    assert_non_null(stream);
    for (unsigned i = 0; i < 2; i++) {
        watch *w = new_watch(fix);
        store_noise(fix->folder, "flash", FLASH_SIZE, 0);
        w->phase = "reading";
        w->from = CHUNK;
        w->happens = watch_rewrites;
        w->times = 1;
        const char *into = i == 0 ? target : NULL;
        const espbak_status status = read_all(fix, w, ",fault=cut.from:190000", into, stream, &result);
        assert_non_null(strstr(w->text, "it is back"));
        assert_int_equal(status, i == 0 ? ESPBAK_OK : ESPBAK_E_DIFFERS);
        assert_int_equal(result.verified, i == 0);
        if (i == 0)
            assert_non_null(strstr(w->text, "had changed on the device"));
        else
            assert_says(&fix->err, "what was read from 0x0 to ");
        espbak_read_result_free(&result);
        free(w);
    }
    assert_file_is_flash(fix, "out.bin");
    assert_true(stream->size < FLASH_SIZE); /* nothing more once it was known to be wrong */
    free(stream);
    free(target);
}

/* A stream goes on with a device that comes back and is what it was. */
static void test_a_stream_goes_on(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_read_result result;
    taken *stream = calloc(1, sizeof(*stream));
    size_t size;
    assert_non_null(stream);
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    assert_ok(read_all(fix, w, ",fault=cut.from:190000", NULL, stream, &result), &fix->err);
    assert_non_null(strstr(w->text, "it is back"));
    assert_true(result.verified);
    char *flash = load(fix->folder, "flash", &size);
    assert_int_equal(stream->size, size);
    assert_memory_equal(stream->bytes, flash, size);
    espbak_read_result_free(&result);
    free(flash);
    free(stream);
    free(w);
}

/* No file with a hole in it. */
static void test_a_read_of_a_sector_that_cannot_be_read(void **state)
{
    fixture *fix = *state;
    watch *w = new_watch(fix);
    espbak_read_result result;
    store_noise(fix->folder, "flash", FLASH_SIZE, 0);
    char *target = path_of(fix->folder, "out.bin");
    assert_int_equal(read_all(fix, w, ",fault=mute:0x23000", target, NULL, &result), ESPBAK_E_DEVICE);
    assert_says(&fix->err, "reading 0x23000");
    assert_int_equal(file_kind_of(target), FILE_KIND_MISSING);
    espbak_read_result_free(&result);
    free(target);
    free(w);
}

TEST_GROUP(read)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_read_puts_right_what_differs, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_read_of_contents_that_change_meanwhile, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_stream_goes_on, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(test_a_read_of_a_sector_that_cannot_be_read, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
