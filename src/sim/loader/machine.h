/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

/* What loaders run on: the chip and its line, and between steps what each of them keeps. */

#include "sim/line/slip.h"
#include "sim/loader/options.h"
#include "sim/loader/request.h"
#include "sim/loader/writer.h"

enum {
    FRAME_MAX = 0x4000 + 64, /* the largest frame a loader takes */
    NARROW_LIMIT = 16 << 20, /* reach of three address bytes */
};

/* How a loader takes bytes and works. All are called at board->now. */
typedef struct sim_loader {
    const char *name;
    sim_stub_kind kind; /* AUTO for the ROM */
    void (*start)(sim_machine *m);
    void (*receive)(sim_machine *m, uint8_t byte);
    /* Do one thing that is ready if the CPU is free; false when there is nothing to do. */
    bool (*step)(sim_machine *m);
    /* At interrupt_at, also while the CPU works. NULL where it is never set. */
    void (*interrupt)(sim_machine *m);
    /* Give back what it holds: it is no more. */
    void (*end)(sim_machine *m);
} sim_loader;

extern const sim_loader rom_loader, current_stub, legacy_stub, own_loader;

/* What a step of a loader may end in. */
typedef enum sim_leave {
    SIM_STAY,
    SIM_LEAVE_RESTART, /* it boots as before */
    SIM_LEAVE_RESET,   /* the boot pin is read again */
    SIM_LEAVE_TO_APP,  /* without a restart */
} sim_leave;

/* A frame buffer of a stub. */
typedef struct sim_frame {
    uint8_t bytes[FRAME_MAX];
    size_t size;
    bool complete, error;
    sim_time at; /* when it was complete */
} sim_frame;

/* rom_download.c */
typedef enum sim_rom_kind {
    SIM_ROM_NO_DOWNLOAD,
    SIM_ROM_TO_RAM,
    SIM_ROM_TO_FLASH,
    SIM_ROM_TO_FLASH_DEFLATED,
} sim_rom_kind;

typedef struct sim_rom_download {
    sim_rom_kind kind;
    uint32_t block_size, blocks_left; /* blocks_left wraps when more come than were announced */
    uint32_t address, sequence;       /* of the block expected next */
} sim_rom_download;

/* rom.c */
typedef struct sim_rom_state {
    uint8_t last_op; /* the response header is reused, so an error carries the last op and value */
    uint32_t last_value;
    uint8_t last_error;
    uint8_t response[64 + 4]; /* payload and status; what is not written stays from before */
    uint32_t flash_size;      /* from SPI_SET_PARAMS, as the next three */
    uint32_t block_size, sector_size, page_size;
    sim_rom_download download;
    sim_time free_at;         /* when the last command is done with */
    bool waited;              /* the request being handled began to arrive before that */
    uint8_t frame[FRAME_MAX]; /* received last, over what was there before */
} sim_rom_state;

typedef struct sim_read_state {
    bool active;
    uint32_t offset, remaining, packet, total, window;
    uint32_t sent, acked; /* current: packets; legacy: bytes */
    uint32_t acked_bytes;
    struct digest *md5;
} sim_read_state;

/* stub*.c */
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

struct sim_machine {
    sim_loader_options options;
    sim_board *board;
    sim_line *line;
    const sim_loader *loader; /* NULL when none runs */
    const sim_loader *next;   /* started, and it says hello … */
    sim_time next_at;         /* … then */
    sim_time interrupt_at;
    sim_leave leave; /* for who runs the machine to do */
    sim_slip slip;   /* of what the loader receives */
    sim_writer writer;
    sim_rom_state rom;
    sim_stub_state stub;
    struct loader_hal *own; /* own*.c; NULL where it does not run */
};

/** `board` and `line` live longer. */
void machine_open(sim_machine *m, const sim_loader_options *options, sim_board *board, sim_line *line);
/** The loader that runs is no more, and none that was started comes. */
void machine_stop(sim_machine *m);
/** Change to another loader, now. */
void machine_run(sim_machine *m, const sim_loader *loader);
/** A program in RAM has been started: it runs once the present loader's last answer is out. */
void machine_start(sim_machine *m, const sim_loader *loader);
/** An exception: some chips say so, and all are dead until they are reset. */
void machine_die(sim_machine *m, const char *last_words);
/** Let the loader work until it has to wait for something, or wants to leave. */
void machine_step(sim_machine *m);
/** When the machine has something to do by itself. */
sim_time machine_next(const sim_machine *m);
/** Do it, if it is time: false when nothing was to be done. */
bool machine_wake(sim_machine *m);
/** A byte off the wire. */
void machine_receive(sim_machine *m, const sim_byte *byte);

/** The faults of the chip. */
static inline sim_fault_stream *machine_faults(const sim_machine *m)
{
    return &m->line->faults[SIM_FROM_CHIP];
}

#endif
