/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/esptool_options.h"

#include <stdio.h>
#include <string.h>

/* A word, and the code that stands for it in a header. */
typedef struct code {
    const char *word;
    uint8_t value;
} code;

static const code modes[] = {{"qio", 0}, {"qout", 1}, {"dio", 2}, {"dout", 3}, {NULL, 0}};

/* Of the chips that `chips` names, separated by blanks; the last row is for all others. */
static const struct {
    const char *chips;
    code codes[5];
} frequencies[] = {
    {" esp32c2 ", {{"60m", 15}, {"30m", 0}, {"20m", 1}, {"15m", 2}, {NULL, 0}}},
    {" esp32h2 ", {{"48m", 15}, {"24m", 0}, {"16m", 1}, {"12m", 2}, {NULL, 0}}},
    {" esp32h21 esp32h4 ", {{"48m", 15}, {"24m", 0}, {NULL, 0}}},
    {" esp32c6 ", {{"80m", 0}, {"40m", 0}, {"20m", 2}, {NULL, 0}}},
    {NULL, {{"80m", 15}, {"40m", 0}, {"26m", 1}, {"20m", 2}, {NULL, 0}}},
};

enum { KIB = 1024, SIZE_WORD = 24 };
/* KiB by code, of the ESP8266; the two layouts of 2 and 4 MB with 1 MB slots have other codes. */
static const uint32_t esp8266_sizes[] = {512, 256, 1024, 2048, 4096, 2048, 4096, 0, 8192, 16384};

static bool is_keep(const char *word)
{
    return word == NULL || opt_same_name(word, "keep");
}

static const code *find_code(const code *codes, const char *word)
{
    for (; codes->word != NULL; codes++) {
        if (strcmp(codes->word, word) == 0)
            return codes;
    }
    return NULL;
}

static const code *codes_of(const espbak_chip *chip)
{
    char name[32];
    size_t i = 0;
    snprintf(name, sizeof(name), " %.28s ", chip->name);
    while (frequencies[i].chips != NULL && strstr(frequencies[i].chips, name) == NULL)
        i++;
    return frequencies[i].codes;
}

espbak_status esptool_options_check(const esptool_options *options, espbak_error *err)
{
    if (options->erase_all) {
        espbak_fail(err, ESPBAK_E_USAGE,
                    "--erase-all would take everything else on the flash along: settings, other applications, factory "
                    "data");
        espbak_error_suggest(err, (const char *const[]){"erase", "all", NULL});
        espbak_error_hint(err, "what is written over is erased anyway; for an empty flash erase it first:");
    } else if (options->encrypt) {
        espbak_fail(err, ESPBAK_E_USAGE,
                    "--encrypt has the chip encrypt what arrives, and espbak writes files as they are");
        espbak_error_hint(err, "write ciphertext that was made for this device, or use esptool for this");
    } else if (options->connection != NULL && strcmp(options->connection, "SPI") != 0) {
        espbak_fail(err, ESPBAK_E_USAGE,
                    "--spi-connection %s is a flash on other pins, and espbak writes the one that the chip starts from",
                    options->connection);
        espbak_error_hint(err, "leave it out, or use esptool for such a flash");
    } else if (!is_keep(options->mode) && find_code(modes, options->mode) == NULL) {
        espbak_fail(err, ESPBAK_E_USAGE, "option --flash-mode cannot be '%s'", options->mode);
        espbak_error_hint(err, "possible are: keep, qio, qout, dio, dout");
    } else {
        return ESPBAK_OK;
    }
    return ESPBAK_E_USAGE;
}

static espbak_status explain(const char *option, const char *wanted, const char *found, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_USAGE,
                "--%s %s would change the header of the file for the bootloader's place, which says %s, and espbak "
                "writes files as they are",
                option, wanted, found);
    espbak_error_hint(err,
                      "leave --%s out to write the file as it is; esptool merge-bin --%s %s makes one that says so",
                      option, option, wanted);
    return ESPBAK_E_USAGE;
}

static espbak_status check_mode(const char *wanted, uint8_t found, espbak_error *err)
{
    const code *mode = is_keep(wanted) ? NULL : find_code(modes, wanted);
    if (mode == NULL || mode->value == found)
        return ESPBAK_OK;
    return explain("flash-mode", wanted, found < 4 ? modes[found].word : "none that is known", err);
}

static espbak_status check_frequency(const espbak_chip *chip, const char *wanted, uint8_t found, espbak_error *err)
{
    const code *codes = codes_of(chip);
    const char *says = "one that is not known";
    if (is_keep(wanted))
        return ESPBAK_OK;
    const code *frequency = find_code(codes, wanted);
    if (frequency == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "option --flash-freq cannot be '%s' for an %s", wanted, chip->title);
    if (frequency->value == found)
        return ESPBAK_OK;
    for (; codes->word != NULL; codes++)
        says = codes->value == found ? codes->word : says;
    return explain("flash-freq", wanted, says, err);
}

/* Bytes that a header names; 0 for a code that is none. */
static uint64_t size_of(const espbak_chip *chip, uint8_t found)
{
    enum { LARGEST_CODE = 7 };
    const size_t codes = sizeof(esp8266_sizes) / sizeof(esp8266_sizes[0]);
    if (chip->esp8266_layouts)
        return found < codes ? (uint64_t)esp8266_sizes[found] * KIB : 0;
    return found <= LARGEST_CODE ? (uint64_t)KIB * KIB << found : 0;
}

static void name_size(uint64_t size, char out[SIZE_WORD])
{
    if (size >= KIB * KIB)
        snprintf(out, SIZE_WORD, "%lluMB", (unsigned long long)(size / KIB / KIB));
    else
        snprintf(out, SIZE_WORD, "%lluKB", (unsigned long long)(size / KIB));
}

espbak_status esptool_options_check_header(const esptool_options *options, const esptool_header *header,
                                           espbak_error *err)
{
    char wanted[SIZE_WORD], says[SIZE_WORD] = "none that is known";
    const uint64_t found = size_of(header->chip, header->found->flash_size);
    if (check_mode(options->mode, header->found->flash_mode, err) != ESPBAK_OK ||
        check_frequency(header->chip, options->frequency, header->found->flash_speed, err) != ESPBAK_OK)
        return err->status;
    if (header->flash_size == 0 || header->flash_size == found)
        return ESPBAK_OK;
    name_size(header->flash_size, wanted);
    if (found != 0)
        name_size(found, says);
    return explain("flash-size", wanted, says, err);
}
