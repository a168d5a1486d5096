/* SPDX-License-Identifier: Apache-2.0 */
#include "serial.h"
#include LOADER_CHIP

/* Registers of UART and USB device, the same on all chips. */
enum {
    UART_FIFO = 0x00,
    UART_INT_ENABLE = 0x0C,
    UART_INT_CLEAR = 0x10,
    UART_DIVIDER = 0x14,
    UART_STATUS = 0x1C,
    UART_CONF1 = 0x24,

    USB_FIFO = 0x00,
    USB_STATE = 0x04,
    USB_INT_ENABLE = 0x10,
    USB_INT_CLEAR = 0x14,
};

enum {
    INT_UART_RECEIVED = 1, /* enough of it */
    INT_UART_EMPTY = 2,    /* less to send than the threshold */

    INT_USB_RECEIVED = 4,
    INT_USB_EMPTY = 8, /* the host has taken what there was */
    USB_FLUSH = 1,
    USB_ROOM = 2,
    USB_RECEIVED = 4,
};

enum {
    RECEIVE_SIZE = 1024, /* more than all requests that may wait */
    RECEIVED_ENOUGH = 16,
    FIFO_SIZE = 120, /* of 128: counts lag behind writing */
    FIFO_LOW = 32,   /* 107 us at 3 Mbaud */
    USB_FIFO_SIZE = 64,
    USB_PACKET = 63, /* a full one would have to be followed by an empty one */

    UART_INTERRUPT = 5, /* as the ROMs route it */
    USB_INTERRUPT = 17,
    OTG_RECEIVED = -4, /* event of the ROM's CDC driver */

    PATIENCE = 1500,   /* milliseconds: a full FIFO at 1200 baud takes 1070 */
    LAST_BYTE = 10000, /* microseconds for the one that is no longer counted, at 1200 baud */
    SETTLE = 5000,     /* microseconds after a change of rate */

    BAUD_LEAST = 1200,
    BAUD_MOST = 5000000,
};

/* Positions count on and wrap around; `taken` never passes `put`. */
typedef struct ring {
    volatile uint32_t put, taken;
} ring;

static ring sending, receiving;
static uint8_t send_bytes[CHIP_SEND_SIZE] __attribute__((section(".ring"))); /* is not zeroed at the start */
static uint8_t few_bytes[RECEIVE_SIZE];
static uint8_t *receive_bytes = few_bytes;
static uint32_t receive_size = RECEIVE_SIZE; /* a power of two */
static uint32_t rom_divider, rom_hz;         /* in CHIP_UART_PARTS; the clock it divided */

static void receive_byte(uint8_t byte)
{
    if (receiving.put - receiving.taken < receive_size)
        receive_bytes[receiving.put++ & (receive_size - 1)] = byte;
}

static bool nothing_to_send(void)
{
    return sending.put == sending.taken;
}

static uint8_t next_to_send(void)
{
    return send_bytes[sending.taken++ % CHIP_SEND_SIZE];
}

static void serve_uart(void)
{
    REGISTER(CHIP_UART + UART_INT_CLEAR) = ~(uint32_t)INT_UART_EMPTY;
    uint32_t status = REGISTER(CHIP_UART + UART_STATUS);
    for (uint32_t left = status & CHIP_UART_COUNT; left > 0; left--)
        receive_byte((uint8_t)REGISTER(CHIP_UART + UART_FIFO));
    for (uint32_t used = status >> 16 & CHIP_UART_COUNT; used < FIFO_SIZE && !nothing_to_send(); used++)
        REGISTER(CHIP_UART_SEND) = next_to_send();
    REGISTER(CHIP_UART + UART_INT_CLEAR) = INT_UART_EMPTY;
    REGISTER(CHIP_UART + UART_INT_ENABLE) = nothing_to_send() ? INT_UART_RECEIVED : INT_UART_RECEIVED | INT_UART_EMPTY;
}

/* Where the ROM's loader heard its host. */
static enum { ON_UART, ON_USB, ON_OTG } port;

#if defined(CHIP_USB) || defined(CHIP_OTG)
static void note_port(void)
{
    const uint8_t console = rom_uart_device()[ROM_UART_DEVICE_CONSOLE];
#ifdef CHIP_USB
    if (console == CHIP_USB_CONSOLE)
        port = ON_USB;
#endif
#ifdef CHIP_OTG
    if (console == CHIP_OTG_CONSOLE)
        port = ON_OTG;
#endif
}

static void route(uint32_t address)
{
#ifdef __riscv
    REGISTER(address) = USB_INTERRUPT + CHIP_FIRST_INTERRUPT;
    rom_interrupt_priority(USB_INTERRUPT, 1);
#else
    REGISTER(address) = USB_INTERRUPT;
#endif
}
#endif

#ifdef CHIP_USB
static void serve_usb(void)
{
    REGISTER(CHIP_USB + USB_INT_CLEAR) = INT_USB_RECEIVED;
    for (uint32_t n = 0; n < USB_FIFO_SIZE && (REGISTER(CHIP_USB + USB_STATE) & USB_RECEIVED) != 0; n++)
        receive_byte((uint8_t)REGISTER(CHIP_USB + USB_FIFO));
    if ((REGISTER(CHIP_USB + USB_STATE) & USB_ROOM) && !nothing_to_send()) {
        REGISTER(CHIP_USB + USB_INT_CLEAR) = INT_USB_EMPTY;
        for (uint32_t n = 0; n < USB_PACKET && !nothing_to_send(); n++)
            REGISTER(CHIP_USB + USB_FIFO) = next_to_send();
        REGISTER(CHIP_USB + USB_STATE) = USB_FLUSH;
    }
    REGISTER(CHIP_USB + USB_INT_ENABLE) = nothing_to_send() ? INT_USB_RECEIVED : INT_USB_RECEIVED | INT_USB_EMPTY;
}
#endif

#ifdef CHIP_OTG
/* The ROM's driver has the device; its interrupt handler comes here. */
static void take_otg(void *device, int event)
{
    uint8_t byte;
    for (int left = event == OTG_RECEIVED ? rom_cdc_waiting(device) : 0; left > 0; left--)
        if (rom_cdc_read(device, &byte, 1) == 1)
            receive_byte(byte);
}

static void interrupt_otg(void *unused)
{
    rom_otg_interrupt(unused); /* through a frame of its own: it spoils a register of who is interrupted */
    __asm__ volatile("" : : : "memory");
}

/* The driver waits for its interrupt, so nothing is sent with interrupts off. */
static void serve_otg(void)
{
    const uint32_t at = sending.taken % CHIP_SEND_SIZE;
    uint32_t size = sending.put - sending.taken;
    if (size > USB_PACKET)
        size = USB_PACKET;
    if (size > CHIP_SEND_SIZE - at)
        size = CHIP_SEND_SIZE - at;
    const int sent = size > 0 ? rom_cdc_send(rom_cdc_device, send_bytes + at, size) : 0;
    if (sent > 0)
        sending.taken += (uint32_t)sent;
}

static void start_otg(void)
{
#ifdef CHIP_OTG_PREPARE
    CHIP_OTG_PREPARE();
#endif
    route(CHIP_OTG_ROUTE);
    rom_interrupt_attach(USB_INTERRUPT, interrupt_otg, 0);
    rom_cdc_on_event(rom_cdc_device, take_otg);
    rom_cdc_receive(rom_cdc_device);
    REGISTER(CHIP_OTG + 8) |= 1; /* interrupts of the device reach the processor */
}
#endif

bool serial_is_usb(void)
{
    return port != ON_UART;
}

static void serve(void *unused)
{
    (void)unused;
#ifdef CHIP_USB
    if (port == ON_USB) {
        serve_usb();
        return;
    }
#endif
    serve_uart();
}

/* Also without an interrupt: what has come is taken, and sending begins. */
static void serve_now(void)
{
#ifdef CHIP_OTG
    if (port == ON_OTG) {
        serve_otg();
        return;
    }
#endif
    const uint32_t before = interrupts_off();
    serve(0);
    interrupts_as(before);
}

void serial_note_rate(void)
{
#if defined(CHIP_USB) || defined(CHIP_OTG)
    note_port();
#endif
    const uint32_t divider = REGISTER(CHIP_UART + UART_DIVIDER);
    rom_divider = (divider & 0xFFFFF) * CHIP_UART_PARTS + (divider >> 20 & (CHIP_UART_PARTS - 1));
    rom_hz = CHIP_UART_HZ;
}

static void set_divider(uint32_t divider)
{
    const uint32_t before = interrupts_off();
    rom_uart_divider(0, divider);
    interrupts_as(before);
}

/* Clocks that were raised may have changed that of the UART. */
static void keep_rate(void)
{
#ifdef CHIP_CLOCK_UP
    const uint32_t hz = CHIP_UART_HZ;
    if (hz == rom_hz)
        return;
    rom_divider = rom_divider * (hz / 1000000) / (rom_hz / 1000000);
    set_divider(rom_divider);
#endif
}

void serial_start(void)
{
    uint32_t interrupt = UART_INTERRUPT;
    rom_interrupt_mask(1u << UART_INTERRUPT);
    keep_rate();
    REGISTER(CHIP_UART + UART_CONF1) = RECEIVED_ENOUGH | FIFO_LOW << CHIP_UART_EMPTY_SHIFT;
#if defined(CHIP_USB) || defined(CHIP_OTG)
    rom_interrupt_mask(1u << USB_INTERRUPT);
    if (port != ON_UART)
        interrupt = USB_INTERRUPT;
#endif
#ifdef CHIP_USB
    if (port == ON_USB)
        route(CHIP_USB_ROUTE);
#endif
    rom_interrupt_attach(interrupt, serve, 0);
#ifdef CHIP_OTG
    if (port == ON_OTG)
        start_otg();
#endif
    rom_interrupt_unmask(1u << interrupt);
    interrupts_on();
}

void serial_receive_into(uint8_t *bytes, uint32_t size)
{
    const uint32_t before = interrupts_off();
    const uint32_t count = receiving.put - receiving.taken;
    uint8_t *const to = bytes != 0 ? bytes : few_bytes;
    size = bytes != 0 ? size : RECEIVE_SIZE;
    const uint32_t kept = count < size ? count : size;
    for (uint32_t i = 0; i < kept; i++)
        to[i] = receive_bytes[receiving.taken++ & (receive_size - 1)];
    receive_bytes = to;
    receive_size = size;
    receiving.taken = 0;
    receiving.put = kept;
    interrupts_as(before);
}

/*
 * Until the last bit has left. The ROM's own function may wait for ever: it clears TX_DONE, waits for an empty FIFO,
 * and then for TX_DONE to be clear.
 */
void serial_wait_idle(void)
{
    const uint32_t since = hal_milliseconds(0);
    while ((REGISTER(CHIP_UART + UART_STATUS) >> 16 & CHIP_UART_COUNT) != 0 && hal_milliseconds(0) - since < PATIENCE)
        ;
    rom_delay_us(LAST_BYTE);
}

/* A host may have gone, or hold the line: what does not move for a while never will. */
void serial_drain(void)
{
    uint32_t seen = sending.put, since = 0;
    while (!nothing_to_send() && (sending.taken != seen || hal_milliseconds(0) - since < PATIENCE)) {
        if (sending.taken != seen)
            since = hal_milliseconds(0);
        seen = sending.taken;
        serve_now();
    }
    serial_wait_idle();
}

uint32_t hal_receive(loader_hal *hal, uint8_t *bytes, uint32_t capacity)
{
    (void)hal;
    serve_now();
    uint32_t count = 0;
    while (count < capacity && receiving.taken != receiving.put)
        bytes[count++] = receive_bytes[receiving.taken++ & (receive_size - 1)];
    return count;
}

uint32_t hal_send(loader_hal *hal, const uint8_t *bytes, uint32_t size)
{
    (void)hal;
    const uint32_t room = CHIP_SEND_SIZE - (sending.put - sending.taken);
    const uint32_t count = size < room ? size : room;
    for (uint32_t i = 0; i < count; i++)
        send_bytes[(sending.put + i) % CHIP_SEND_SIZE] = bytes[i];
    sending.put += count;
    serve_now();
    return count;
}

void hal_send_nothing(loader_hal *hal)
{
    (void)hal;
    const uint32_t before = interrupts_off();
    sending.taken = sending.put;
    interrupts_as(before);
}

bool hal_set_baud(loader_hal *hal, uint32_t baud)
{
    (void)hal;
    if (port != ON_UART)
        return true;
    if (baud != 0 && (baud < BAUD_LEAST || baud > BAUD_MOST))
        return false;
    serial_drain();
    set_divider(baud == 0 ? rom_divider : (CHIP_UART_HZ * CHIP_UART_PARTS + baud / 2) / baud);
    rom_delay_us(SETTLE);
    return true;
}
