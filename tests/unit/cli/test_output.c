/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include "cli/os/shell.h"
#include "cli/show/output.h"
#include "cli/show/progress.h"
#include "cli/show/render.h"
#include "cli/show/report.h"
#include "cli/show/text.h"
#include "support/group.h"

enum { CAPTURE = 32768 };

static const progress_run phase_alone = {.known = false};

static size_t captured(FILE *stream, char out[CAPTURE])
{
    rewind(stream);
    const size_t size = fread(out, 1, CAPTURE - 1, stream);
    out[size] = '\0';
    return size;
}

static void test_sizes_and_times(void **state)
{
    (void)state;
    char out[TEXT_SHORT];
    assert_string_equal(text_size(out, 1), "1 byte");
    assert_string_equal(text_size(out, 4095), "4095 bytes");
    assert_string_equal(text_size(out, 4096), "4 KiB");
    assert_string_equal(text_size(out, 16 << 20), "16 MiB");
    assert_string_equal(text_size(out, (3 << 20) + (1 << 19)), "3.5 MiB");
    assert_string_equal(text_size_option(out, 16 << 20), "16M");
    assert_string_equal(text_size_option(out, 100), "0x64");
    assert_string_equal(text_duration(out, 0.34), "0.3 s");
    assert_string_equal(text_duration(out, 59.4), "59 s");
    assert_string_equal(text_duration(out, 108), "1 min 48 s");
    assert_string_equal(text_duration(out, 7500), "2 h 05 min");
    assert_string_equal(text_revision(out, 301), "v3.1");
}

static void test_words_for_a_shell(void **state)
{
    (void)state;
    static const struct {
        const char *word, *quoted[3]; /* POSIX shells, cmd, PowerShell */
    } cases[] = {
        {"backups/one", {"backups/one", "backups/one", "backups/one"}},
        {"", {"''", "\"\"", "''"}},
        {"my backup", {"'my backup'", "\"my backup\"", "'my backup'"}},
        {"it's", {"'it'\\''s'", "\"it's\"", "'it''s'"}},
        {"$(x)", {"'$(x)'", "\"$(x)\"", "'$(x)'"}},
        {"100%", {"100%", "\"100\"^%\"\"", "'100%'"}},
        {"sim:esp32,size=1M", {"sim:esp32,size=1M", "sim:esp32,size=1M", "'sim:esp32,size=1M'"}},
        {"D:\\b", {"'D:\\b'", "D:\\b", "D:\\b"}},
        {"D:\\my b\\", {"'D:\\my b\\'", "\"D:\\my b\\\\\"", "'D:\\my b\\\\'"}},
    };
    char out[64], little[8];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int shell = SHELL_POSIX; shell <= SHELL_POWERSHELL; shell++) {
            assert_true(shell_quote(out, sizeof(out), (shell_kind)shell, cases[i].word));
            assert_string_equal(out, cases[i].quoted[shell]);
        }
    }
    assert_false(shell_quote(little, sizeof(little), SHELL_POSIX, "a much longer word"));
    assert_string_equal(little, "");
    assert_int_equal(shell_by_program("C:\\WINDOWS\\PowerShell.exe"), SHELL_POWERSHELL);
    assert_int_equal(shell_by_program("cmd.exe"), SHELL_CMD);
    assert_int_equal(shell_by_program("bash.exe"), SHELL_POSIX);
}

static void test_wrapping(void **state)
{
    (void)state;
    char text[CAPTURE];
    FILE *stream = tmpfile();
    assert_non_null(stream);
    text_fold(stream,
              "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen\n\nsixteen", 0,
              4, TEXT_COLUMNS);
    captured(stream, text);
    assert_string_equal(text, "one two three four five six seven eight nine ten eleven twelve thirteen fourteen\n"
                              "    fifteen\n\n    sixteen\n");
    fclose(stream);
}

static void test_bar_fits_every_width(void **state)
{
    (void)state;
    const espbak_progress now = {"reading", 7 << 20, 16 << 20, NULL};
    char line[256];
    progress_format(line, sizeof(line), &now, 85.2 * 1024, &phase_alone, 80);
    assert_non_null(strstr(line, "43 %"));
    assert_non_null(strstr(line, "7.0 of 16.0 MiB"));
    assert_non_null(strstr(line, "85.2 KiB/s"));
    assert_non_null(strstr(line, "1:48 left"));
    assert_non_null(strchr(line, '['));
    for (unsigned columns = 10; columns < 200; columns++) {
        progress_format(line, sizeof(line), &now, 85.2 * 1024, &phase_alone, columns);
        assert_true(strlen(line) < columns);
    }
}

static void test_bar_without_rate_or_total(void **state)
{
    (void)state;
    char line[256];
    const espbak_progress start = {"hashing", 0, 4 << 20, NULL}, unknown = {"erasing", 8192, 0, NULL},
                          past = {"reading", 9, 8, NULL};
    progress_format(line, sizeof(line), &start, 0, &phase_alone, 80);
    assert_null(strstr(line, "left"));
    progress_format(line, sizeof(line), &unknown, 0, &phase_alone, 80);
    assert_null(strchr(line, '['));
    progress_format(line, sizeof(line), &past, 0, &phase_alone, 80);
    assert_non_null(strstr(line, "100 %"));
}

static espbak_time now_us;

static espbak_time fake_now(void *ctx)
{
    (void)ctx;
    return now_us;
}

static unsigned eighty(void)
{
    return 80;
}

static void test_progress_as_json_lines(void **state)
{
    (void)state;
    const espbak_clock clock = {.now = fake_now};
    char text[CAPTURE];
    FILE *stream = tmpfile();
    progress p = {.mode = PROGRESS_JSON, .stream = stream, .clock = &clock, .width = eighty};
    now_us = 5 * ESPBAK_S;
    for (uint64_t done = 0; done <= 1000; done++) {
        const espbak_progress step = {"reading", done * 1024, 1000 * 1024, NULL};
        progress_update(&p, &step);
        now_us += 10 * ESPBAK_MS;
    }
    captured(stream, text);
    size_t lines = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        cJSON *object = cJSON_Parse(line);
        assert_non_null(object);
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "phase")), "reading");
        const double done = cJSON_GetNumberValue(cJSON_GetObjectItem(object, "done"));
        const cJSON *rate = cJSON_GetObjectItem(object, "bytes_per_second");
        if (done > 100 * 1024)
            assert_true(rate != NULL && cJSON_GetNumberValue(rate) > 100000 && cJSON_GetNumberValue(rate) < 105000);
        cJSON_Delete(object);
        lines++;
    }
    /* Ten a second, and the last one whatever the time. */
    assert_in_range(lines, 95, 105);
    fclose(stream);
}

static void test_bar_gives_way_to_messages(void **state)
{
    (void)state;
    const espbak_clock clock = {.now = fake_now};
    char text[CAPTURE];
    FILE *stream = tmpfile();
    progress p = {.mode = PROGRESS_BAR, .stream = stream, .clock = &clock, .width = eighty};
    report r = {.stream = stream, .level = ESPBAK_LOG_INFO, .bar = &p};
    const espbak_progress step = {"reading", 1024, 4096, NULL};
    progress_update(&p, &step);
    report_log(&r, ESPBAK_LOG_INFO, "a step");
    report_log(&r, ESPBAK_LOG_DETAIL, "not asked for");
    captured(stream, text);
    assert_non_null(strstr(text, "\r\x1b[Ka step\n"));
    assert_null(strstr(text, "not asked for"));
    assert_false(p.drawn);
    report_free(&r);
    fclose(stream);
}

static void test_the_whole_run_is_told(void **state)
{
    (void)state;
    const espbak_clock clock = {.now = fake_now};
    char text[CAPTURE];
    FILE *stream = tmpfile();
    progress p = {.mode = PROGRESS_BAR, .stream = stream, .clock = &clock, .width = eighty};
    const espbak_progress halfway = {"reading", 2 << 20, 4 << 20, NULL}, begins = {"reading", 0, 4 << 20, NULL},
                          verifies = {"verifying", 0, 4 << 20, NULL};
    now_us = 5 * ESPBAK_S;
    progress_expect(&p, "reading", 10);
    progress_expect(&p, "verifying", 10);
    progress_update(&p, &begins);
    now_us += 5 * ESPBAK_S;
    progress_update(&p, &halfway); /* 5 s are over, 5 s are left of this phase, and 10 s of the next */
    captured(stream, text);
    assert_non_null(strstr(text, "25 %"));
    assert_non_null(strstr(text, "0:15 left"));
    now_us += 5 * ESPBAK_S;
    progress_update(&p, &verifies);
    progress_tick(&p);
    now_us += ESPBAK_S;
    progress_tick(&p); /* something moves while the chip hashes */
    captured(stream, text);
    assert_non_null(strstr(text, "50 %"));
    assert_non_null(strstr(text, "55 %"));
    assert_non_null(strstr(text, "verifying|"));
    fclose(stream);
}

/* What never crossed the line makes no rate. */
static void test_speeds(void **state)
{
    (void)state;
    char out[128];
    const espbak_job_stats all = {.bytes = 1 << 20, .bytes_on_wire = 1100 << 10, .seconds = 10, .baud = 921600};
    const espbak_job_stats some = {.bytes = 16 << 20, .bytes_on_wire = 300 << 10, .seconds = 15, .baud = 921600};
    const espbak_job_stats network = {.bytes = 16 << 20, .bytes_on_wire = 300 << 10, .seconds = 15};
    assert_string_equal(render_speed(out, &all), "1 MiB in 10 s, 102.4 KiB/s (839 kbit/s)");
    assert_string_equal(render_speed(out, &some), "16 MiB in 15 s: 300 KiB over the line, at 921600 baud");
    assert_string_equal(render_speed(out, &network), "16 MiB in 15 s: 300 KiB over the line");
}

static void test_a_phase_comes_back_and_rests(void **state)
{
    (void)state;
    const espbak_clock clock = {.now = fake_now};
    char text[CAPTURE];
    FILE *stream = tmpfile();
    progress p = {.mode = PROGRESS_BAR, .stream = stream, .clock = &clock, .width = eighty};
    const espbak_progress writes = {"writing", 0, 100, NULL}, verifies = {"verifying", 0, 100, NULL},
                          last = {"writing", 90, 100, NULL};
    now_us = 5 * ESPBAK_S;
    progress_expect(&p, "writing", 10);
    progress_update(&p, &writes);
    progress_update(&p, &verifies);
    progress_update(&p, &last);
    captured(stream, text);
    assert_non_null(strstr(text, "0:10 left"));
    assert_non_null(strstr(text, "0:01 left"));
    progress_rest(&p);
    const size_t shown = strlen(text);
    now_us += ESPBAK_S;
    progress_tick(&p); /* a question stands there */
    captured(stream, text);
    assert_string_equal(text + shown, "\r\x1b[K");
    const espbak_progress whole = {"writing", 100, 100, NULL};
    progress_update(&p, &whole);
    progress_wipe(&p); /* for a message, and what is complete does not come back */
    const size_t told = captured(stream, text);
    now_us += ESPBAK_S;
    progress_tick(&p);
    assert_int_equal(captured(stream, text), told);
    fclose(stream);
}

static void test_connecting_is_said_when_it_takes_long(void **state)
{
    (void)state;
    const espbak_clock clock = {.now = fake_now};
    char text[CAPTURE];
    FILE *stream = tmpfile();
    progress p = {.mode = PROGRESS_LINES, .stream = stream, .clock = &clock, .width = eighty};
    const espbak_progress tries = {.phase = "connecting", .note = "attempt 1 of 7, reset classic"};
    const espbak_progress reads = {"reading", 0, 4096, NULL};
    now_us = 5 * ESPBAK_S;
    progress_update(&p, &tries);
    now_us += 250 * ESPBAK_MS;
    progress_tick(&p);
    captured(stream, text);
    assert_string_equal(text, "");
    now_us += 250 * ESPBAK_MS;
    progress_tick(&p);
    progress_update(&p, &reads);
    progress_update(&p, &tries);
    captured(stream, text);
    assert_string_equal(text, "connecting: attempt 1 of 7, reset classic\nreading...\n");
    fclose(stream);
}

static void test_texts_cannot_steer_the_terminal(void **state)
{
    (void)state;
    char text[CAPTURE];
    FILE *stream = tmpfile();
    report r = {.stream = stream, .level = ESPBAK_LOG_INFO};
    espbak_error err = {.status = ESPBAK_E_FILE, .message = "bad \x1b[2J name", .hint = "a\nb"};
    const report_advice none = {.count = 0};
    report_error(&r, &err, 8, &none);
    report_log(&r, ESPBAK_LOG_WARNING, "\x1b]0;x\x07");
    captured(stream, text);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\x07'));
    assert_non_null(strstr(text, "error: bad ?[2J name\n"));
    assert_int_equal(r.warning_count, 1);
    report_free(&r);
    fclose(stream);
}

static void test_errors_in_color_say_what_to_run(void **state)
{
    (void)state;
    char text[CAPTURE];
    FILE *stream = tmpfile();
    report r = {.stream = stream, .color = true};
    espbak_error err = {.status = ESPBAK_E_LINK, .flash_changed = true, .message = "gone"};
    char help[] = "espbak info";
    const report_advice advice = {{help}, 1, "run again:", "espbak restore x"};
    report_error(&r, &err, 9, &advice);
    captured(stream, text);
    assert_non_null(strstr(text, "\x1b[1;31merror: \x1b[0mgone"));
    assert_non_null(strstr(text, "  espbak info\n\x1b[36mhint: \x1b[0mrun again:\n  espbak restore x\n"));
    fclose(stream);
}

/* Where a person reads, words stay whole; a command stays one line, to be copied. */
static void test_messages_fold(void **state)
{
    (void)state;
    char text[CAPTURE];
    FILE *stream = tmpfile();
    report r = {.stream = stream, .fold = true, .width = 30};
    espbak_error err = {.status = ESPBAK_E_FILE, .message = "this is more than one line can hold"};
    char command[] = "espbak verify a/name/that/is/longer/than/the/line";
    const report_advice advice = {{command}, 1, "", ""};
    report_error(&r, &err, 8, &advice);
    captured(stream, text);
    assert_string_equal(text, "error: this is more than one\n  line can hold\n"
                              "  espbak verify a/name/that/is/longer/than/the/line\n");
    fclose(stream);
}

static void test_one_json_document_with_the_error_in_it(void **state)
{
    (void)state;
    char text[CAPTURE];
    FILE *stream = tmpfile();
    output out = {.stream = stream, .json = true};
    espbak_error err = {.status = ESPBAK_E_PORT, .message = "no \x1b port", .hint = "plug"}, late = {0};
    output_line(&out, "not for programs");
    cJSON_AddNumberToObject(output_root(&out), "size", 33554432);
    const report_advice none = {.count = 0};
    report_add_error(cJSON_AddObjectToObject(output_root(&out), "error"), &err, 3, &none);
    assert_int_equal(output_finish(&out, &late), ESPBAK_OK);
    captured(stream, text);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    assert_int_equal((int)cJSON_GetNumberValue(cJSON_GetObjectItem(root, "size")), 33554432);
    const cJSON *error = cJSON_GetObjectItem(root, "error");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(error, "status")), "port");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(error, "message")), "no ? port");
    assert_int_equal((int)cJSON_GetNumberValue(cJSON_GetObjectItem(error, "exit_code")), 3);
    cJSON_Delete(root);
    fclose(stream);
}

static void test_output_that_does_not_arrive_is_an_error(void **state)
{
    (void)state;
    FILE *stream = fopen("/dev/full", "w");
    if (stream == NULL)
        skip();
    output out = {.stream = stream};
    espbak_error err = {0};
    output_line(&out, "text");
    assert_int_equal(output_finish(&out, &err), ESPBAK_E_FILE);
    assert_non_null(strstr(err.message, "standard output"));
    fclose(stream);
}

TEST_GROUP(output)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_times),
        cmocka_unit_test(test_words_for_a_shell),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_bar_fits_every_width),
        cmocka_unit_test(test_bar_without_rate_or_total),
        cmocka_unit_test(test_progress_as_json_lines),
        cmocka_unit_test(test_bar_gives_way_to_messages),
        cmocka_unit_test(test_the_whole_run_is_told),
        cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_a_phase_comes_back_and_rests),
        cmocka_unit_test(test_connecting_is_said_when_it_takes_long),
        cmocka_unit_test(test_texts_cannot_steer_the_terminal),
        cmocka_unit_test(test_errors_in_color_say_what_to_run),
        cmocka_unit_test(test_messages_fold),
        cmocka_unit_test(test_one_json_document_with_the_error_in_it),
        cmocka_unit_test(test_output_that_does_not_arrive_is_an_error),
    };
    return RUN_GROUP(tests);
}
