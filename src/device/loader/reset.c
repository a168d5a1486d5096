/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/reset.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    ESPRESSIF_VID = 0x303A,
    USB_SERIAL_JTAG_PID = 0x1001,
    USB_BRIDGE_PID = 0x1002,
    SILABS_VID = 0x10C4,
    CP2102C_PID = 0xEA64
};
enum { LONGEST_WAIT = 60 };
enum { IN_RESET = 100 * ESPBAK_MS, USB_SETTLE = 100 * ESPBAK_MS };

#define SET(d, r)     {.action = RESET_BOTH, .dtr = (d), .rts = (r)}
#define RELEASE(d, r) {.action = RESET_RELEASE, .dtr = (d), .rts = (r)}
#define WAIT(time)    {.action = RESET_WAIT, .wait = (time)}
#define WAIT_BOOT     {.action = RESET_WAIT_BOOT}

/* One line after the other, as every driver can. */
static const reset_step classic_steps[] = {
    SET(0, 0), SET(0, 1), WAIT(IN_RESET), SET(1, 1), SET(1, 0), WAIT_BOOT, RELEASE(0, 0),
};
/* Both lines in one call, so that the transistors never see a state between. */
static const reset_step tight_steps[] = {
    SET(0, 0), SET(1, 1), SET(0, 1), WAIT(IN_RESET), SET(1, 0), WAIT_BOOT, RELEASE(0, 0), RELEASE(0, 0),
};
/* The USB-Serial-JTAG peripheral reads the lines itself; it wants to pass through (1,1), not (0,0). */
static const reset_step usb_jtag_steps[] = {
    SET(0, 0), WAIT(USB_SETTLE), SET(1, 0), WAIT(USB_SETTLE), SET(1, 1), SET(0, 1), WAIT(USB_SETTLE), SET(0, 0),
};
/* USB-OTG: the chip's own CDC device acts on the lines and then enumerates anew. */
static const reset_step usb_otg_steps[] = {
    SET(0, 0), SET(0, 1), WAIT(IN_RESET), SET(1, 1), SET(1, 0), WAIT_BOOT, SET(0, 0), WAIT(200 * ESPBAK_MS),
};
static const reset_step hard_steps[] = {SET(0, 1), WAIT(100 * ESPBAK_MS), SET(0, 0)};
static const reset_step hard_usb_steps[] = {SET(0, 1), WAIT(200 * ESPBAK_MS), SET(0, 0), WAIT(200 * ESPBAK_MS)};
/* DTR stays asserted, so that what the CP2102C feeds back cannot pull EN. */
static const reset_step hard_cp2102c_steps[] = {
    SET(0, 1), WAIT(100 * ESPBAK_MS), SET(1, 1), WAIT(100 * ESPBAK_MS), SET(1, 0),
};

#define STEPS(list) .steps = (list), .count = sizeof(list) / sizeof((list)[0])

enum {
    TIGHT_SHORT,
    TIGHT_LONG,
    CLASSIC_SHORT,
    CLASSIC_LONG,
    USB_JTAG,
    USB_OTG,
    HARD,
    HARD_USB,
    HARD_CP2102C,
    STRATEGY_COUNT,
};

/* Boards with a large capacitor on EN need the longer wait. */
static const reset_strategy strategies[STRATEGY_COUNT] = {
    [TIGHT_SHORT] = {.name = "tight, 50 ms", STEPS(tight_steps), .boot_wait = 50 * ESPBAK_MS},
    [TIGHT_LONG] = {.name = "tight, 550 ms", STEPS(tight_steps), .boot_wait = 550 * ESPBAK_MS},
    [CLASSIC_SHORT] = {.name = "classic, 50 ms", STEPS(classic_steps), .boot_wait = 50 * ESPBAK_MS},
    [CLASSIC_LONG] = {.name = "classic, 550 ms", STEPS(classic_steps), .boot_wait = 550 * ESPBAK_MS},
    [USB_JTAG] = {.name = "USB-Serial-JTAG", STEPS(usb_jtag_steps), .renumerates = true},
    [USB_OTG] = {.name = "USB-OTG", STEPS(usb_otg_steps), .boot_wait = 50 * ESPBAK_MS, .renumerates = true},
    [HARD] = {.name = "hard", STEPS(hard_steps)},
    [HARD_USB] = {.name = "hard over USB", STEPS(hard_usb_steps), .renumerates = true},
    [HARD_CP2102C] = {.name = "hard over CP2102C", STEPS(hard_cp2102c_steps)},
};

const reset_strategy *reset_strategies(size_t *count)
{
    *count = STRATEGY_COUNT;
    return strategies;
}

static bool is_usb_serial_jtag(const espbak_transport *transport)
{
    const espbak_usb_id *const usb = espbak_transport_get_usb(transport);
    return usb->known && usb->vid == ESPRESSIF_VID && usb->pid == USB_SERIAL_JTAG_PID;
}

/* 303A:1002 is esp-usb-bridge: an Espressif chip, but between us and another one's UART. */
bool reset_is_native_usb(const espbak_transport *transport)
{
    const espbak_usb_id *const usb = espbak_transport_get_usb(transport);
    return usb->known && usb->vid == ESPRESSIF_VID && usb->pid != USB_BRIDGE_PID;
}

static bool feeds_dtr_back(const espbak_transport *transport)
{
    const espbak_usb_id *const usb = espbak_transport_get_usb(transport);
    return usb->known && usb->vid == SILABS_VID && usb->pid == CP2102C_PID;
}

static void plan_add(reset_plan *plan, const reset_strategy *strategy)
{
    plan->strategies[plan->count++] = strategy;
}

espbak_status reset_make_plan(reset_plan *plan, const espbak_transport *transport, espbak_before before,
                              const char *custom, espbak_error *err)
{
    const espbak_transport_caps *const caps = espbak_transport_get_caps(transport);
    memset(plan, 0, sizeof(*plan));
    plan->no_sync = before == ESPBAK_BEFORE_NO_RESET_NO_SYNC;
    if (custom != NULL) {
        const espbak_status status =
            reset_parse(custom, plan->custom_steps, RESET_CUSTOM_MAX, &plan->custom.count, err);
        if (status != ESPBAK_OK)
            return status;
        plan->custom.name = "custom";
        plan->custom.steps = plan->custom_steps;
    }
    if (!caps->modem_lines || before == ESPBAK_BEFORE_NO_RESET || plan->no_sync)
        return ESPBAK_OK;
    if (custom != NULL) {
        plan_add(plan, &plan->custom);
    } else if (before == ESPBAK_BEFORE_USB_RESET || is_usb_serial_jtag(transport)) {
        plan_add(plan, &strategies[USB_JTAG]);
    } else if (reset_is_native_usb(transport)) {
        plan_add(plan, &strategies[USB_OTG]);
        plan_add(plan, &strategies[USB_JTAG]); /* applications may carry other product ids than 1001 */
    } else {
        if (caps->unix_tight) {
            plan_add(plan, &strategies[TIGHT_SHORT]);
            plan_add(plan, &strategies[TIGHT_LONG]);
        }
        plan_add(plan, &strategies[CLASSIC_SHORT]);
        plan_add(plan, &strategies[CLASSIC_LONG]);
    }
    return ESPBAK_OK;
}

espbak_status reset_run(espbak_transport *transport, const reset_strategy *strategy, espbak_error *err)
{
    const espbak_clock *const clock = espbak_transport_clock(transport);
    const bool keep_dtr = feeds_dtr_back(transport);
    bool dtr = false, rts = false;
    for (size_t i = 0; i < strategy->count; i++) {
        const reset_step *const step = &strategy->steps[i];
        if (step->action == RESET_WAIT || step->action == RESET_WAIT_BOOT) {
            espbak_clock_sleep(clock, step->action == RESET_WAIT ? step->wait : strategy->boot_wait);
            continue;
        }
        if (step->action == RESET_RELEASE && keep_dtr)
            continue;
        dtr = step->action == RESET_RTS ? dtr : step->dtr;
        rts = step->action == RESET_DTR ? rts : step->rts;
        const espbak_status status = espbak_transport_set_lines(transport, dtr, rts, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "reset (%s)", strategy->name);
    }
    return ESPBAK_OK;
}

espbak_status reset_hard(espbak_transport *transport, bool native_usb, espbak_error *err)
{
    const unsigned which = native_usb ? HARD_USB : feeds_dtr_back(transport) ? HARD_CP2102C : HARD;
    return reset_run(transport, &strategies[which], err);
}

static bool parse_digit(const char **text, bool *value)
{
    if (**text != '0' && **text != '1')
        return false;
    *value = **text == '1';
    (*text)++;
    return true;
}

static bool parse_seconds(const char **text, espbak_time *wait)
{
    if (!isdigit((unsigned char)**text) && **text != '.')
        return false;
    char *end = NULL;
    const double seconds = strtod(*text, &end);
    if (end == *text || !(seconds >= 0) || seconds > LONGEST_WAIT)
        return false;
    *wait = (espbak_time)(seconds * ESPBAK_S + 0.5);
    *text = end;
    return true;
}

static void skip_blanks(const char **text)
{
    while (**text == ' ' || **text == '\t')
        (*text)++;
}

/* One step up to the '|' or the end behind it. */
static bool parse_step(const char **text, reset_step *step)
{
    const char letter = (char)toupper((unsigned char)*(*text)++);
    bool good = false;
    switch (letter) {
    case 'D':
        step->action = RESET_DTR;
        good = parse_digit(text, &step->dtr);
        break;
    case 'R':
        step->action = RESET_RTS;
        good = parse_digit(text, &step->rts);
        break;
    case 'U':
        step->action = RESET_BOTH;
        good = parse_digit(text, &step->dtr);
        skip_blanks(text);
        good = good && *(*text)++ == ',';
        if (good)
            skip_blanks(text);
        good = good && parse_digit(text, &step->rts);
        break;
    case 'W':
        step->action = RESET_WAIT;
        good = parse_seconds(text, &step->wait);
        break;
    default:
        break;
    }
    if (good)
        skip_blanks(text);
    return good && (**text == '|' || **text == '\0');
}

espbak_status reset_parse(const char *text, reset_step *steps, size_t capacity, size_t *count, espbak_error *err)
{
    const char *at = text;
    *count = 0;
    for (;;) {
        skip_blanks(&at);
        if (*at == '\0')
            break;
        if (*at == '|') {
            at++;
            continue;
        }
        if (*count == capacity)
            return espbak_fail(err, ESPBAK_E_USAGE, "reset sequence: more than %zu steps", capacity);
        const size_t begin = (size_t)(at - text);
        steps[*count] = (reset_step){0};
        if (!parse_step(&at, &steps[*count])) {
            const espbak_status status =
                espbak_fail(err, ESPBAK_E_USAGE, "reset sequence: step at \"%.20s\" is none", text + begin);
            espbak_error_hint(err, "steps are D0 D1 R0 R1 U<dtr>,<rts> W<seconds>, joined by |, such as "
                                   "D0|R1|W0.1|D1|R0|W0.05|D0");
            return status;
        }
        (*count)++;
    }
    if (*count == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "reset sequence: it has no steps");
    return ESPBAK_OK;
}
