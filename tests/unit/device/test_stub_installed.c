/* SPDX-License-Identifier: Apache-2.0 */
/* An esptool that the user has installed, wherever that may be: its stubs are found and offered in their order. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp, setenv */
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "device/loader/stub/source.h"
#include "support/folder_fixture.h"
#include "support/group.h"

/* No chip of this name is in an esptool that may be on this computer. */
static const char stub_name[] = "esp32-of-the-test";

static void make_folders(const char *folder, const char *path)
{
    char so_far[512];
    int length = snprintf(so_far, sizeof(so_far), "%s/", folder);
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '/')
            assert_true(mkdir(so_far, 0700) == 0 || file_is_folder(so_far));
        so_far[length++] = *at;
        so_far[length] = '\0';
    }
}

static void write_text(const fixture *fix, const char *path, const char *text)
{
    char *whole = path_of(fix->folder, path);
    make_folders(fix->folder, path);
    FILE *f = fopen(whole, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    free(whole);
}

/* What is found with these in the environment, each a path in the fixture's folder or NULL. */
static stub_candidates find(const fixture *fix, const char *venv, const char *programs, const char *home)
{
    static const char *const names[] = {"VIRTUAL_ENV", "PATH", "HOME"};
    const char *const values[] = {venv, programs, home};
    stub_candidates found = {0};
    char before[3][4096];
    for (size_t i = 0; i < 3; i++) {
        char text[600];
        const char *was = getenv(names[i]);
        snprintf(before[i], sizeof(before[i]), "%s", was != NULL ? was : "");
        snprintf(text, sizeof(text), "%s%s/%s", i == 1 ? "/nowhere::" : "", fix->folder,
                 values[i] != NULL ? values[i] : "nothing");
        assert_int_equal(setenv(names[i], text, 1), 0);
    }
    stub_find_installed(&found, stub_name);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(setenv(names[i], before[i], 1), 0);
    return found;
}

static void assert_found(const stub_candidates *found, const char *part)
{
    assert_int_equal(found->count, 1);
    if (strstr(found->list[0].path, part) == NULL)
        fail_msg("%s is not in %s", part, found->list[0].path);
    assert_false(found->list[0].chosen);
}

static void a_virtual_environment_is_looked_at(void **state)
{
    const fixture *fix = *state;
    write_text(fix, "env/lib/python3.11/site-packages/esptool/targets/stub_flasher/1/esp32-of-the-test.json", "{}");
    const stub_candidates found = find(fix, "env", NULL, NULL);
    assert_found(&found, "python3.11/site-packages/esptool/targets/stub_flasher/1/");
}

static void both_kinds_are_offered_the_current_one_first(void **state)
{
    const fixture *fix = *state;
    write_text(fix, "env/lib/python3/dist-packages/esptool/targets/stub_flasher/1/esp32-of-the-test.json", "{}");
    write_text(fix, "env/lib/python3/dist-packages/esptool/targets/stub_flasher/2/esp32-of-the-test.json", "{}");
    const stub_candidates found = find(fix, "env", NULL, NULL);
    assert_int_equal(found.count, 2);
    assert_non_null(strstr(found.list[0].path, "/2/"));
    assert_non_null(strstr(found.list[1].path, "/1/"));
}

/* As pip and pipx make it: a script in the path that begins with the Python it belongs to. */
static void a_script_says_which_python_it_belongs_to(void **state)
{
    const fixture *fix = *state;
    char script[300];
    snprintf(script, sizeof(script), "#!%s/elsewhere/bin/python3\nimport esptool\n", fix->folder);
    write_text(fix, "programs/esptool.py", script);
    write_text(fix, "elsewhere/lib/python3.9/site-packages/esptool/targets/stub_flasher/2/esp32-of-the-test.json",
               "{}");
    const stub_candidates found = find(fix, NULL, "programs", NULL);
    assert_found(&found, "elsewhere/lib/python3.9");
}

static void the_folder_beside_the_programs_counts_too(void **state)
{
    const fixture *fix = *state;
    write_text(fix, "here/bin/esptool", "\177ELF");
    write_text(fix, "here/Lib/site-packages/esptool/targets/stub_flasher/1/esp32-of-the-test.json", "{}");
    const stub_candidates found = find(fix, NULL, "here/bin", NULL);
    assert_found(&found, "here/bin/../Lib/site-packages");
}

static void pipx_keeps_it_at_home(void **state)
{
    const fixture *fix = *state;
    write_text(fix,
               "home/.local/share/pipx/venvs/esptool/lib/python3.12/site-packages/esptool/targets/stub_flasher/2/"
               "esp32-of-the-test.json",
               "{}");
    const stub_candidates found = find(fix, NULL, NULL, "home");
    assert_found(&found, "pipx/venvs/esptool");
}

static void nothing_is_found_where_nothing_is(void **state)
{
    const fixture *fix = *state;
    write_text(fix, "programs/esptool", "#!python3");
    write_text(fix, "env/lib/python3.11/site-packages/esptool/targets/stub_flasher/1/esp32.json", "{}");
    assert_int_equal(find(fix, "env", "programs", "home").count, 0);
}

TEST_GROUP(stub_installed)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_virtual_environment_is_looked_at),
        TEST(both_kinds_are_offered_the_current_one_first),
        TEST(a_script_says_which_python_it_belongs_to),
        TEST(the_folder_beside_the_programs_counts_too),
        TEST(pipx_keeps_it_at_home),
        TEST(nothing_is_found_where_nothing_is),
    };
    return RUN_GROUP(tests);
}
