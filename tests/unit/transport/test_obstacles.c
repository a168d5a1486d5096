/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* symlink */
#endif
/* What is in the way of a port, told from made-up folders of the system. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/folder_fixture.h"
#include "support/group.h"
#include "transport/serial/obstacles.h"

typedef struct told {
    unsigned count, serious;
    char text[2048];
} told;

static void note(void *user, const obstacle *found)
{
    told *all = user;
    const size_t used = strlen(all->text);
    all->count++;
    all->serious += found->serious;
    snprintf(all->text + used, sizeof(all->text) - used, "%s; %s\n", found->what, found->remedy);
}

static void put(const char *folder, const char *name, const char *text)
{
    char *path = path_of(folder, name);
    espbak_error err = {0};
    char *above = file_folder_of(path);
    assert_ok(file_make_folders(above, &err), &err);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    free(above);
    free(path);
}

static void link_to(const char *folder, const char *name, const char *target)
{
    char *path = path_of(folder, name);
    char *above = file_folder_of(path);
    espbak_error err = {0};
    assert_ok(file_make_folders(above, &err), &err);
    assert_int_equal(symlink(target, path), 0);
    free(above);
    free(path);
}

/* An adapter as the kernel shows it, with a port of it or without. */
static void plug_in(const char *folder, const char *place, const char *vid, const char *pid, const char *tty)
{
    char name[160];
    snprintf(name, sizeof(name), "bus/usb/devices/%s/idVendor", place);
    put(folder, name, vid);
    snprintf(name, sizeof(name), "bus/usb/devices/%s/idProduct", place);
    put(folder, name, pid);
    snprintf(name, sizeof(name), "bus/usb/devices/%s:1.0/bInterfaceNumber", place);
    put(folder, name, "00\n");
    if (tty[0] != '\0') {
        snprintf(name, sizeof(name), "bus/usb/devices/%s:1.0/%s", place, tty);
        put(folder, name, "");
    }
}

static void adapters_without_a_port_are_told_with_their_driver(void **state)
{
    const fixture *f = *state;
    const obstacle_places places = {f->folder, f->folder};
    told all = {0};
    plug_in(f->folder, "1-1", "1a86\n", "7523\n", "");
    plug_in(f->folder, "1-2", "10c4\n", "ea60\n", "ttyUSB0/dev");
    plug_in(f->folder, "1-2.1", "303a\n", "1001\n", "tty/ttyACM0");
    plug_in(f->folder, "1-3", "1a86\n", "55d4\n", "");
    plug_in(f->folder, "1-4", "046d\n", "c52b\n", ""); /* a mouse */
    obstacles_of_system(&places, note, &all);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.serious, 2);
    assert_non_null(strstr(all.text, "a CH340 (1A86:7523) is plugged in, but no driver made a port of it; "
                                     "run: sudo modprobe ch341, then plug the device in again\n"));
    assert_non_null(strstr(all.text, "CH9102"));
    assert_non_null(strstr(all.text, "modprobe cdc_acm"));
}

static void programs_that_take_ports_are_told(void **state)
{
    const fixture *f = *state;
    const obstacle_places places = {f->folder, f->folder};
    told all = {0};
    put(f->folder, "812/comm", "ModemManager\n");
    put(f->folder, "813/comm", "brltty\n");
    put(f->folder, "self/comm", "brltty\n");
    plug_in(f->folder, "1-1", "1a86\n", "7523\n", "");
    obstacles_of_system(&places, note, &all);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.serious, 1);
    assert_non_null(strstr(all.text, "but brltty has taken it; run: sudo apt remove brltty"));
    assert_non_null(strstr(all.text, "ModemManager (process 812)"));
}

static void a_port_that_is_open_elsewhere_is_told_with_the_program(void **state)
{
    const fixture *f = *state;
    const obstacle_places places = {f->folder, f->folder};
    told all = {0};
    char *port = path_of(f->folder, "ttyUSB7"), *other = path_of(f->folder, "ttyUSB70");
    put(f->folder, "ttyUSB7", "");
    put(f->folder, "ttyUSB70", "");
    put(f->folder, "4711/comm", "minicom\n");
    /* The kernel names files by whole paths. */
    char *whole = realpath(port, NULL), *whole_other = realpath(other, NULL);
    link_to(f->folder, "4711/fd/5", whole);
    put(f->folder, "4712/comm", "picocom\n");
    link_to(f->folder, "4712/fd/3", whole_other);
    link_to(f->folder, "by-id", whole);
    obstacles_of_port(&places, port, note, &all);
    char *by_id = path_of(f->folder, "by-id");
    obstacles_of_port(&places, by_id, note, &all);
    char *none = path_of(f->folder, "ttyUSB8");
    obstacles_of_port(&places, none, note, &all);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.serious, 2);
    assert_non_null(
        strstr(all.text, "is open in another program, minicom (process 4711); end it, or run: kill 4711\n"));
    assert_null(strstr(all.text, "picocom"));
    free(whole);
    free(whole_other);
    free(port);
    free(other);
    free(by_id);
    free(none);
}

static void a_port_without_rights_is_told_with_its_group(void **state)
{
    const fixture *f = *state;
    const obstacle_places places = {f->folder, f->folder};
    told all = {0};
    char *port = path_of(f->folder, "ttyUSB7");
    put(f->folder, "ttyUSB7", "");
    assert_int_equal(chmod(port, 0), 0);
    obstacles_of_port(&places, port, note, &all);
    /* Whoever may do everything may use it as well. */
    assert_int_equal(all.count, access(port, R_OK | W_OK) == 0 ? 0 : 1);
    assert_int_equal(all.serious, all.count);
    free(port);
}

TEST_GROUP(obstacles)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(adapters_without_a_port_are_told_with_their_driver, make_fixture,
                                        remove_fixture),
        cmocka_unit_test_setup_teardown(programs_that_take_ports_are_told, make_fixture, remove_fixture),
        cmocka_unit_test_setup_teardown(a_port_that_is_open_elsewhere_is_told_with_the_program, make_fixture,
                                        remove_fixture),
        cmocka_unit_test_setup_teardown(a_port_without_rights_is_told_with_its_group, make_fixture, remove_fixture),
    };
    return RUN_GROUP(tests);
}
