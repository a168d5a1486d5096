/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CHIP_H
#define SIM_CHIP_H

/* What the files of the simulated chip share: its state, its UART, and the loaders that run on it. */

#include "sim/chip/flash.h"
#include "sim/chip/ram.h"
#include "sim/chip/registers.h"
#include "sim/device.h"
#include "sim/loader/queue.h"
#include "sim/loader/writer.h"

enum {
    UART_FIFO = 128,
    FRAME_MAX = 0x4000 + 64, /* the largest frame a loader takes */
    SYNC_SIZE = 36,
    SYNC_COPIES = 8,            /* a SYNC is answered eight times */
    ROM_DEFAULT_SIZE = 2 << 20, /* bytes of flash a ROM believes in until SPI_SET_PARAMS (seen on real ROMs) */
    NARROW_LIMIT = 16 << 20,    /* reach of three address bytes */
    REQUEST_HEADER = 8,
    BLOCK_HEADER = 16, /* length, sequence, 0, 0 before the data of a block */
};

enum {
    OP_FLASH_BEGIN = 0x02,
    OP_FLASH_DATA = 0x03,
    OP_FLASH_END = 0x04,
    OP_MEM_BEGIN = 0x05,
    OP_MEM_END = 0x06,
    OP_MEM_DATA = 0x07,
    OP_SYNC = 0x08,
    OP_WRITE_REG = 0x09,
    OP_READ_REG = 0x0A,
    OP_SPI_SET_PARAMS = 0x0B,
    OP_SPI_ATTACH = 0x0D,
    OP_READ_FLASH_SLOW = 0x0E,
    OP_CHANGE_BAUDRATE = 0x0F,
    OP_DEFL_BEGIN = 0x10,
    OP_DEFL_DATA = 0x11,
    OP_DEFL_END = 0x12,
    OP_FLASH_MD5 = 0x13,
    OP_SECURITY_INFO = 0x14,
    OP_ERASE_FLASH = 0xD0,
    OP_ERASE_REGION = 0xD1,
    OP_READ_FLASH = 0xD2,
    OP_RUN_USER_CODE = 0xD3,
};

typedef enum sim_mode {
    MODE_OFF,     /* EN is low */
    MODE_BOOTING, /* EN is high, the straps are not read yet */
    MODE_LOADER,  /* a ROM or stub listens */
    MODE_APP,     /* an application runs and does not care what it hears */
} sim_mode;

/* A request that came whole. `data` has `size` bytes. */
typedef struct sim_request {
    uint8_t op;
    uint16_t size;
    uint32_t checksum;
    const uint8_t *data;
} sim_request;

/* SLIP towards a loader. */
typedef struct sim_slip {
    bool inside, escaped, bad;
    size_t size;
} sim_slip;

/* A frame buffer of a stub. */
typedef struct sim_frame {
    uint8_t bytes[FRAME_MAX];
    size_t size;
    bool complete, error;
    sim_time at; /* when it was complete */
} sim_frame;

/* How a loader takes bytes and works. Both are called at device->now. */
typedef struct sim_loader {
    const char *name;
    void (*start)(sim_device *device);
    void (*receive)(sim_device *device, uint8_t byte);
    /* Do one thing that is ready if the CPU is free; false when there is nothing to do. */
    bool (*run)(sim_device *device);
    /* At device->interrupt_at, also while the CPU works. NULL where it is never set. */
    void (*interrupt)(sim_device *device);
} sim_loader;

extern const sim_loader rom_loader, current_stub, legacy_stub, own_loader;

typedef struct sim_rom_state {
    uint8_t last_op; /* the response header is reused, so an error carries the last op and value */
    uint32_t last_value;
    uint8_t last_error;
    uint8_t response[64 + 4]; /* payload and status; what is not written stays from before */
    uint32_t flash_size;      /* from SPI_SET_PARAMS */
    uint32_t sequence;        /* the block expected next */
    bool synced;              /* a frame was understood: the rate is settled */
    bool mem_begun;
    sim_time free_at;      /* when the last command is done with */
    bool waited;           /* the request being handled began to arrive before that */
    uint32_t read_pointer; /* ESP32-S3: where its flash read jumps, when software changed it */
} sim_rom_state;

typedef struct sim_read_state {
    bool active;
    uint32_t offset, remaining, packet, total, window;
    uint32_t sent, acked; /* current: packets; legacy: bytes */
    uint32_t acked_bytes;
    struct digest *md5;
} sim_read_state;

typedef struct sim_stub_state {
    uint16_t pending_error; /* from what a command did after its answer */
    sim_frame frames[2];
    int receiving;     /* index, -1: no buffer armed, what comes is lost */
    int armed_last;    /* current stub: the buffer armed last */
    sim_frame *held;   /* current stub: the frame in work */
    int command;       /* legacy stub: the frame completed last, -1 none */
    sim_slip ack_slip; /* legacy stub: acknowledgements, read by the CPU as they come, a byte or more at a time */
    uint8_t ack[4];
    sim_read_state read;
    uint32_t mem_remaining;
    bool mem_begun;
} sim_stub_state;

struct sim_device {
    sim_options options;
    sim_flash *flash;
    sim_registers registers;
    sim_ram ram;
    sim_time now; /* everything up to here has happened */
    sim_mode mode;
    bool dtr, rts, usb_download; /* usb_download: the USB bridge's own "boot into download mode" */
    bool strap_download;         /* latched at the last reset */
    bool from_app;               /* the application ran when a USB reset came */
    bool relatch;                /* the next boot looks at the boot pin again */
    bool has_app;                /* there is an image to boot */
    sim_time strap_at;           /* when EN has risen far enough */
    sim_time watchdog_at, heartbeat_at;
    unsigned heartbeats;

    uint32_t host_baud, baud; /* baud 0: the ROM still measures it */
    sim_queue to_chip, to_host;
    uint64_t came, went;         /* bytes over the line, before its faults */
    sim_time host_free, tx_free; /* when the last byte has left */
    sim_time departs[UART_FIFO]; /* of the last bytes sent: when each leaves the transmit FIFO */
    unsigned depart;
    sim_fault_stream faults[SIM_DIRECTIONS];
    bool fault_reset; /* a fault of the chip is due */
    bool dead;        /* nothing runs on it until it is reset */
    uint64_t overflows;

    uint8_t fifo[UART_FIFO];
    unsigned fifo_head, fifo_count;

    sim_time cpu; /* busy until then */
    sim_time interrupt_at;
    sim_time flash_busy; /* an erase that the CPU does not wait for */
    const sim_loader *loader;
    sim_time stub_at; /* a stub that has been started says hello then */
    const sim_loader *next_loader;
    sim_slip slip;
    uint8_t frame[FRAME_MAX];
    sim_rom_state rom;
    sim_stub_state stub;
    struct loader_hal *own; /* NULL where none runs */
    sim_writer writer;
};

/* uart.c: bytes and rates */
/* The time from which on the transmit FIFO has room for so many bytes, 1 to UART_FIFO. */
sim_time uart_room_at(const sim_device *d, unsigned room);
/* Put a byte into the transmit FIFO at a time when there is room. */
void uart_emit(sim_device *d, uint8_t byte, sim_time time);
void uart_send_frame(sim_device *d, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size);
void uart_send_text(sim_device *d, const char *text);
/* Wait until all has left, then change the rate. */
void uart_change_baud(sim_device *d, uint32_t baud);
/* Take a byte off the wire at d->now and hand it to the loader. */
void uart_receive(sim_device *d, const sim_byte *byte);
bool fifo_pop(sim_device *d, uint8_t *byte);
void fifo_push(sim_device *d, uint8_t byte);
/* One byte of SLIP into `frame`; true when a frame ended there (slip->size bytes, slip->bad if damaged). */
bool sim_slip_take(sim_slip *slip, uint8_t byte, uint8_t *frame, size_t capacity);

/* device.c */
/* Restart; `relatch` reads the boot pin again, otherwise the chip boots as before. */
void sim_chip_restart(sim_device *d, bool relatch);
void sim_chip_run_app(sim_device *d);
/* An exception: a message, and a restart by the watchdog. */
void sim_chip_crash(sim_device *d);
/* Set or stop the watchdog as its registers say, if they were written. */
void sim_chip_take_watchdog(sim_device *d);
/* What stubs do over USB-Serial-JTAG: see registers_run_watchdog. */
void sim_chip_stop_watchdog(sim_device *d);
void sim_chip_start_loader(sim_device *d, const sim_loader *loader);

/* loader/own.c: our own loader */
/* Execute RAM if our own loader is loaded there; false if something else is. */
bool sim_own_execute(sim_device *d, uint32_t entry);
void sim_own_free(sim_device *d);

/* commands.c: what ROM and stubs have in common */
bool sim_request_parse(sim_request *request, const uint8_t *frame, size_t size);
uint32_t sim_request_word(const sim_request *request, unsigned index);
uint8_t sim_request_checksum(const uint8_t *bytes, size_t size);
/* Execute RAM: our own loader, else what is taken for `stub`; code that did not come whole is an exception. */
void sim_command_execute(sim_device *d, uint32_t entry, const sim_loader *stub);
uint32_t sim_command_read_register(sim_device *d, uint32_t address);
void sim_command_write_regs(sim_device *d, const sim_request *request);
/* 12 or 20 bytes; returns how many. */
size_t sim_command_security_info(const sim_device *d, uint8_t *out);
/* MD5 of flash as the CPU would make it, with its time. False when memory is short. */
bool sim_command_md5(sim_device *d, uint32_t address, uint32_t size, uint8_t out[16]);
/* The flash address that the running loader really uses: some know three bytes of it only. */
uint64_t sim_command_reach(const sim_device *d, uint64_t address);
/* Whether a fault of the flash strikes while the loader that runs works on this range. */
bool sim_command_fails(sim_device *d, sim_fault_kind kind, uint64_t address, size_t size);
/* Make data that leaves the chip wrong, where a fault wants that. */
void sim_command_lie(sim_device *d, uint64_t address, uint8_t *bytes, size_t size);
/* Read with the CPU waiting. */
void sim_command_read_flash(sim_device *d, uint32_t address, uint8_t *bytes, size_t size);

#endif
