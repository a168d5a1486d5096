/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that is mostly right: a simulated chip some of whose answers the input spoils, so that what
 * comes after connecting is reached too. What is read and proven must still be what the flash holds.
 */
#include "sim/chip/default_image.h"
#include "sim/options.h"
#include "spoiled.h"
#include "visit.h"

enum { FLASH_SIZE = 1 << 20 };

static const char *const chips[] = {
    "esp8266",
    "esp32",
    "esp32,stub-kind=legacy",
    "esp32s2,usb=otg",
    "esp32s3",
    "esp32s3,usb=jtag,stub-kind=legacy",
    "esp32c3,usb=jtag",
    "esp32c2",
    "esp32c6,baud=real",
    "esp32p4",
    "esp32c5,encrypted",
    "esp32s3,secure-download",
    "esp32h2,no-sfdp,flash-id=0xEF40FF",
    "esp8266,stub-kind=legacy,latency-ms=30",
    "esp32c61,boot=download",
    "esp32s3,size=32M,octal",
};

static const uint8_t *contents_of(const char *spec)
{
    static uint8_t bytes[FLASH_SIZE];
    static const char *whose;
    sim_options options;
    sim_flash *flash = NULL;
    espbak_error err = {0};
    if (whose == spec)
        return bytes;
    FUZZ_CHECK(sim_options_parse(&options, spec, &err) == ESPBAK_OK);
    FUZZ_CHECK(sim_flash_open(&flash, &options.chip, &err) == ESPBAK_OK);
    default_image_write(flash, &options.chip);
    sim_flash_read(flash, 0, bytes, sizeof(bytes));
    sim_flash_close(flash);
    whose = spec;
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spoiled s;
    char url[128];
    if (size < VISIT_HEAD)
        return 0;
    const char *const spec = chips[data[0] % (sizeof(chips) / sizeof(chips[0]))];
    snprintf(url, sizeof(url), "sim:%s", spec);
    s = (spoiled){
        .steps = data + VISIT_HEAD, .size = size - VISIT_HEAD, .limit = SPOILED_LIMIT_S * (espbak_time)ESPBAK_S};
    const visit_flash flash = {.bytes = contents_of(spec), .size = FLASH_SIZE, .doubtful = &s.requests_too};
    visit_run(spoiled_open(&s, url), data, &flash);
    return 0;
}
