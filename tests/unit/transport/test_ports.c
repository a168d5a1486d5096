/* SPDX-License-Identifier: Apache-2.0 */
/* Which ports look like an ESP, in which order they are shown, and which one is taken unasked. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/group.h"
#include "transport/serial/bridges.h"
#include "transport/serial/ports.h"

static espbak_port plain(const char *path)
{
    espbak_port port = {.usb_interface = -1};
    snprintf(port.path, sizeof(port.path), "%s", path);
    return port;
}

static espbak_port usb(const char *path, uint16_t vid, uint16_t pid)
{
    espbak_port port = plain(path);
    const ports_bridge *bridge = ports_find_bridge(vid, pid, NULL);
    port.usb = true;
    port.vid = vid;
    port.pid = pid;
    if (bridge != NULL) {
        port.kind = bridge->kind;
        snprintf(port.bridge, sizeof(port.bridge), "%s", bridge->name);
    }
    return port;
}

static espbak_port device(const char *path, uint16_t vid, uint16_t pid, const char *serial, const char *place)
{
    espbak_port port = usb(path, vid, pid);
    snprintf(port.usb_serial, sizeof(port.usb_serial), "%s", serial);
    snprintf(port.usb_place, sizeof(port.usb_place), "%s", place);
    return port;
}

static void a_port_is_chosen_by_what_tells_it_apart(void **state)
{
    const espbak_port all[] = {
        device("/dev/ttyACM0", 0x303A, 0x1001, "34:85:18:AA:BB:CC", "1-1"),
        device("/dev/ttyUSB0", 0x10C4, 0xEA60, "0001", "1-2.3"),
        device("/dev/ttyUSB1", 0x10C4, 0xEA60, "be0123", "1-2.4"),
        device("/dev/ttyUSB10", 0x1A86, 0x7523, "", "1-4"),
        plain("/dev/ttyS0"),
    };
    static const struct {
        const char *wanted, *paths;
    } rows[] = {
        {"usb-serial=BE0123", "/dev/ttyUSB1"},
        {"usb-serial=be012", NULL},
        {"usb=1-2.3", "/dev/ttyUSB0"},
        {"usb=1-2", NULL},
        {"mac=34:85:18:aa:bb:cc", "/dev/ttyACM0"},
        {"mac=348518AABBCC", "/dev/ttyACM0"},
        {"mac=34-85-18-aa-bb-cd", NULL},
        {"10c4:ea60", "/dev/ttyUSB0 /dev/ttyUSB1"},
        {"10C4:EA60", "/dev/ttyUSB0 /dev/ttyUSB1"},
        {"10c4:ea61", NULL},
        {"/dev/ttyUSB*", "/dev/ttyUSB0 /dev/ttyUSB1 /dev/ttyUSB10"},
        {"/dev/ttyUSB?", "/dev/ttyUSB0 /dev/ttyUSB1"},
        {"*S0", "/dev/ttyS0"},
        {"/dev/*A*0", "/dev/ttyACM0"},
        {"/dev/ttyUSB?1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        espbak_port ports[5];
        size_t count = 5;
        char paths[128] = "";
        espbak_error err = {0};
        memcpy(ports, all, sizeof(all));
        assert_true(espbak_port_is_choice(rows[i].wanted));
        const espbak_status status = ports_keep_chosen(rows[i].wanted, ports, &count, &err);
        assert_int_equal(status, rows[i].paths != NULL ? ESPBAK_OK : ESPBAK_E_PORT);
        for (size_t k = 0; k < count && status == ESPBAK_OK; k++)
            snprintf(paths + strlen(paths), sizeof(paths) - strlen(paths), "%s%s", k > 0 ? " " : "", ports[k].path);
        if (status == ESPBAK_OK)
            assert_string_equal(paths, rows[i].paths);
        else
            assert_non_null(strstr(err.message, "/dev/ttyACM0"));
    }
}

static void what_names_a_port_chooses_none(void **state)
{
    static const char *const names[] = {"/dev/ttyUSB0", "COM3",       "sim:esp32,flash=a*", "socket://host:1?x",
                                        "usb=",         "usb-serial", "10c4:ea6",           "10c4:ea60:1"};
    espbak_port none;
    size_t count = 0;
    espbak_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_false(espbak_port_is_choice(names[i]));
    assert_int_equal(ports_keep_chosen("COM3", &none, &count, &err), ESPBAK_E_USAGE);
    assert_int_equal(ports_keep_chosen("mac=34:85:18:aa:bb", &none, &count, &err), ESPBAK_E_USAGE);
}

static void every_bridge_has_a_sound_row(void **state)
{
    size_t count = 0;
    const ports_bridge *rows = ports_bridges(&count);
    (void)state;
    assert_true(count >= 20);
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].vid != 0);
        assert_true(rows[i].kind != ESPBAK_PORT_OTHER);
        assert_true(rows[i].name[0] != '\0' && strlen(rows[i].name) < sizeof(((espbak_port *)0)->bridge));
        assert_true(rows[i].kind != ESPBAK_PORT_BRIDGE || rows[i].max_baud >= 921600);
        /* A row is found by its own key, so none hides another. */
        assert_ptr_equal(ports_find_bridge(rows[i].vid, rows[i].pid, rows[i].product), &rows[i]);
    }
}

static void known_devices_are_known(void **state)
{
    (void)state;
    assert_string_equal(ports_find_bridge(0x10C4, 0xEA60, NULL)->name, "CP210x");
    assert_int_equal(ports_find_bridge(0x10C4, 0xEA60, "CP2102N USB to UART Bridge Controller")->max_baud, 3000000);
    assert_int_equal(ports_find_bridge(0x10C4, 0xEA60, "CP2104 USB to UART Bridge Controller")->max_baud, 2000000);
    assert_int_equal(ports_find_bridge(0x10C4, 0xEA60, "CP2102 USB to UART Bridge Controller")->max_baud, 1000000);
    assert_string_equal(ports_find_bridge(0x1A86, 0x55D4, NULL)->name, "CH9102");
    assert_int_equal(ports_find_bridge(0x303A, 0x1001, NULL)->kind, ESPBAK_PORT_USB_SERIAL_JTAG);
    assert_int_equal(ports_find_bridge(0x303A, 0x0002, NULL)->kind, ESPBAK_PORT_USB_OTG);
    assert_int_equal(ports_find_bridge(0x303A, 0x8123, NULL)->kind, ESPBAK_PORT_USB_OTG);
    assert_null(ports_find_bridge(0x046D, 0xC52B, NULL));
    assert_null(ports_find_bridge(0x1A86, 0x0001, NULL));
}

/* What comes out of each of them for the rates that are climbed. */
static void bridges_make_what_they_can(void **state)
{
    static const struct {
        uint16_t vid, pid;
        const char *product;
        uint32_t asked, made;
    } rows[] = {
        {0x10C4, 0xEA60, "CP2102N", 3000000, 3000000}, {0x10C4, 0xEA60, "CP2102N", 1500000, 1500000},
        {0x10C4, 0xEA60, "CP2102N", 921600, 923076},   {0x1A86, 0x7523, NULL, 921600, 923076},
        {0x1A86, 0x7523, NULL, 1500000, 1500000},      {0x1A86, 0x7523, NULL, 2400000, 2000000},
        {0x0403, 0x6001, NULL, 2000000, 2000000},      {0x0403, 0x6001, NULL, 2400000, 2000000},
        {0x0403, 0x6001, NULL, 1500000, 1500000},      {0x0403, 0x6014, NULL, 5000000, 5052631},
        {0x0403, 0x6014, NULL, 4000000, 4000000},      {0x067B, 0x2303, NULL, 5000000, 4987012},
        {0x1A86, 0x55D4, NULL, 1234567, 1234567},      {0x10C4, 0xEA60, "CP2102N", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const ports_bridge *bridge = ports_find_bridge(rows[i].vid, rows[i].pid, rows[i].product);
        assert_int_equal(ports_bridge_rate(bridge, rows[i].asked), rows[i].made);
    }
}

static void those_that_look_like_an_esp_come_first(void **state)
{
    espbak_port ports[] = {plain("/dev/ttyS0"),
                           usb("/dev/ttyUSB10", 0x10C4, 0xEA60),
                           usb("/dev/ttyUSB9", 0x10C4, 0xEA60),
                           usb("/dev/ttyACM1", 0x046D, 0xC52B),
                           usb("/dev/ttyACM0", 0x303A, 0x1001),
                           plain("/dev/ttyS10"),
                           plain("/dev/ttyS2")};
    static const char *const order[] = {"/dev/ttyACM0", "/dev/ttyUSB9", "/dev/ttyUSB10", "/dev/ttyACM1",
                                        "/dev/ttyS0",   "/dev/ttyS2",   "/dev/ttyS10"};
    (void)state;
    qsort(ports, 7, sizeof(ports[0]), ports_compare);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(ports[i].path, order[i]);
}

static void the_only_candidate_is_taken(void **state)
{
    const espbak_port ports[] = {usb("/dev/ttyUSB0", 0x1A86, 0x7523), plain("/dev/ttyS0"), plain("/dev/ttyS1")};
    espbak_port port;
    espbak_error err = {0};
    (void)state;
    assert_int_equal(ports_pick_from(ports, 3, &port, &err), ESPBAK_OK);
    assert_string_equal(port.path, "/dev/ttyUSB0");
}

static void several_are_listed_with_their_interfaces(void **state)
{
    espbak_port ports[] = {usb("/dev/ttyACM0", 0x1A86, 0x55D2), usb("/dev/ttyACM1", 0x1A86, 0x55D2),
                           plain("/dev/ttyS0")};
    espbak_port port;
    espbak_error err = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        ports[i].usb_bus = 1;
        ports[i].usb_address = 7;
        ports[i].usb_interface = 2 * i;
    }
    assert_int_equal(ports_pick_from(ports, 3, &port, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "/dev/ttyACM0 (CH342, interface 0)"));
    assert_non_null(strstr(err.message, "/dev/ttyACM1 (CH342, interface 2)"));
    assert_null(strstr(err.message, "ttyS0"));
    assert_true(err.hint[0] != '\0');
}

static void none_says_what_was_seen(void **state)
{
    const espbak_port ports[] = {usb("/dev/ttyACM1", 0x046D, 0xC52B), plain("/dev/ttyS0")};
    espbak_port port;
    espbak_error err = {0};
    (void)state;
    assert_int_equal(ports_pick_from(ports, 2, &port, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "/dev/ttyACM1 (USB 046d:c52b)"));
    assert_non_null(strstr(err.message, "/dev/ttyS0"));
    espbak_error_clear(&err);
    assert_int_equal(ports_pick_from(ports, 0, &port, &err), ESPBAK_E_PORT);
    assert_non_null(strstr(err.message, "no serial ports"));
}

static void a_long_list_is_cut_not_overrun(void **state)
{
    espbak_port ports[64];
    char text[100];
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/dev/ttyUSB%zu", i);
        ports[i] = usb(path, 0x10C4, 0xEA60);
    }
    for (size_t capacity = 24; capacity <= sizeof(text); capacity++) {
        memset(text, 'Z', sizeof(text));
        ports_describe(text, capacity, ports, 64);
        assert_true(strlen(text) < capacity);
        assert_non_null(strstr(text, "..."));
    }
}

static void listing_this_computer_works(void **state)
{
    espbak_port *ports = NULL;
    size_t count = 0;
    espbak_error err = {0};
    (void)state;
    assert_int_equal(espbak_ports_list(&ports, &count, &err), ESPBAK_OK);
    for (size_t i = 0; i < count; i++)
        assert_true(ports[i].path[0] != '\0');
    espbak_ports_free(ports);
}

TEST_GROUP(ports)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_chosen_by_what_tells_it_apart),
        cmocka_unit_test(what_names_a_port_chooses_none),
        cmocka_unit_test(every_bridge_has_a_sound_row),
        cmocka_unit_test(known_devices_are_known),
        cmocka_unit_test(bridges_make_what_they_can),
        cmocka_unit_test(those_that_look_like_an_esp_come_first),
        cmocka_unit_test(the_only_candidate_is_taken),
        cmocka_unit_test(several_are_listed_with_their_interfaces),
        cmocka_unit_test(none_says_what_was_seen),
        cmocka_unit_test(a_long_list_is_cut_not_overrun),
        cmocka_unit_test(listing_this_computer_works),
    };
    return RUN_GROUP(tests);
}
