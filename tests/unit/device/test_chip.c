/* SPDX-License-Identifier: Apache-2.0 */
/* Walks every row of the chip table: what is written there must hold together. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "device/chip/registers.h"
#include "espbak/chip.h"
#include "sim/chip/chip.h"
#include "support/group.h"

static void test_lookups(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(espbak_chip_by_name(chips[i]->name), chips[i]);
        assert_ptr_equal(espbak_chip_by_name(chips[i]->title), chips[i]);
        if (chips[i]->image_chip_id != 0xFFFF)
            assert_ptr_equal(espbak_chip_by_image_id(chips[i]->image_chip_id), chips[i]);
    }
    assert_ptr_equal(espbak_chip_by_name("ESP32_S3"), espbak_chip_by_name("esp32s3"));
    assert_null(espbak_chip_by_name("esp32s"));
    assert_null(espbak_chip_by_name("esp32s33"));
    assert_null(espbak_chip_by_name(""));
    assert_null(espbak_chip_by_name(NULL));
    assert_null(espbak_chip_by_image_id(0xFFFF));
    assert_null(espbak_chip_by_image_id(4711));
}

static void check_rom(const espbak_chip *chip)
{
    /* A chip is told by its id or by its magic word. */
    assert_true(((chip->rom_caps & ESPBAK_ROM_CHIP_ID) != 0) == (chip->magic == 0));
    if (chip->rom_caps & ESPBAK_ROM_CHIP_ID)
        assert_true(chip->rom_caps & ESPBAK_ROM_SECURITY_INFO);
    /* Sizes of answers follow from this one. */
    if (chip->rom_caps != 0)
        assert_true(chip->rom_caps & ESPBAK_ROM_STATUS_4);
    assert_true(chip->registers->rom_read_pointer == 0 || chip->registers->secure_boot_blocks_ram);
}

static void check_fields(const chip_registers *r)
{
    const chip_field fields[] = {r->major,          r->major_high,  r->minor,       r->minor_high,    r->package,
                                 r->flash_cap,      r->crypt_count, r->secure_boot, r->key_manager,   r->octal_flash,
                                 r->secure_version, r->psram_cap,   r->strap_boot,  r->force_download};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        assert_true(fields[i].shift + fields[i].width <= 32);
        assert_true(fields[i].width == 0 || fields[i].address % 4 == 0);
        assert_true((fields[i].width == 0) == (fields[i].address == 0));
    }
    assert_true(r->minor_high.width == 0 || r->minor_high_shift == r->minor.width);
    assert_true(r->psram_cap.width == 0 || r->psram_cap.width == 2 || r->psram_cap_high.width == 0);
    assert_true(r->crystal_mhz != 0 || (r->uart_clkdiv != 0 && r->crystal_divider != 0));
    assert_true(!r->watchdog_resets || (r->watchdog.protect != 0 && r->watchdog.key == 0x50D83AA1));
    assert_true(r->super_watchdog.protect == 0 || r->super_watchdog.auto_feed != 0);
    for (unsigned i = 0; i < CHIP_RAM_RANGES; i++)
        assert_true(r->ram[i].start <= r->ram[i].end);
}

static void test_every_row(void **state)
{
    (void)state;
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++) {
        const espbak_chip *const chip = chips[i];
        assert_non_null(chip->ops);
        assert_non_null(chip->registers);
        assert_non_null(chip->stub_names);
        assert_true(chip->bootloader_offset % 0x1000 == 0 && chip->bootloader_offset <= 0x2000);
        assert_int_equal(chip->spi.address, 4);
        assert_true(chip->spi.usr != 0 && chip->spi.usr1 != 0 && chip->spi.usr2 != 0 && chip->spi.w0 != 0);
        assert_true(chip->registers->mac != 0 || chip->ops->mac != NULL);
        assert_true(chip->registers->features != NULL || chip->ops->features != NULL);
        assert_true(chip->stub_names[0] == NULL || chip->registers->ram[0].end != 0);
        assert_true(!chip->four_byte_stub || chip->stub_names[0] != NULL);
        assert_true(chip->registers->second_stub_below == 0 || chip->stub_names[1] != NULL);
        check_rom(chip);
        check_fields(chip->registers);
    }
}

/* The simulator keeps a table of its own, taken from the same public sources: they must not disagree. */
static void test_against_the_simulators_table(void **state)
{
    (void)state;
    size_t count = 0, simulated = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    const sim_chip *const *sims = sim_chips(&simulated);
    for (size_t i = 0; i < simulated; i++) {
        if (espbak_chip_by_name(sims[i]->name) == NULL)
            fail_msg("only the simulator knows %s", sims[i]->name);
    }
    for (size_t i = 0; i < count; i++) {
        const espbak_chip *const chip = chips[i];
        const sim_chip *const sim = sim_chip_by_name(chip->name);
        if (sim == NULL)
            fail_msg("the simulator does not know %s", chip->name);
        assert_string_equal(sim->title, chip->title);
        assert_int_equal(sim->id, chip->image_chip_id);
        if (chip->magic != 0)
            assert_int_equal(sim->magic, chip->magic);
        assert_int_equal(sim->bootloader_offset, chip->bootloader_offset);
        assert_int_equal(sim->spi.base, chip->spi.base);
        assert_int_equal(sim->spi.w0, chip->spi.w0);
        assert_int_equal(sim->wide_current, chip->four_byte_stub);
        assert_int_equal(sim->serial_jtag, (chip->usb & ESPBAK_USB_SERIAL_JTAG) != 0);
        if (chip->registers->watchdog_resets)
            assert_int_equal(sim->watchdog.config0, chip->registers->watchdog.config0);
    }
}

static void test_labels(void **state)
{
    (void)state;
    static const chip_label labels[] = {{1, "one"}, {3, "three"}, {0, NULL}};
    assert_string_equal(chip_label_text(labels, 3), "three");
    assert_null(chip_label_text(labels, 0));
    assert_null(chip_label_text(NULL, 1));
}

TEST_GROUP(chip)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_against_the_simulators_table),
        cmocka_unit_test(test_labels),
    };
    return RUN_GROUP(tests);
}
