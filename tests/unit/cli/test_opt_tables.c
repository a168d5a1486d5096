/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/os/exit_code.h"
#include "cli/parse/settings.h"
#include "cli/show/help.h"
#include "support/group.h"

enum { COLUMNS = 80 };

static void check_spec(const opt_spec *spec, size_t values_size)
{
    assert_true(spec->name[0] != '\0' && spec->help[0] != '\0');
    assert_null(strchr(spec->name, '_'));
    assert_true(spec->letter == 0 || isalpha((unsigned char)spec->letter));
    assert_true(spec->offset < values_size);
    assert_true(spec->choices == NULL ? spec->kind != OPT_CHOICE
                                      : spec->kind == OPT_CHOICE || spec->kind == OPT_NUMBER);
    assert_int_equal(spec->kind == OPT_NUMBER, spec->max > 0);
    assert_int_equal(spec->kind == OPT_FLAG || spec->kind == OPT_COUNT, spec->value == NULL);
}

static void check_no_clash(const opt_spec *a, const opt_spec *b)
{
    assert_false(opt_same_name(a->name, b->name));
    assert_true(a->letter == 0 || a->letter != b->letter);
}

static void test_options_are_sound(void **state)
{
    (void)state;
    size_t global_count, count;
    const opt_spec *global = settings_specs(&global_count);
    for (size_t i = 0; i < global_count; i++) {
        check_spec(&global[i], sizeof(settings_options));
        for (size_t k = 0; k < i; k++)
            check_no_clash(&global[i], &global[k]);
    }
    const cli_command *const *rows = commands_all(&count);
    for (size_t c = 0; c < count; c++) {
        for (size_t i = 0; i < rows[c]->option_count; i++) {
            check_spec(&rows[c]->options[i], rows[c]->options_size);
            for (size_t k = 0; k < global_count; k++)
                check_no_clash(&rows[c]->options[i], &global[k]);
            for (size_t k = 0; k < i; k++)
                check_no_clash(&rows[c]->options[i], &rows[c]->options[k]);
        }
    }
}

static void test_commands_are_sound(void **state)
{
    (void)state;
    size_t count;
    const cli_command *const *rows = commands_all(&count);
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(commands_find(rows[i]->name), rows[i]);
        assert_non_null(rows[i]->run);
        assert_true(rows[i]->summary[0] != '\0' && rows[i]->description[0] != '\0');
        assert_true(rows[i]->min_words <= rows[i]->max_words);
        assert_int_equal(rows[i]->max_words > 0, rows[i]->arguments[0] != '\0');
        assert_true(rows[i]->folder_offset == CLI_NO_FOLDER || rows[i]->folder_offset < rows[i]->options_size);
        for (size_t a = 0; a < CLI_ALIASES_MAX && rows[i]->aliases[a] != NULL; a++)
            assert_ptr_equal(commands_find(rows[i]->aliases[a]), rows[i]);
    }
}

static void test_esptool_names_are_understood(void **state)
{
    (void)state;
    assert_ptr_equal(commands_find("read_flash"), &cmd_read);
    assert_ptr_equal(commands_find("read-flash"), &cmd_read);
    assert_ptr_equal(commands_find("write_flash"), &cmd_write);
    assert_ptr_equal(commands_find("verify-flash"), &cmd_verify);
    assert_ptr_equal(commands_find("flash_id"), &cmd_info);
    assert_null(commands_find("rea"));
}

static void check_width(FILE *text)
{
    char line[512];
    rewind(text);
    while (fgets(line, sizeof(line), text) != NULL) {
        const size_t length = strcspn(line, "\n");
        if (length > COLUMNS)
            fail_msg("%zu columns: %s", length, line);
        assert_true(length == 0 || line[length - 1] != ' ');
    }
}

static void test_help_fits_80_columns(void **state)
{
    (void)state;
    size_t count;
    FILE *text = tmpfile();
    assert_non_null(text);
    output out = {.stream = text};
    const cli_command *const *rows = commands_all(&count);
    help_show(&out, rows, count, NULL);
    for (size_t i = 0; i < count; i++)
        help_show(&out, rows, count, rows[i]);
    check_width(text);
    fclose(text);
}

static void test_every_status_has_its_exit_code(void **state)
{
    (void)state;
    static const int codes[][2] = {
        [ESPBAK_OK] = {0, 0},        [ESPBAK_E_INTERNAL] = {1, 9}, [ESPBAK_E_USAGE] = {2, 9},
        [ESPBAK_E_PORT] = {3, 9},    [ESPBAK_E_CONNECT] = {4, 9},  [ESPBAK_E_UNSUPPORTED] = {4, 9},
        [ESPBAK_E_LINK] = {5, 9},    [ESPBAK_E_DEVICE] = {5, 9},   [ESPBAK_E_DIFFERS] = {6, 6},
        [ESPBAK_E_REFUSED] = {7, 9}, [ESPBAK_E_FILE] = {8, 9},     [ESPBAK_E_CANCELLED] = {130, 9},
    };
    size_t count;
    const exit_code_row *rows = exit_code_rows(&count);
    assert_int_equal(count, sizeof(codes) / sizeof(codes[0]));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].status, i);
        assert_string_not_equal(espbak_status_name((espbak_status)i), "unknown");
        assert_int_equal(exit_code_of((espbak_status)i, false), codes[i][0]);
        assert_int_equal(exit_code_of((espbak_status)i, true), codes[i][1]);
    }
    assert_string_equal(espbak_status_name((espbak_status)count), "unknown");
    assert_int_equal(exit_code_of((espbak_status)count, false), 1);
}

TEST_GROUP(opt_tables)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_sound),
        cmocka_unit_test(test_commands_are_sound),
        cmocka_unit_test(test_esptool_names_are_understood),
        cmocka_unit_test(test_help_fits_80_columns),
        cmocka_unit_test(test_every_status_has_its_exit_code),
    };
    return RUN_GROUP(tests);
}
