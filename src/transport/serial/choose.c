/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "transport/serial/ports.h"

enum { MAC_SIZE = 6, ID_DIGITS = 4 };

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

bool espbak_port_parse_mac(const char *text, uint8_t mac[MAC_SIZE])
{
    for (size_t i = 0; i < MAC_SIZE; i++) {
        if (i > 0 && (*text == ':' || *text == '-'))
            text++;
        const int high = hex_digit(text[0]);
        const int low = high >= 0 ? hex_digit(text[1]) : -1;
        if (low < 0)
            return false;
        mac[i] = (uint8_t)(high * 16 + low);
        text += 2;
    }
    return *text == '\0';
}

static bool same_text(const char *a, const char *b)
{
    while (*a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool has_serial(const espbak_port *port, const char *value)
{
    return port->usb && same_text(port->usb_serial, value);
}

static bool has_place(const espbak_port *port, const char *value)
{
    return port->usb && strcmp(port->usb_place, value) == 0;
}

/* USB-Serial-JTAG has the chip's MAC as its serial number. */
static bool has_mac(const espbak_port *port, const char *value)
{
    uint8_t wanted[MAC_SIZE], own[MAC_SIZE];
    return port->usb && espbak_port_parse_mac(value, wanted) && espbak_port_parse_mac(port->usb_serial, own) &&
           memcmp(wanted, own, sizeof(own)) == 0;
}

static bool parse_id(const char *text, uint16_t *id)
{
    unsigned value = 0;
    for (size_t i = 0; i < ID_DIGITS; i++) {
        const int digit = hex_digit(text[i]);
        if (digit < 0)
            return false;
        value = value * 16 + (unsigned)digit;
    }
    *id = (uint16_t)value;
    return true;
}

static bool is_usb_id(const char *text)
{
    uint16_t id;
    return parse_id(text, &id) && text[ID_DIGITS] == ':' && parse_id(text + ID_DIGITS + 1, &id) &&
           text[2 * ID_DIGITS + 1] == '\0';
}

static bool has_usb_id(const espbak_port *port, const char *value)
{
    uint16_t vid, pid;
    return port->usb && parse_id(value, &vid) && parse_id(value + ID_DIGITS + 1, &pid) && port->vid == vid &&
           port->pid == pid;
}

/* `*` stands for any number of characters, `?` for one; the last star is the only one that is gone back to. */
static bool fits(const char *text, const char *pattern)
{
    const char *star = NULL, *from = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool has_path(const espbak_port *port, const char *value)
{
    return fits(port->path, value);
}

typedef struct way {
    const char *prefix; /* empty: told by `is_one` */
    bool (*is_one)(const char *value);
    bool (*fits)(const espbak_port *port, const char *value);
} way;

static bool is_any(const char *value)
{
    return value[0] != '\0';
}

static bool is_pattern(const char *value)
{
    return strpbrk(value, "*?") != NULL && strstr(value, "://") == NULL && strncmp(value, "sim:", 4) != 0;
}

static const way ways[] = {
    {"usb-serial=", is_any, has_serial}, {"usb=", is_any, has_place}, {"mac=", is_any, has_mac},
    {"", is_usb_id, has_usb_id},         {"", is_pattern, has_path},
};

static const way *find_way(const char *wanted, const char **value)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        const size_t length = strlen(ways[i].prefix);
        *value = wanted + length;
        if (strncmp(wanted, ways[i].prefix, length) == 0 && ways[i].is_one(*value))
            return &ways[i];
    }
    return NULL;
}

bool espbak_port_is_choice(const char *wanted)
{
    const char *value;
    return find_way(wanted, &value) != NULL;
}

static espbak_status fail_none(const char *wanted, const espbak_port *ports, size_t count, espbak_error *err)
{
    char seen[512];
    ports_describe(seen, sizeof(seen), ports, count);
    espbak_fail(err, ESPBAK_E_PORT, "no port is %s; there %s: %s", wanted, count == 1 ? "is" : "are", seen);
    espbak_error_suggest(err, (const char *const[]){"ports", NULL});
    espbak_error_hint(err, "what tells them apart:");
    return ESPBAK_E_PORT;
}

espbak_status ports_keep_chosen(const char *wanted, espbak_port *ports, size_t *count, espbak_error *err)
{
    const char *value;
    uint8_t mac[MAC_SIZE];
    const way *const chosen = find_way(wanted, &value);
    size_t kept = 0;
    if (chosen == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "'%s' chooses no port", wanted);
    if (chosen->fits == has_mac && !espbak_port_parse_mac(value, mac))
        return espbak_fail(err, ESPBAK_E_USAGE, "'%s' is no MAC, such as 34:85:18:aa:bb:cc", value);
    for (size_t i = 0; i < *count; i++)
        kept += chosen->fits(&ports[i], value) ? 1 : 0;
    if (kept == 0)
        return fail_none(wanted, ports, *count, err);
    for (size_t from = 0, to = 0; from < *count; from++) {
        if (chosen->fits(&ports[from], value))
            ports[to++] = ports[from];
    }
    *count = kept;
    return ESPBAK_OK;
}

espbak_status espbak_ports_choose(const char *wanted, espbak_port **ports, size_t *count, espbak_error *err)
{
    const char *value;
    const way *const chosen = find_way(wanted, &value);
    espbak_status status = espbak_ports_list(ports, count, err);
    if (status == ESPBAK_OK && chosen != NULL && chosen->fits == has_path && !ports_add_files(value, ports, count))
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = ports_keep_chosen(wanted, *ports, count, err);
    if (status == ESPBAK_OK)
        return ESPBAK_OK;
    espbak_ports_free(*ports);
    *ports = NULL;
    *count = 0;
    return status;
}
