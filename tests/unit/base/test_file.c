/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file_os.h"
#include "support/folder_fixture.h"
#include "support/group.h"

static void put(const char *path, const char *text)
{
    file *f = NULL;
    espbak_error err = {0};
    assert_int_equal(file_create(&f, path, &err), ESPBAK_OK);
    assert_int_equal(file_write(f, text, strlen(text), &err), ESPBAK_OK);
    assert_int_equal(file_commit(f, &err), ESPBAK_OK);
}

static void assert_text(const char *path, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    espbak_error err = {0};
    assert_int_equal(file_load(path, 4096, &text, &size, &err), ESPBAK_OK);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(text, expected);
    free(text);
}

static espbak_status count_name(void *user, const char *name, espbak_error *err)
{
    (void)name;
    (void)err;
    ++*(int *)user;
    return ESPBAK_OK;
}

static int count_names(const char *folder)
{
    int count = 0;
    espbak_error err = {0};
    assert_int_equal(file_list(folder, count_name, &count, &err), ESPBAK_OK);
    return count;
}

static void new_file_is_private(void **state)
{
    fixture *fix = *state;
    char *path = path_of(fix->folder, "a");
    struct stat status;
    const mode_t before = umask(0);
    put(path, "hello");
    umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_text(path, "hello");
    free(path);
}

static void new_folder_is_private(void **state)
{
    fixture *fix = *state;
    char *path = path_of(fix->folder, "one/two/three");
    struct stat status;
    const mode_t before = umask(0);
    assert_int_equal(file_make_folders(path, &fix->err), ESPBAK_OK);
    umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(file_make_folders(path, &fix->err), ESPBAK_OK);
    free(path);
}

static void folder_through_file_is_refused(void **state)
{
    fixture *fix = *state;
    char *path = path_of(fix->folder, "a");
    char *below = path_of(fix->folder, "a/b");
    put(path, "x");
    assert_int_equal(file_make_folders(below, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "is a file");
    free(path);
    free(below);
}

static void create_never_replaces(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    put(path, "first");
    assert_int_equal(file_create(&f, path, &fix->err), ESPBAK_E_FILE);
    assert_null(f);
    assert_says(&fix->err, "it exists already");
    assert_text(path, "first");
    free(path);
}

static void create_does_not_follow_a_link(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *target = path_of(fix->folder, "target");
    char *path = path_of(fix->folder, "link");
    assert_int_equal(symlink("target", path), 0);
    assert_int_equal(file_create(&f, path, &fix->err), ESPBAK_E_FILE);
    assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_E_FILE);
    assert_int_equal(file_create_atomic(&f, path, true, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "not a plain file");
    assert_int_equal(file_kind_of(target), FILE_KIND_MISSING);
    assert_int_equal(file_kind_of(path), FILE_KIND_OTHER);
    free(target);
    free(path);
}

static void atomic_file_appears_at_commit(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_OK);
    assert_int_equal(file_write(f, "whole", 5, &fix->err), ESPBAK_OK);
    assert_int_equal(file_kind_of(path), FILE_KIND_MISSING);
    assert_int_equal(file_commit(f, &fix->err), ESPBAK_OK);
    assert_text(path, "whole");
    assert_int_equal(count_names(fix->folder), 1);
    free(path);
}

static void atomic_file_leaves_nothing_when_closed(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    for (int discard = 0; discard < 2; discard++) {
        assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_OK);
        assert_int_equal(file_write(f, "half", 4, &fix->err), ESPBAK_OK);
        file_close(f, discard != 0);
        assert_int_equal(count_names(fix->folder), 0);
    }
    file_close(NULL, true);
    free(path);
}

static void atomic_file_overwrites_only_when_told(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    put(path, "old");
    assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "it exists already");
    assert_int_equal(file_create_atomic(&f, path, true, &fix->err), ESPBAK_OK);
    assert_int_equal(file_write(f, "new", 3, &fix->err), ESPBAK_OK);
    assert_text(path, "old");
    assert_int_equal(file_commit(f, &fix->err), ESPBAK_OK);
    assert_text(path, "new");
    free(path);
}

static void atomic_file_does_not_replace_a_late_one(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_OK);
    put(path, "somebody else's");
    assert_int_equal(file_commit(f, &fix->err), ESPBAK_E_FILE);
    assert_text(path, "somebody else's");
    assert_int_equal(count_names(fix->folder), 1);
    free(path);
}

static void folders_and_devices_are_no_output(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    assert_int_equal(file_create_atomic(&f, fix->folder, true, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "it is a folder");
    char *slash = path_of(fix->folder, "new/");
    assert_int_equal(file_create_atomic(&f, slash, true, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "it is a folder");
    assert_int_equal(file_create_atomic(&f, "/dev/null", true, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "not a plain file");
    assert_int_equal(file_create_atomic(&f, "", true, &fix->err), ESPBAK_E_FILE);
    free(slash);
}

static void missing_folder_is_said(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "nowhere/a");
    assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "no such file or folder");
    assert_int_equal(file_open(&f, path, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "no such file or folder");
    free(path);
}

static void opening_what_is_no_file(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    assert_int_equal(file_open(&f, fix->folder, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "it is a folder");
    char *pipe_path = path_of(fix->folder, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(file_open(&f, pipe_path, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "not a plain file");
    free(pipe_path);
}

static void forbidden_folder_is_said(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    assert_int_equal(chmod(fix->folder, 0500), 0);
    const uid_t user = geteuid();
    if (user == 0) /* everything is allowed to root */
        assert_int_equal(seteuid(65534), 0);
    const espbak_status status = file_create_atomic(&f, path, false, &fix->err);
    if (user == 0)
        assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(fix->folder, 0700), 0);
    assert_int_equal(status, ESPBAK_E_FILE);
    assert_says(&fix->err, "permission denied");
    free(path);
}

static void full_disk_is_said_and_nothing_stays(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char *path = path_of(fix->folder, "a");
    static uint8_t block[8192];
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 10000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    assert_int_equal(file_create_atomic(&f, path, false, &fix->err), ESPBAK_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const espbak_status first = file_write(f, block, sizeof(block), &fix->err);
    const espbak_status second = file_write(f, block, sizeof(block), &fix->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);

    assert_int_equal(first, ESPBAK_OK);
    assert_int_equal(second, ESPBAK_E_FILE);
    assert_says(&fix->err, "larger than this system or its limits allow");
    file_close(f, true);
    assert_int_equal(count_names(fix->folder), 0);
    free(path);
}

static void short_file_is_an_error(void **state)
{
    fixture *fix = *state;
    file *f = NULL;
    char bytes[16];
    size_t got = 0;
    char *path = path_of(fix->folder, "a");
    put(path, "0123456789");
    assert_int_equal(file_open(&f, path, &fix->err), ESPBAK_OK);
    assert_int_equal(file_read_at(f, 4, bytes, 6, &fix->err), ESPBAK_OK);
    assert_memory_equal(bytes, "456789", 6);
    assert_int_equal(file_read_at(f, 4, bytes, 7, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "ends at byte 10");
    assert_int_equal(file_read_at(f, UINT64_MAX - 2, bytes, 7, &fix->err), ESPBAK_E_FILE);
    assert_int_equal(file_read(f, bytes, 8, &got, &fix->err), ESPBAK_OK);
    assert_int_equal(got, 8);
    assert_int_equal(file_read(f, bytes, 8, &got, &fix->err), ESPBAK_OK);
    assert_int_equal(got, 2);
    assert_memory_equal(bytes, "89", 2);
    assert_int_equal(file_read(f, bytes, 8, &got, &fix->err), ESPBAK_OK);
    assert_int_equal(got, 0);
    file_close(f, true);
    assert_text(path, "0123456789");
    free(path);
}

static void large_file_is_not_loaded(void **state)
{
    fixture *fix = *state;
    char *text = NULL;
    size_t size = 0;
    char *path = path_of(fix->folder, "a");
    put(path, "0123456789");
    assert_int_equal(file_load(path, 9, &text, &size, &fix->err), ESPBAK_E_FILE);
    assert_null(text);
    assert_says(&fix->err, "more than the 9");
    assert_int_equal(file_load(path, 10, &text, &size, &fix->err), ESPBAK_OK);
    free(text);
    free(path);
}

static void rename_refuses_to_replace(void **state)
{
    fixture *fix = *state;
    bool existed = false;
    char *from = path_of(fix->folder, "a.partial");
    char *to = path_of(fix->folder, "a");
    assert_int_equal(file_make_folder(from, &existed, &fix->err), ESPBAK_OK);
    assert_false(existed);
    assert_int_equal(file_make_folder(from, &existed, &fix->err), ESPBAK_OK);
    assert_true(existed);
    /* an empty folder is what a plain rename() would replace silently */
    assert_int_equal(file_make_folder(to, &existed, &fix->err), ESPBAK_OK);
    assert_int_equal(file_rename_new(from, to, &fix->err), ESPBAK_E_FILE);
    assert_says(&fix->err, "it exists already");
    assert_int_equal(file_remove_folder(to, &fix->err), ESPBAK_OK);
    assert_int_equal(symlink("nowhere", to), 0);
    assert_int_equal(file_rename_new(from, to, &fix->err), ESPBAK_E_FILE);
    assert_int_equal(file_remove(to, &fix->err), ESPBAK_OK);
    assert_int_equal(file_rename_new(from, to, &fix->err), ESPBAK_OK);
    assert_int_equal(file_kind_of(from), FILE_KIND_MISSING);
    assert_int_equal(file_kind_of(to), FILE_KIND_FOLDER);
    free(from);
    free(to);
}

static void rename_refuses_to_replace_on_simple_file_systems(void **state)
{
    fixture *fix = *state;
    bool existed = false;
    char *folder = path_of(fix->folder, "folder");
    char *plain = path_of(fix->folder, "plain");
    char *to = path_of(fix->folder, "to");
    put(plain, "text");
    assert_int_equal(file_make_folder(folder, &existed, &fix->err), ESPBAK_OK);
    assert_int_equal(file_make_folder(to, &existed, &fix->err), ESPBAK_OK);
    assert_int_equal(file_os_rename_onto_own(folder, to), EEXIST);
    assert_int_equal(file_os_rename_onto_own(plain, to), EEXIST);
    assert_int_equal(file_remove_folder(to, &fix->err), ESPBAK_OK);
    assert_int_equal(file_os_rename_onto_own(folder, to), 0);
    assert_int_equal(file_kind_of(to), FILE_KIND_FOLDER);
    assert_int_equal(file_remove_folder(to, &fix->err), ESPBAK_OK);
    assert_int_equal(file_os_rename_onto_own(plain, to), 0);
    assert_text(to, "text");
    assert_int_equal(count_names(fix->folder), 1);
    free(folder);
    free(plain);
    free(to);
}

static void kinds_are_told_apart(void **state)
{
    fixture *fix = *state;
    char *path = path_of(fix->folder, "a");
    char *link_path = path_of(fix->folder, "link");
    assert_int_equal(file_kind_of(path), FILE_KIND_MISSING);
    put(path, "");
    assert_int_equal(file_kind_of(path), FILE_KIND_REGULAR);
    assert_int_equal(file_kind_of(fix->folder), FILE_KIND_FOLDER);
    assert_int_equal(symlink(".", link_path), 0);
    assert_int_equal(file_kind_of(link_path), FILE_KIND_OTHER);
    assert_true(file_is_folder(link_path));
    assert_false(file_is_folder(path));
    assert_int_equal(file_kind_of("/dev/null"), FILE_KIND_OTHER);
    free(path);
    free(link_path);
}

static espbak_status refuse_name(void *user, const char *name, espbak_error *err)
{
    (void)user;
    return espbak_fail(err, ESPBAK_E_DIFFERS, "stop at %s", name);
}

static void listing_ends_with_the_first_error(void **state)
{
    fixture *fix = *state;
    char *path = path_of(fix->folder, "a");
    put(path, "");
    assert_int_equal(file_list(fix->folder, refuse_name, NULL, &fix->err), ESPBAK_E_DIFFERS);
    assert_string_equal(fix->err.message, "stop at a");
    assert_int_equal(file_list(path, refuse_name, NULL, &fix->err), ESPBAK_E_FILE);
    free(path);
}

static void paths_are_taken_apart_and_joined(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"a", ".", "a"}, {"a/b", "a", "b"}, {"a//b", "a", "b"}, {"/a", "/", "a"}, {"a/b/c.bin", "a/b", "c.bin"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *folder = file_folder_of(rows[i][0]);
        assert_string_equal(folder, rows[i][1]);
        assert_string_equal(file_name_of(rows[i][0]), rows[i][2]);
        free(folder);
    }
    char *joined = file_join("a/", "b");
    assert_string_equal(joined, "a/b");
    free(joined);
    joined = file_join("a", "b");
    assert_string_equal(joined, "a/b");
    free(joined);
}

TEST_GROUP(file)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, remove_fixture)
    const struct CMUnitTest tests[] = {
        TEST(new_file_is_private),
        TEST(new_folder_is_private),
        TEST(folder_through_file_is_refused),
        TEST(create_never_replaces),
        TEST(create_does_not_follow_a_link),
        TEST(atomic_file_appears_at_commit),
        TEST(atomic_file_leaves_nothing_when_closed),
        TEST(atomic_file_overwrites_only_when_told),
        TEST(atomic_file_does_not_replace_a_late_one),
        TEST(folders_and_devices_are_no_output),
        TEST(missing_folder_is_said),
        TEST(opening_what_is_no_file),
        TEST(forbidden_folder_is_said),
        TEST(full_disk_is_said_and_nothing_stays),
        TEST(short_file_is_an_error),
        TEST(large_file_is_not_loaded),
        TEST(rename_refuses_to_replace),
        TEST(rename_refuses_to_replace_on_simple_file_systems),
        TEST(kinds_are_told_apart),
        TEST(listing_ends_with_the_first_error),
        cmocka_unit_test(paths_are_taken_apart_and_joined),
    };
    return RUN_GROUP(tests);
}
