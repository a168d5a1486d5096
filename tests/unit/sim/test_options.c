/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the simulator, row by row: options, chips, faults. */
#include "support/group.h"
#include "support/sim_wire.h"

#include <stdlib.h>

#include "sim/options_table.h"

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        bool good;
    } rows[] = {
        {"esp32", true},
        {"ESP32-S3", true},
        {"esp32_c3", true},
        {"esp32x", false},
        {"", false},
        {"esp32,size=4M", true},
        {"esp32,size=0x400000", true},
        {"esp32,size=3M", false},
        {"esp32,size=", false},
        {"esp32,size", false},
        {"esp32,size=512M", false},
        {"esp32,size=-4M", false},
        {"esp32,baud=real", true},
        {"esp32,baud=921600", false},
        {"esp32,latency-ms=16.5", true},
        {"esp32,latency-ms=-1", false},
        {"esp32,flash-time=default", true},
        {"esp32,flash-time=sector-ms:30+hash-ns:100", true},
        {"esp32,flash-time=sector-ms", false},
        {"esp32,flash-time=sectors:3", false},
        {"esp32,secure-boot=2", true},
        {"esp32,secure-boot=3", false},
        {"esp32,secure-download", false}, /* its ROM has none here */
        {"esp32s3,secure-download", true},
        {"esp32s3,secure-download=1", false},
        {"esp32,revision=3.1", true},
        {"esp32,revision=3", true},
        {"esp32,revision=v3", false},
        {"esp32,crystal=26", true},
        {"esp32,crystal=27", false},
        {"esp32,mac=34:85:18:00:00:01", true},
        {"esp32,mac=348518000001", true},
        {"esp32,mac=34:85:18:00:00", false},
        {"esp32,usb=jtag", false},
        {"esp32s3,usb=jtag", true},
        {"esp32s2,usb=jtag", false},
        {"esp32s2,usb=otg", true},
        {"esp32s3,bridge=cp2102n", true},
        {"esp32s3,bridge=max232", false},
        {"esp32s3,bridge=ch343,usb=jtag", false},
        {"esp32,fault=flip:1e-5+drop.to:0.5", true},
        {"esp32,fault=flip", false},
        {"esp32,fault=flip:2", false},
        {"esp32,fault=tear:0.1", false},
        {"esp32,fault=cut.from:1000", true},
        {"esp32,fault=garble:8192,fault-stub=current,fault-baud=460800", true},
        {"esp32,fault-stub=rom", false},
        {"esp32,fault-baud=0", false},
        {"esp32,seed=7", true},
        {"esp32,seed=x", false},
        {"esp32,nonsense", false},
        {"esp32,flash-id=0xC84018", true},
        {"esp32,flash-id=0x1000000", false},
        {"esp32,sfdp-size=3M", true},
        {"esp32,sfdp-size=0", false},
        {"esp32,time=real", true},
        {"esp32,boot=download", true},
        {"esp32,own=silent,own-mhz=80,fault-stub=own", true},
        {"esp32,reader=silent,reader-mhz=80,fault-stub=reader", true}, /* as they were called before */
        {"esp32,own=loud", false},
        {"esp32,readers=silent", false},
        {"esp32,boot=maybe", false},
        {"esp32,stub-kind=legacy", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sim_options options;
        espbak_error err = {0};
        const espbak_status status = sim_options_parse(&options, rows[i].spec, &err);
        if ((status == ESPBAK_OK) != rows[i].good)
            fail_msg("%s: %s", rows[i].spec, err.message);
        if (!rows[i].good)
            assert_int_equal(status, ESPBAK_E_USAGE);
    }
}

static void test_option_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sim_option_count; i++) {
        const sim_option *option = &sim_option_table[i];
        assert_non_null(option->set);
        assert_true(strlen(option->help) > 5);
        for (const char *at = option->name; *at != '\0'; at++)
            assert_true((*at >= 'a' && *at <= 'z') || *at == '-');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(option->name, sim_option_table[k].name);
    }
}

static void check_chip(const sim_chip *chip)
{
    assert_true(chip->spi.base != 0 && chip->spi.w0 != 0);
    assert_true(chip->crystal_mhz != 0 && chip->rom_crystal_mhz != 0);
    assert_true(chip->bootloader_offset % 0x1000 == 0 && chip->bootloader_offset < 0x8000);
    assert_true(chip->default_size >= 1 << 20);
    assert_int_equal(chip->watchdog.protect == 0, chip->watchdog.key == 0);
    assert_true(chip->ram[0].end > chip->ram[0].start && chip->ram[1].end > chip->ram[1].start);
    for (const sim_fuse_field *field = chip->fuses; field->bits != 0; field++) {
        assert_true(field->address % 4 == 0);
        assert_true(field->shift + field->bits <= 32);
    }
}

/* Every chip starts, syncs and tells its MAC where its eFuses keep it. */
static void test_chip_rows(void **state)
{
    (void)state;
    size_t count;
    const sim_chip *const *chips = sim_chips(&count);
    for (size_t i = 0; i < count; i++) {
        check_chip(chips[i]);
        assert_ptr_equal(sim_chip_by_name(chips[i]->title), chips[i]);
        sim_options options;
        espbak_error err = {0};
        assert_int_equal(sim_options_parse(&options, chips[i]->name, &err), ESPBAK_OK);
        wire w;
        wire_open(&w, chips[i]->name);
        wire_reset(&w);
        assert_int_equal(wire_sync(&w), 0x20120707);
        const sim_fuse kind = chips[i]->id == SIM_NO_CHIP_ID ? SIM_FUSE_MAC_OUI : SIM_FUSE_MAC_LOW;
        const sim_fuse_field *field = chips[i]->fuses;
        while (field->kind != kind)
            field++;
        wire_words(&w, 0x0A, 1, field->address);
        assert_int_equal(wire_status(&w, 0x0A, 0), 0);
        const uint8_t *mac = options.chip.mac;
        const uint32_t oui = (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2];
        const uint32_t low = (uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];
        assert_int_equal(wire_value(&w), kind == SIM_FUSE_MAC_OUI ? oui : low);
        wire_close(&w);
    }
}

static void test_fault_rates(void **state)
{
    (void)state;
    sim_fault_plan plan = {0};
    espbak_error err = {0};
    assert_int_equal(sim_fault_parse(&plan, "drop.to:0.25+cut.from:10", &err), ESPBAK_OK);
    sim_fault_stream to, from;
    sim_fault_start(&to, &plan, SIM_TO_CHIP, 1);
    sim_fault_start(&from, &plan, SIM_FROM_CHIP, 1);
    unsigned came_to = 0, came_from = 0;
    for (int i = 0; i < 100000; i++) {
        uint8_t out[2];
        unsigned stall;
        came_to += sim_fault_byte(&to, 0x55, out, &stall);
        came_from += sim_fault_byte(&from, 0x55, out, &stall);
    }
    assert_in_range(came_to, 74000, 76000);
    assert_int_equal(came_from, 10);
}

TEST_GROUP(options)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_option_rows),
        cmocka_unit_test(test_chip_rows),
        cmocka_unit_test(test_fault_rates),
    };
    return RUN_GROUP(tests);
}
