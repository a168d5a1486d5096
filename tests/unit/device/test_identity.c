/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the device is the one that it was. */
#include <string.h>

#include "support/group.h"

#include "device/visit/identity.h"
#include "espbak/chip.h"

static espbak_device_info device(void)
{
    espbak_device_info info = {.chip = espbak_chip_by_name("esp32"), .name = "ESP32-D0WD-V3", .mac_known = true};
    memcpy(info.mac, "\x24\x0A\xC4\x01\x02\x03", sizeof(info.mac));
    info.flash.jedec_id = 0xEF4016;
    info.flash.size = 4 << 20;
    return info;
}

static void test_what_is_compared(void **state)
{
    const espbak_device_info before = device();
    espbak_device_info now = before;
    (void)state;
    now.revision = 301;
    now.link.baud = 921600;
    assert_true(identity_is_same(&now, &before, IDENTITY_WHOLE));
    now.flash.size = 2 << 20;
    assert_false(identity_is_same(&now, &before, IDENTITY_WHOLE));
    assert_true(identity_is_same(&now, &before, IDENTITY_FLASH_ID));
    now.flash.jedec_id = 0xEF4015;
    assert_false(identity_is_same(&now, &before, IDENTITY_FLASH_ID));
    assert_true(identity_is_same(&now, &before, IDENTITY_CHIP));
    now.mac[5]++;
    assert_false(identity_is_same(&now, &before, IDENTITY_CHIP));
    now = before;
    now.mac_known = false;
    assert_false(identity_is_same(&now, &before, IDENTITY_CHIP));
    now = before;
    now.chip = espbak_chip_by_name("esp32s3");
    assert_false(identity_is_same(&now, &before, IDENTITY_CHIP));
}

static void test_what_is_said(void **state)
{
    const espbak_device_info before = device();
    espbak_device_info now = before;
    espbak_error err = {0};
    (void)state;
    assert_int_equal(identity_check(&now, &before, IDENTITY_WHOLE, &err), ESPBAK_OK);
    now.mac[0]++;
    strcpy(now.name, "ESP32-U4WDH");
    assert_int_equal(identity_check(&now, &before, IDENTITY_CHIP, &err), ESPBAK_E_CONNECT);
    assert_string_equal(err.message, "another device is attached now: ESP32-U4WDH, and it was ESP32-D0WD-V3");
    assert_string_equal(err.hint, "attach the first one again and go on with --resume");
}

TEST_GROUP(identity)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_compared), cmocka_unit_test(test_what_is_said)};
    return RUN_GROUP(tests);
}
