/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/options.h"

#include <string.h>

#include "sim/common/random.h"
#include "sim/options_table.h"

enum { HELP_MARGIN = 25, HELP_WIDTH = 79, HELP_MOST = 1024 };

/* What is "own" now was "reader" once: "reader-mhz" is still understood. */
static bool is_named(const char *option, const char *name)
{
    const size_t own = strlen("own"), reader = strlen("reader");
    const bool former = strncmp(name, "reader", reader) == 0 && strncmp(option, "own", own) == 0;
    return strcmp(option, name) == 0 || (former && strcmp(option + own, name + reader) == 0);
}

static const sim_option *find(const char *name)
{
    for (size_t i = 0; i < sim_option_count; i++) {
        if (is_named(sim_option_table[i].name, name))
            return &sim_option_table[i];
    }
    return NULL;
}

bool sim_option_takes_value(const char *name)
{
    const sim_option *option = find(name);
    return option != NULL && option->value != NULL;
}

espbak_status sim_options_set(sim_options *o, const char *name, const char *value, espbak_error *err)
{
    const sim_option *option = find(name);
    if (option == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "the simulated chip has no option \"%s\"", name);
    if (option->value != NULL && (value == NULL || *value == '\0'))
        return espbak_fail(err, ESPBAK_E_USAGE, "the simulated chip's option %s needs a value (%s)", name,
                           option->value);
    if (option->value == NULL && value != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "the simulated chip's option %s takes no value", name);
    return option->set(o, value, err);
}

void sim_options_init(sim_options *o, const sim_chip *chip)
{
    memset(o, 0, sizeof(*o));
    o->chip.chip = chip;
    o->chip.revision = -1;
    o->chip.boot_key = 1;
    sim_options_own_init(o);
}

/* A MAC of Espressif's that differs by chip, so that two simulated chips can be told apart. */
static void make_mac(sim_options *o)
{
    static const uint8_t oui[3] = {0x34, 0x85, 0x18};
    uint64_t state = o->chip.chip->id;
    const uint64_t tail = sim_random(&state);
    memcpy(o->chip.mac, oui, sizeof(oui));
    for (unsigned i = 0; i < 3; i++)
        o->chip.mac[3 + i] = (uint8_t)(tail >> (8 * i));
}

espbak_status sim_options_finish(sim_options *o, espbak_error *err)
{
    const sim_chip *chip = o->chip.chip;
    if (chip == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "no chip was named");
    if ((o->line.usb == SIM_USB_JTAG && !chip->serial_jtag) || (o->line.usb == SIM_USB_OTG && !chip->otg))
        return espbak_fail(err, ESPBAK_E_USAGE, "%s has no such USB", chip->title);
    if (o->line.usb != SIM_USB_NONE && o->line.bridge != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "the chip's own USB has no bridge");
    if (o->chip.secure_download && (chip->rom & SIM_ROM_SECURITY) == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s has no Secure Download Mode in this simulation", chip->title);
    if (o->chip.revision < 0)
        o->chip.revision = chip->revision;
    if (o->chip.crystal_mhz == 0)
        o->chip.crystal_mhz = chip->crystal_mhz;
    if (!o->mac_given)
        make_mac(o);
    return ESPBAK_OK;
}

static espbak_status parse_word(sim_options *o, char *word, espbak_error *err)
{
    char *value = strchr(word, '=');
    if (value != NULL)
        *value++ = '\0';
    return sim_options_set(o, word, value, err);
}

espbak_status sim_options_parse(sim_options *o, const char *spec, espbak_error *err)
{
    char words[2 * SIM_PATH_MAX];
    if (strlen(spec) >= sizeof(words))
        return espbak_fail(err, ESPBAK_E_USAGE, "the description of the simulated chip is too long");
    strcpy(words, spec);
    char *next = strchr(words, ',');
    if (next != NULL)
        *next++ = '\0';
    const sim_chip *chip = sim_chip_by_name(words);
    if (chip == NULL) {
        (void)espbak_fail(err, ESPBAK_E_USAGE, "there is no simulated chip \"%s\"", words);
        espbak_error_hint(err, "write sim:CHIP, for instance sim:esp32s3; espsim --help lists all chips");
        return ESPBAK_E_USAGE;
    }
    sim_options_init(o, chip);
    while (next != NULL) {
        char *word = next;
        next = strchr(word, ',');
        if (next != NULL)
            *next++ = '\0';
        const espbak_status status = parse_word(o, word, err);
        if (status != ESPBAK_OK)
            return status;
    }
    return sim_options_finish(o, err);
}

/* Text behind a left margin, folded at the right one. */
static void print_folded(FILE *out, const char *text, int margin)
{
    int column = margin;
    while (*text != '\0') {
        const int size = (int)strcspn(text, " ");
        if (column > margin && column + 1 + size > HELP_WIDTH) {
            fprintf(out, "\n%*s", margin, "");
            column = margin;
        }
        fprintf(out, "%s%.*s", column > margin ? " " : "", size, text);
        column += size + (column > margin);
        text += size + (text[size] == ' ');
    }
    fputc('\n', out);
}

static void print_option_help(FILE *out, const sim_option *option)
{
    char text[HELP_MOST];
    size_t count;
    const sim_chip *const *chips = sim_chips(&count);
    int used = snprintf(text, sizeof(text), "%s", option->help);
    for (size_t i = 0; option->fuse != 0 && i < count && used < HELP_MOST; i++) {
        if (sim_chip_has_fuse(chips[i], option->fuse))
            used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%s",
                             used == (int)strlen(option->help) ? ": " : ", ", chips[i]->name);
    }
    print_folded(out, text, HELP_MARGIN);
}

void sim_options_help(FILE *out)
{
    for (size_t i = 0; i < sim_option_count; i++) {
        char left[40];
        const sim_option *option = &sim_option_table[i];
        snprintf(left, sizeof(left), "--%s %s", option->name, option->value != NULL ? option->value : "");
        fprintf(out, "  %-22s ", left);
        print_option_help(out, option);
    }
}
