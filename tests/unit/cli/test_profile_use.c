/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/parse/profile_use.h"
#include "espbak/chip.h"
#include "support/group.h"

static void the_watchers_two_ports_are_told_apart(void **state)
{
    (void)state;
    espbak_profile watcher;
    espbak_error err = {0};
    assert_int_equal(espbak_profile_find(&watcher, NULL, "sensecap-watcher", &err), ESPBAK_OK);
    const espbak_port linux_ports[] = {
        {.path = "/dev/ttyACM0", .usb = true, .vid = 0x1A86, .pid = 0x55D2, .usb_interface = 0},
        {.path = "/dev/ttyACM1", .usb = true, .vid = 0x1A86, .pid = 0x55D2, .usb_interface = 2},
        {.path = "/dev/ttyUSB0", .usb = true, .vid = 0x1A86, .pid = 0x7523, .usb_interface = 2},
        {.path = "/dev/ttyS0", .usb_interface = 2},
    };
    const espbak_port windows_ports[] = {
        {.path = "COM3",
         .description = "USB-Enhanced-SERIAL-A CH342 (COM3)",
         .usb = true,
         .vid = 0x1A86,
         .pid = 0x55D2,
         .usb_interface = -1},
        {.path = "COM4",
         .description = "USB-Enhanced-SERIAL-B CH342 (COM4)",
         .usb = true,
         .vid = 0x1A86,
         .pid = 0x55D2,
         .usb_interface = -1},
    };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(profile_fits_port(&watcher, &linux_ports[i]), i == 1);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(profile_fits_port(&watcher, &windows_ports[i]), i == 1);
}

static void boards_are_recognized_by_their_table(void **state)
{
    (void)state;
    espbak_profile *profiles = NULL;
    size_t count = 0;
    espbak_error err = {0};
    assert_int_equal(espbak_profiles_list(NULL, &profiles, &count, NULL, NULL, &err), ESPBAK_OK);
    espbak_partition entry = {.label = "nvsfactory", .type = 1, .subtype = 2, .offset = 0x9000, .size = 204800};
    espbak_contents contents = {.chip = espbak_chip_by_name("esp32s3"),
                                .flash_size = (uint64_t)32 * 1024 * 1024,
                                .boot = {.table_found = true, .table = {.entries = &entry, .count = 1}}};
    const espbak_profile *found = espbak_contents_board(&contents, profiles, count);
    assert_non_null(found);
    assert_string_equal(found->name, "sensecap-watcher");

    entry.size = 16384;
    found = espbak_contents_board(&contents, profiles, count);
    assert_non_null(found);
    assert_string_equal(found->name, "aipi-lite");

    entry.offset = 0xA000;
    assert_null(espbak_contents_board(&contents, profiles, count));
    contents.chip = espbak_chip_by_name("esp32");
    entry.offset = 0x9000;
    assert_null(espbak_contents_board(&contents, profiles, count));
    free(profiles);
}

TEST_GROUP(profile_use)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watchers_two_ports_are_told_apart),
        cmocka_unit_test(boards_are_recognized_by_their_table),
    };
    return RUN_GROUP(tests);
}
