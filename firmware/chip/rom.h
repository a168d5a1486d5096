/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ROM_H
#define FIRMWARE_CHIP_ROM_H

/* Functions of the mask ROMs that the loader calls; each chip's linker script tells where they are. */

#include <stdbool.h>
#include <stdint.h>

extern uint32_t rom_crc32(uint32_t crc, const void *bytes, uint32_t size);
extern void rom_md5_begin(void *context);
extern void rom_md5_update(void *context, const void *bytes, uint32_t size);
extern void rom_md5_end(uint8_t digest[16], void *context);

/* By the accelerator: its clock, and what holds it in reset; then as above, but that all of a digest comes. */
enum { ROM_SHA_256 = 2 };
extern void rom_sha_enable(void);
extern void rom_sha_disable(void);
extern int rom_sha_begin(void *context, int kind);
extern void rom_sha_update(void *context, const void *bytes, uint32_t size, int into_context);
extern int rom_sha_end(void *context, void *digest);

enum { ROM_TDEFL_FINISH = 4, ROM_TDEFL_DONE = 1 };
extern int rom_tdefl_init(void *compressor, void *put, void *user, uint32_t flags);
extern int rom_tdefl_compress(void *compressor, const void *in, uint32_t *in_size, void *out, uint32_t *out_size,
                              uint32_t flush);

enum { ROM_TINFL_FLAT = 4, ROM_TINFL_DONE = 0 };
extern int rom_tinfl_decompress(void *state, const uint8_t *in, uint32_t *in_size, uint8_t *out, uint8_t *out_next,
                                uint32_t *out_size, uint32_t flags);

extern uint32_t rom_spi_pins(void); /* the efuses' SPI configuration */
extern void rom_spi_attach(uint32_t pins, uint32_t legacy);

extern uint32_t rom_crystal_hz(void);
extern uint32_t rom_bus_hz(void);
extern uint32_t rom_cpu_mhz(void);
extern void rom_cpu_mhz_is(uint32_t mhz); /* for rom_delay_us */

extern void rom_interrupt_attach(uint32_t number, void (*handler)(void *), void *argument);
extern void rom_interrupt_mask(uint32_t bits);
extern void rom_interrupt_unmask(uint32_t bits);
extern void rom_interrupt_priority(uint32_t number, uint32_t priority);
extern void rom_uart_divider(uint32_t uart, uint32_t sixteenths);
enum { ROM_UART_DEVICE_CONSOLE = 24 }; /* offset of the byte that tells where the console is */
extern const uint8_t *rom_uart_device(void);
/* The driver of USB-OTG as a serial port. */
extern void *rom_cdc_device;
extern void rom_otg_interrupt(void *argument);
extern void rom_cdc_on_event(void *device, void (*handler)(void *device, int event));
extern void rom_cdc_receive(void *device); /* from now on there are events */
extern int rom_cdc_waiting(void *device);
extern int rom_cdc_read(void *device, uint8_t *bytes, uint32_t size);
extern int rom_cdc_send(void *device, const uint8_t *bytes, uint32_t size);

extern void rom_delay_us(uint32_t microseconds);
extern void rom_software_reset(void);

#endif
