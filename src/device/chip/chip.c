/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/chip.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "device/chip/facts.h"
#include "device/chip/registers.h"
#include "device/session.h"

bool chip_knows_word(const espbak_session *session, uint32_t address, uint32_t *word)
{
    for (unsigned i = 0; i < session->chip->word_count; i++) {
        if (session->chip->words[i].address == address) {
            *word = session->chip->words[i].value;
            return true;
        }
    }
    return false;
}

void chip_remember_word(espbak_session *session, uint32_t address, uint32_t word)
{
    uint32_t known;
    if (!chip_knows_word(session, address, &known) && session->chip->word_count < CHIP_WORDS)
        session->chip->words[session->chip->word_count++] = (chip_word){address, word};
}

void chip_forget_words(espbak_session *session)
{
    session->chip->word_count = 0;
}

espbak_status chip_read_word(espbak_session *session, uint32_t address, uint32_t *word, espbak_error *err)
{
    if (chip_knows_word(session, address, word))
        return ESPBAK_OK;
    const espbak_status status = command_read_reg_sure(&session->link, address, word, err);
    if (status == ESPBAK_OK)
        chip_remember_word(session, address, *word);
    return status;
}

espbak_status chip_read_field(espbak_session *session, chip_field field, uint32_t *value, espbak_error *err)
{
    *value = 0;
    if (field.width == 0)
        return ESPBAK_OK;
    uint32_t word = 0;
    const espbak_status status = chip_read_word(session, field.address, &word, err);
    if (status == ESPBAK_OK)
        *value = word >> field.shift & (uint32_t)((UINT64_C(1) << field.width) - 1);
    return status;
}

const char *chip_label_text(const chip_label *labels, uint32_t value)
{
    for (; labels != NULL && labels->text != NULL; labels++) {
        if (labels->value == value)
            return labels->text;
    }
    return NULL;
}

void chip_add_feature(espbak_session *session, const char *fmt, ...)
{
    char text[128];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    char *const features = session->info.features;
    const size_t used = strlen(features);
    const size_t room = sizeof(session->info.features) - used;
    if (text[0] != '\0' && strlen(text) + 3 <= room)
        snprintf(features + used, room, "%s%s", used > 0 ? ", " : "", text);
}

static espbak_status read_revision(espbak_session *session, unsigned *revision, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t major = 0, major_high = 0, minor = 0, minor_high = 0;
    espbak_status status = chip_read_field(session, r->major, &major, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->major_high, &major_high, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->minor, &minor, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->minor_high, &minor_high, err);
    *revision = (major_high << r->major.width | major) * 100 + (minor_high << r->minor_high_shift | minor);
    return status;
}

/* As esptool does: "ESP32-C5HF4", and "Unknown" before it when a field says something new. */
static espbak_status compose_name(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    char name[40];
    bool all_known = true;
    size_t used = (size_t)snprintf(name, sizeof(name), "%s", session->info.chip->title);
    for (size_t i = 0; i < CHIP_SUFFIXES && r->suffixes[i].labels != NULL && used < sizeof(name); i++) {
        uint32_t value = 0;
        if (chip_read_field(session, r->suffixes[i].field, &value, err) != ESPBAK_OK)
            return err->status;
        const char *const text = chip_label_text(r->suffixes[i].labels, value);
        all_known = all_known && text != NULL;
        used += (size_t)snprintf(name + used, sizeof(name) - used, "%s", text != NULL ? text : r->suffixes[i].unknown);
    }
    snprintf(session->info.name, sizeof(session->info.name), "%s%s", all_known ? "" : "Unknown ", name);
    return ESPBAK_OK;
}

static espbak_status read_name(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t package = 0;
    if (r->suffixes[0].labels != NULL)
        return compose_name(session, err);
    const espbak_status status = chip_read_field(session, r->package, &package, err);
    if (status != ESPBAK_OK)
        return status;
    const char *const text = r->packages != NULL ? chip_label_text(r->packages, package) : session->info.chip->title;
    if (text != NULL)
        snprintf(session->info.name, sizeof(session->info.name), "%s", text);
    else
        snprintf(session->info.name, sizeof(session->info.name), "%s (unknown package %u)", session->info.chip->title,
                 (unsigned)package);
    return ESPBAK_OK;
}

/* One kind of embedded memory: its size, and in brackets its maker. */
static void add_memory(espbak_session *session, const char *kind, const chip_label *caps, uint32_t cap,
                       const char *vendor)
{
    const char *text = chip_label_text(caps, cap);
    char unknown[40];
    if (text == NULL) {
        snprintf(unknown, sizeof(unknown), "Unknown Embedded %s", kind);
        text = unknown;
    }
    if (vendor != NULL && text[0] != '\0')
        chip_add_feature(session, "%s (%s)", text, vendor);
    else
        chip_add_feature(session, "%s", text);
}

static espbak_status read_features(espbak_session *session, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t cap = 0, cap_high = 0, vendor = 0;
    chip_add_feature(session, "%s", r->features);
    espbak_status status = chip_read_field(session, r->flash_cap, &cap, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->flash_vendor, &vendor, err);
    if (status != ESPBAK_OK)
        return status;
    if (r->flash_caps != NULL)
        add_memory(session, "Flash", r->flash_caps, cap, chip_label_text(r->flash_vendors, vendor));
    if (r->psram_caps == NULL)
        return ESPBAK_OK;
    status = chip_read_field(session, r->psram_cap, &cap, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->psram_cap_high, &cap_high, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->psram_vendor, &vendor, err);
    if (status == ESPBAK_OK)
        add_memory(session, "PSRAM", r->psram_caps, cap_high << 2 | cap, chip_label_text(r->psram_vendors, vendor));
    return status;
}

espbak_status chip_read_mac(espbak_session *session, uint32_t address, espbak_error *err)
{
    uint32_t low = 0, high = 0;
    espbak_status status = chip_read_word(session, address, &low, err);
    if (status == ESPBAK_OK)
        status = chip_read_word(session, address + 4, &high, err);
    if (status != ESPBAK_OK)
        return status;
    uint8_t *const mac = session->info.mac;
    mac[0] = (uint8_t)(high >> 8);
    mac[1] = (uint8_t)high;
    for (unsigned i = 0; i < 4; i++)
        mac[2 + i] = (uint8_t)(low >> (24 - 8 * i));
    return ESPBAK_OK;
}

static espbak_status read_mac(espbak_session *session, espbak_error *err)
{
    return chip_read_mac(session, session->info.chip->registers->mac, err);
}

/* esptool loader.py get_crystal_freq: both ends agree on the rate, so the divider tells the clock. */
espbak_status chip_measure_crystal(espbak_session *session, unsigned *mhz, espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    const uint32_t known_baud = espbak_transport_baud(session->transport);
    const uint32_t baud = known_baud != 0 ? known_baud : SESSION_FIRST_BAUD;
    *mhz = r->crystal_mhz;
    if (r->crystal_mhz != 0 || r->uart_clkdiv == 0)
        return ESPBAK_OK;
    uint32_t divider = 0;
    const espbak_status status = command_read_reg(&session->link, r->uart_clkdiv, &divider, err);
    if (status != ESPBAK_OK)
        return status;
    const uint64_t hertz = (uint64_t)(divider & 0xFFFFF) * baud / r->crystal_divider;
    *mhz = hertz > 45000000 ? 48 : hertz > 33000000 ? 40 : 26;
    return ESPBAK_OK;
}

espbak_status chip_identify(espbak_session *session, espbak_error *err)
{
    espbak_device_info *const info = &session->info;
    const chip_ops *const ops = info->chip->ops;
    const chip_registers *const r = info->chip->registers;
    info->name[0] = '\0';
    info->features[0] = '\0';
    espbak_status status = ESPBAK_OK;
    if (session_is_locked(session)) {
        snprintf(info->name, sizeof(info->name), "%s", info->chip->title);
        return ESPBAK_OK;
    }
    if (ops->revision != NULL || r->major.width > 0) {
        status = (ops->revision != NULL ? ops->revision : read_revision)(session, &info->revision, err);
        info->revision_known = status == ESPBAK_OK;
    }
    if (status == ESPBAK_OK)
        status = (ops->name != NULL ? ops->name : read_name)(session, err);
    if (status == ESPBAK_OK)
        status = (ops->features != NULL ? ops->features : read_features)(session, err);
    if (status == ESPBAK_OK)
        status = (ops->mac != NULL ? ops->mac : read_mac)(session, err);
    if (status == ESPBAK_OK)
        info->mac_known = !bytes_are_all(info->mac, sizeof(info->mac), 0);
    if (status == ESPBAK_OK)
        status = chip_measure_crystal(session, &info->crystal_mhz, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "identifying the %s", info->chip->title);
    return ESPBAK_OK;
}

/* esptool esp32.py get_flash_voltage: eFuses where they are forced, else a strapping pin. */
static espbak_status read_voltage(espbak_session *session, char voltage[CHIP_VOLTAGE_SIZE], espbak_error *err)
{
    const chip_registers *const r = session->info.chip->registers;
    uint32_t forced = 0, on = 0, high = 0, strap = 0;
    if (r->vdd_force.width == 0)
        return ESPBAK_OK;
    espbak_status status = chip_read_field(session, r->vdd_force, &forced, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->vdd_on, &on, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->vdd_high, &high, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, r->vdd_strap, &strap, err);
    if (status != ESPBAK_OK)
        return status;
    const char *const by_efuse = !on ? "off" : high ? "3.3V" : "1.8V";
    snprintf(voltage, CHIP_VOLTAGE_SIZE, "%s", forced ? by_efuse : strap ? "1.8V" : "3.3V");
    return ESPBAK_OK;
}

espbak_status chip_read_voltage(espbak_session *session, char voltage[CHIP_VOLTAGE_SIZE], bool *octal,
                                espbak_error *err)
{
    const chip_ops *const ops = session->info.chip->ops;
    uint32_t value = 0;
    espbak_status status = (ops->voltage != NULL ? ops->voltage : read_voltage)(session, voltage, err);
    if (status == ESPBAK_OK)
        status = chip_read_field(session, session->info.chip->registers->octal_flash, &value, err);
    *octal = value != 0;
    return status;
}
